"""The database of a server's state: its tables, opening it, and setting a damaged one aside (SERVER-7)."""

import os
import sqlite3
from pathlib import Path
from typing import Final

APPLICATION_ID: Final = 0x436E_5376
"""`CnSv`."""
VERSION: Final = 1
FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
CHECKPOINT_PAGES: Final = 1000
LOG_LIMIT: Final = 16 << 20
MAX_BLOB: Final = 64 << 20
BESIDE: Final = ("-wal", "-shm")

TABLES: Final = {
    "about": "CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "actors": (
        "CREATE TABLE actors (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
        " origin TEXT NOT NULL, seen_ms REAL NOT NULL)"
    ),
    "answers": (
        "CREATE TABLE answers (session INTEGER NOT NULL, actor TEXT NOT NULL, intent TEXT NOT NULL,"
        " revision INTEGER NOT NULL, ack BLOB, PRIMARY KEY (session, actor, intent)) WITHOUT ROWID"
    ),
    "commits": (
        "CREATE TABLE commits (session INTEGER NOT NULL, revision INTEGER NOT NULL, at_ms REAL NOT NULL,"
        " actor TEXT NOT NULL, command BLOB, records BLOB, PRIMARY KEY (session, revision)) WITHOUT ROWID"
    ),
    "cursors": (
        "CREATE TABLE cursors (actor TEXT NOT NULL, session TEXT NOT NULL, revision INTEGER NOT NULL,"
        " PRIMARY KEY (actor, session)) WITHOUT ROWID"
    ),
    "journal": (
        "CREATE TABLE journal (session INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
        " count INTEGER NOT NULL, block BLOB NOT NULL, PRIMARY KEY (session, first)) WITHOUT ROWID"
    ),
    "sessions": (
        "CREATE TABLE sessions (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL,"
        " revision INTEGER NOT NULL, stopped INTEGER NOT NULL, used_ms REAL NOT NULL, source TEXT NOT NULL,"
        " recording TEXT NOT NULL)"
    ),
    "tokens": (
        "CREATE TABLE tokens (hash BLOB PRIMARY KEY, actor TEXT NOT NULL, issued_ms REAL NOT NULL) WITHOUT ROWID"
    ),
}
"""Every table with the exact text that makes it."""


class DamagedError(Exception):
    """The file is there and is not what was written."""


def connect(path: Path) -> sqlite3.Connection:
    """The database at `path`, made when there is none; `DamagedError`, or `sqlite3.OperationalError` and `OSError`."""
    is_new = _make_file(path)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BLOB)
        if is_new:
            _make_tables(connection)
        else:
            _check(connection)
        for pragma in (
            "trusted_schema=OFF",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            f"journal_size_limit={LOG_LIMIT}",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        connection.close()
        raise
    return connection


def set_aside(path: Path) -> Path:
    """Move a database that cannot be used out of the way, with what lies beside it; where it is now."""
    aside = path.with_name(f"{path.name}.damaged")
    for end in ("", *BESIDE):
        part = path.with_name(path.name + end)
        if part.exists():
            part.replace(aside.with_name(aside.name + end))
    return aside


def _make_file(path: Path) -> bool:
    """An empty file that only the user may read; whether it is new (an empty one was made by who died at once)."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    except FileExistsError:
        return path.stat().st_size == 0 and not path.with_name(f"{path.name}-wal").exists()
    return True


def _make_tables(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={VERSION}")
    for text in TABLES.values():
        connection.execute(text)
    connection.execute("COMMIT")


def _check(connection: sqlite3.Connection) -> None:
    try:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError, OverflowError) as problem:
        if isinstance(problem, sqlite3.OperationalError):
            raise
        raise DamagedError(str(problem)) from problem
    if (application_id, version) != (APPLICATION_ID, VERSION) or found != TABLES:
        raise DamagedError("its tables are others than this program makes")
    if verdict != "ok":
        raise DamagedError(str(verdict))
