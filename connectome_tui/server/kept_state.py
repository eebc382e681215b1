"""The one connection to a server's state, and how a write gets into it: whole, and on disk when it returns."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from connectome_tui.clock import Clock
from connectome_tui.server import kept_database
from connectome_tui.server.keeping import Actor

MOST_ACTORS: Final = 20_000
"""So many of those who were ever here are known by name; the others by the name in their id."""
_SPARE: Final = 1000
PATIENCE_MS: Final = 200
"""So long everybody waits for another program that holds the database, and not at all once that was in vain."""
LOOK_MS: Final = 2000.0
"""Before a write, at most so often, it is looked whether the file is there: one without a name takes all."""


class KeepingError(OSError):
    """Something could not be kept: the disk is full, or failed."""


class KeptState:
    """A connection, and the marker beside it that says that everything that was told was kept.

    Only one thread may use it (SERVER-8).
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        self.clock = clock
        self._path = path
        self._file = _file_at(path)
        self._is_there = True
        self._next_look_ms = clock.now_ms() + LOOK_MS
        self._connection = connection
        self._marker = path.with_name("kept")
        self._is_marked = self._marker.exists()
        self._be_patient(PATIENCE_MS)
        self._new_actors: list[str] = []
        self._lacking: set[int] = set()
        self.actors: dict[str, Actor] = {
            actor_id: Actor(actor_id, name, origin)
            for actor_id, name, origin in connection.execute("SELECT id, name, origin FROM actors ORDER BY number")
        }

    @property
    def kept_all(self) -> bool:
        """Whether nothing that anybody was told of could not be written."""
        return self._is_marked

    def execute(self, query: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """One statement, within `writing` or by itself."""
        return self._connection.execute(query, values)

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """What a query finds."""
        return self._connection.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction; `KeepingError` when it does not get to the disk, and then nothing of it is there."""
        connection = self._connection
        self._look()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException as problem:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for actor_id in self._new_actors:
                self.actors.pop(actor_id, None)
            self._new_actors.clear()
            if not isinstance(problem, sqlite3.Error):
                raise
            self._unmark()
            raise KeepingError(f"the state of the server cannot be kept: {problem}") from problem
        self._new_actors.clear()
        if not self._is_marked and not self._lacking:
            self.mark()

    def lacks(self, session: int) -> None:
        """The newest commit of a session is not kept: whatever else is written, not everything is."""
        self._lacking.add(session)

    def has_newest(self, session: int) -> None:
        """The newest commit of a session is kept, or is about to be, within `writing`."""
        self._lacking.discard(session)

    def mark(self) -> None:
        """Everything is kept, up to now."""
        self._marker.touch(mode=kept_database.FILE_MODE)
        self._is_marked = True
        self._be_patient(PATIENCE_MS)

    def know(self, actor: Actor) -> None:
        """Keep who somebody is, within `writing`; the oldest are forgotten beyond a bound."""
        if self.actors.get(actor.actor_id) == actor:
            return
        self._connection.execute(
            "INSERT INTO actors (id, name, origin, seen_ms) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, origin = excluded.origin",
            (actor.actor_id, actor.name, actor.origin, self.clock.now_ms()),
        )
        self.actors[actor.actor_id] = actor
        self._new_actors.append(actor.actor_id)
        if len(self.actors) > MOST_ACTORS + _SPARE:
            self._forget_actors()

    def forget_answers(self) -> None:
        """Drop the answers of those who cannot come back any more, within `writing`."""
        self._connection.execute("DELETE FROM answers WHERE actor NOT IN (SELECT actor FROM tokens)")
        self._connection.execute("DELETE FROM cursors WHERE actor NOT IN (SELECT actor FROM tokens)")

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _look(self) -> None:
        now = self.clock.now_ms()
        if now >= self._next_look_ms:
            self._next_look_ms = now + LOOK_MS
            self._is_there = _file_at(self._path) == self._file
        if not self._is_there:
            self._unmark()
            raise KeepingError(f"the state of the server cannot be kept: {self._path} was taken away meanwhile")

    def _forget_actors(self) -> None:
        self._connection.execute(
            "DELETE FROM actors WHERE number NOT IN (SELECT number FROM actors ORDER BY number DESC LIMIT ?)",
            (MOST_ACTORS,),
        )
        self.forget_answers()
        for actor_id in list(self.actors)[:-MOST_ACTORS]:
            del self.actors[actor_id]

    def _be_patient(self, ms: int) -> None:
        self._connection.execute(f"PRAGMA busy_timeout={ms}").close()

    def _unmark(self) -> None:
        self._be_patient(0)
        # A full disk lets files be taken away: that is how it is known later that something is missing.
        self._is_marked = False
        self._marker.unlink(missing_ok=True)


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file has this name; None for none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino
