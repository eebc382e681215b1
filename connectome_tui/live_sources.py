"""Live sources and what they are recorded into, from what a user names: the live commands and the server use them.

Nothing here reads the configuration: what stands there is handed in.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectome_tui.clock import SystemClock
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import EventRecorder
from connectome_tui.recordings.about import Kind
from connectome_tui.recordings.cap import DEFAULT_CAP, FolderCap
from connectome_tui.recordings.folder import create_recording, make_folder, remove_if_empty
from connectome_tui.recordings.names import SESSION_PREFIX, new_id, path_of
from connectome_tui.sources.live import LiveSource
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.settle import DEFAULT_SETTLE_MS

STANDARD_INPUT: Final = "-"
SOCKET_PREFIX: Final = "unix:"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInto:
    """The folder of recordings, and how much all of them may take; or one new file. `goes_on` is one to go on with."""

    folder: Path
    max_bytes: int = DEFAULT_CAP
    file: Path | None = None
    goes_on: Path | None = None
    attributes: bool = True


@dataclass(frozen=True, slots=True)
class Followable:
    """A source that is ready to be started, and its recording (None, and empty, without one).

    `recording` is what `open` takes, for the screen; `path` is its file. `is_own`: it lies in the folder
    of recordings, so that it is taken away when nothing came. `title` is empty for that of the source.
    """

    source: LiveSource
    recorder: EventRecorder | None = None
    recording: str = ""
    path: Path | None = None
    is_own: bool = False
    title: str = ""

    def remove_if_empty(self) -> None:
        """Take the recording away when nothing ever came; it is closed."""
        if self.path is not None and self.is_own:
            remove_if_empty(self.path)


def receiver(
    *,
    http: Sequence[str],
    grpc: Sequence[str] = (),
    into: RecordInto | None,
    settle_ms: float = DEFAULT_SETTLE_MS,
    token: str | None = None,
    raw: bool = False,
    attributes: bool = True,
    nodes: Sequence[NodeOverride] = (),
    next_row: int | None = None,
) -> Followable:
    """What receives traces. With `next_row` the recording that goes on was shown up to there."""
    from connectome_tui.receiver.options import Override, ReceiverOptions
    from connectome_tui.recordings.follower import RecordingFollower
    from connectome_tui.sources.receiver import ReceiverSource

    path = None if into is None else _new_path(into)
    is_own = into is not None and into.file is None
    options = ReceiverOptions(
        http=tuple(http),
        grpc=tuple(grpc),
        token=token,
        settle_ms=settle_ms,
        title=f"listen {' '.join((*http, *grpc))}",
        recording=None if path is None else str(path),
        recordings_bytes=into.max_bytes if into is not None and is_own else None,
        keep_raw=raw,
        keep_attributes=attributes,
        goes_on=into is not None and into.goes_on is not None,
        next_row=next_row,
        overrides=tuple(Override(node.pattern, node.title, node.zone, node.kind) for node in nodes),
    )
    recorder = None if path is None else RecordingFollower(path)
    name = "" if path is None else f"{SESSION_PREFIX}{path.stem}" if is_own else str(path)
    return Followable(ReceiverSource(options), recorder, name, path, is_own, title=f"otlp {(*http, *grpc)[0]}")


def followed(
    target: str,
    *,
    into: RecordInto | None,
    headers: Sequence[str] = (),
    settle_ms: float = DEFAULT_SETTLE_MS,
    nodes: Sequence[NodeOverride] = (),
    standard_input: Callable[[], int],
) -> Followable:
    """An event stream, a growing file of JSON lines, or standard input, whose descriptor is asked for then."""
    from connectome_tui.sources.follow_lines import FollowFile, FollowStdin
    from connectome_tui.sources.follow_url import FollowUrl
    from connectome_tui.sources.request_headers import parse_headers
    from connectome_tui.sources.span_lines import Settling

    clock, settling = SystemClock(), Settling(settle_ms, nodes)
    source: LiveSource
    if target == STANDARD_INPUT:
        source = FollowStdin(standard_input(), clock=clock, settling=settling)
    elif "://" in target:
        source = FollowUrl(target, clock=clock, headers=parse_headers(headers, os.environ))
    else:
        source = FollowFile(target, clock=clock, settling=settling)
    return _recorded(source, f"follow {source.name}", "events", into)


def watched(target: str, *, into: RecordInto | None, standard_input: Callable[[], int]) -> Followable:
    """Orchestration runs: a growing file, standard input, or a Unix socket."""
    from connectome_tui.sources.watch_run import WatchFile, WatchStdin

    clock = SystemClock()
    source: LiveSource
    if target == STANDARD_INPUT:
        source = WatchStdin(standard_input(), clock=clock)
    elif target.startswith(SOCKET_PREFIX):
        if os.name == "nt":
            raise SourceError(target, "there are no such sockets on Windows: expected a file, or `-`")
        from connectome_tui.sources.run_socket import WatchSocket

        source = WatchSocket(target.removeprefix(SOCKET_PREFIX), clock=clock)
    else:
        source = WatchFile(target, clock=clock)
    return _recorded(source, f"watch {source.name}", "run", into)


def receiver_token(file: str | None, variable: str) -> str | None:
    """What senders have to show: from a file or from the environment, never from the command line."""
    from connectome_tui.receiver.gate import checked_token, read_token

    if file is not None:
        return read_token(Path(file))
    token = os.environ.get(variable)
    return checked_token(token, variable) if token else None


def _recorded(source: LiveSource, named: str, kind: Kind, into: RecordInto | None) -> Followable:
    if into is None:
        return Followable(source)
    from connectome_tui.recordings.recorder import SessionRecorder
    from connectome_tui.recordings.writer import RecordingWriter

    if into.goes_on is not None:
        writer = RecordingWriter.resume(into.goes_on, attributes=into.attributes)
        writer.limit(FolderCap(into.folder, into.max_bytes))
    else:
        writer = create_recording(
            into.folder,
            named,
            kind,
            SystemClock(),
            attributes=into.attributes,
            path=into.file,
            max_bytes=into.max_bytes,
        )
    recorder = SessionRecorder(writer)
    return Followable(source, recorder, recorder.name, writer.path, into.file is None)


def _new_path(into: RecordInto) -> Path:
    if into.goes_on is not None:
        return into.goes_on
    if into.file is not None:
        return into.file
    make_folder(into.folder)
    return path_of(new_id(SystemClock().now_ms()), into.folder)
