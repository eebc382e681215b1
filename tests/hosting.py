"""Servers for tests: what they keep lies in memory, and outlives them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec

from connectome_tui.clock import HeldClock, ManualClock
from connectome_tui.engine.commands import RuntimeCommand
from connectome_tui.net.frames import PROTOCOL, Ack, Resume, Role, SessionHello, SessionSelect, SessionWelcome
from connectome_tui.server.acting import Running
from connectome_tui.server.core import ServerCore
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeping import Actor, AuditLine, KeptCommit
from connectome_tui.server.limits import DEFAULT_LIMITS, Limits
from connectome_tui.server.reducers.stage import Outcome
from connectome_tui.session import SteppedSession, start_session
from tests.factories import ListRecording, make_flow
from tests.links import Caller

TOKEN = "open-sesame"
LOOK_TOKEN = "look-only"


@dataclass
class MemorySessionKeeper:
    """Implements `SessionKeeper`. Set `trouble` to have keeping fail; `done` counts the commits of each intent."""

    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    commits: list[KeptCommit] = field(default_factory=list)
    answers: dict[tuple[str, str], Ack] = field(default_factory=dict)
    lines: list[AuditLine] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)
    revision: int = 0
    trouble: OSError | None = None

    def keep(self, commit: KeptCommit) -> None:
        """Keep, or fail."""
        if self.trouble is not None:
            raise self.trouble
        assert commit.revision > self.revision
        self.revision = commit.revision
        if commit.intent_id:
            self.done[commit.actor.actor_id, commit.intent_id] += 1
        self.actors[commit.actor.actor_id] = commit.actor
        self.commits.append(commit)

    def keep_answer(self, actor_id: str, intent_id: str, answer: Ack) -> None:
        """Keep, or fail."""
        if self.trouble is not None:
            raise self.trouble
        self.answers[actor_id, intent_id] = msgspec.structs.replace(answer, repeated=False)

    def answer(self, actor_id: str, intent_id: str) -> Ack | None:
        """What was kept."""
        return self.answers.get((actor_id, intent_id))

    def audit(self, line: AuditLine) -> None:
        """Keep, or fail."""
        if self.trouble is not None:
            raise self.trouble
        self.lines.append(line)

    def history(self) -> Sequence[KeptCommit]:
        """All since it began anew."""
        return tuple(self.commits)

    def actor_of(self, actor_id: str) -> Actor | None:
        """Who it was."""
        return self.actors.get(actor_id)

    def forget_history(self) -> None:
        """Keep the revision alone."""
        self.commits.clear()


class MemoryKeeper:
    """Implements `ServerKeeper`."""

    def __init__(self, epoch: str = "epoch-1") -> None:
        self.epoch = epoch
        self.sessions: dict[str, MemorySessionKeeper] = {}
        self.tokens: dict[str, Actor] = {}
        self.cursors: dict[tuple[str, str], int] = {}
        self.actors = count(1)
        self._numbers = count(1)

    def session(self, name: str, fingerprint: str = "") -> MemorySessionKeeper:
        """The same again for the same name."""
        del fingerprint
        return self.sessions.setdefault(name, MemorySessionKeeper())

    def issue_resume_token(self, actor: Actor) -> str:
        """A new one each time."""
        token = f"resume-{next(self._numbers)}" if self.epoch == "epoch-1" else f"{self.epoch}/{next(self._numbers)}"
        self.tokens[token] = actor
        return token

    def resume(self, token: str) -> Actor | None:
        """Whose it is."""
        return self.tokens.get(token)

    def note_cursor(self, actor_id: str, session: str, revision: int) -> None:
        """Keep it."""
        self.cursors[actor_id, session] = revision

    def close(self) -> None:
        """Nothing is left to be written."""


class Tokens:
    """Implements `TokenCheck`: one token opens everything, another one lets look."""

    def role_of(self, token: str) -> Role | None:
        """Known or not."""
        return {TOKEN: "full", LOOK_TOKEN: "read-only"}.get(token)  # type: ignore[return-value]


class Stage:
    """A server with sessions, all in memory, at a time that a test moves."""

    def __init__(
        self,
        *,
        limits: Limits = DEFAULT_LIMITS,
        keeper: MemoryKeeper | None = None,
        clock: ManualClock | None = None,
        **more: Any,
    ) -> None:
        self.clock = clock or ManualClock(1_000_000.0)
        self.keeper = keeper or MemoryKeeper()
        self.limits = limits
        self.core = ServerCore(
            self.clock, self.keeper, Tokens(), limits, unique=lambda: str(next(self.keeper.actors)), **more
        )

    def host(
        self,
        name: str = "checkout",
        running: Running | None = None,
        *,
        events: int = 5,
        clock: HeldClock | None = None,
    ) -> HostedSession:
        """Offer a session, by default of a flow of so many events; `clock` is the one that it goes by."""
        clock = clock or HeldClock(self.clock)
        hosted = HostedSession(
            name,
            running or stepped(events, clock),
            clock=clock,
            keeper=self.keeper.session(name),
            limits=self.limits,
        )
        self.core.add_session(hosted)
        return hosted

    def caller(self) -> Caller:
        """Somebody who connected, and has said nothing yet."""
        return Caller(self.core)

    def window(self, name: str = "ada", session: str = "checkout", **more: Any) -> Caller:
        """Somebody who said hello and follows a session; what they heard up to then is forgotten."""
        caller = self.caller()
        caller.ask(hello(name, **more), SessionWelcome)
        if session:
            caller.say(SessionSelect(id=1, session=session))
        caller.hear()
        return caller

    def pass_time(self, ms: float) -> None:
        """Let time go by, and have served what is due."""
        end = self.clock.now_ms() + ms
        for _ in range(10_000):
            due = self.core.next_deadline_ms()
            if due is None or due > end:
                break
            self.clock.advance(max(0.0, due - self.clock.now_ms()))
            self.core.serve_deadline()
        else:
            raise AssertionError("something is always due")
        self.clock.advance(end - self.clock.now_ms())


def stepped(events: int, clock: HeldClock) -> SteppedSession:
    """A flow of so many events, ready to be stepped."""
    return start_session(ListRecording([make_flow(events)]), "flow", clock=clock)


def acted(hosted: HostedSession, command: RuntimeCommand, actor: Actor, intent_id: str = "") -> Outcome:
    """Carry out a command of somebody, and tell all."""
    outcome = hosted.carry_out(command, actor, intent_id)
    hosted.tell()
    return outcome


def hello(name: str = "ada", *, auth: str = TOKEN, resume: Resume | None = None, **more: Any) -> SessionHello:
    """A hello that is let in."""
    fields: dict[str, Any] = {"protocol": PROTOCOL, "actor": name, "auth": auth, "resume": resume}
    return SessionHello(**fields | more)
