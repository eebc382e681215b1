"""`connectome listen`, `follow` and `watch`: live sources on this terminal, recorded as they come."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from connectome_tui.clock import SystemClock
from connectome_tui.config import load_config
from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.about import Kind
from connectome_tui.recordings.folder import create_recording, make_folder
from connectome_tui.recordings.names import new_id, path_of, recordings_folder
from connectome_tui.session import LiveOptions
from connectome_tui.sources.live import EventRecorder, LiveSource

if TYPE_CHECKING:
    from connectome_tui.recordings.recorder import SessionRecorder

Theme = Literal["dark", "light"]


def run_listen(
    *,
    http: Sequence[str],
    grpc: Sequence[str],
    settle_ms: float,
    stepper: bool,
    record: str | None,
    no_record: bool,
    theme: Theme | None,
    ascii: bool | None,  # noqa: A002 -- the name of the option
) -> int:
    """Receive traces; the exit status."""
    from connectome_tui.receiver.options import ReceiverOptions
    from connectome_tui.recordings.cap import DEFAULT_CAP
    from connectome_tui.recordings.follower import RecordingFollower
    from connectome_tui.sources.receiver import ReceiverSource

    _check_terminal()
    path = None if no_record else _recording_path(record)
    options = ReceiverOptions(
        http=tuple(http),
        grpc=tuple(grpc),
        settle_ms=settle_ms,
        title=f"listen {' '.join((*http, *grpc))}",
        recording=None if path is None else str(path),
        recordings_bytes=DEFAULT_CAP if record is None else None,
    )
    recorder = None if path is None else RecordingFollower(path)
    shown = LiveOptions(stepper, recording="" if path is None else path.stem, title=f"otlp {(*http, *grpc)[0]}")
    return _run(ReceiverSource(options), recorder, shown, theme, ascii_only=ascii)


def run_follow(
    target: str,
    *,
    headers: Sequence[str],
    stepper: bool,
    record: str | None,
    no_record: bool,
    theme: Theme | None,
    ascii: bool | None,  # noqa: A002 -- the name of the option
) -> int:
    """Follow an event stream, a growing file or standard input; the exit status."""
    _check_terminal()
    source = _followed(target, headers)
    recorder = None if no_record else _session_recorder(f"follow {source.name}", "events", record)
    shown = LiveOptions(stepper, recording="" if recorder is None else recorder.name)
    return _run(source, recorder, shown, theme, ascii_only=ascii)


def run_watch(
    target: str,
    *,
    stepper: bool,
    record: str | None,
    no_record: bool,
    theme: Theme | None,
    ascii: bool | None,  # noqa: A002 -- the name of the option
) -> int:
    """Follow orchestration runs in a growing file, on standard input or through a Unix socket; the exit status."""
    _check_terminal()
    source = _watched(target)
    recorder = None if no_record else _session_recorder(f"watch {source.name}", "run", record)
    shown = LiveOptions(stepper, recording="" if recorder is None else recorder.name)
    return _run(source, recorder, shown, theme, ascii_only=ascii)


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


def _followed(target: str, headers: Sequence[str]) -> LiveSource:
    from connectome_tui.sources.follow_lines import FollowFile, FollowStdin
    from connectome_tui.sources.follow_url import FollowUrl
    from connectome_tui.sources.request_headers import parse_headers
    from connectome_tui.sources.terminal_input import free_standard_input

    clock = SystemClock()
    if target == "-":
        return FollowStdin(free_standard_input(), clock=clock)
    if "://" in target:
        return FollowUrl(target, clock=clock, headers=parse_headers(headers, os.environ))
    return FollowFile(target, clock=clock)


def _check_terminal() -> None:
    """The screen is drawn on standard error; nothing is begun before it is known that there is one."""
    if not sys.stdout.isatty() or not sys.stderr.isatty():
        raise click.ClickException("a terminal is needed to follow live sources on")


def _recording_path(record: str | None) -> Path:
    if record is not None:
        return Path(record)
    folder = recordings_folder()
    make_folder(folder)
    return path_of(new_id(SystemClock().now_ms()), folder)


def _session_recorder(source: str, kind: Kind, record: str | None) -> "SessionRecorder":
    from connectome_tui.recordings.recorder import SessionRecorder

    path = None if record is None else Path(record)
    return SessionRecorder(create_recording(recordings_folder(), source, kind, SystemClock(), path=path))


def _run(
    source: LiveSource,
    recorder: EventRecorder | None,
    options: LiveOptions,
    theme: Theme | None,
    *,
    ascii_only: bool | None,
) -> int:
    from connectome_tui.app.run_live import run_live_app

    return run_live_app([source], recorder, config=load_config(), theme=theme, ascii_only=ascii_only, options=options)
