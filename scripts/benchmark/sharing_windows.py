"""Windows of shared sessions in terminals: from a key in one to the frame in another, and joining late."""

import os
import random
import re
import select
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectome_tui.net.addresses import parse_server_address
from scripts.benchmark.files import EVENTS, SHARED, million_events, program
from scripts.benchmark.million import at_step, without_gaps
from scripts.benchmark.sharing_clients import Wish
from scripts.benchmark.sharing_processes import (
    cpu_seconds,
    environment,
    headless,
    made_server,
    made_windows,
    real_server,
    told,
)
from scripts.benchmark.sharing_server import SESSION
from scripts.benchmark.sharing_wire import wire
from scripts.benchmark.table import Figure, Row
from scripts.benchmark.terminal import FRAME_END, Terminal, Timeout

KEYS: Final = int(os.environ.get("CONNECTOME_BENCH_KEYS", "400"))
KEYS_A_SECOND: Final = 10, 20
HEADLESS: Final = 8
PROMISED_MS: Final = 25
BEGINNING: Final = 10
"""So many first keys are not counted: what is painted for the first time is made then."""
JOINS: Final = 5
JOINED_SECONDS: Final = 0.5
"""What is promised."""
WATCHED_SECONDS: Final = 2.5
SMALL_KILOBYTES: Final = 1000
"""Of a ledger of 350 MB."""
LABELS: Final = 5003
HOME: Final = b"\x1b[H"
END: Final = b"\x1b[F"
STEP: Final = re.compile(r"Step (\d+) ")


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a terminal was sent, and when, of the performance counter."""

    at: float
    data: bytes


def next_to_painted() -> Iterator[Row]:
    """Two windows that paint and eight that do not; keys as fast as somebody hammers on them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            real_server(folder, "--flow", "all", str(SHARED / "traces" / "shop-48k.otlp.jsonl.gz")) as served,
            headless(folder, served.address, HEADLESS, "--session", served.session) as others,
            _attached(folder, f"{served.address}/{served.session}") as one,
            _attached(folder, f"{served.address}/{served.session}") as two,
        ):
            one.settle(1, 5)
            two.settle(1, 5)
            cpu = cpu_seconds(served.pid)
            pressed, *shown = _hammer(one, two)
            took, server = pressed[-1] - pressed[0], cpu_seconds(served.pid) - cpu
            came = told(others)
    here, there = ([at - press for at, press in zip(moments, pressed, strict=True)][BEGINNING:] for moments in shown)
    missed = sum(abs(KEYS - events) for events in came.events)
    note = f"{len(there)} keys, {len(there) / took:.0f} a second; server {server / took:.0%} of a processor"
    yield from _quantiles("Next in one window to painted in another", there, PROMISED_MS, note)
    yield from _quantiles("  to painted in its own window", here, None, "")
    yield Figure("  steps that the eight others missed", missed, "", 0.5)


