"""A window whatever happens: connections, refreshes, choices and late answers in any order (CLIENT-1 to CLIENT-5)."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connectome_tui.client.intents import Answer
from connectome_tui.client.requests import Failure
from connectome_tui.clock import HeldClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.net.frames import (
    Ack,
    CommandFrame,
    CommitsBaseline,
    CommitsReplay,
    ErrorFrame,
    Frame,
    NotifyCatalog,
    NotifyCommits,
    NotifyPresence,
    SessionGoodbye,
    SessionSelect,
    Snapshot,
    SnapshotGet,
    encode_frame,
)
from connectome_tui.net.links import LinkUser
from connectome_tui.store.baselines import baseline_of
from connectome_tui.store.delta_wire import encode
from tests.hosting import stepped
from tests.windows import ClientRig, make_welcome

SESSIONS = ("checkout", "billing")


class ClientMachine(RuleBasedStateMachine):
    """The server is played: it answers late, twice, over links that have ended, or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.rig = ClientRig(topics=("catalog", "presence"))
        self.client = self.rig.client
        self.client.subscribe(lambda _change: self.check())
        self.questions: list[tuple[LinkUser, Frame]] = []
        self.welcomed: LinkUser | None = None
        self.told: Counter[str] = Counter()
        self.asked = 0
        self.revision = 0
        self.data: dict[str, bytes] = {}
        for place, name in enumerate(SESSIONS):
            session = stepped(2, HeldClock(self.rig.clock))
            session.store.continue_from(session.store.state.commit_id + place)
            self.data[name] = encode(baseline_of(session.store.state, flow=session.flow))

    def teardown(self) -> None:
        """Every callback was called once in the end, and nothing is left."""
        self.do(self.client.teardown)
        assert self.client.in_flight == 0
        assert self.client.next_deadline_ms() is None
        assert len(self.told) == self.asked
        assert set(self.told.values()) <= {1}
        self.loop.close()

    def do(self, call: Callable[[], object]) -> None:
        """Call, and let tasks go on; what the window sent is kept, with the link that it went over."""

        async def run() -> None:
            call()
            for _ in range(8):
                await asyncio.sleep(0)

        self.loop.run_until_complete(run())
        user = self.rig.server.user
        if user is not None:
            self.questions += [(user, frame) for frame in self.rig.server.heard()]
        del self.questions[:-30]

    @invariant()
    def check(self) -> None:
        """What has to hold at every moment, also within a listener."""
        now = self.client.connection
        if now.status != "connected":
            assert now.active_session is None, "no session without a connection"
            assert not now.ready
            assert self.client.catalog.freshness.stale
            assert not self.client.catalog.freshness.loading
            assert self.client.presence == ()
            assert isinstance(self.client.why_not(), Failure)
        fresh = self.client.catalog.freshness
        if not fresh.stale:
            assert fresh.fetched_for == f"{now.id}/{now.generation}", "fetched over this connection"
        if now.active_session is not None and now.ready:
            assert self.client.store.revision >= 0
        assert now.gave_up <= (now.status == "disconnected")
        assert (now.next_try_at is not None) <= (now.status in {"connecting", "reconnecting"})
        if now.next_try_at is not None:
            assert now.next_try_at - self.rig.clock.now_ms() <= 30_000

    # The user

    @rule()
    def connect(self) -> None:
        """Begin."""
        self.do(self.client.connect)

    @rule()
    def retry(self) -> None:
        """Ctrl+R."""
        self.do(self.client.retry_now)

    @rule()
    def leave(self) -> None:
        """Disconnect."""
        self.do(self.client.disconnect)

    @rule(session=st.sampled_from([*SESSIONS, "nowhere", ""]))
    def select(self, session: str) -> None:
        """Choose a session."""
        name = f"select {self.asked}"

        def told(_failure: Failure | None) -> None:
            self.told[name] += 1

        def select() -> None:
            if self.client.select(session, told) is None:
                self.asked += 1

        self.do(select)

    @rule()
    def step(self) -> None:
        """Next."""
        name = f"next {self.asked}"

        def told(_answer: Answer) -> None:
            self.told[name] += 1

        def send() -> None:
            if isinstance(self.client.send(NextStep(), told), str):
                self.asked += 1

        self.do(send)

    @rule(manual=st.booleans())
    def refresh(self, manual: bool) -> None:  # noqa: FBT001 - drawn
        """The selector opens, or is asked to retry."""
        self.do(self.client.catalog.retry if manual else self.client.catalog.opened)

    @rule(ms=st.sampled_from([1, 500, 1000, 5000, 12_000, 20_000, 70_000]))
    def wait(self, ms: int) -> None:
        """Time goes by."""
        self.do(lambda: self.rig.pass_time(ms))

    # The network

    @precondition(lambda self: self.rig.server.attempts)
    @rule(final=st.booleans(), which=st.integers(0, 3))
    def fail(self, final: bool, which: int) -> None:  # noqa: FBT001 - drawn
        """An attempt fails, perhaps one that was given up long ago."""
        attempts = self.rig.server.attempts
        attempt = attempts[-1 - which % len(attempts)]
        self.do(lambda: attempt.failed("nobody listens there", final=final))

    @precondition(lambda self: self.rig.server.attempts)
    @rule(session=st.sampled_from(["", *SESSIONS]), epoch=st.sampled_from(["epoch-1", "epoch-2"]), greets=st.booleans())
    def open(self, session: str, epoch: str, greets: bool) -> None:  # noqa: FBT001 - drawn
        """The link stands, and perhaps the server says welcome."""
        resumed = "baseline" if session and session == self.client._following.wanted else ""
        self.do(self.rig.server.open)
        if greets:
            frame = make_welcome(session=session if resumed else "", epoch=epoch, resumed=resumed)
            self.do(lambda: self.rig.server.say(frame))

    @precondition(lambda self: self.rig.server.user is not None)
    @rule()
    def drop(self) -> None:
        """The link ends."""
        self.do(self.rig.server.drop)

    # The server

    @precondition(lambda self: self.rig.server.user is not None)
    @rule(
        frame=st.sampled_from(
            [
                SessionGoodbye(reason="the server ends"),
                ErrorFrame(code="auth.refused", message="no"),
                ErrorFrame(code="limit.clients", message="full"),
                ErrorFrame(code="limit.rate", message="a moment"),
                NotifyPresence(topic="presence", revision="5"),
                Ack(accepted=True, id=3),
                Ack(accepted=True, intent_id="nobody"),
                NotifyCommits(session="checkout", deltas=()),
                NotifyCommits(session="checkout", deltas=(msgspec.Raw(b'{"revision":"900","base":"899"}'),)),
                make_welcome(),
            ]
        )
    )
    def say(self, frame: Frame) -> None:
        """A frame that nobody asked for."""
        self.do(lambda: self.rig.server.say(frame))

    @precondition(lambda self: self.rig.server.user is not None)
    @rule()
    def change(self) -> None:
        """The catalog changes."""
        self.revision += 1
        self.do(lambda: self.rig.server.say(NotifyCatalog(topic="catalog", revision=str(self.revision))))

    @precondition(lambda self: self.questions)
    @rule(place=st.integers(0, 29), refuses=st.booleans(), again=st.booleans())
    def answer(self, place: int, refuses: bool, again: bool) -> None:  # noqa: FBT001 - drawn
        """Some question is answered, over its link, perhaps long after that has ended, perhaps twice."""
        place %= len(self.questions)
        user, question = self.questions[place] if again else self.questions.pop(place)
        for frame in self.replies(question, refuses=refuses):
            message = encode_frame(frame)
            self.do(lambda message=message: user.received(message))  # type: ignore[misc]

    def replies(self, question: Any, *, refuses: bool) -> list[Frame]:
        """What a server says to a question."""
        match question:
            case SessionSelect(id=number, session=session):
                if refuses or session == "nowhere":
                    return [Ack(accepted=False, id=number, code="session.unknown", message="no such session")]
                return [Ack(accepted=True, id=number), *self.baseline(session)]
            case SnapshotGet(id=number, topic=topic):
                if refuses:
                    return [ErrorFrame(id=number, code="server.failed", message="no")]
                if topic == "presence":
                    data: Any = [{"actor_id": "ada~1", "actor": "ada"}]
                else:
                    data = [{"name": name, "last_seen_at": 1.0} for name in SESSIONS] if topic == "catalog" else []
                return [Snapshot(id=number, topic=topic, revision=str(self.revision), data=data)]
            case CommandFrame(intent_id=intent):
                return [Ack(accepted=not refuses, intent_id=intent, code="command.blocked" if refuses else "")]
            case CommitsReplay(id=number):
                return (
                    self.baseline("checkout") if refuses else [ErrorFrame(id=number, code="session.none", message="")]
                )
            case _:
                return []

    def baseline(self, session: str) -> list[Frame]:
        """The state of a session."""
        if session not in self.data:
            return []
        data = self.data[session]
        revision = msgspec.json.decode(data)["revision"]
        return [CommitsBaseline(session=session, revision=revision, data=msgspec.Raw(data))]


TestClientMachine = ClientMachine.TestCase
TestClientMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
