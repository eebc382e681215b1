"""What happened to a window, kept in SQLite (CLIENT-8): the last 200 of all windows of this user, in one file.

Notes are written by a thread, so that a slow disk or another window's lock holds up nobody. What
cannot be written is told as `trouble` and dropped: diagnostics never end a session.
"""

import json
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from connectome_tui.client.notes import NoteSource, NoteType
from connectome_tui.clock import Clock

FILE_VARIABLE: Final = "CONNECTOME_DIAGNOSTICS"
KEPT: Final = 200
MAX_PAYLOAD: Final = 2000
"""Bytes of JSON; a longer payload is replaced by its beginning."""
MAX_WAITING: Final = 500
BUSY_SECONDS: Final = 5.0
SECRETS: Final = frozenset({"auth", "token", "resume_token", "password"})

_APPLICATION_ID: Final = 0x434E4447
_TABLE: Final = """CREATE TABLE IF NOT EXISTS diagnostics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp REAL NOT NULL, type TEXT NOT NULL,
    event TEXT NOT NULL, source TEXT NOT NULL, payload TEXT NOT NULL)"""
_INSERT: Final = "INSERT INTO diagnostics (timestamp, type, event, source, payload) VALUES (?, ?, ?, ?, ?)"
_PRUNE: Final = "DELETE FROM diagnostics WHERE id <= (SELECT id FROM diagnostics ORDER BY id DESC LIMIT 1 OFFSET ?)"
_READ: Final = (
    "SELECT * FROM (SELECT id, timestamp, type, event, source, payload FROM diagnostics"
    " WHERE id > ? ORDER BY id DESC LIMIT ?) ORDER BY id"
)


class DiagnosticsEntry(msgspec.Struct, frozen=True):
    """One note; `timestamp` in milliseconds since the epoch by the clock of the window's machine."""

    id: int
    timestamp: float
    type: str
    event: str
    source: str
    payload: dict[str, Any]


class DiagnosticsError(Exception):
    """The file cannot be read, in one line."""


def diagnostics_path() -> Path:
    """Where they are kept: `CONNECTOME_DIAGNOSTICS`, else in the user's folder for state."""
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("connectome", appauthor=False) / "diagnostics.sqlite"


def read_diagnostics(path: Path, *, last: int = KEPT, after_id: int = 0) -> Sequence[DiagnosticsEntry]:
    """The newest `last` notes behind `after_id`, oldest first; none when there is no file. `DiagnosticsError`."""
    if not path.exists():
        return ()
    try:
        with closing(_connect(path, "ro")) as connection:
            rows = connection.execute(_READ, (after_id, max(last, 0))).fetchall()
    except sqlite3.Error as problem:
        raise DiagnosticsError(f"{path}: {problem}") from None
    return [_entry(row) for row in rows]


class Diagnostics:
    """Takes the notes of one window. The thread begins with the first note and ends with `close`.

    `on_trouble` is called in that thread, once each time that writing begins to fail.
    """

    def __init__(self, path: Path, clock: Clock, on_trouble: Callable[[str], object] = lambda _trouble: None) -> None:
        self.path: Final = path
        self._on_trouble = on_trouble
        self.trouble = ""
        self.dropped = 0
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._writing = False
        self._closing = False
        self._thread: threading.Thread | None = None

    def note(self, type_: NoteType, event: str, payload: Mapping[str, Any], source: NoteSource = "service") -> None:
        """Keep a note; where too many wait to be written, the oldest is dropped."""
        row = (self._clock.now_ms(), type_, event, source, _payload(payload))
        with self._changed:
            if self._closing:
                return
            if len(self._waiting) >= MAX_WAITING:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(row)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="diagnostics", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def read(self, last: int = KEPT, after_id: int = 0) -> Sequence[DiagnosticsEntry]:
        """The newest notes, of all windows; `DiagnosticsError` when there are none because none can be kept."""
        entries = read_diagnostics(self.path, last=last, after_id=after_id)
        if not entries and self.trouble:
            raise DiagnosticsError(self.trouble)
        return entries

    def flush(self, seconds: float | None = None) -> bool:
        """Wait until everything is written, or could not be; false when that took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._writing, seconds)

    def close(self) -> None:
        """Write what waits and end the thread; harmless when called again."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        try:
            while rows := self._take():
                try:
                    connection = connection or _open(self.path)
                    _write(connection, rows)
                    self.trouble = ""
                except (sqlite3.Error, OSError, UnicodeEncodeError) as problem:
                    had_trouble = bool(self.trouble)
                    why = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
                    self.trouble = f"what happens is not kept: {self.path}: {why}"
                    self.dropped += len(rows)
                    if not had_trouble:
                        self._on_trouble(self.trouble)
                    if connection is not None:
                        connection.close()
                        connection = None
                finally:
                    with self._changed:
                        self._writing = False
                        self._changed.notify_all()
        finally:
            if connection is not None:
                connection.close()

    def _take(self) -> Sequence[tuple[Any, ...]]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            rows = list(self._waiting)
            self._waiting.clear()
            self._writing = bool(rows)
            return rows


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = _connect(path, "rw")
    try:
        _begin_log(connection)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        _check_ours(connection)
        connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        connection.execute(_TABLE)
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_log(connection: sqlite3.Connection) -> None:
    """Windows that start at the same moment are in each other's way here, and SQLite does not wait by itself."""
    ends = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= ends:
                raise
            time.sleep(0.005)
        else:
            return


def _check_ours(connection: sqlite3.Connection) -> None:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if tables and application_id != _APPLICATION_ID:
        raise sqlite3.DatabaseError("this is another kind of file")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _write(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(_INSERT, rows)
        connection.execute(_PRUNE, (KEPT,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _payload(payload: Mapping[str, Any]) -> str:
    shown = {key: value for key, value in payload.items() if key not in SECRETS}
    text = json.dumps(shown, default=str, skipkeys=True)
    return text if len(text) <= MAX_PAYLOAD else json.dumps({"cut": text[:MAX_PAYLOAD]})


def _entry(row: tuple[Any, ...]) -> DiagnosticsEntry:
    number, timestamp, type_, event, source, payload = row
    try:
        decoded = json.loads(payload)
    except (ValueError, TypeError):
        decoded = None
    if not isinstance(decoded, dict):
        decoded = {"unreadable": str(payload)[:MAX_PAYLOAD]}
    return DiagnosticsEntry(number, timestamp, type_, event, source, decoded)
