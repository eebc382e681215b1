"""One session as a server hosts it: each commit is encoded once, kept, and then told to all (SERVER-3, SERVER-7)."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Final

import msgspec

from connectome_tui.clock import HeldClock
from connectome_tui.engine.commands import RuntimeCommand
from connectome_tui.net.command_codec import payload_of
from connectome_tui.net.items import CatalogItem
from connectome_tui.net.record_keys import SOURCE_RATES, RecordKey
from connectome_tui.server.acting import Act, Acts, HostedStage, Running
from connectome_tui.server.authority import Changed, Records
from connectome_tui.server.badges import Badges, HealthOf
from connectome_tui.server.find_port import Reads
from connectome_tui.server.keeping import SERVER_ACTOR, Actor, AuditLine, KeptCommit, SessionKeeper
from connectome_tui.server.ledger_reads import LedgerReads
from connectome_tui.server.limits import DEFAULT_LIMITS, Limits
from connectome_tui.server.reducers import COMMANDS, WRITES
from connectome_tui.server.reducers.stage import Outcome
from connectome_tui.server.releases import Releases
from connectome_tui.server.telling import Teller
from connectome_tui.server.trouble import Troubles
from connectome_tui.session import SteppedSession
from connectome_tui.store.baselines import baseline_of
from connectome_tui.store.delta_encoding import commit_delta
from connectome_tui.store.delta_wire import encode
from connectome_tui.store.deltas import RecordChange
from connectome_tui.store.state import State

NOT_TOLD: Final = frozenset({"commit_id", "view"})
"""What a window knows by itself."""
TOLD: Final = tuple(field.name for field in fields(State) if field.name not in NOT_TOLD)
COMMANDED: Final = ("session_id", "cursor", "mode", "speed", "local_pause", "pinned", "inspection_index")
"""What commands change, and the audit log shows as it was before and after."""
OVERDUE_MS: Final = 0.0
FAILED_REST_MS: Final = 1000.0
"""An engine that failed at what was due is not asked again sooner."""

CommitListener = Callable[[State, State], None]


class HostedSession:
    """The truth of one session, for all who follow it.

    `clock` is the one that the engine goes by; `health_of` looks on at what is hosted. Whatever is
    committed, by the engine, a source or a command, goes the same way: it is kept first, then told. All
    calls are made on one thread.
    """

    def __init__(
        self,
        name: str,
        running: Running,
        *,
        clock: HeldClock,
        keeper: SessionKeeper,
        limits: Limits = DEFAULT_LIMITS,
        scenario: str = "",
        health_of: HealthOf | None = None,
    ) -> None:
        self.name: Final = name
        self.scenario = scenario
        self.keeper: Final = keeper
        self.troubles: Final = Troubles()
        self.teller: Final = Teller(name, limits, self._encoded)
        self._badges = Badges(self.troubles, health_of)
        self.last_seen_at = clock.now_ms()
        self.records = Records()
        self._clock = clock
        self._acts = Acts(clock)
        self._listeners: list[CommitListener] = []
        self._rests_until_ms = OVERDUE_MS
        kept = list(keeper.history())
        self._releases = Releases(kept)
        self._begin(running, [record for commit in kept for record in commit.records], None if kept else Act())

    # What it is

    @property
    def clock(self) -> HeldClock:
        """The clock that the engine goes by, that of a session that replaces this one too."""
        return self._clock

    @property
    def running(self) -> Running:
        """The session that is hosted now; another one after `replace`."""
        return self._running

    @property
    def state(self) -> State:
        """As of the newest commit."""
        return self._running.store.state

    @property
    def revision(self) -> int:
        """The newest commit that windows are told of."""
        return self.teller.revision

    def catalog_item(self, here: int) -> CatalogItem:
        """How the catalog lists the session, with so many windows on it."""
        state = self.state
        return CatalogItem(
            name=self.name,
            last_seen_at=self.last_seen_at,
            title=state.source.name if state.flow is None else state.flow.title,
            kind="recording" if state.live is None else "live",
            steps=state.cursor,
            total=state.script_total,
            here=here,
            scenario=self.scenario,
            flows=self._flows,
        )

    def actor_of(self, commit: int) -> str:
        """The actor id of who asked for a commit; empty when nobody did."""
        return self._releases.actor_of(commit)

    def on_commit(self, listener: CommitListener) -> None:
        """Call back behind each commit, when it is kept and before it is told."""
        self._listeners.append(listener)

    # Acting

    def carry_out(self, command: RuntimeCommand, actor: Actor, intent_id: str) -> Outcome:
        """Have a reducer carry out a command; `tell` is to be called behind it, once it was answered."""
        before, (_, reduce) = self.state, COMMANDS[type(command)]
        with self._acts.by(actor, intent_id) as act:
            outcome = reduce(HostedStage(self._running, act), command)
        if not outcome.code:
            self._audit_command(command, actor, before)
        return outcome

    def write(self, key: RecordKey, value: Any, actor: Actor, intent_id: str) -> Outcome:
        """Have a reducer write a record; `ValueError` for what it cannot be. `tell` is to be called behind it."""
        with self._acts.by(actor, intent_id) as act:
            return WRITES[key.scope](HostedStage(self._running, act), key, value)

    def tell(self) -> None:
        """Tell all followers what was committed since the last time."""
        with self.troubles.caught("a commit could not be told"):
            self.teller.tell()

    # Commits

    def _begin(self, running: Running, records: Sequence[RecordChange], act: Act | None) -> None:
        """Host a session from its state on: one that somebody began, or (`act` None) one that was restored.

        What happened to the latter before is known from what was kept.
        """
        self._running = running
        self._flows = len(running.recording.flows) if isinstance(running, SteppedSession) else 0
        store = running.store
        store.continue_from(max(store.state.commit_id, self.keeper.revision + 1, self.revision + 1))
        self._badges.begin(running)
        state, at_ms = store.state, self._clock.now_ms()
        self.records = Records()
        self.records.seed(state, SERVER_ACTOR if act is None else act.actor, at_ms, records)
        with self.troubles.kept():
            self.keeper.keep(KeptCommit(state.commit_id, at_ms) if act is None else self._opening(state, at_ms, act))
        self.reads: Reads = LedgerReads(running, self.actor_of)
        self.teller.begin_anew(state.commit_id)
        self._end_observing = store.subscribe(self._observe)

    def _opening(self, state: State, at_ms: float, act: Act) -> KeptCommit:
        """What a history begins with."""
        flow = None if state.flow is None else state.flow.id
        sessions = state.ledger.sessions
        began_at_ms = sessions[-1].started_at_ms if sessions else at_ms
        return KeptCommit(
            state.commit_id,
            began_at_ms,
            act.actor,
            act.intent_id,
            {"kind": "open", "flow": flow, "run": self._run},
            records=tuple(self.records),
        )

    @property
    def _run(self) -> int:
        return self._running.engine.run if isinstance(self._running, SteppedSession) else 1

    def _observe(self, old: State, new: State) -> None:
        act = self._acts.now or Act()
        # An input is kept even when nothing is to be seen of it yet: pinned again, it shows after a look back.
        if act.command is None and all(getattr(old, name) is getattr(new, name) for name in TOLD):
            return
        at_ms = self.last_seen_at = self._clock.now_ms()
        changes = self.records.observe(old, new, act.actor, at_ms)
        records = tuple(changed.record for changed in changes)
        if new.ledger is not old.ledger:
            self._releases.note(new.commit_id, act.actor.actor_id)
        with self.troubles.kept():
            self.keeper.keep(KeptCommit(new.commit_id, at_ms, act.actor, act.intent_id, act.take_command(), records))
        self._audit_records(changes, act.actor)
        self._note(old, new, act, records, at_ms)
        self._call(old, new)
        if new.health_badges is old.health_badges:
            self._badges.touched()
        if self._acts.now is None:
            self.tell()

    def _note(self, old: State, new: State, act: Act, records: tuple[RecordChange, ...], at_ms: float) -> None:
        """Encode the commit for all. One that cannot be told is made good by a baseline for everybody."""
        with self.troubles.caught("a commit could not be told") as attempt:
            delta = commit_delta(
                old,
                new,
                actor_id="" if act.actor is SERVER_ACTOR else act.actor.actor_id,
                intent_id=act.intent_id,
                at_ms=at_ms,
                records=records,
            )
            if old.commit_id != self.revision:
                # In between something changed that no window is told of.
                delta = msgspec.structs.replace(delta, base=str(self.revision))
            self.teller.note(encode(delta), new.commit_id, act.actor.actor_id)
        if attempt.has_failed:
            self.teller.begin_anew(new.commit_id)

    def _encoded(self) -> bytes:
        """The whole state, for who begins with it."""
        flow = self._running.flow if isinstance(self._running, SteppedSession) else None
        baseline = baseline_of(self.state, flow=flow, records=tuple(self.records), actors=self.actor_of)
        return encode(msgspec.structs.replace(baseline, revision=str(self.revision)))

    def _call(self, old: State, new: State) -> None:
        for listener in self._listeners:
            with self.troubles.caught("a projection of the session"):
                listener(old, new)

    # Time

    def next_deadline_ms(self) -> float | None:
        """When `serve_deadline` is to be called, in the clock's milliseconds; None while nothing is due."""
        if self.teller.is_behind:
            return OVERDUE_MS
        dues = (self._engine_due_ms, self._badges.due_ms)
        return min((due for due in dues if due is not None), default=None)

    @property
    def _engine_due_ms(self) -> float | None:
        due = self._running.engine.next_deadline_ms()
        return None if due is None else max(due, self._rests_until_ms)

    def serve_deadline(self) -> None:
        """Tell what was not told, because whoever asked for it failed; show what went wrong; release what is due."""
        now = self._clock.now_ms()
        self.tell()
        self._badges.serve(self._running, now)
        due = self._engine_due_ms
        if due is None or due > now:
            return
        with self.troubles.caught("the engine") as attempt, self._acts.by(SERVER_ACTOR) as act:
            HostedStage(self._running, act).serve_deadline()
        if attempt.has_failed:
            self._rests_until_ms = now + FAILED_REST_MS
        self.tell()

    # Another session

    def replace(self, running: Running, *, scenario: str = "", actor: Actor = SERVER_ACTOR) -> None:
        """Host another session from now on, under the same name: commits count on, all begin from a baseline.

        `scenario` is the one that it was made from, empty for the one before; `actor` asked for it.
        """
        self._begin_anew(running, scenario or self.scenario, Act(actor), "session/begin_anew")
        self.tell()

    def open_flow(self, session: SteppedSession, actor: Actor, intent_id: str) -> None:
        """Host another flow of the same recording from now on; `tell` is to be called once that was answered."""
        self._begin_anew(session, self.scenario, Act(actor, intent_id), "command/open_flow")

    def _begin_anew(self, running: Running, scenario: str, act: Act, audited: str) -> None:
        assert self._acts.now is None, "nobody acts while a session is replaced"
        old, before = self.state, self._made_of
        self.scenario = scenario
        self._end_observing()
        with self.troubles.kept():
            self.keeper.forget_history()
        self._releases = Releases()
        self._begin(running, (), act)
        self.last_seen_at = self._clock.now_ms()
        self._audit(act.actor, "session", audited, before, self._made_of)
        self._call(old, self.state)

    # Audit

    def note_made(self, actor: Actor) -> None:
        """Let the audit log say who had this session made of its scenario."""
        self._audit(actor, "session", "session/make", None, self._made_of)

    @property
    def _made_of(self) -> dict[str, Any]:
        state = self.state
        flow = None if state.flow is None else state.flow.id
        return {"scenario": self.scenario, "flow": flow, "session_id": state.session_id, "cursor": state.cursor}

    def _audit_command(self, command: RuntimeCommand, actor: Actor, before: State) -> None:
        """What a command changed; what it asked for when that was so already."""
        after = self.state
        changed = [name for name in COMMANDED if getattr(before, name) != getattr(after, name)]
        old, new = ({name: getattr(state, name) for name in changed} for state in (before, after))
        scope = COMMANDS[type(command)][0]
        self._audit(actor, scope, f"command/{command.kind}", old or None, new or payload_of(command)[1])

    def _audit_records(self, changes: Sequence[Changed], actor: Actor) -> None:
        for changed in changes:
            if changed.key != SOURCE_RATES:  # one a second, and of no decision
                self._audit(actor, changed.key.scope, str(changed.key), changed.old, changed.record.value)

    def _audit(self, actor: Actor, scope: str, key: str, old: Any, new: Any) -> None:
        line = AuditLine(self.name, actor, scope, key, old, new, self.state.commit_id, self._clock.now_ms())
        with self.troubles.kept():
            self.keeper.audit(line)
