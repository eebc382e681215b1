"""`connectome listen`, `follow` and `watch`: live sources on this terminal, recorded as they come."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click

from connectome_tui.commands.sources import collect_seldom
from connectome_tui.config import Config, load_config
from connectome_tui.live_sources import Followable, RecordInto, followed, receiver, receiver_token, watched
from connectome_tui.recordings.names import recordings_folder
from connectome_tui.session import LiveOptions
from connectome_tui.sources.terminal_input import free_standard_input

TOKEN_VARIABLE: Final = "CONNECTOME_TOKEN"

Theme = Literal["dark", "light"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChoices:
    """What the options say that all live commands have. `record` names a file; None is one in the folder."""

    stepper: bool = False
    record: str | None = None
    no_record: bool = False
    attributes: bool = True
    theme: Theme | None = None
    ascii: bool | None = None


def run_listen(
    *,
    http: Sequence[str],
    grpc: Sequence[str],
    settle_ms: float,
    token_file: str | None,
    raw: bool,
    choices: LiveChoices,
) -> int:
    """Receive traces; the exit status."""
    _check_terminal()
    config = load_config()
    into = _into(config, choices)
    received = receiver(
        http=http,
        grpc=grpc,
        into=into,
        settle_ms=settle_ms,
        token=receiver_token(token_file, TOKEN_VARIABLE),
        raw=raw,
        attributes=choices.attributes,
        nodes=config.nodes,
    )
    return _run(received, config, choices)


def run_follow(target: str, *, headers: Sequence[str], settle_ms: float, choices: LiveChoices) -> int:
    """Follow an event stream, a growing file or standard input; the exit status."""
    _check_terminal()
    config = load_config()
    stream = followed(
        target,
        into=_into(config, choices),
        headers=headers,
        settle_ms=settle_ms,
        nodes=config.nodes,
        standard_input=free_standard_input,
    )
    return _run(stream, config, choices)


def run_watch(target: str, *, choices: LiveChoices) -> int:
    """Follow orchestration runs in a growing file, on standard input or through a Unix socket; the exit status."""
    _check_terminal()
    config = load_config()
    runs = watched(target, into=_into(config, choices), standard_input=free_standard_input)
    return _run(runs, config, choices)


def _check_terminal() -> None:
    """The screen is drawn on standard error; nothing is begun before it is known that there is one."""
    if not sys.stdout.isatty() or not sys.stderr.isatty():
        raise click.ClickException("a terminal is needed to follow live sources on")


def _into(config: Config, choices: LiveChoices) -> RecordInto | None:
    if choices.no_record:
        return None
    return RecordInto(
        folder=recordings_folder(config.recordings.folder),
        max_bytes=config.recordings.max_bytes,
        file=None if choices.record is None else Path(choices.record),
        attributes=choices.attributes,
    )


def _run(live: Followable, config: Config, choices: LiveChoices) -> int:
    # As where files are opened: a key is not to wait for the next of sixty frames a second.
    os.environ.setdefault("TEXTUAL_FPS", "240")
    from connectome_tui.app.run_live import run_live_app

    # What comes live has no cycles: looking for some cost more than decoding it, and held up the screen.
    collect_seldom()
    options = LiveOptions(
        stepper=choices.stepper,
        retention=config.retention,
        restart_policy=config.restart_policy,
        recording=live.recording,
        title=live.title,
    )
    try:
        return run_live_app(
            [live.source], live.recorder, config=config, theme=choices.theme, ascii_only=choices.ascii, options=options
        )
    finally:
        live.remove_if_empty()
