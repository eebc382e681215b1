"""What one hosted session keeps: its revision, its inputs, and what intents were answered (SERVER-5, SERVER-7)."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from connectome_tui.net.frames import Ack
from connectome_tui.server.journal import Entry, commits_of, encoded, entry_of, pack, unpack
from connectome_tui.server.keeping import Actor, AuditLine, KeptCommit
from connectome_tui.server.kept_state import KeptState

ANSWERS: Final = 1000
"""So many answers of an actor are remembered, the newest."""
_SPARE_ANSWERS: Final = 200
MOST_PENDING: Final = 256
MOST_COUNTED: Final = 10_000
PACKED: Final = 512
"""So many inputs are packed together."""
MOST_INPUTS: Final = 200_000
"""More are not kept: the session is then restored as it was behind the last one that is."""

_KEEP: Final = "INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?)"
_ANSWER: Final = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)"


class KeptSession:
    """Implements `SessionKeeper` in the server's database. Without a fingerprint only the revision is kept.

    A commit and the intent that asked for it are one write, so that no crash can make a repeat do it
    again. Answers that changed nothing are written with the next commit: doing those again is harmless.
    """

    def __init__(
        self, state: KeptState, number: int, write_audit: Callable[[AuditLine], None], note_cursors: Callable[[], None]
    ) -> None:
        self._state = state
        self._number = number
        self._write_audit = write_audit
        self._note_cursors = note_cursors
        self._pending: dict[tuple[str, str], Ack] = {}
        self._answers: dict[str, int] = {}
        ((self.name, self._fingerprint, self._revision, self._stopped, self._source, self._recording),) = self._rows(
            "SELECT name, fingerprint, revision, stopped, source, recording FROM sessions WHERE number = ?"
        )
        ((self._loose, last),) = self._rows("SELECT count(*), max(revision) FROM commits WHERE session = ?")
        ((packed, last_packed),) = self._rows("SELECT total(count), max(last) FROM journal WHERE session = ?")
        self._inputs = int(packed) + self._loose
        ((told,),) = self._state.rows("SELECT max(revision) FROM cursors WHERE session = ?", (self.name,))
        # Somebody may have been told of a commit that could not be kept: that revision is no other commit's either.
        self._revision = max(self._revision, last or 0, last_packed or 0, told or 0)

    @property
    def revision(self) -> int:
        """The newest revision that was ever kept, or that somebody was told; 0 for a new session."""
        return int(self._revision)

    def recording_of(self, source: str) -> str:
        """The file into which this live source was recorded last; empty when it was another one, or none."""
        return str(self._recording) if source == self._source else ""

    @property
    def restores_all(self) -> bool:
        """Whether the history reaches up to the revision; not when inputs were too many, or one could not be kept."""
        return not self._stopped

    def note_source(self, source: str, path: str) -> None:
        """Remember what the session was made from, and which recording a live source is written into."""
        with self._state.writing() as connection:
            query = "UPDATE sessions SET source = ?, recording = ? WHERE number = ?"
            connection.execute(query, (source, path, self._number))
        self._source, self._recording = source, path

    def keep(self, commit: KeptCommit) -> None:
        """Keep a commit before anybody is told of it; a failure is raised as `OSError`."""
        assert commit.revision > self._revision, f"revisions do not go back from {self._revision} to {commit.revision}"
        is_input = bool(self._fingerprint) and (commit.command is not None or bool(commit.records))
        is_input = is_input and not self._stopped
        stops = is_input and self._inputs >= MOST_INPUTS
        self._note_cursors()
        try:
            with self._state.writing() as connection:
                self._write(connection, commit, is_input=is_input and not stops, stops=stops)
                self._state.has_newest(self._number)
        except OSError:
            self._state.lacks(self._number)
            # What follows cannot be restored without what is missing here.
            self._stopped = self._stopped or is_input
            raise
        self._revision = commit.revision
        self._stopped = self._stopped or stops
        self._pending.clear()
        if is_input and not stops:
            self._inputs += 1
            self._loose += 1
            if self._loose >= PACKED:
                self._pack()

    def keep_answer(self, actor_id: str, intent_id: str, answer: Ack) -> None:
        """Remember what an intent was answered; the newest thousand of an actor."""
        if not intent_id:
            return
        answer = msgspec.structs.replace(answer, repeated=False)
        if answer == self._kept_answer(actor_id, intent_id):
            return
        self._pending[actor_id, intent_id] = answer
        if len(self._pending) >= MOST_PENDING:
            self.flush()

    def answer(self, actor_id: str, intent_id: str) -> Ack | None:
        """What an intent was answered before; None for a new one."""
        return self._pending.get((actor_id, intent_id)) or self._kept_answer(actor_id, intent_id)

    def audit(self, line: AuditLine) -> None:
        """Append to the audit log."""
        self._write_audit(line)

    def history(self) -> Sequence[KeptCommit]:
        """Every input since the session began anew, oldest first; intents are not among what is told.

        Empty when there is nothing to restore from. `UnreadableJournalError` when it is damaged.
        """
        entries: list[Entry] = []
        for (block,) in self._rows("SELECT block FROM journal WHERE session = ? ORDER BY first"):
            entries += unpack(block)
        entries += map(entry_of, self._loose_rows())
        return commits_of(entries, self._state.actors)

    def actor_of(self, actor_id: str) -> Actor | None:
        """Who an id stands for, also of those who left."""
        return self._state.actors.get(actor_id)

    def forget_history(self) -> None:
        """The session begins anew: what was kept restores nothing any more; the revision stays."""
        self.begin_anew(self._fingerprint)

    def begin_anew(self, fingerprint: str) -> None:
        """Forget the inputs; those that follow belong to a source of this fingerprint."""
        with self._state.writing() as connection:
            connection.execute(
                "UPDATE sessions SET revision = ?, fingerprint = ?, stopped = 0 WHERE number = ?",
                (self._revision, fingerprint, self._number),
            )
            connection.execute("DELETE FROM commits WHERE session = ?", (self._number,))
            connection.execute("DELETE FROM journal WHERE session = ?", (self._number,))
        self._fingerprint, self._stopped, self._inputs, self._loose = fingerprint, 0, 0, 0

    @property
    def fingerprint(self) -> str:
        """What the inputs belong to; empty for a session that keeps none."""
        return str(self._fingerprint)

    def flush(self) -> None:
        """Write the answers that wait for the next commit."""
        if self._pending:
            with self._state.writing() as connection:
                self._write_answers(connection)
            self._pending.clear()

    def _write(self, connection: sqlite3.Connection, commit: KeptCommit, *, is_input: bool, stops: bool) -> None:
        actor = commit.actor
        self._state.know(actor)
        if is_input:
            connection.execute(
                _KEEP,
                (
                    self._number,
                    commit.revision,
                    commit.at_ms,
                    actor.actor_id,
                    encoded(commit.command),
                    encoded(tuple(commit.records)),
                ),
            )
        else:
            connection.execute(
                "UPDATE sessions SET revision = ?, stopped = ? WHERE number = ?",
                (commit.revision, self._stopped or stops, self._number),
            )
        if self._pending:
            self._write_answers(connection)
        if commit.intent_id:
            self._write_answer(connection, actor.actor_id, commit.intent_id, commit.revision, None)

    def _write_answers(self, connection: sqlite3.Connection) -> None:
        for (actor_id, intent_id), answer in self._pending.items():
            self._write_answer(connection, actor_id, intent_id, self._revision, msgspec.json.encode(answer))

    def _write_answer(
        self, connection: sqlite3.Connection, actor_id: str, intent_id: str, revision: int, ack: bytes | None
    ) -> None:
        connection.execute(_ANSWER, (self._number, actor_id, intent_id, revision, ack))
        count = self._answers.get(actor_id)
        if count is None:
            if len(self._answers) > MOST_COUNTED:
                self._answers.clear()
            query = "SELECT count(*) FROM answers WHERE session = ? AND actor = ?"
            ((count,),) = connection.execute(query, (self._number, actor_id)).fetchall()
        self._answers[actor_id] = count + 1
        if count + 1 >= ANSWERS + _SPARE_ANSWERS:
            mine = (self._number, actor_id)
            connection.execute(
                "DELETE FROM answers WHERE session = ? AND actor = ? AND intent IN (SELECT intent FROM answers"
                " WHERE session = ? AND actor = ? ORDER BY revision DESC LIMIT -1 OFFSET ?)",
                (*mine, *mine, ANSWERS),
            )
            self._answers[actor_id] = ANSWERS

    def _kept_answer(self, actor_id: str, intent_id: str) -> Ack | None:
        found = self._state.rows(
            "SELECT revision, ack FROM answers WHERE session = ? AND actor = ? AND intent = ?",
            (self._number, actor_id, intent_id),
        )
        if not found:
            return None
        ((revision, ack),) = found
        if ack is None:
            return Ack(accepted=True, intent_id=intent_id, revision=str(revision))
        return msgspec.json.decode(ack, type=Ack)

    def _pack(self) -> None:
        entries = [entry_of(row) for row in self._loose_rows()]
        first, last = entries[0].revision, entries[-1].revision
        with self._state.writing() as connection:
            connection.execute(
                "INSERT INTO journal VALUES (?, ?, ?, ?, ?)", (self._number, first, last, len(entries), pack(entries))
            )
            connection.execute("DELETE FROM commits WHERE session = ?", (self._number,))
        self._loose = 0

    def _loose_rows(self) -> list[Any]:
        return self._rows(
            "SELECT revision, at_ms, actor, command, records FROM commits WHERE session = ? ORDER BY revision"
        )

    def _rows(self, query: str) -> list[Any]:
        return self._state.rows(query, (self._number,))
