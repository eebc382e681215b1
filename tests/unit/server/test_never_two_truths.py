"""Never two truths: whatever windows, networks and servers do, all windows end where the server is (SYNC, SERVER)."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectome_tui.client.intents import Answer
from connectome_tui.clock import HeldClock, ManualClock
from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.net.command_codec import OpenFlow, SessionCommand
from connectome_tui.net.frames import FromServer, NotifyCommits, SessionWelcome, decode_from_server
from connectome_tui.server.acting import Running
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.limits import Limits
from connectome_tui.server.restoring import replayed
from connectome_tui.session import LiveOptions, export_lines, start_live_session, start_session
from connectome_tui.store.retention import Retention
from connectome_tui.store.state import ActiveFocus, SharedView, State
from tests.factories import ListRecording, make_event, make_flow
from tests.hosting import MemoryKeeper, Stage
from tests.live_sources import FakeSource
from tests.shared_windows import check_equal
from tests.windows import CoreDialer, make_client

SESSION = "checkout"
EVENTS = 12
MOST_WINDOWS = 4
LIMITS = Limits(ring_commits=8, waiting_bytes=6000, waiting_bytes_most=2**24, baselines_at_once=2, replay_commits=6)
COMMANDS: Sequence[SessionCommand] = (
    NextStep(),
    NextStep(),
    NextStep(),
    NextStep(),
    Restart(),
    SetMode("realtime"),
    SetMode("stepper"),
    SetSpeed("2x"),
    SetLocalPause(paused=True),
    SetLocalPause(paused=False),
    SetPinned(pinned=True),
    SetPinned(pinned=False),
    Inspect(0),
    Inspect(None),
    InspectBy(-1),
    OpenFlow("other"),
    OpenFlow("flow"),
    OpenFlow("gone"),
)
WRITES = (
    ("view", "graph", "level", 2),
    ("view", "graph", "level", None),
    ("view", "log", "index", 1),
    ("focus", "session", "selection", {"kind": "node", "arrival_index": -1, "element_id": "store:db"}),
    ("playback", "session", "speed", "3x"),
)
NOTHING_DONE = {"command.blocked", "session.stale", "state.conflict", "flow.unknown", "limit.rate"}


def recording() -> ListRecording:
    """Two flows, of other events and other parts."""
    other = [make_event(number, id=f"o{number}", to_node_id="store:other") for number in range(1, 6)]
    return ListRecording([make_flow(EVENTS), make_flow(other, flow_id="other", title="GET /other")])


class Timed(Protocol):
    """What is driven by time."""

    def next_deadline_ms(self) -> float | None: ...

    def serve_deadline(self) -> object: ...


class Seen(NamedTuple):
    """What a window shows of a commit, in small."""

    session_id: str
    mode: str
    speed: str
    local_pause: bool
    pinned: bool
    cursor: int
    entries: tuple[int, int]
    focus: ActiveFocus
    sentence: str
    inspection_index: int | None
    shared: SharedView


def seen(state: State) -> Seen:
    return Seen(
        state.session_id,
        state.mode,
        state.speed,
        state.local_pause,
        state.pinned,
        state.cursor,
        (state.ledger.start, state.ledger.end),
        state.active_focus,
        state.current_explanation.sentence,
        state.inspection_index,
        state.shared,
    )


Truth = dict[tuple[str, int], Seen]
"""What was to be seen on the server, by epoch and revision."""


class Watched:
    """A window, its network, and what it has shown: never anything that the server was not at that revision."""

    def __init__(self, server: Stage, clock: ManualClock, name: str, truth: Truth) -> None:
        self.dialer = CoreDialer(server.core)
        self.client = make_client(self.dialer, clock, name, session=SESSION)
        self.is_suspended = False
        self.truth = truth
        self.newest: dict[str, int] = {}
        self.answers: list[Answer] = []
        self.sent: list[tuple[str, SessionCommand]] = []
        self.client.store.subscribe(self._shown)
        self.client.connect()

    def _shown(self, _old: State, new: State) -> None:
        revision, epoch = self.client.store.revision, self.client.connection.epoch
        if revision < 0:
            return
        assert revision >= self.newest.get(epoch, 0), "a window went backwards"
        self.newest[epoch] = revision
        if not self.client.is_detached:
            assert seen(new) == self.truth[epoch, revision], "a window shows another truth"

    @property
    def is_open(self) -> bool:
        """Whether its newest connection stands."""
        return bool(self.dialer.wires) and self.dialer.wire.is_open

    def hear(self, most: int) -> None:
        """Let so many messages through to the window, and the server know that there is room."""
        for _ in range(most):
            if not self.is_open or not self.dialer.wire.to_window:
                break
            self.dialer.wire.one_to_window()
        if self.is_open and self.dialer.wire.server is not None:
            self.dialer.wire.server.writable()

    def waits(self, place: int) -> FromServer | None:
        """A message that is under way to the window."""
        waiting = self.dialer.wire.to_window if self.is_open else ()
        return decode_from_server(waiting[place]) if place < len(waiting) else None

    def is_mixable(self, place: int) -> bool:
        """Whether a message may come twice or late: any behind the welcome."""
        return not isinstance(self.waits(place), SessionWelcome | None)


class NeverTwoTruths(RuleBasedStateMachine):
    """One server and some windows; only what is said in the rules is ever let through."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(1_000_000.0)
        self.keeper = MemoryKeeper()
        self.truth: Truth = {}
        self.server = Stage(limits=LIMITS, keeper=self.keeper, clock=self.clock)
        self.hosted: HostedSession = self.host(HeldClock(self.clock))
        self.watch()
        self.windows: list[Watched] = []

    def host(self, clock: HeldClock) -> HostedSession:
        """The session, as far as it was kept."""
        history = self.keeper.session(SESSION).history()
        running = (
            replayed(recording(), "flow", history, clock=clock, restart_policy="boundary")
            if history
            else self.another(clock)
        )
        return self.server.host(SESSION, running, clock=clock)

    def watch(self) -> None:
        """Note what is to be seen on the server."""
        epoch = self.keeper.epoch

        def note(_old: State, new: State) -> None:
            self.truth[epoch, new.commit_id] = seen(new)

        note(State(), self.hosted.state)
        self.hosted.on_commit(note)

    def another(self, clock: HeldClock) -> Running:
        """A session to be hosted in place of the one in hand."""
        return start_session(recording(), "flow", clock=clock)

    def window(self, number: int) -> Watched:
        return self.windows[number % len(self.windows)]

    @initialize(count=st.integers(1, 3))
    def begin(self, count: int) -> None:
        for _ in range(count):
            self.join()
        self.all_through()

    @rule()
    def join(self) -> None:
        """Somebody attaches late."""
        if len(self.windows) < MOST_WINDOWS:
            self.windows.append(Watched(self.server, self.clock, f"w{len(self.windows)}", self.truth))

    # What windows do

    @rule(who=st.integers(0, 3), command=st.sampled_from(COMMANDS), times=st.integers(1, 3))
    def command(self, who: int, command: SessionCommand, times: int) -> None:
        """Somebody presses a key, perhaps several times before anything is answered."""
        window = self.window(who)
        for _ in range(times):
            sent = window.client.send(command, window.answers.append)
            if isinstance(sent, str):
                window.sent.append((sent, command))

    @rule(who=st.integers(0, 3), write=st.sampled_from(WRITES))
    def write(self, who: int, write: tuple[str, str, str, object]) -> None:
        """Somebody writes a record."""
        self.window(who).client.write_record(*write)  # type: ignore[arg-type]

    @rule(who=st.integers(0, 3))
    def suspend(self, who: int) -> None:
        """Ctrl-Z: nothing is read, nothing is said; a second time wakes it."""
        window = self.window(who)
        window.is_suspended = not window.is_suspended

    @rule(who=st.integers(0, 3))
    def detach(self, who: int) -> None:
        """Somebody looks at an own place, and a second time where all look."""
        client = self.window(who).client
        if client.is_detached:
            client.attach()
        else:
            client.detach()

    @rule(who=st.integers(0, 3))
    def retry(self, who: int) -> None:
        """Ctrl+R."""
        self.window(who).client.retry_now()

    # What networks do

    @rule(who=st.integers(0, 3), count=st.integers(1, 12))
    def to_server(self, who: int, count: int) -> None:
        """Some of what a window said reaches the server."""
        window = self.window(who)
        for _ in range(count):
            if window.is_open:
                window.dialer.wire.one_to_server()

    @rule(who=st.integers(0, 3), count=st.integers(1, 12))
    def to_window(self, who: int, count: int) -> None:
        """Some of what the server said reaches a window."""
        window = self.window(who)
        if not window.is_suspended:
            window.hear(count)

    @rule()
    def all_through(self) -> None:
        """The network is quick for a moment."""
        for window in self.windows:
            if window.is_open and not window.is_suspended:
                window.dialer.wire.deliver()

    @rule(who=st.integers(0, 3))
    def cut_before_the_answer(self, who: int) -> None:
        """Everything reaches the server, and nothing comes back; then the window is back again."""
        window = self.window(who)
        while window.is_open and window.dialer.wire.to_server:
            window.dialer.wire.one_to_server()
        self.drop(who)
        if not window.is_suspended:
            window.client.retry_now()
            self.all_through()

    @rule(who=st.integers(0, 3), place=st.integers(0, 4))
    def twice(self, who: int, place: int) -> None:
        """A message comes twice."""
        window = self.window(who)
        if window.is_mixable(place):
            waiting = window.dialer.wire.to_window
            waiting.insert(place, waiting[place])

    @rule(who=st.integers(0, 3), place=st.integers(0, 4))
    def late(self, who: int, place: int) -> None:
        """A message comes behind the one that was sent after it."""
        window = self.window(who)
        if window.is_mixable(place) and window.is_mixable(place + 1):
            waiting = window.dialer.wire.to_window
            waiting[place], waiting[place + 1] = waiting[place + 1], waiting[place]

    @rule(who=st.integers(0, 3), place=st.integers(0, 4))
    def lost(self, who: int, place: int) -> None:
        """A commit never comes."""
        window = self.window(who)
        if isinstance(window.waits(place), NotifyCommits):
            del window.dialer.wire.to_window[place]

    @rule(who=st.integers(0, 3))
    def drop(self, who: int) -> None:
        """A connection is gone, with all that was under way."""
        window = self.window(who)
        if window.is_open:
            window.dialer.wire.cut()

    # What the server does

    @rule(ms=st.sampled_from([1.0, 300.0, 1000.0, 5000.0, 20_000.0]))
    def pass_time(self, ms: float) -> None:
        """Time goes by for all; those that are suspended notice nothing."""
        end = self.clock.now_ms() + ms
        while True:
            awake = [window.client for window in self.windows if not window.is_suspended]
            timed: list[Timed] = [self.server.core, *awake]
            dues = [due for one in timed if (due := one.next_deadline_ms()) is not None]
            if not dues or min(dues) > end:
                break
            self.clock.advance(max(0.0, min(dues) - self.clock.now_ms()))
            for one in timed:
                one.serve_deadline()
        self.clock.advance(end - self.clock.now_ms())

    @rule()
    def another_flow(self) -> None:
        """Another flow is opened in place of the one that is shared."""
        self.hosted.replace(self.another(self.hosted._clock))

    @rule(loses=st.sampled_from(["ring", "ring", "all"]))
    def restart_server(self, loses: str) -> None:
        """The server is killed and started again: with what it kept, or in a new epoch."""
        for window in self.windows:
            for wire in window.dialer.wires:
                if wire.is_open:
                    wire.cut()
        if loses == "all":
            self.keeper = MemoryKeeper(epoch=f"{self.keeper.epoch}'")
        self.server = Stage(limits=LIMITS, keeper=self.keeper, clock=self.clock)
        self.hosted = self.host(HeldClock(self.clock))
        self.watch()
        for window in self.windows:
            window.dialer.port = self.server.core

    # What must hold

    @invariant()
    def what_waits_is_bounded(self) -> None:
        """However slow a window is, its queue is not a backlog."""
        for window in self.windows:
            if window.is_open:
                assert sum(map(len, window.dialer.wire.to_window)) < 200_000

    def teardown(self) -> None:
        """At rest there is one truth."""
        for window in self.windows:
            window.is_suspended = False
            window.client.attach()
        self._settle()
        for _ in range(200):
            self.all_through()
            if all(self._is_even(window) for window in self.windows):
                break
            self.pass_time(1000)
        self.all_through()
        for window in self.windows:
            assert self._is_even(window), window.client.connection
            check_equal(self.hosted.state, window.client.store.state)
            self._fetch_all(window)
            ledger = window.client.store.state.ledger
            assert list(export_lines(ledger, "jsonl")) == list(export_lines(self.hosted.state.ledger, "jsonl"))
        self._check_intents()

    def _settle(self) -> None:
        """Nothing is under way to the server itself."""

    def _is_even(self, window: Watched) -> bool:
        client = window.client
        return (
            client.connection.ready
            and client.store.revision == self.hosted.revision
            and len(client._sending.intents) == 0
        )

    def _fetch_all(self, window: Watched) -> None:
        ledger = window.client.store.state.ledger
        for index in ledger.indexes(ledger.start, ledger.end):
            _ = ledger[index], ledger.detail(index)
        for _ in range(5):
            self.pass_time(100)
            self.all_through()

    def _check_intents(self) -> None:
        """No intent was carried out twice, none that was refused at all, and each is answered once."""
        done = self.keeper.session(SESSION).done
        assert not [intent for intent, times in done.items() if times > 1]
        carried_out = {intent_id for _, intent_id in done}
        for window in self.windows:
            answers = {answer.intent_id: answer for answer in window.answers}
            assert len(answers) == len(window.answers)
            refused = {intent_id for intent_id, answer in answers.items() if answer.code in NOTHING_DONE}
            assert not refused & carried_out


class NeverTwoTruthsLive(NeverTwoTruths):
    """The same of live sources, whose oldest entries leave the ledger; nothing of them is restored."""

    @rule(count=st.integers(1, 9))
    def bring(self, count: int) -> None:
        """Events come."""
        self.source.bring(count)

    @rule()
    def drain(self) -> None:
        """They are taken in."""
        while self.live.drain():
            pass

    def host(self, clock: HeldClock) -> HostedSession:
        self.keeper.session(SESSION).forget_history()
        return self.server.host(SESSION, self.another(clock), clock=clock)

    def another(self, clock: HeldClock) -> Running:
        self.source = FakeSource("otlp")
        options = LiveOptions(retention=Retention(max_events=15), stepper=False)
        self.live = start_live_session(self.source, clock=clock, wake=lambda: None, options=options)
        return self.live

    def _settle(self) -> None:
        self.drain()


TRIES = settings(max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TestNeverTwoTruths = NeverTwoTruths.TestCase
TestNeverTwoTruths.settings = TRIES
TestNeverTwoTruthsLive = NeverTwoTruthsLive.TestCase
TestNeverTwoTruthsLive.settings = TRIES