def late_join() -> Iterator[Row]:
    """`attach` to a session of nearly a million released events, through a wire that counts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        released = EVENTS - 2 * JOINS
        more = ("--recording", str(million_events()), "--released", str(released))
        with made_server(folder, *more) as (_, address), made_windows(folder, address, 1) as (other,):
            joins = []
            for number in range(JOINS):
                # Nothing that was made for the window before serves the next one.
                told(other, Wish(steps=1))
                joins.append(_join(folder, address, released + number + 1))
    note = f"median of {JOINS}, a step before each"
    name = "late join to a million events: welcome to last page and graph"
    yield Figure(name, statistics.median(one.from_welcome for one in joins), "s", JOINED_SECONDS, note)
    yield Figure("  slowest", max(one.from_welcome for one in joins), "s", JOINED_SECONDS)
    yield Figure("  from the start of the program", statistics.median(one.from_start for one in joins), "s")
    yield Figure(
        "  bytes downloaded, 2 s later too", max(one.down_bytes for one in joins) / 1000, "kB", SMALL_KILOBYTES
    )
    yield Figure("  Home until entry 1 is shown", statistics.median(one.to_first for one in joins), "s", JOINED_SECONDS)
    yield Figure("  bytes downloaded for it", max(one.more_bytes for one in joins) / 1000, "kB", SMALL_KILOBYTES)


@dataclass(frozen=True, slots=True)
class _Joined:
    from_start: float
    from_welcome: float
    down_bytes: int
    to_first: float
    more_bytes: int


def _join(folder: Path, address: str, released: int) -> _Joined:
    """Attach, look, go to the first entry, and leave."""
    (token,) = (folder / "tokens").glob("*.token")
    place = parse_server_address(address)
    with wire(place.host, place.port) as passing:
        command = [*program(), "attach", f"ws://127.0.0.1:{passing.port}/{SESSION}", "--token-file", str(token)]
        with Terminal(command, environment=environment(folder)) as terminal:
            frames = _recorded(terminal, WATCHED_SECONDS)
            shown_at = _shown_at(terminal, frames, _is_joined(released))
            down_bytes = passing.down_bytes
            began = time.perf_counter()
            terminal.send(HOME)
            frames = _recorded(terminal, WATCHED_SECONDS)
            first_at = _shown_at(terminal, frames, _is_at_first)
            # All look at one place of the log: the next window would begin where this one left it.
            terminal.send(END)
            terminal.wait_until(_is_joined(released), 10)
            terminal.settle(0.3, 5)
            terminal.send(b"q")
            terminal.wait_for_end(10)
            assert passing.welcomed_at is not None, "it was shown else"
            return _Joined(
                shown_at - terminal.started,
                shown_at - passing.welcomed_at,
                down_bytes,
                first_at - began,
                passing.down_bytes - down_bytes,
            )


def _is_joined(released: int) -> Callable[[str], bool]:
    """Whether the screen shows the graph and the last entries."""
    is_there, label = at_step(released), f"POST /orders/{(released - 1) % LABELS}"

    def seen(screen: str) -> bool:
        graph, _, log = screen.partition(" Log ")
        return is_there(screen) and "gateway" in graph and "postgres" in graph and label in log and "…  " not in log

    return seen


def _is_at_first(screen: str) -> bool:
    """Whether the log shows the first entries."""
    log = screen.partition(" Log ")[2]
    return all(f"POST /orders/{number} " in log for number in range(4))


def _hammer(one: Terminal, two: Terminal) -> tuple[list[float], list[float], list[float]]:
    """Press Next in the first; when each was pressed, and when the frame with it had come in either."""
    chance = random.Random(1)
    pressed: list[float] = []
    frames: list[list[Chunk]] = [[], []]
    for _ in range(KEYS):
        pressed.append(time.perf_counter())
        one.send(b" ")
        _record([one, two], 1 / chance.uniform(*KEYS_A_SECOND), frames)
    _record([one, two], 1, frames)
    # Looked at behind all of it, so that nothing is measured but what is to be measured.
    return pressed, _steps_shown(one, frames[0]), _steps_shown(two, frames[1])


def _record(terminals: Sequence[Terminal], seconds: float, kept: Sequence[list[Chunk]]) -> None:
    """Keep what terminals are sent from now on, without looking at it."""
    ends = time.perf_counter() + seconds
    while (left := ends - time.perf_counter()) > 0:
        ready, _, _ = select.select(terminals, [], [], left)
        for terminal, chunks in zip(terminals, kept, strict=True):
            if terminal in ready:
                chunks.append(Chunk(time.perf_counter(), terminal.take()))


def _recorded(terminal: Terminal, seconds: float) -> list[Chunk]:
    kept: list[Chunk] = []
    _record([terminal], seconds, [kept])
    return kept


def _shown_at(terminal: Terminal, chunks: Sequence[Chunk], seen: Callable[[str], bool]) -> float:
    """When the first whole frame had come that is as wanted."""
    for chunk in chunks:
        terminal.received += chunk.data
        if FRAME_END in chunk.data and seen(terminal.text()):
            return chunk.at
    raise Timeout(terminal.text())


def _steps_shown(terminal: Terminal, chunks: Sequence[Chunk]) -> list[float]:
    """When the frame of each step, from the first on, had come."""
    moments: list[float] = []
    for chunk in chunks:
        terminal.received += chunk.data
        if FRAME_END in chunk.data:
            screen = terminal.text()
            found = STEP.search(without_gaps(screen))
            moments += [chunk.at] * (int(found[1]) - len(moments) if found else 0)
    if len(moments) < KEYS:
        raise Timeout(f"{len(moments)} of {KEYS} steps were shown")
    return moments


def _quantiles(what: str, seconds: Sequence[float], promised: float | None, note: str) -> Iterator[Row]:
    cuts = statistics.quantiles(seconds, n=20)
    yield Figure(f"{what}: median", 1000 * statistics.median(seconds), "ms", None, note)
    yield Figure(f"{what}: 95th percentile", 1000 * cuts[18], "ms", promised)


@contextmanager
def _attached(folder: Path, address: str) -> Iterator[Terminal]:
    with Terminal([*program(), "attach", address], environment=environment(folder)) as terminal:
        terminal.wait_until(lambda screen: "Press Space" in screen, 30)
        yield terminal
        terminal.send(b"q")
        terminal.wait_for_end(10)
