"""From the start of the program to what a person waits for."""

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator

from scripts.benchmark.files import SHARED, program
from scripts.benchmark.table import Figure, Missing, Row
from scripts.benchmark.terminal import Terminal

REPEATS = 7


def first_paint() -> Iterator[Row]:
    """The sample, painted, in a terminal of 120x40."""
    yield Figure("start to first painted sample", _median_of(lambda: _until(program(), "Press Space")), "s", 0.4)


def help_text() -> Iterator[Row]:
    """`--help`, which imports neither the screen nor the models."""

    def once() -> float:
        started = time.perf_counter()
        subprocess.run([*program(), "--help"], check=True, capture_output=True)
        return time.perf_counter() - started

    yield Figure("connectome --help", _median_of(once), "s")


def shop_ready() -> Iterator[Row]:
    """48,193 spans in 7,001 flows: until the picker has them all, and the flow in hand is ready to be stepped."""
    path = SHARED / "traces" / "shop-48k.otlp.jsonl.gz"
    if not path.exists():
        yield Missing("shop-48k.otlp.jsonl.gz ready to step", f"{path} is not there")
        return
    command = [*program(), "open", str(path)]
    seconds = _median_of(lambda: _picked(command), repeats=3)
    yield Figure("shop-48k.otlp.jsonl.gz ready to step", seconds, "s", 1.5)
    everything = _median_of(lambda: _until([*command, "--flow", "all"], "Press Space"), repeats=3)
    yield Figure("shop-48k.otlp.jsonl.gz ready, all flows as one", everything, "s")


def _picked(command: list[str]) -> float:
    """Seconds to the picker, and from Enter to the flow; the time between is the person's."""
    with Terminal(command) as terminal:
        seconds = terminal.wait_for_bytes(b"Choose a flow", 30)
        terminal.settle(0.3, 2)
        pressed = terminal.seconds
        terminal.send(b"\r")
        return seconds + terminal.wait_for_bytes(b"Press Space", 30) - pressed


def _until(command: list[str], text: str) -> float:
    with Terminal(command) as terminal:
        return terminal.wait_for_bytes(text.encode(), 30)


def _median_of(once: Callable[[], float], repeats: int = REPEATS) -> float:
    """The median after one run that warms the caches of the disk."""
    once()
    return statistics.median(once() for _ in range(repeats))
