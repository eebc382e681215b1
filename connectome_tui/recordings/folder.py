"""The folder of recordings: what is there, making a new one, and keeping it within bounds."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from connectome_tui.clock import Clock
from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.about import Kind, about_of
from connectome_tui.recordings.cap import DEFAULT_CAP, FolderCap, remove_file, size_of
from connectome_tui.recordings.database import ReadingDatabase
from connectome_tui.recordings.files import FOLDER_MODE
from connectome_tui.recordings.lock import InUseError, is_in_use
from connectome_tui.recordings.names import SUFFIX, files_in, new_id, path_of
from connectome_tui.recordings.writer import RecordingWriter


@dataclass(frozen=True, slots=True)
class ListedRecording:
    """A row of `connectome sessions`. `ended_at_ms` is None for one that is live, or whose writer was killed.

    `trouble` says why it cannot be read; then only id, size and time (of the file) are known.
    """

    id: str
    path: Path
    bytes: int
    started_at_ms: float
    ended_at_ms: float | None = None
    source: str = ""
    kind: str = ""
    events: int = 0
    is_live: bool = False
    trouble: str = ""


def create_recording(
    folder: Path,
    source: str,
    kind: Kind,
    clock: Clock,
    *,
    attributes: bool = True,
    path: Path | None = None,
    max_bytes: int = DEFAULT_CAP,
) -> RecordingWriter:
    """A new recording in the folder, or at `path` (`--record FILE`); `SourceError` when it cannot be made.

    All recordings of the folder together are kept within `max_bytes`.
    """
    recording_id = new_id(clock.now_ms())
    if path is None:
        make_folder(folder)
        path = path_of(recording_id, folder)
    writer = RecordingWriter.create(
        path, recording_id=recording_id, source=source, kind=kind, clock=clock, attributes=attributes
    )
    if path.parent == folder:
        writer.limit(FolderCap(folder, max_bytes))
    return writer


def make_folder(folder: Path) -> None:
    """The folder; when it is made here, only the user may enter it."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as problem:
        raise SourceError(str(folder), f"cannot hold recordings: {problem.strerror}") from problem


def list_recordings(folder: Path) -> list[ListedRecording]:
    """All recordings, oldest first."""
    return [_listed(path) for path in files_in(folder)]


def prune(
    folder: Path,
    now_ms: float,
    *,
    keep: int | None = None,
    older_than_ms: float | None = None,
    max_bytes: int | None = None,
) -> list[ListedRecording]:
    """Remove recordings, oldest first, and say which: all but the newest `keep`, those that began longer ago than
    `older_than_ms`, and more until all that stay take at most `max_bytes`. One that is live always stays.
    """
    listed = list_recordings(folder)
    going = set(listed[: len(listed) - keep] if keep is not None else ())
    if older_than_ms is not None:
        going |= {one for one in listed if now_ms - (one.ended_at_ms or one.started_at_ms) > older_than_ms}
    removed = [one for one in listed if one in going and remove(one)]
    if max_bytes is not None:
        staying = [one for one in listed if one not in removed]
        total = sum(one.bytes for one in staying)
        for one in staying:
            if total <= max_bytes:
                break
            if remove(one):
                removed.append(one)
                total -= one.bytes
    return removed


def remove(recording: ListedRecording) -> bool:
    """Take a recording away; False when it is live."""
    try:
        remove_file(recording.path)
    except InUseError:
        return False
    except OSError as problem:
        raise SourceError(str(recording.path), f"cannot be removed: {problem.strerror}") from problem
    return True


def remove_if_empty(path: Path) -> bool:
    """Take a recording away that is at rest and in which nothing ever came; whether that was so."""
    if not path.exists():
        return False
    listed = _listed(path)
    return not (listed.trouble or listed.events or listed.is_live or _has_pending(path)) and remove(listed)


def _has_pending(path: Path) -> bool:
    """Whether something was received that is no event yet, or something is missing."""
    database = ReadingDatabase(path, path.name)
    try:
        ((count,),) = database.rows("SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM gaps)")
    finally:
        database.close()
    return bool(count)


def _listed(path: Path) -> ListedRecording:
    recording_id = path.name.removesuffix(SUFFIX)
    with suppress(OSError):
        at_ms = path.stat().st_mtime * 1000
    size, is_live = size_of(path), is_in_use(path)
    try:
        database = ReadingDatabase(path, path.name)
    except SourceError as problem:
        return ListedRecording(recording_id, path, size, at_ms, is_live=is_live, trouble=problem.expected)
    try:
        about = about_of(dict(database.rows("SELECT name, value FROM about")))
        counted = database.rows("SELECT count FROM counts WHERE name = 'events'")
    except (SourceError, TypeError, ValueError) as problem:
        trouble = problem.expected if isinstance(problem, SourceError) else "is a damaged recording"
        return ListedRecording(recording_id, path, size, at_ms, is_live=is_live, trouble=trouble)
    finally:
        database.close()
    return ListedRecording(
        id=recording_id,
        path=path,
        bytes=size,
        started_at_ms=about.started_at_ms,
        ended_at_ms=about.ended_at_ms,
        source=about.source,
        kind=about.kind,
        events=counted[0][0] if counted else 0,
        is_live=is_live,
    )
