"""A real sync for the checkers (HEALTH-1): everything that may happen to it, over the transport in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from connectome_tui.sync import ManualScheduler, RevisionSync, create_revision_sync
from connectome_tui.sync.transports import MemoryNetwork, SyncClient, TopicHub

TOPIC: Final = "health"
BURST: Final = 500
_TURNS: Final = 60
"""So many turns of the event loop bring every message of this run to where it goes."""

MakeSync = Callable[..., RevisionSync]


@dataclass(frozen=True, slots=True)
class SyncMoment:
    """What a sync has done when it has come to rest behind `what`. Counts are since the beginning."""

    what: str
    local: str
    server: str
    applied: tuple[str, ...] = ()
    pulls: int = 0
    events: int = 0
    failures: int = 0
    reports: int = 0
    subscribers: int = 0
    is_settled: bool = True
    is_stopped: bool = False


class SyncRun:
    """A hub, a network and a client with one sync, which is the state's provider and applier too."""

    def __init__(self, make_sync: MakeSync) -> None:
        self.hub = TopicHub(on_error=lambda *_failure: None)
        self.hub.publish(TOPIC, self)
        self.network = MemoryNetwork(self.hub)
        self.time = ManualScheduler()
        self.client = SyncClient(self.network.dial, scheduler=self.time)
        self.revision = 5
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False
        self.applied: list[str] = []
        self.pulls = self.events = self.failures = self.reports = self.subscribers = 0
        self.sync = make_sync(
            topic=TOPIC, subscriber=self, provider=self.client.topic(TOPIC), applier=self, on_error=self
        )

    async def subscribe(self, handler: Callable[[Any], None]) -> Callable[[], None]:
        """As the client does, counted."""
        unsubscribe = await self.client.subscribe(TOPIC, handler)
        self.subscribers += 1

        def leave() -> None:
            self.subscribers -= 1
            unsubscribe()

        return leave

    async def get_snapshot(self) -> dict[str, object]:
        """The hub's provider: answers what was true when it was asked, once the gate is open."""
        self.pulls += 1
        revision, fails = self.revision, self.fails
        await self.gate.wait()
        if fails:
            self.failures += 1
            raise ConnectionError("made for the check")
        return {"revision": str(revision), "data": None}

    def apply(self, envelope: Any) -> None:
        """Take a snapshot."""
        self.applied.append(envelope["revision"])

    def __call__(self, _context: object) -> None:
        """Hear of an error."""
        self.reports += 1

    def tell(self, *revisions: int) -> None:
        """Events over the network; the last one need not be the newest."""
        for revision in revisions:
            self.events += 1
            self.hub.invalidate(TOPIC, str(revision))

    async def rest(self, what: str, *, settled: bool = True, stopped: bool = False) -> SyncMoment:
        """Let everything that is under way arrive, and look."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        return SyncMoment(
            what,
            self.sync.local_revision,
            str(self.revision),
            tuple(self.applied),
            self.pulls,
            self.events,
            self.failures,
            self.reports,
            self.subscribers,
            settled,
            stopped,
        )


def sync_moments(make_sync: MakeSync = create_revision_sync) -> list[SyncMoment]:
    """Take a sync through its life, and look at it at each rest. Takes no time; not from inside an event loop."""

    async def collect() -> list[SyncMoment]:
        run = SyncRun(make_sync)
        try:
            return [moment async for moment in _life(run)]
        finally:
            run.sync.stop()
            run.gate.set()
            await run.client.close()

    return asyncio.run(collect())


async def _life(run: SyncRun) -> AsyncIterator[SyncMoment]:
    yield await run.rest("nothing", settled=False)
    await run.sync.start()
    yield await run.rest("the start")
    run.revision = 3
    await run.sync.refresh()
    yield await run.rest("an older snapshot", settled=False)
    run.revision = 9
    run.tell(9, 7, 8, 9, 2)
    yield await run.rest("reordered events")
    async for moment in _burst(run):
        yield moment
    run.revision += 1
    run.fails = True
    run.tell(run.revision)
    yield await run.rest("a failure", settled=False)
    run.fails = False
    run.tell(run.revision)
    yield await run.rest("the event again")
    async for moment in _lost_connection(run):
        yield moment
    async for moment in _stop(run):
        yield moment


async def _burst(run: SyncRun) -> AsyncIterator[SyncMoment]:
    run.gate.clear()
    first = run.revision + 1
    run.revision += BURST
    run.tell(first)
    await run.rest("the first of many")
    run.tell(*range(first + 1, run.revision + 1))
    await run.rest("many more")
    run.gate.set()
    yield await run.rest(f"a burst of {BURST} events")


async def _lost_connection(run: SyncRun) -> AsyncIterator[SyncMoment]:
    run.network.cut()
    run.revision += 1
    run.hub.invalidate(TOPIC, str(run.revision))
    yield await run.rest("a lost connection", settled=False)
    run.time.advance(60_000)
    yield await run.rest("connecting again")


async def _stop(run: SyncRun) -> AsyncIterator[SyncMoment]:
    run.gate.clear()
    run.revision += 1
    run.tell(run.revision)
    yield await run.rest("an event", settled=False)
    run.sync.stop()
    run.gate.set()
    yield await run.rest("the stop", settled=False, stopped=True)
    run.revision += 1
    run.hub.invalidate(TOPIC, str(run.revision))
    await run.sync.refresh()
    yield await run.rest("events behind the stop", settled=False, stopped=True)
