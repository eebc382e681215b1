"""A server in a process of its own whose live source makes events itself: what is measured is sharing, no reader.

`python -m scripts.benchmark.sharing_server` prints its address; each line on standard input is a
`Load` as JSON and is answered by a `Loaded`, once all of it is committed. It ends with its input.
"""

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import msgspec

from connectome_tui.clock import HeldClock, SystemClock
from connectome_tui.commands.sources import collect_seldom, opened
from connectome_tui.events.live import LiveBatch
from connectome_tui.events.model import FlowEvent
from connectome_tui.live_feed import TOLD, LiveFeed
from connectome_tui.net.links import Link, LinkUser, Peer
from connectome_tui.server.core import ServerCore
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import KeptServer, open_keeper
from connectome_tui.server.places import Places, open_places
from connectome_tui.server.serving import Serving
from connectome_tui.session import LiveSession, release_all, start_live_session, start_session
from connectome_tui.sources.live import HandOver
from connectome_tui.sources.options import OpenOptions
from scripts.benchmark.sharing_events import made_event

SESSION: Final = "made"
BATCH_SECONDS: Final = 0.01
MOST_OF_A_BATCH: Final = 500
HELD_BACK_BYTES: Final = 512 * 1024
HELD_BACK_EVENTS: Final = 2000
"""As fast as can be: no more is made while a window has so much to read, or so much waits to be committed."""


class Load(msgspec.Struct, frozen=True):
    """So many events a second for so long; `rate` 0: as many as all windows take, but for the last `stalled`."""

    rate: float
    seconds: float
    stalled: int = 0


class Loaded(msgspec.Struct, frozen=True):
    """What was made since the server began, how long this load took, and the processor time for it."""

    made: int
    events: int
    seconds: float
    cpu_seconds: float


class MadeEvents:
    """Hands over events that it makes; `at_ms` is when, by the clock of the machine."""

    name = kind = "made"

    def __init__(self, links: list[Link]) -> None:
        self.made = 0
        self.uncommitted: Callable[[], int] = lambda: 0
        self._links = links
        self._hand_over: HandOver | None = None
        self._is_over = False

    def start(self, hand_over: HandOver) -> None:
        self._hand_over = hand_over

    def stop(self) -> None:
        self._is_over = True

    def describe(self) -> tuple[str, ...]:
        return ()

    def load(self, load: Load) -> None:
        """Make events until the time is over."""
        assert self._hand_over is not None
        began, first = time.perf_counter(), self.made
        while not self._is_over and (now := time.perf_counter()) < began + load.seconds:
            due = int((now - began) * load.rate) - (self.made - first) if load.rate else MOST_OF_A_BATCH
            while due > 0:
                count = min(due, MOST_OF_A_BATCH)
                self._hand_over(LiveBatch(source=self.name, events=self._events(count)))
                due -= count
            if load.rate:
                time.sleep(BATCH_SECONDS)
            else:
                self._wait_for_room(load.stalled)

    def _events(self, count: int) -> tuple[FlowEvent, ...]:
        at_ms = time.time() * 1000
        first, self.made = self.made, self.made + count
        return tuple(made_event(number, at_ms) for number in range(first, first + count))

    def _wait_for_room(self, stalled: int) -> None:
        reading = self._links[: len(self._links) - stalled]
        while not self._is_over:
            waiting = max((link.waiting_bytes for link in reading), default=0)
            if waiting < HELD_BACK_BYTES and self.uncommitted() < HELD_BACK_EVENTS:
                return
            time.sleep(0.001)


class _Core(ServerCore):
    """Remembers its links."""

    def __init__(self, *things: Any, **more: Any) -> None:
        super().__init__(*things, **more)
        self.links: list[Link] = []

    def connected(self, link: Link, peer: Peer) -> LinkUser:
        self.links.append(link)
        return super().connected(link, peer)


@contextmanager
def _a_server() -> Iterator[tuple[_Core, KeptServer, HeldClock, Places]]:
    """A server without sessions, at a port of this machine, and what it keeps."""
    collect_seldom()
    clock = HeldClock(SystemClock())
    with ExitStack() as ending:
        places = ending.enter_context(open_places(["127.0.0.1:0"], [], None))
        keeper = open_keeper(places.state_folder, clock)
        ending.callback(keeper.close)
        yield _Core(clock, keeper, places.tokens.tokens, name=places.name), keeper, clock, places


async def _serve_made() -> None:
    """Serve what is made here; a load a line."""
    with _a_server() as (core, keeper, clock, places):
        source, feed = MadeEvents(core.links), LiveFeed(TOLD)
        session = start_live_session([source], clock=clock, wake=feed.wake)
        source.uncommitted = lambda: session.pump.waiting
        core.add_session(HostedSession(SESSION, session, clock=clock, keeper=keeper.session(SESSION, "")))
        serving = Serving(core, clock)
        serving.follow(session, feed)
        await serving.listen(places.sockets)
        print(places.addresses[0], flush=True)
        try:
            while line := await asyncio.to_thread(sys.stdin.readline):
                loaded = await _loaded(msgspec.json.decode(line, type=Load), source, session)
                print(msgspec.json.encode(loaded).decode(), flush=True)
        finally:
            await serving.close()
            await asyncio.to_thread(session.close)


async def _serve_released(path: str, count: int) -> None:
    """Serve a recording of which so much was released before anybody came."""
    with _a_server() as (core, keeper, clock, places), opened([path], OpenOptions()) as recording:
        session = start_session(recording, recording.flows[0].id, clock=clock)
        for _ in release_all(session, count):
            pass
        core.add_session(HostedSession(SESSION, session, clock=clock, keeper=keeper.session(SESSION, "")))
        serving = Serving(core, clock)
        await serving.listen(places.sockets)
        print(places.addresses[0], flush=True)
        try:
            await asyncio.to_thread(sys.stdin.read)
        finally:
            await serving.close()


async def _loaded(load: Load, source: MadeEvents, session: LiveSession) -> Loaded:
    began, cpu, first = time.perf_counter(), time.process_time(), source.made
    making = threading.Thread(target=source.load, args=(load,))
    making.start()
    while making.is_alive() or session.store.state.cursor < source.made:  # noqa: ASYNC110 -- a thread makes them
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - began
    return Loaded(source.made, source.made - first, seconds, time.process_time() - cpu)


def main() -> int:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recording", help="serve this one instead of what is made")
    parser.add_argument("--released", type=int, default=0, help="so many of its events are released")
    choices = parser.parse_args()
    asyncio.run(_serve_released(choices.recording, choices.released) if choices.recording else _serve_made())
    return 0


if __name__ == "__main__":
    sys.exit(main())
