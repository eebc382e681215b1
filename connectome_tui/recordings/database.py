"""Connections: the writer's, and those that only read, which trust nothing that stands in the file."""

import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.blocks import MAX_BLOB
from connectome_tui.recordings.schema import APPLICATION_ID, TABLES, VERSION

PAGE_SIZE: Final = 8192
CACHE_KIB: Final = 8192
CHECKPOINT_PAGES: Final = 2000
"""The log is written back to the file when it holds about 16 MB."""
LOG_LIMIT: Final = 64 << 20
BUSY_SECONDS: Final = 5.0
MAX_STEPS: Final = 200_000
"""Thousands of steps of SQLite's machine that one read may take: minutes of work, but not for ever."""
_STEPS: Final = 1000

UNREADABLE: Final = (sqlite3.Error, UnicodeDecodeError, OverflowError)
"""What reading a damaged file can raise: SQLite's own messages may hold bytes of the file that are no text."""

_READS: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_TRANSACTION})
_FUNCTIONS: Final = frozenset({"count", "min", "max", "sum"})
_FULL: Final = (sqlite3.SQLITE_FULL,)


def is_full(problem: sqlite3.Error) -> bool:
    """Whether SQLite says that there is no room."""
    return getattr(problem, "sqlite_errorcode", 0) & 0xFF in _FULL


def connect_writer(path: Path, *, is_new: bool = False) -> sqlite3.Connection:
    """A connection that may write; the file has to be there, empty for a new recording. Raises `sqlite3.Error`."""
    connection = sqlite3.connect(
        _uri(path, "mode=rw"), uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _distrust(connection)
        if is_new:
            # Before there is a log, so that the file itself says from its first moment on what it is.
            connection.execute(f"PRAGMA page_size={PAGE_SIZE}").close()
            _make_tables(connection)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            f"journal_size_limit={LOG_LIMIT}",
            f"cache_size=-{2 * CACHE_KIB}",
            "secure_delete=FAST",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    """Turn an empty database into a recording, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={VERSION}")
    for text in TABLES.values():
        connection.execute(text)
    connection.execute("COMMIT")


def check_tables(connection: sqlite3.Connection, name: str) -> None:
    """`SourceError` when the file is no recording, or one of a newer program."""
    try:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
    except UNREADABLE as problem:
        raise SourceError(name, why_not(problem)) from problem
    if application_id != APPLICATION_ID:
        raise SourceError(name, "is an SQLite database, but no recording")
    if version > VERSION:
        raise SourceError(
            name,
            f"is a recording of version {version}: this program reads up to version {VERSION}; a newer one is needed",
        )
    if found != TABLES:
        raise SourceError(name, "calls itself a recording, but its tables are others: it is not opened")


def why_not(problem: Exception) -> str:
    """What SQLite says, as an end of a sentence."""
    text = str(problem)
    if isinstance(problem, UnicodeError | OverflowError) or "malformed" in text or "not a database" in text:
        return f"is a damaged recording: {text}"
    if "unable to open" in text:
        return "cannot be opened: no permission, or its `-wal` file cannot be read here"
    return f"cannot be read: {text}"


class ReadingDatabase:
    """A recording that is only read; safe in several threads. Every read sees what was committed until then.

    Nothing in the file can make it do more than that: no trigger, view or function of its own is ever
    run, sizes are bounded, and whatever is damaged is a `SourceError`.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        # Without a log beside it nobody writes it: then no other file is made beside it either.
        at_rest = not _has_content(path.with_name(f"{path.name}-wal"))
        self._path = path
        self._resting_as = _identity(path) if at_rest else None
        try:
            self._connection = sqlite3.connect(
                _uri(path, "mode=ro&immutable=1" if at_rest else "mode=ro"),
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as problem:
            raise SourceError(name, why_not(problem)) from problem
        try:
            self._harden()
        except BaseException:
            self._connection.close()
            raise

    def _harden(self) -> None:
        connection = self._connection
        try:
            _distrust(connection)
            connection.execute("PRAGMA query_only=ON").close()
            connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}").close()
        except UNREADABLE as problem:
            raise SourceError(self._name, why_not(problem)) from problem
        check_tables(connection, self._name)
        connection.set_authorizer(_allow_reading)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; `SourceError` when they cannot be read."""
        with self._lock:
            return self._read(query, values)

    def together(self, read: "Callable[[Callable[..., list[tuple[Any, ...]]]], None]") -> None:
        """Several reads of one moment: `read` is handed what makes a query."""
        with self._lock:
            self._read("BEGIN", ())
            try:
                read(lambda query, values=(): self._read(query, values))
            finally:
                with suppress(sqlite3.Error):  # a damaged file may end the transaction by itself
                    self._connection.execute("ROLLBACK").close()

    def _read(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        steps = 0

        def enough() -> bool:
            nonlocal steps
            steps += 1
            return steps > MAX_STEPS

        if self._resting_as is not None and _identity(self._path) != self._resting_as:
            raise SourceError(self._name, "the recording changed since it was opened: open it again")
        try:
            self._connection.set_progress_handler(enough, _STEPS)
            return self._connection.execute(query, values).fetchall()
        except UNREADABLE as problem:
            raise SourceError(self._name, why_not(problem)) from problem

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()


def _distrust(connection: sqlite3.Connection) -> None:
    """What the file says about itself is data, never something to be run."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BLOB)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    if set_config := getattr(connection, "setconfig", None):  # Python 3.12 and newer
        set_config(getattr(sqlite3, "SQLITE_DBCONFIG_DEFENSIVE"), True)  # noqa: B009, FBT003 -- not in 3.11's sqlite3
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _allow_reading(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action in _READS or (action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS):
        return sqlite3.SQLITE_OK
    assert first is not None or second is None
    return sqlite3.SQLITE_DENY


def _uri(path: Path, options: str) -> str:
    return f"file:{quote(os.fspath(path.absolute()))}?{options}"


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
