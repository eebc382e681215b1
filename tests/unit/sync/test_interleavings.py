"""Whatever comes in whatever order: a sync never goes back, never runs wild, and ends at the newest."""

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connectome_tui.sync import ManualScheduler, compare_revisions, create_revision_sync
from tests.unit.sync.fakes import TOPIC, FakeSubscriber, event, settle

BAD = st.sampled_from([event("01"), event(7), event("5", topic=""), "nonsense", None, {}])


class SlowProvider:
    """Each request stays open until the machine answers it, with what was true when it was asked."""

    def __init__(self) -> None:
        self.revision = 1
        self.calls = 0
        self.open: list[tuple[int, asyncio.Future[Any]]] = []

    async def get_snapshot(self) -> Any:
        self.calls += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.open.append((self.revision, answer))
        return await answer


class Machine(RuleBasedStateMachine):
    """One sync; the machine is the transport, the server, the user, and what goes wrong."""

    throttling: dict[str, Any] = {}  # noqa: RUF012 - the machines below differ in it

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.time = ManualScheduler()
        self.subscriber = FakeSubscriber()
        self.provider = SlowProvider()
        self.applied: list[str] = []
        self.fail_next_apply = False
        self.stopped = False
        self.wishes = 0
        self.revision_at_stop = ""
        self.sync = create_revision_sync(
            topic=TOPIC,
            subscriber=self.subscriber,
            provider=self.provider,
            applier=self,
            throttling=self.throttling,
            scheduler=self.time,
            on_error=self.on_error,
        )
        self.reported: list[BaseException] = []
        self.starting = self.loop.create_task(self.sync.start())
        self.callers: list[asyncio.Task[None]] = []
        self.turn()

    def apply(self, envelope: Any) -> None:
        assert not self.stopped, "applied behind the stop"
        if self.fail_next_apply:
            self.fail_next_apply = False
            raise ValueError("not now")
        self.applied.append(envelope["revision"])

    def on_error(self, context: Any) -> None:
        self.reported.append(context.error)
        raise KeyError("an on_error that raises")

    def turn(self) -> None:
        self.loop.run_until_complete(settle())

    @rule(by=st.integers(1, 12))
    def change(self, by: int) -> None:
        """The state moves on; the event may be lost."""
        self.provider.revision += by

    @rule(backs=st.lists(st.integers(-3, 12), min_size=1, max_size=30))
    def tell(self, backs: list[int]) -> None:
        """Events of now, of the past, of the future, again, and in any order."""
        revisions = [max(0, self.provider.revision - back) for back in backs]
        self.wishes += 1
        self.subscriber.emit(*(event(str(revision)) for revision in revisions))

    @rule(bad=BAD)
    def tell_nonsense(self, bad: object) -> None:
        """Events that are none."""
        self.subscriber.emit(bad)

    @rule(fails=st.booleans())
    @precondition(lambda self: self.provider.open)
    def answer(self, *, fails: bool) -> None:
        """The provider answers, or fails."""
        revision, answer = self.provider.open.pop(0)
        if answer.done():
            return
        if fails:
            answer.set_exception(ConnectionError("no"))
        else:
            answer.set_result({"revision": str(revision), "data": None})
        self.turn()

    @rule()
    def answer_nonsense(self) -> None:
        """The provider gives what is no snapshot."""
        if self.provider.open:
            _, answer = self.provider.open.pop(0)
            if not answer.done():
                answer.set_result({"revision": "007", "data": None})
        self.turn()

    @rule()
    def break_the_applier(self) -> None:
        """The next apply fails."""
        self.fail_next_apply = True

    @rule()
    def ask(self) -> None:
        """A user refreshes."""
        self.wishes += 1
        self.callers.append(self.loop.create_task(self.sync.refresh()))
        self.turn()

    @rule()
    def give_up(self) -> None:
        """A user who waits is cancelled."""
        if self.callers:
            self.callers[-1].cancel()
        self.turn()

    @rule(ms=st.integers(0, 150))
    def wait(self, ms: int) -> None:
        """Time passes."""
        self.time.advance(ms)
        self.turn()

    @rule()
    def start_again(self) -> None:
        """A start that failed is tried again; one that did not is harmless."""
        if not self.stopped:
            self.wishes += 1
            if self.starting.done():
                self.starting.exception()
                self.starting = self.loop.create_task(self.sync.start())
            self.turn()

    @rule()
    @precondition(lambda self: self.provider.calls > 3)
    def stop(self) -> None:
        """The end."""
        if not self.stopped:
            self.sync.stop()
            self.stopped, self.revision_at_stop = True, self.sync.local_revision
        self.turn()
        assert self.starting.done()

    @invariant()
    def never_goes_back(self) -> None:
        """SYNC-3: what is applied is newer each time, and the local revision is the last of it."""
        assert all(compare_revisions(a, b) < 0 for a, b in zip(self.applied, self.applied[1:], strict=False))
        assert self.sync.local_revision == (self.applied[-1] if self.applied else "0")

    @invariant()
    def is_bounded(self) -> None:
        """SYNC-5: one request at a time, and no more than two for each thing that happened."""
        assert sum(not answer.done() for _, answer in self.provider.open) <= 1
        assert self.provider.calls <= 2 + 2 * self.wishes

    @invariant()
    def stays_stopped(self) -> None:
        """SYNC-4: behind the stop nothing moves."""
        if self.stopped:
            assert self.sync.local_revision == self.revision_at_stop

    @invariant()
    def reports_once(self) -> None:
        """SYNC-6: no error is reported twice."""
        assert len({id(error) for error in self.reported}) == len(self.reported)

    def teardown(self) -> None:
        """At rest, with one last event and a provider that works, the newest is here; then nothing is left."""
        try:
            self.come_to_rest()
        finally:
            self.sync.stop()
            for _, answer in self.provider.open:
                answer.cancel()
            self.turn()
            left = [task for task in (self.starting, *self.callers) if not task.done()]
            self.loop.run_until_complete(asyncio.gather(*self.callers, self.starting, return_exceptions=True))
            assert not left
            assert not asyncio.all_tasks(self.loop)
            assert not self.subscriber.handlers
            assert not self.time.delays_ms
            self.loop.close()

    def come_to_rest(self) -> None:
        self.fail_next_apply = False
        for _ in range(2):
            if not self.stopped and self.starting.done() and self.starting.exception() is not None:
                self.starting = self.loop.create_task(self.sync.start())
            self.subscriber.emit(event(str(self.provider.revision)))
            for _ in range(8):
                self.turn()
                self.time.advance(200)
                while self.provider.open:
                    self.answer(fails=False)
        assert self.stopped or self.sync.local_revision == str(self.provider.revision)


class ThrottledMachine(Machine):
    """The same, with debounce and throttle in between (SYNC-7)."""

    throttling = {"debounce_ms": 20, "throttle_ms": 50}  # noqa: RUF012


SOME = settings(max_examples=60, stateful_step_count=40)
TestInterleavings = Machine.TestCase
TestInterleavings.settings = SOME
TestThrottledInterleavings = ThrottledMachine.TestCase
TestThrottledInterleavings.settings = SOME
