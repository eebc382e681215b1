"""What a server keeps, in SQLite in a folder of its own (SERVER-6, SERVER-7): it outlives the server, whatever ends it.

A write is one transaction that the system has when the call returns, so that it survives `kill -9`.
Against a power failure it is not forced to the disk each time; that one is recognised, and a new epoch begins.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectome_tui.clock import Clock
from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.lock import HeldRecording, InUseError, hold_alone
from connectome_tui.server.audit import AuditLog
from connectome_tui.server.epoch import boot_id, lost_something, new_epoch
from connectome_tui.server.keeping import Actor
from connectome_tui.server.kept_database import FOLDER_MODE, DamagedError, connect, set_aside
from connectome_tui.server.kept_session import KeptSession
from connectome_tui.server.kept_state import KeptState
from connectome_tui.server.kept_tokens import ResumeTokens
from connectome_tui.server.state_folder import FILE

CURSORS_MS: Final = 2000.0
"""How far everybody was told is written so often: it matters where commits cannot be kept."""
MOST_CURSORS: Final = 1000
MOST_HISTORIES: Final = 200
"""Of so many sessions the inputs are kept, those that were opened last."""


class KeptServer:
    """Implements `ServerKeeper`. See `open_keeper`; `notices` are lines for who started the server."""

    def __init__(
        self, folder: Path, state: KeptState, held: HeldRecording, epoch: str, notices: tuple[str, ...]
    ) -> None:
        self.folder = folder
        self.notices = notices
        self._state = state
        self._held = held
        self._epoch = epoch
        self._tokens = ResumeTokens(state)
        self._audit = AuditLog(folder, state.clock)
        self._sessions: dict[str, KeptSession] = {}
        self._cursors: dict[tuple[str, str], int] = {}
        self._next_cursors_ms = 0.0
        self._closed = False

    @property
    def epoch(self) -> str:
        """Changes when the commit counters were lost (SERVER-7)."""
        return self._epoch

    def session(self, name: str, fingerprint: str) -> KeptSession:
        """What is kept of a session; history made from another `fingerprint` is gone. Empty: it keeps no inputs."""
        kept = self._sessions.get(name)
        if kept is None:
            kept = self._sessions[name] = self._opened(name, fingerprint)
        if kept.fingerprint != fingerprint:
            kept.begin_anew(fingerprint)
        return kept

    def made_from(self, name: str) -> str:
        """What a session was made from, as `note_source` was told; empty for one that never was."""
        found = self._state.rows("SELECT source FROM sessions WHERE name = ?", (name,))
        return str(found[0][0]) if found else ""

    def issue_resume_token(self, actor: Actor) -> str:
        """A new secret for this actor; only its hash is kept."""
        return self._tokens.issue(actor)

    def resume(self, token: str) -> Actor | None:
        """Who a token was made for; None when it is unknown or too old."""
        return self._tokens.owner(token)

    def note_cursor(self, actor_id: str, session: str, revision: int) -> None:
        """How far somebody was told; written now and then."""
        self._cursors[actor_id, session] = revision
        self._tokens.note_seen(actor_id)
        if len(self._cursors) >= MOST_CURSORS:
            self._write_cursors()

    def close(self) -> None:
        """Finish writing. The next server goes on in this epoch, whatever happens to the machine."""
        if self._closed:
            return
        self._closed = True
        state = self._state
        try:
            self._write_cursors()
            for kept in self._sessions.values():
                kept.flush()
            if state.kept_all:
                _note_end(state)
        finally:
            self._audit.close()
            state.close()
            self._held.release()

    def _opened(self, name: str, fingerprint: str) -> KeptSession:
        state = self._state
        with state.writing() as connection:
            connection.execute(
                "INSERT INTO sessions (name, fingerprint, revision, stopped, used_ms, source, recording)"
                " VALUES (?, ?, 0, 0, ?, '', '') ON CONFLICT (name) DO UPDATE SET used_ms = excluded.used_ms",
                (name, fingerprint, state.clock.now_ms()),
            )
            ((number,),) = connection.execute("SELECT number FROM sessions WHERE name = ?", (name,)).fetchall()
            self._forget_histories(connection)
        return KeptSession(state, number, self._audit.write, self._keep_cursors)

    @staticmethod
    def _forget_histories(connection: sqlite3.Connection) -> None:
        old = connection.execute(
            "SELECT number FROM sessions WHERE fingerprint != '' ORDER BY used_ms DESC LIMIT -1 OFFSET ?",
            (MOST_HISTORIES,),
        ).fetchall()
        for number in old:
            connection.execute(
                "UPDATE sessions SET fingerprint = '', revision = max(revision,"
                " coalesce((SELECT max(revision) FROM commits WHERE session = number), 0),"
                " coalesce((SELECT max(last) FROM journal WHERE session = number), 0)) WHERE number = ?",
                number,
            )
            for table in ("commits", "journal", "answers"):
                connection.execute(f"DELETE FROM {table} WHERE session = ?", number)  # noqa: S608 -- constants

    def _keep_cursors(self) -> None:
        """Write the cursors when it is time; called before each commit."""
        if self._cursors and self._state.clock.now_ms() >= self._next_cursors_ms:
            self._write_cursors()

    def _write_cursors(self) -> None:
        self._next_cursors_ms = self._state.clock.now_ms() + CURSORS_MS
        if not self._cursors:
            return
        with self._state.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)",
                [(actor, session, revision) for (actor, session), revision in self._cursors.items()],
            )
            self._tokens.write_seen()
        self._cursors.clear()


def open_keeper(folder: Path, clock: Clock, *, boot: str | None = None) -> KeptServer:
    """The state in `folder`, made when there is none; `SourceError` when another server has it, or it cannot be had.

    A database that is damaged is set aside and another one begun. `boot` names this run of the machine.
    """
    path = folder / FILE
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        held = hold_alone(path)
    except InUseError:
        raise SourceError(str(folder), "another server keeps its state there: end it, or name another folder") from None
    except OSError as problem:
        raise SourceError(str(folder), f"cannot hold the state of a server: {problem.strerror}") from problem
    try:
        notices: tuple[str, ...] = ()
        try:
            connection = connect(path)
        except DamagedError as problem:
            aside = set_aside(path)
            notices = (f"the kept state was damaged ({problem}): it lies in {aside} now, and sessions begin anew",)
            connection = connect(path)
        state = KeptState(path, connection, clock)
        epoch, notice = _begin(state, boot_id() if boot is None else boot)
        kept = KeptServer(folder, state, held, epoch, (*notices, *notice))
        kept._tokens.forget_old()  # noqa: SLF001 -- it is made here
    except (sqlite3.Error, OSError) as problem:
        held.release()
        raise SourceError(str(path), f"the state of the server cannot be kept: {problem}") from problem
    except BaseException:
        held.release()
        raise
    return kept


def _begin(state: KeptState, boot: str) -> tuple[str, tuple[str, ...]]:
    """The epoch from now on, noted where a power failure leaves it; and what is to be said of it."""
    about = dict(state.rows("SELECT name, value FROM about"))
    epoch = str(about.get("epoch", ""))
    notice: tuple[str, ...] = ()
    is_new = not epoch
    lost = lost_something(
        ended_well=bool(about.get("ended_well")),
        kept_all=state.kept_all,
        boot_then=str(about.get("boot", "")),
        boot_now=boot,
    )
    if is_new or lost:
        epoch = new_epoch()
        notice = () if is_new else ("the end of what was kept may be lost: a new epoch begins, windows begin anew",)
    _note(state, {"epoch": epoch, "boot": boot, "ended_well": 0})
    state.mark()
    return epoch, notice


def _note_end(state: KeptState) -> None:
    _note(state, {"ended_well": 1})
    with suppress(sqlite3.OperationalError):  # somebody who reads it keeps the log from being emptied
        state.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def _note(state: KeptState, values: dict[str, object]) -> None:
    """Write this and all that was written before to the disk itself."""
    state.execute("PRAGMA synchronous=FULL").close()
    with state.writing() as connection:
        connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", list(values.items()))
    state.execute("PRAGMA synchronous=NORMAL").close()
