"""Files of recordings: making a new one, going on with one, and the bytes on disk."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.about import About
from connectome_tui.recordings.database import UNREADABLE, check_tables, connect_writer, is_full, why_not
from connectome_tui.recordings.lock import HeldRecording, hold

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


def new_file(path: Path, about: About) -> tuple[sqlite3.Connection, HeldRecording]:
    """A new recording; `SourceError` when there is such a file, or when it cannot be made."""
    _make_file(path)
    held = hold(path)
    try:
        connection = connect_writer(path, is_new=True)
        values = {
            "id": about.id,
            "source": about.source,
            "kind": about.kind,
            "started_at_ms": about.started_at_ms,
            "program": about.program,
            "epoch": 1,
        }
        connection.executemany("INSERT INTO about VALUES (?, ?)", list(values.items()))
    except sqlite3.Error as problem:
        held.release()
        path.unlink(missing_ok=True)
        raise SourceError(str(path), f"cannot be written: {_why(problem)}") from problem
    return connection, held


def taken_over(path: Path) -> tuple[sqlite3.Connection, HeldRecording]:
    """A recording that is there, to go on with; whoever wrote it until now is shut out."""
    if not path.is_file():
        raise SourceError(str(path), "no such recording")
    held = hold(path)
    try:
        connection = connect_writer(path)
        check_tables(connection, str(path))
        connection.execute("UPDATE about SET value = value + 1 WHERE name = 'epoch'")
        connection.execute("DELETE FROM about WHERE name = 'ended_at_ms'")
    except UNREADABLE as problem:
        held.release()
        raise SourceError(str(path), why_not(problem)) from problem
    except BaseException:
        held.release()
        raise
    return connection, held


def _make_file(path: Path) -> None:
    """An empty file that only the user may read, in a folder that, if it is made here, only the user may enter."""
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    except FileExistsError:
        raise SourceError(str(path), "there is such a file: a recording needs a new one") from None
    except OSError as problem:
        raise SourceError(str(path), f"cannot be written: {problem.strerror}") from problem


def _why(problem: sqlite3.Error) -> str:
    return "the disk is full" if is_full(problem) else str(problem)
