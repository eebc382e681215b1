"""The receiver without a screen: the highest rate that it takes in, settles, records and hands over, and the delay."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from connectome_tui.events.live import LiveBatch, LiveCounters
from connectome_tui.receiver.options import ReceiverOptions
from connectome_tui.sources.receiver import ReceiverSource
from scripts.benchmark.load_process import load_process, posted_by
from scripts.benchmark.table import Figure, Row

SECONDS: Final = 20
DISTINCT: Final = 400_000
STEADY_FROM: Final = 4
"""Seconds until the first traces have settled and the flow is even."""
PROMISED_RATE: Final = 25_000
PROMISED_DELAY_MS: Final = 100
SLOW_RATE: Final = 1_000


class _Taken:
    """Counts what is handed over, and when."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.counters = LiveCounters()
        self.events: list[tuple[float, int]] = []
        self.in_all = 0

    def __call__(self, batch: LiveBatch) -> None:
        with self.changed:
            self.in_all += len(batch.events)
            self.events.append((time.perf_counter(), len(batch.events)))
            self.counters = batch.counters or self.counters
            self.changed.notify_all()

    def between(self, start: float, end: float) -> int:
        """Events that came in a span of time."""
        return sum(count for at, count in self.events if start <= at < end)


def highest_rate() -> Iterator[Row]:
    """As fast as it takes bodies in; what counts is what comes out while more comes in."""
    with (
        _receiver(2000) as (source, taken),
        load_process(source.listening.http[0], "--distinct", str(DISTINCT), "--seconds", str(SECONDS)) as load,
    ):
        began = time.perf_counter()
        posted = posted_by(load)
        ended = time.perf_counter()
        cpu = _cpu_seconds(source.pid)
        with taken.changed:
            taken.changed.wait_for(lambda: taken.counters.waiting == 0 and taken.in_all > 0, 120)
        events = taken.between(began + STEADY_FROM, ended)
        rate = events / (ended - began - STEADY_FROM)
        note = f"{posted['spans']} spans acknowledged, {posted['statuses']}, {cpu:.1f} s of processor time by their end"
        yield Figure("receive, settle, record, hand over: time for 25,000 events", PROMISED_RATE / rate, "s", 1, note)


def delay() -> Iterator[Row]:
    """From posting to being handed over, with `--settle 0` at 1,000 spans a second."""
    with (
        _receiver(0) as (source, taken),
        load_process(
            source.listening.http[0],
            "--distinct",
            str(DISTINCT),
            "--seconds",
            "5",
            "--rate",
            str(SLOW_RATE),
            "--copies",
            "1",
        ) as load,
    ):
        posted = posted_by(load)
        with taken.changed:
            taken.changed.wait_for(lambda: taken.counters.decoded >= posted["spans"], 60)
        yield Figure("answer to a body at 1,000 spans/s, 95th percentile", posted["p95_ms"], "ms", PROMISED_DELAY_MS)


@contextmanager
def _receiver(settle_ms: float) -> Iterator[tuple[ReceiverSource, _Taken]]:
    with tempfile.TemporaryDirectory() as folder:
        recording = str(Path(folder) / "bench.connectome")
        source = ReceiverSource(ReceiverOptions(http=("127.0.0.1:0",), settle_ms=settle_ms, recording=recording))
        taken = _Taken()
        source.start(taken)
        try:
            yield source, taken
        finally:
            source.stop()


def _cpu_seconds(pid: int | None) -> float:
    """Processor time of a process so far, in seconds; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
