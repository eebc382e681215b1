"""Headless windows in a process of their own, each with its store: what comes is applied, counted and checked.

`python -m scripts.benchmark.sharing_clients ADDRESS --session NAME --clients N` prints `ready` when all
of them have the session. Each line on standard input is a `Wish` as JSON and is answered by a `Told`.
It ends with its input.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectome_tui.client.connection_session import Identity
from connectome_tui.client.dialing import WebSocketDialer
from connectome_tui.client.notes import NoteSource, NoteType
from connectome_tui.client.telling import Change
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import SystemClock
from connectome_tui.commands.sources import collect_seldom
from connectome_tui.engine.commands import NextStep
from connectome_tui.net.addresses import parse_server_address
from connectome_tui.net.token_files import token_for
from connectome_tui.store.deltas import CommitDelta
from scripts.benchmark.sharing_events import event_id

AT_ONCE: Final = 20
"""So many connect at the same time: a server lets in no more than a hundred that have not said hello."""
OPENING_SECONDS: Final = 60
AFTERWARDS_SECONDS: Final = 2.0
"""So long the last step may take to all of them."""


class Wish(msgspec.Struct, frozen=True):
    """Ask for so many steps, at `rate` a second; then tell what came since the last wish."""

    steps: int = 0
    rate: float = 20.0


class Told(msgspec.Struct, frozen=True):
    """What windows have had since they came, each for itself and together; delays are of this wish alone.

    A delay is that of a commit to one window: since the step was asked for, or since its newest event
    was made. `baselines` came behind the first, `disorder` counts commits with other events than those
    that follow.
    """

    events: list[int]
    commits: list[int]
    baselines: int
    disorder: int
    disconnected: int
    refused: int
    delays_ms: list[float]
    cpu_seconds: float


class Headless:
    """One window without a screen; also keeps its notes."""

    def __init__(self, group: "Group", number: int) -> None:
        self.events = self.commits = self.disorder = self.baselines = self.disconnected = 0
        self._group, self._checks_all = group, number == 0
        self._timer: asyncio.TimerHandle | None = None
        self.client = WindowClient(
            str(group.place),
            WebSocketDialer(group.place),
            group.clock,
            identity=Identity(f"window {number}", "benchmark", "script"),
            auth=lambda: token_for(group.place, None),
            session=group.session,
            notes=self,
        )
        self.client.subscribe(self._changed)
        self.client.store.on_applied(self._applied)
        self.client.connect()

    @property
    def is_ready(self) -> bool:
        """Whether it has the session."""
        return self.client.connection.ready and self.client.store.revision >= 0

    def close(self) -> None:
        """End it."""
        self.client.teardown()
        if self._timer is not None:
            self._timer.cancel()

    def note(self, type_: NoteType, event: str, _payload: Mapping[str, Any], _source: NoteSource = "service") -> None:
        """Something happened to it."""
        self.baselines += (type_, event) == ("topology", "baseline")
        self.disconnected += (type_, event) == ("connection", "lost")

    def _applied(self, delta: CommitDelta) -> None:
        self.commits += 1
        events = delta.events
        if events and self._group.makes_ids:
            places = range(len(events)) if self._checks_all else (0, len(events) - 1)
            self.disorder += any(events[place].id != event_id(self.events + place) for place in places)
        self.events += len(events)
        self._group.applied(delta)

    def _changed(self, change: Change) -> None:
        if change == "deadline":
            self._look_at_time()

    def _look_at_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.client.next_deadline_ms()
        if due is not None:
            seconds = max(0.0, due - self._group.clock.now_ms()) / 1000
            self._timer = asyncio.get_running_loop().call_later(seconds, self._serve)

    def _serve(self) -> None:
        self._timer = None
        self.client.serve_deadline()
        if self._timer is None:
            self._look_at_time()


class Group:
    """All windows of this process. With `makes_ids` the events are those of `sharing_events`."""

    def __init__(self, address: str, session: str, *, makes_ids: bool) -> None:
        self.clock = SystemClock()
        self.place = parse_server_address(address)
        self.session = session
        self.makes_ids = makes_ids
        self._windows: list[Headless] = []
        self._delays_ms: list[float] = []
        self._asked: dict[str, float] = {}
        self._refused = 0
        self._cpu = time.process_time()

    async def open(self, clients: int) -> None:
        """Connect all of them, and wait until they have the session."""
        for first in range(0, clients, AT_ONCE):
            self._windows += [Headless(self, number) for number in range(first, min(first + AT_ONCE, clients))]
            async with asyncio.timeout(OPENING_SECONDS):
                while not all(window.is_ready for window in self._windows):  # noqa: ASYNC110 -- twenty of them
                    await asyncio.sleep(0.02)
        for window in self._windows:
            window.baselines = 0

    def applied(self, delta: CommitDelta) -> None:
        """A window has applied a commit."""
        if delta.intent_id in self._asked:
            self._delays_ms.append(1000 * (time.perf_counter() - self._asked[delta.intent_id]))
        elif delta.events and self.makes_ids:
            self._delays_ms.append(1000 * time.time() - delta.events[-1].at_ms)

    async def carry_out(self, wish: Wish) -> Told:
        """Step, and tell."""
        began = time.perf_counter()
        for number in range(wish.steps):
            await asyncio.sleep(max(0.0, began + number / wish.rate - time.perf_counter()))
            asked = time.perf_counter()
            intent = self._windows[number % len(self._windows)].client.send(NextStep())
            if isinstance(intent, str):
                self._asked[intent] = asked
            else:
                self._refused += 1
        if wish.steps:
            await asyncio.sleep(AFTERWARDS_SECONDS)
        return self._told()

    def close(self) -> None:
        """End all of them."""
        for window in self._windows:
            window.close()

    def _told(self) -> Told:
        cpu, windows = time.process_time(), self._windows
        told = Told(
            events=[window.events for window in windows],
            commits=[window.commits for window in windows],
            baselines=sum(window.baselines for window in windows),
            disorder=sum(window.disorder for window in windows),
            disconnected=sum(window.disconnected for window in windows),
            refused=self._refused,
            delays_ms=self._delays_ms,
            cpu_seconds=cpu - self._cpu,
        )
        self._cpu, self._delays_ms = cpu, []
        return told


async def _run(address: str, session: str, clients: int, *, makes_ids: bool) -> None:
    collect_seldom()
    group = Group(address, session, makes_ids=makes_ids)
    try:
        await group.open(clients)
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            told = await group.carry_out(msgspec.json.decode(line, type=Wish))
            print(msgspec.json.encode(told).decode(), flush=True)
    finally:
        group.close()
        await asyncio.sleep(0.1)


def main() -> int:
    """Follow a session until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--session", default="")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--made", action="store_true", help="the events are those of sharing_events")
    choices = parser.parse_args()
    asyncio.run(_run(choices.address, choices.session, choices.clients, makes_ids=choices.made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
