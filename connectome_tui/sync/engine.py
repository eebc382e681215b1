"""Revision sync: an event says that something changed, a snapshot says what it is now (SYNC)."""

import asyncio
from typing import Any, NamedTuple

from connectome_tui.sync.contracts import (
    Applier,
    ErrorContext,
    Logger,
    OnError,
    Options,
    Phase,
    Provider,
    ShouldRefresh,
    Subscriber,
)
from connectome_tui.sync.errors import OptionError, StoppedError
from connectome_tui.sync.pull import SnapshotPull
from connectome_tui.sync.reading import as_event, is_topic, read_event, read_options
from connectome_tui.sync.refreshes import Refresh, RefreshQueue
from connectome_tui.sync.reporting import Reporter
from connectome_tui.sync.revision import Revision
from connectome_tui.sync.scheduling import LoopScheduler, Scheduler
from connectome_tui.sync.subscription import Subscription
from connectome_tui.sync.throttle import EventThrottle, ThrottlingOptions, Wanted


def create_revision_sync(
    *,
    topic: str,
    subscriber: Subscriber,
    provider: Provider[Any],
    applier: Applier,
    should_refresh: ShouldRefresh | None = None,
    on_error: OnError | None = None,
    logger: Logger | None = None,
    throttling: Options = None,
    scheduler: Scheduler | None = None,
) -> "RevisionSync":
    """A sync of one topic, not yet started.

    Events of `subscriber` that are of this topic (compared exactly) and newer than what was applied make
    it ask `provider` for a snapshot, which goes to `applier` when it is newer. `should_refresh` may say no
    to an event. `throttling` is a mapping or an object with the fields of `ThrottlingOptions`.
    `scheduler` is the time of debounce and throttle. Raises `OptionError` for options without meaning.
    """
    if not is_topic(topic):
        raise OptionError(f"a sync needs a topic that is not empty, not {topic!r}")
    reporter = Reporter(topic, on_error, logger)
    return RevisionSync(
        topic=topic,
        subscriber=subscriber,
        pull=SnapshotPull(topic, provider, applier, reporter),
        reporter=reporter,
        should_refresh=should_refresh,
        throttling=read_options(ThrottlingOptions, throttling),
        scheduler=scheduler,
    )


class _Bound(NamedTuple):
    """What belongs to the event loop that the sync is used on."""

    loop: asyncio.AbstractEventLoop
    stopping: "asyncio.Future[None]"
    refreshes: RefreshQueue
    throttle: EventThrottle


