"""What a server keeps on disk, as its sessions see it (SERVER-6, SERVER-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from connectome_tui.net.frames import Ack, Origin
from connectome_tui.store.deltas import RecordChange


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an id that is unique among all who were ever here, the name that others see, and what it is."""

    actor_id: str
    name: str
    origin: Origin = "user"


SERVER_ACTOR: Final = Actor("server", "server", "server")
"""Who acts when nobody asked: a tick, a live source."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the audit log (SERVER-6). `key` is `scope/target/key` of a record, or `command/kind`."""

    session: str
    actor: Actor
    scope: str
    key: str
    old: Any
    new: Any
    revision: int
    at_ms: float


@dataclass(frozen=True, slots=True)
class KeptCommit:
    """One commit to be kept before anybody is told of it.

    `command` is the input of the engine that made it, as plain data, None when it came from elsewhere
    (a source, a badge); `at_ms` is what the clock said then, exactly (`HeldClock`). A stepped session is
    restored by giving the same inputs to the same recording again (ENGINE-6), each behind
    `store.continue_from(revision - 1)`. The inputs: `{"kind": "open", "flow": id, "run": number}`
    (`start_session` at `at_ms`; the first of a history; without a number it is 1), `{"kind":
    "serve_deadline"}`, `{"kind": "set_shared_view", "shared": a SharedView as plain data}`, and each
    `RuntimeCommand` with its fields (`net/command_codec.py`).
    """

    revision: int
    at_ms: float
    actor: Actor = SERVER_ACTOR
    intent_id: str = ""
    command: dict[str, Any] | None = None
    records: Sequence[RecordChange] = ()


class SessionKeeper(Protocol):
    """What one hosted session keeps. Its revisions never go back, not even over a crash (SERVER-7)."""

    @property
    def revision(self) -> int:
        """The newest revision that was ever kept, or that somebody was told; 0 for a new session."""
        ...

    def keep(self, commit: KeptCommit) -> None:
        """Keep a commit; a failure is raised as `OSError`, and shown as a badge and a notice (SERVER-10)."""
        ...

    def keep_answer(self, actor_id: str, intent_id: str, answer: Ack) -> None:
        """Remember what an intent was answered, so that a repeat is not done again; the newest thousand."""
        ...

    def answer(self, actor_id: str, intent_id: str) -> Ack | None:
        """What an intent was answered before; None for a new one."""
        ...

    def audit(self, line: AuditLine) -> None:
        """Append to the audit log."""
        ...

    def history(self) -> Sequence[KeptCommit]:
        """Every commit since the session began anew, oldest first, for restoring; empty when it cannot be restored."""
        ...

    def actor_of(self, actor_id: str) -> Actor | None:
        """Who an id stands for, also of those who left."""
        ...

    def forget_history(self) -> None:
        """The session begins anew: what was kept restores nothing any more; the revision stays."""
        ...


class ServerKeeper(Protocol):
    """What a server keeps: its epoch, its sessions, and the tokens with which windows come back."""

    @property
    def epoch(self) -> str:
        """Changes when the commit counters were lost (SERVER-7)."""
        ...

    def session(self, name: str, fingerprint: str) -> SessionKeeper:
        """What is kept of a session; history made from another `fingerprint` (other bytes of its source) is gone."""
        ...

    def issue_resume_token(self, actor: Actor) -> str:
        """A new secret for this actor; only its hash is kept."""
        ...

    def resume(self, token: str) -> Actor | None:
        """Who a token was made for; None when it is unknown or too old."""
        ...

    def note_cursor(self, actor_id: str, session: str, revision: int) -> None:
        """How far somebody was told: no other commit ever gets a revision up to there (SERVER-7)."""
        ...

    def close(self) -> None:
        """Finish writing."""
        ...
