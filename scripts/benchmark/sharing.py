"""Sessions that are shared by windows without a screen: batches at a high rate, and very many windows."""

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from scripts.benchmark.files import SHARED
from scripts.benchmark.sharing_clients import Told, Wish
from scripts.benchmark.sharing_processes import (
    Spoken,
    cpu_seconds,
    headless,
    loaded,
    made_server,
    made_windows,
    real_server,
    told,
    told_by_all,
)
from scripts.benchmark.sharing_server import Load, Loaded
from scripts.benchmark.table import Figure, Row

SECONDS: Final = float(os.environ.get("CONNECTOME_BENCH_SECONDS", "15"))
"""How long a rate is held."""
MANY_SECONDS: Final = float(os.environ.get("CONNECTOME_BENCH_SECONDS", "60"))
OFFERED: Final = 1.03
"""So much more than promised is offered, so that the rate is not lost to the pace of the clock."""
TEN: Final = 10, 30_000
TWO: Final = 2, 100_000
ROUNDS: Final = 10
FILLING_SECONDS: Final = 4
"""Until windows hold as much as they keep."""
CATCHING_UP_SECONDS: Final = 10
STALLED_LOSS: Final = 0.05
MANY: Final = int(os.environ.get("CONNECTOME_BENCH_CLIENTS", "500"))
COMMITS_A_SECOND: Final = 20
RECORDING: Final = SHARED / "traces" / "shop-48k.otlp.jsonl.gz"


def batches() -> Iterator[Row]:
    """A source that makes events, a server in a process of its own, the windows in two others."""
    for clients, rate in (TEN, TWO):
        yield from _at_rate(clients, rate)
    yield from _with_one_stalled(*TEN)


def _at_rate(clients: int, rate: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with made_server(folder) as (server, address), made_windows(folder, address, clients, 2) as windows:
            began = time.perf_counter()
            made = loaded(server, Load(rate * OFFERED, SECONDS))
            came = _all_of(windows, made.made)
            took = time.perf_counter() - began
    reached = min(came.events) / took
    name = f"{clients} windows, each {rate:,} events/s: time for {rate:,}"
    note = (
        f"source that makes events, real server and sockets; {_lost(came, made.made)};"
        f" processor: server {made.cpu_seconds / took:.0%}, windows {came.cpu_seconds / took:.0%}"
    )
    yield Figure(name, rate / reached, "s", 1, note)
    yield Figure("  lost, out of order, or by baseline", _missing(came, made.made), "", 0.5)
    yield from _delays("  event made to applied", came.delays_ms)


def _with_one_stalled(clients: int, rate: int) -> Iterator[Row]:
    """As fast as windows take it, with and without one more that was stopped, in turns."""
    alone: list[Loaded] = []
    beside: list[Loaded] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with made_server(folder) as (server, address), made_windows(folder, address, clients, 2) as windows:
            loaded(server, Load(rate, FILLING_SECONDS))
            for number in range(ROUNDS):
                if number % 2:
                    alone.append(_as_fast_as_can_be(server))
                with made_windows(folder, address, 1) as (stalled,):
                    os.kill(stalled.pid, signal.SIGSTOP)
                    try:
                        loaded(server, Load(rate, 1, stalled=1))
                        beside.append(_as_fast_as_can_be(server, stalled=1))
                    finally:
                        os.kill(stalled.pid, signal.SIGCONT)
                if not number % 2:
                    alone.append(_as_fast_as_can_be(server))
            came = _all_of(windows, max(alone[-1].made, beside[-1].made))
    cost = statistics.median(
        1 - _rate(with_it) / _rate(without) for with_it, without in zip(beside, alone, strict=True)
    )
    note = f"{ROUNDS} times each in turns; {_lost(came, max(alone[-1].made, beside[-1].made))}"
    yield Figure("one stalled window costs the others", 100 * max(0.0, cost), "%", 100 * STALLED_LOSS, note)
    for what, runs in (("without it", alone), ("beside it", beside)):
        median = statistics.median(_rate(one) for one in runs)
        processor = statistics.median(1e6 * one.cpu_seconds / one.events for one in runs)
        note = (
            f"{median:,.0f} events/s to each of {clients} windows; server {processor:.2f} µs of processor time an event"
        )
        yield Figure(f"  time for {rate:,} as fast as can be, {what}", rate / median, "s", 1, note)


def _as_fast_as_can_be(server: Spoken, stalled: int = 0) -> Loaded:
    return loaded(server, Load(0, SECONDS / ROUNDS, stalled))


def _rate(made: Loaded) -> float:
    return made.events / made.seconds


def many() -> Iterator[Row]:
    """`connectome serve`, steps asked for by all windows in turn, each step counted by all."""
    steps = int(MANY_SECONDS * COMMITS_A_SECOND)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            real_server(folder, str(RECORDING)) as served,
            headless(folder, served.address, MANY, "--session", served.session) as windows,
        ):
            before = told(windows)
            cpu, began = cpu_seconds(served.pid), time.perf_counter()
            came = told(windows, Wish(steps, COMMITS_A_SECOND))
            took, server = time.perf_counter() - began, cpu_seconds(served.pid) - cpu
    had = [after - first for after, first in zip(came.events, before.events, strict=True)]
    missed = sum(abs(steps - events) for events in had)
    note = (
        f"{len(had)} windows, {steps} steps each in {took:.0f} s; baselines {came.baselines},"
        f" disconnected {came.disconnected}, refused {came.refused};"
        f" processor: server {server / took:.0%}, windows {came.cpu_seconds / took:.0%}"
    )
    yield Figure(f"{MANY} windows at 20 commits/s: events missed", missed, "", 0.5, note)
    yield from _delays("  step asked for to applied", came.delays_ms)


def _all_of(windows: Sequence[Spoken], made: int) -> Told:
    """Wait until every window has had all events, but not for ever."""
    delays: list[float] = []
    cpu = 0.0
    deadline = time.perf_counter() + CATCHING_UP_SECONDS
    while True:
        came = told_by_all(windows)
        delays += came.delays_ms
        cpu += came.cpu_seconds
        if min(came.events) >= made or time.perf_counter() > deadline:
            return msgspec.structs.replace(came, delays_ms=delays, cpu_seconds=cpu)
        time.sleep(0.02)


def _missing(came: Told, made: int) -> int:
    return sum(abs(made - events) for events in came.events) + came.disorder + came.baselines


def _lost(came: Told, made: int) -> str:
    lost = sum(made - events for events in came.events)
    return f"{made:,} made, {lost:,} lost, {came.disorder} out of order, {came.baselines} baselines"


def _delays(what: str, delays_ms: list[float]) -> Iterator[Row]:
    if len(delays_ms) < 20:
        return
    cuts = statistics.quantiles(delays_ms, n=20)
    yield Figure(f"{what}: median", statistics.median(delays_ms), "ms")
    yield Figure(f"{what}: 95th percentile", cuts[18], "ms")
