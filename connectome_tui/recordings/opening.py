"""Opening recordings, and bringing to rest what a crash left behind; those from elsewhere are only read."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from connectome_tui.events.flow import ProgressCallback, SourceError, no_progress
from connectome_tui.recordings.database import UNREADABLE, ReadingDatabase, check_tables, connect_writer
from connectome_tui.recordings.lock import InUseError, hold_alone, is_in_use
from connectome_tui.recordings.recorded import RecordedSession

READ_AT_ONCE: Final = 256 << 20
"""Recordings up to this size are surveyed at once even when a part would do: it takes some 100 ms."""


def open_recorded(
    path: Path, name: str, *, progress: ProgressCallback = no_progress, partial: bool = False
) -> RecordedSession:
    """Open a recording; `SourceError` when it cannot be read. One that is being written shows what is there now."""
    recording = RecordedSession(path, name)
    try:
        if not partial or path.stat().st_size <= READ_AT_ONCE:
            recording.finish(progress)
    except BaseException:
        recording.close()
        raise
    return recording


def is_own(path: Path, folder: Path) -> bool:
    """Whether a file lies in the folder of recordings, and may be written."""
    return path.parent.resolve() == folder.resolve()


def has_left_over(path: Path) -> bool:
    """Whether bodies were acknowledged in it whose spans are no events yet, and nobody is at work on them."""
    if is_in_use(path):
        return False
    database = ReadingDatabase(path, path.name)
    try:
        return bool(database.rows("SELECT number FROM inbox LIMIT 1"))
    finally:
        database.close()


def bring_to_rest(path: Path) -> None:
    """Write back the log that a crash left beside a recording; one that is in use is left alone."""
    if not path.with_name(f"{path.name}-wal").exists():
        return
    # What cannot be done now, on a full disk or in a folder that is read only, is not needed for reading.
    with suppress(InUseError, OSError, SourceError, *UNREADABLE), hold_alone(path):
        connection = connect_writer(path)
        try:
            check_tables(connection, str(path))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            connection.execute("PRAGMA journal_mode=DELETE").close()
        finally:
            connection.close()