class RevisionSync:
    """The handle of one sync: `create_revision_sync` makes it. Used on one event loop, from its thread."""

    def __init__(
        self,
        *,
        topic: str,
        subscriber: Subscriber,
        pull: SnapshotPull,
        reporter: Reporter,
        should_refresh: ShouldRefresh | None,
        throttling: ThrottlingOptions,
        scheduler: Scheduler | None,
    ) -> None:
        self._topic = topic
        self._subscriber = subscriber
        self._pull = pull
        self._reporter = reporter
        self._should_refresh = should_refresh
        self._throttling = throttling
        self._scheduler = scheduler
        self._lazily_bound: _Bound | None = None
        self._subscription: Subscription | None = None
        self._subscribing: asyncio.Task[None] | None = None
        self._starting: asyncio.Future[BaseException | None] | None = None
        self._started = False
        self._stopped = False

    @property
    def local_revision(self) -> Revision:
        """The revision of what was applied last; `ZERO_REVISION` before anything was. It never goes back."""
        return self._pull.local_revision

    async def start(self) -> None:
        """Subscribe, then refresh (SYNC-4). Returns when the first snapshot has been dealt with.

        If either fails it unsubscribes, and raises the error, which was reported; it may be started again
        then. Started already, it does nothing; while another `start` is under way, it waits for that one
        and ends alike. A `stop` meanwhile makes it return. Raises `StoppedError` after a `stop`.
        """
        if self._stopped:
            raise StoppedError(f"the sync of {self._topic!r} was stopped; make a new one")
        if self._started:
            return
        if self._starting is not None:
            await self._wait_for_other_start(self._starting)
            return
        bound = self._bound()
        self._starting = starting = bound.loop.create_future()
        outcome: BaseException | None = None
        try:
            await self._open(bound)
            self._started = True
        except BaseException as error:
            outcome = error
            self._close(bound)
            raise
        finally:
            self._starting = None
            starting.set_result(outcome)

    def stop(self) -> None:
        """Unsubscribe, and apply nothing any more, whatever is still under way (SYNC-4). Harmless when repeated.

        Who waits in `start` or `refresh` goes on at once. What the provider is doing goes on to its end, and
        is not looked at; a wait of `with_retry` ends.
        """
        if self._stopped:
            return
        self._stopped = True
        bound = self._lazily_bound
        if bound is not None:
            bound.stopping.set_result(None)
            self._close(bound)
            bound.refreshes.stop()

    async def refresh(self) -> None:
        """Pull a snapshot now, and apply it if it is newer; also before `start`. After `stop` it does nothing.

        While a refresh is under way it waits for the next, for the snapshot under way may be older than this
        call. Raises what went wrong, which was reported. An applier that awaits it only asks for the next one.
        """
        if not self._stopped:
            await self._bound().refreshes.run()

    def _bound(self) -> _Bound:
        if self._lazily_bound is None:
            loop = asyncio.get_running_loop()
            scheduler = self._scheduler or LoopScheduler(loop)
            self._lazily_bound = _Bound(
                loop,
                loop.create_future(),
                RefreshQueue(loop, self._perform),
                EventThrottle(self._throttling, scheduler, self._on_wanted, self._throttle_failed),
            )
        return self._lazily_bound

    async def _wait_for_other_start(self, starting: "asyncio.Future[BaseException | None]") -> None:
        outcome = await asyncio.shield(starting)
        if isinstance(outcome, asyncio.CancelledError):
            await self.start()
        elif outcome is not None:
            raise outcome

    async def _open(self, bound: _Bound) -> None:
        subscription = self._subscription = Subscription(lambda error: self._report("subscribe", error))
        self._subscribing = subscribing = bound.loop.create_task(self._subscribe(subscription))
        subscribing.add_done_callback(self._subscribing_ended)
        try:
            await asyncio.wait({subscribing, bound.stopping}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            subscribing.cancel()
            raise
        if subscribing.done():
            subscribing.result()
        if not self._stopped:
            await bound.refreshes.run(for_start=True)

    async def _subscribe(self, subscription: Subscription) -> None:
        try:
            unsubscribe = await self._subscriber.subscribe(lambda raw: self._on_event(subscription, raw))
            subscription.opened(unsubscribe)
        except Exception as error:
            if not self._stopped:
                self._report("subscribe", error)
            raise

    def _subscribing_ended(self, task: "asyncio.Task[None]") -> None:
        self._subscribing = None
        if self._stopped and not task.cancelled() and (error := task.exception()) is not None:
            self._reporter.note(f"behind the stop, subscribe failed with {error!r}")

    def _close(self, bound: _Bound) -> None:
        if self._subscription is not None:
            self._subscription.end()
            self._subscription = None
        bound.throttle.cancel()
        bound.refreshes.drop_events()

    async def _perform(self, refresh: Refresh) -> None:
        bound = self._bound()
        try:
            await self._pull.perform(refresh, bound.stopping)
        except Exception:
            if refresh.for_start:
                self._close(bound)  # before the next one begins, which an event may have asked for
            raise

    def _on_event(self, subscription: Subscription, raw: object) -> None:
        """What a subscriber calls. Before it has answered, events are covered by the first refresh."""
        if subscription is not self._subscription:
            return  # it was ended, and its transport goes on
        try:
            topic, revision = read_event(raw)
        except Exception as error:  # noqa: BLE001 - reading fields of a foreign object may raise anything
            self._report("protocol", error, raw)
            return
        if topic != self._topic or self._pull.is_old(revision) or not subscription.is_open:
            self._reporter.note(f"passed over an event of {topic!r} at {revision}")
        elif self._deserves_refresh(raw) and not self._stopped:
            self._bound().throttle.submit(Wanted(revision, raw))

    def _deserves_refresh(self, raw: object) -> bool:
        if self._should_refresh is None:
            return True
        try:
            return bool(self._should_refresh(as_event(raw)))
        except Exception as error:  # noqa: BLE001 - SYNC-6: refreshing once too often is harmless, never is not
            self._report("refresh", error, raw)
            return True

    def _on_wanted(self, wanted: Wanted) -> None:
        if not self._stopped and not self._pull.is_old(wanted.revision):
            self._bound().refreshes.want(wanted.raw)

    def _throttle_failed(self, error: Exception, wanted: Wanted) -> None:
        self._report("throttle", error, wanted.raw)

    def _report(self, phase: Phase, error: Exception, source_event: object = None) -> None:
        self._reporter.report(ErrorContext(phase, self._topic, error, source_event))
