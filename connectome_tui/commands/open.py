"""`connectome open`: the stepper on this terminal."""

import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import Literal

import click

from connectome_tui.commands.share_choices import NOT_SHARED, STANDARD_INPUT, ShareChoices
from connectome_tui.commands.sources import collect_seldom, open_options
from connectome_tui.config import load_config
from connectome_tui.events.flow import SourceError
from connectome_tui.samples import SAMPLES
from connectome_tui.sources.named import SAMPLE_PREFIX, source_paths


def run(
    files: Sequence[str],
    *,
    flow: str | None,
    steps: int,
    theme: Literal["dark", "light"] | None,
    ascii: bool | None,  # noqa: A002 -- the name of the option
    restart_policy: Literal["boundary", "clear"] | None,
    raw: bool,
    sharing: ShareChoices = NOT_SHARED,
) -> int:
    """Step through the files, or through the first sample; the exit status."""
    names = files or [f"{SAMPLE_PREFIX}{SAMPLES[0].name}"]
    sharing.check(names)
    _check_terminal(names)
    config = load_config()
    paths = source_paths(names)
    if STANDARD_INPUT in paths:
        _take_keys_from_the_terminal()
    # A key is painted when it has been served; at the usual sixty frames a second it could wait for the next of them.
    os.environ.setdefault("TEXTUAL_FPS", "240")
    # What imports make lives as long as the program: collecting it would cost time at the start and at every step.
    gc.disable()
    if sharing.share:
        from connectome_tui.commands.share import run_shared

        return run_shared(
            names[0],
            [*sharing.arguments, *_chosen(flow, restart_policy, raw=raw)],
            steps=steps,
            token_file=sharing.token_file,
            config=config,
            theme=theme,
            ascii_only=ascii,
        )
    from connectome_tui.app.run import run_app

    collect_seldom()
    gc.enable()
    return run_app(
        paths,
        config=config,
        flow_id=flow,
        at=steps,
        theme=theme,
        ascii_only=ascii,
        restart_policy=restart_policy,
        options=open_options(keep_raw=raw, config=config),
    )


def _chosen(flow: str | None, restart_policy: str | None, *, raw: bool) -> list[str]:
    """The same options for `serve`."""
    flows = [] if flow is None else ["--flow", flow]
    policies = [] if restart_policy is None else ["--restart-policy", restart_policy]
    return [*flows, *policies, *(["--raw"] if raw else [])]


def _check_terminal(names: Sequence[str]) -> None:
    """End with a line that names `export` when there is no terminal to draw on or to take keys from.

    The screen is drawn on standard error; whoever sends standard output elsewhere wants text there.
    """
    shown = sys.stdout.isatty() and sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"
    if not shown or not (sys.stdin.isatty() or STANDARD_INPUT in names):
        source = names[0] if len(names) == 1 else "SOURCE"
        raise click.ClickException(
            f"open needs a terminal; without one, write the flow as text: connectome export {source} --format text"
        )


def _take_keys_from_the_terminal() -> None:
    """Keep the pipe as `sys.stdin`, for the recording, and make the terminal descriptor 0, for the keys."""
    from connectome_tui.sources.terminal_input import free_standard_input

    try:
        pipe = free_standard_input()
    except SourceError:
        raise click.ClickException("open needs a terminal for its keys, and there is none beside the pipe") from None
    sys.stdin = io.TextIOWrapper(open(pipe, "rb"))  # noqa: PTH123, SIM115 -- it lives as long as the program
