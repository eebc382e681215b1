"""A session file of a million events of one flow."""

import re
from collections.abc import Callable, Iterator

from scripts.benchmark.files import EVENTS, million_events, program
from scripts.benchmark.table import Figure, Row
from scripts.benchmark.terminal import Terminal

MIB = 1 << 20


def first_step_and_index() -> Iterator[Row]:
    """The first event stepped as soon as it can be, then the whole index."""
    command = [*program(), "open", str(million_events())]
    with Terminal(command) as terminal:
        terminal.wait_for_bytes(b"Press Space", 60)
        terminal.send(b" ")
        yield Figure("million events: first event stepped", terminal.wait_until(at_step(1), 60), "s", 0.5)
        yield Figure("million events: whole index", terminal.wait_until(is_indexed, 120), "s", 5)
        yield Figure("million events: peak private memory", terminal.peak_private_bytes / MIB, "MiB", 250)


def memory_after_all_steps() -> Iterator[Row]:
    """Every event released, each as one commit."""
    command = [*program(), "open", str(million_events()), "--at", str(EVENTS)]
    with Terminal(command) as terminal:
        seconds = terminal.wait_until(at_step(EVENTS), 600)
        terminal.settle(1, 5)
        yield Figure("million events: all released", seconds, "s")
        yield Figure("million events: peak private memory after them", terminal.peak_private_bytes / MIB, "MiB", 250)


def is_indexed(screen: str) -> bool:
    """Whether the screen shows that all events are known."""
    return f"of {EVENTS}" in without_gaps(screen) and "indexing" not in screen


def at_step(step: int) -> Callable[[str], bool]:
    """Whether the screen shows this step."""
    return lambda screen: f"Step {step} " in without_gaps(screen)


def without_gaps(screen: str) -> str:
    """The screen with the blanks taken out that part thousands."""
    return re.sub(r"(?<=\d)\s(?=\d{3})", "", screen)
