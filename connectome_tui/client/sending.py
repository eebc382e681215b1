"""What a window sends to change its session: commands and record writes, guarded, each with an id of its own."""

import secrets
from collections.abc import Callable
from typing import Any

from connectome_tui.client.commands import TOO_MANY, why_not
from connectome_tui.client.connection_session import ConnectionSession
from connectome_tui.client.intents import Answer, IntentFrame, Intents, OnAnswer
from connectome_tui.client.notes import Notes, NoteSource
from connectome_tui.client.records import RecordWriter
from connectome_tui.client.requests import Failure
from connectome_tui.clock import Clock
from connectome_tui.net.command_codec import SessionCommand, payload_of
from connectome_tui.net.frames import CommandFrame, Frame, StateUpdate
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.store.window_store import WindowStore


class Sending:
    """Sends over the connection in hand, whose snapshot `connection` gives."""

    def __init__(
        self,
        clock: Clock,
        connection: Callable[[], ConnectionSession],
        store: WindowStore,
        send: Callable[[Frame], None],
        *,
        notes: Notes,
    ) -> None:
        self._clock = clock
        self._connection = connection
        self._store = store
        self._notes = notes
        self._prefix = secrets.token_hex(8)
        self._last = 0
        self.intents = Intents(clock, send)
        self.records = RecordWriter(self._send_write, self._version_of)

    def why_not(self, *, writes: bool = True) -> Failure | None:
        """Why nothing can be asked of the session now; None when it can (CLIENT-6)."""
        return why_not(self._connection(), self._clock.now_ms(), writes=writes)

    def command(self, command: SessionCommand, on_answer: OnAnswer | None, source: NoteSource) -> str | Failure:
        """Send a command; the id of the intent, or why it was not even sent."""
        kind, payload = payload_of(command)
        refused = self.why_not()
        if refused is not None:
            self._notes.note("command", kind, {"refused": refused.code}, source)
            return refused
        frame = CommandFrame(
            intent_id=self._new_id(),
            session=self._connection().active_session or "",
            session_id=self._store.state.session_id,
            kind=kind,
            payload=payload,
        )
        return self._begin(frame, kind, on_answer, source)

    def write(self, key: RecordKey, value: Any, on_answer: OnAnswer | None) -> Failure | None:
        """Write a record upon its version here, the newest value last; the answer says why it was not even sent."""
        refused = self.why_not()
        if refused is None and not self.records.write(key, value, on_answer or _ignore):
            refused = TOO_MANY
        return refused

    def _new_id(self) -> str:
        self._last += 1
        return f"{self._prefix}-{self._last}"

    def _begin(self, frame: IntentFrame, name: str, on_answer: OnAnswer | None, source: NoteSource) -> str | Failure:
        def answered(answer: Answer) -> None:
            came = {"accepted": answer.accepted, "code": answer.code, "revision": answer.revision}
            self._notes.note("command", name, came, source)
            (on_answer or _ignore)(answer)

        return frame.intent_id if self.intents.begin(frame, answered) else TOO_MANY

    def _send_write(self, key: RecordKey, value: Any, base_version: str, on_answer: OnAnswer) -> bool:
        if self.why_not() is not None:
            return False
        frame = StateUpdate(
            intent_id=self._new_id(),
            session=self._connection().active_session or "",
            scope=key.scope,
            target=key.target,
            key=key.key,
            value=value,
            base_version=base_version,
        )
        return not isinstance(self._begin(frame, str(key), on_answer, "user"), Failure)

    def _version_of(self, key: RecordKey) -> str:
        record = self._store.record(*key)
        return "0" if record is None else record.version


def _ignore(_answer: Answer) -> None:
    """What came of it is seen in the store."""
