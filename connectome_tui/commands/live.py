"""`connectome listen`, `follow` and `watch`: live sources on this terminal, recorded as they come."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from connectome_tui.clock import SystemClock
from connectome_tui.commands.sources import collect_seldom
from connectome_tui.config import Config, load_config
from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.about import Kind
from connectome_tui.recordings.folder import create_recording, make_folder
from connectome_tui.recordings.names import SESSION_PREFIX, new_id, path_of, recordings_folder
from connectome_tui.session import LiveOptions
from connectome_tui.sources.live import EventRecorder, LiveSource

if TYPE_CHECKING:
    from connectome_tui.recordings.recorder import SessionRecorder
    from connectome_tui.sources.span_lines import Settling

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
    from connectome_tui.receiver.options import Override, ReceiverOptions
    from connectome_tui.recordings.follower import RecordingFollower
    from connectome_tui.sources.receiver import ReceiverSource

    _check_terminal()
    config = load_config()
    path = _recording_path(config, choices)
    options = ReceiverOptions(
        http=tuple(http),
        grpc=tuple(grpc),
        token=_token(token_file),
        settle_ms=settle_ms,
        title=f"listen {' '.join((*http, *grpc))}",
        recording=None if path is None else str(path),
        recordings_bytes=config.recordings.max_bytes if choices.record is None else None,
        keep_raw=raw,
        keep_attributes=choices.attributes,
        overrides=tuple(Override(node.pattern, node.title, node.zone, node.kind) for node in config.nodes),
    )
    recorder = None if path is None else RecordingFollower(path)
    name = "" if path is None else str(path) if choices.record else f"{SESSION_PREFIX}{path.stem}"
    return _run(ReceiverSource(options), recorder, config, choices, name, title=f"otlp {(*http, *grpc)[0]}")


def run_follow(target: str, *, headers: Sequence[str], settle_ms: float, choices: LiveChoices) -> int:
    """Follow an event stream, a growing file or standard input; the exit status."""
    from connectome_tui.sources.span_lines import Settling

    _check_terminal()
    config = load_config()
    source = _followed(target, headers, Settling(settle_ms, config.nodes))
    recorder = _session_recorder(f"follow {source.name}", "events", config, choices)
    return _run(source, recorder, config, choices, "" if recorder is None else recorder.name)


def run_watch(target: str, *, choices: LiveChoices) -> int:
    """Follow orchestration runs in a growing file, on standard input or through a Unix socket; the exit status."""
    _check_terminal()
    config = load_config()
    source = _watched(target)
    recorder = _session_recorder(f"watch {source.name}", "run", config, choices)
    return _run(source, recorder, config, choices, "" if recorder is None else recorder.name)


def _watched(target: str) -> LiveSource:
    from connectome_tui.sources.terminal_input import free_standard_input
    from connectome_tui.sources.watch_run import WatchFile, WatchStdin

    clock = SystemClock()
    if target == "-":
        return WatchStdin(free_standard_input(), clock=clock)
    if target.startswith("unix:"):
        if os.name == "nt":
            raise SourceError(target, "there are no such sockets on Windows: expected a file, or `-`")
        from connectome_tui.sources.run_socket import WatchSocket

        return WatchSocket(target.removeprefix("unix:"), clock=clock)
    return WatchFile(target, clock=clock)


def _followed(target: str, headers: Sequence[str], settling: "Settling") -> LiveSource:
    from connectome_tui.sources.follow_lines import FollowFile, FollowStdin
    from connectome_tui.sources.follow_url import FollowUrl
    from connectome_tui.sources.request_headers import parse_headers
    from connectome_tui.sources.terminal_input import free_standard_input

    clock = SystemClock()
    if target == "-":
        return FollowStdin(free_standard_input(), clock=clock, settling=settling)
    if "://" in target:
        return FollowUrl(target, clock=clock, headers=parse_headers(headers, os.environ))
    return FollowFile(target, clock=clock, settling=settling)


def _check_terminal() -> None:
    """The screen is drawn on standard error; nothing is begun before it is known that there is one."""
    if not sys.stdout.isatty() or not sys.stderr.isatty():
        raise click.ClickException("a terminal is needed to follow live sources on")


def _token(token_file: str | None) -> str | None:
    """What senders have to show: from a file or from the environment, never from the command line."""
    from connectome_tui.receiver.gate import checked_token, read_token

    if token_file is not None:
        return read_token(Path(token_file))
    token = os.environ.get(TOKEN_VARIABLE)
    return checked_token(token, TOKEN_VARIABLE) if token else None


def _recording_path(config: Config, choices: LiveChoices) -> Path | None:
    if choices.no_record:
        return None
    if choices.record is not None:
        return Path(choices.record)
    folder = recordings_folder(config.recordings.folder)
    make_folder(folder)
    return path_of(new_id(SystemClock().now_ms()), folder)


def _session_recorder(source: str, kind: Kind, config: Config, choices: LiveChoices) -> "SessionRecorder | None":
    if choices.no_record:
        return None
    from connectome_tui.recordings.recorder import SessionRecorder

    writer = create_recording(
        recordings_folder(config.recordings.folder),
        source,
        kind,
        SystemClock(),
        attributes=choices.attributes,
        path=None if choices.record is None else Path(choices.record),
        max_bytes=config.recordings.max_bytes,
    )
    return SessionRecorder(writer)


def _run(
    source: LiveSource,
    recorder: EventRecorder | None,
    config: Config,
    choices: LiveChoices,
    recording: str,
    *,
    title: str = "",
) -> int:
    # As where files are opened: a key is not to wait for the next of sixty frames a second.
    os.environ.setdefault("TEXTUAL_FPS", "240")
    from connectome_tui.app.run_live import run_live_app
    from connectome_tui.recordings.folder import remove_if_empty

    # What comes live has no cycles: looking for some cost more than decoding it, and held up the screen.
    collect_seldom()
    options = LiveOptions(
        stepper=choices.stepper,
        retention=config.retention,
        restart_policy=config.restart_policy,
        recording=recording,
        title=title,
    )
    try:
        return run_live_app(
            [source], recorder, config=config, theme=choices.theme, ascii_only=choices.ascii, options=options
        )
    finally:
        if recording and choices.record is None:
            remove_if_empty(
                path_of(recording.removeprefix(SESSION_PREFIX), recordings_folder(config.recordings.folder))
            )
