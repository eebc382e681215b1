"""From a key to the painted frame, in a terminal of 120x40."""

import statistics
import time
from collections.abc import Iterator

from scripts.benchmark.files import EVENTS, million_events, program
from scripts.benchmark.million import at_step, is_indexed
from scripts.benchmark.table import Figure, Row
from scripts.benchmark.terminal import Terminal

PRESSES = 200


def at_the_first_step() -> Iterator[Row]:
    """Next, and looking back, at the beginning of a flow."""
    with Terminal([*program(), "open", str(million_events())]) as terminal:
        terminal.wait_until(is_indexed, 120)
        yield from _measured(terminal, "at step 1")


def at_the_millionth_step() -> Iterator[Row]:
    """The same with nearly a million events behind."""
    command = [*program(), "open", str(million_events()), "--at", str(EVENTS - 2 * PRESSES)]
    with Terminal(command) as terminal:
        terminal.wait_until(at_step(EVENTS - 2 * PRESSES), 600)
        yield from _measured(terminal, "at step 1,000,000")


def _measured(terminal: Terminal, where: str) -> Iterator[Row]:
    terminal.settle(0.5, 10)
    for keys, what in ((b" ", "step"), (b"N", "look back")):
        seconds, sizes = _press(terminal, keys)
        cuts = statistics.quantiles(seconds, n=20)
        yield Figure(f"key to frame, {what} {where}: median", 1000 * statistics.median(seconds), "ms", 8)
        yield Figure(f"key to frame, {what} {where}: 95th percentile", 1000 * cuts[18], "ms", 20)
        yield Figure(f"bytes to the terminal, {what} {where}: median", statistics.median(sizes) / 1000, "kB", 8)


def _press(terminal: Terminal, key: bytes) -> tuple[list[float], list[int]]:
    """Seconds and bytes of each of many presses, one after the other; what follows a frame is let pass first."""
    seconds, sizes = [], []
    for _ in range(PRESSES):
        terminal.settle(0.01, 0.2)
        started = time.perf_counter()
        terminal.send(key)
        sizes.append(terminal.wait_for_frame(5))
        seconds.append(time.perf_counter() - started)
    return seconds, sizes
