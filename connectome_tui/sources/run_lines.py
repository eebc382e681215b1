"""Lines of a run's records (RUN-5): newline-delimited JSON, from a file, a pipe or a socket."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectome_tui.events.flow import BadLine, EventDetail, WaitAction
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.runs.normalise import RunNormaliser
from connectome_tui.runs.store import RunStore
from connectome_tui.sources.event_lines import LinesRead
from connectome_tui.sources.session_lines import read_object
from connectome_tui.sources.stream_memory import RecentIds
from connectome_tui.traces.content import CHUNK, Content
from connectome_tui.traces.json_text import BOM

LONGEST_LINE: Final = 1 << 20
"""Bytes of a line; a longer one is bad."""
EXAMPLE: Final = '{"type": "orch.started", "payload": {"graph": {"nodes": [{"id": "build"}]}}}'
"""A line that begins a run of one unit."""


def read_run_line(line: bytes) -> Mapping[str, Any] | None:
    """The object in a line, None for a blank one; `ValueError` says why there is none."""
    if not line or line.isspace():
        return None
    if len(line) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE >> 20} MiB")
    return read_object(line)


def run_records(content: Content) -> Iterator[tuple[int, Mapping[str, Any] | BadLine]]:
    """Every line that is not blank, with the offset behind it: its object, or why there is none.

    However long a line is, no more than a piece of it is held.
    """
    number = position = 0
    held = b""
    overlong = False
    while chunk := content.read(position, CHUNK):
        position += len(chunk)
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            number += 1
            yield from _record(held + line, number, position, overlong=overlong)
            held, overlong = b"", False
        held += rest
        if len(held) > LONGEST_LINE:
            held, overlong = b"", True
    if held or overlong:
        yield from _record(held, number + 1, position, overlong=overlong)
        number += 1
    if content.damage:
        yield position, BadLine(number + 1, content.damage)


class RunLines:
    """Reads the lines of a run that goes on: each is told as an event, and taken in by `store` (RUN-6)."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._normaliser = RunNormaliser(RecentIds())

    def read(self, block: bytes, at_ms: float) -> LinesRead:
        """The events in whole lines. `at_ms` is the time of arrival, for those that bring no time."""
        events: list[FlowEvent] = []
        details: list[EventDetail | None] = []
        nodes: list[Node] = []
        waits: dict[int, WaitAction] = {}
        count = skipped = 0
        for line in block.split(b"\n"):
            try:
                record = read_run_line(line)
            except ValueError:
                count, skipped = count + 1, skipped + 1
                continue
            if record is None:
                continue
            count += 1
            self._store.handle_event(record)
            told = self._normaliser.add(record, at_ms)
            if told.wait != "none":
                waits[len(events)] = told.wait
            events.append(told.event)
            details.append(told.detail)
            nodes += told.nodes
        return LinesRead(tuple(events), tuple(details), waits, tuple(nodes), count, skipped=skipped)


def _record(
    line: bytes, number: int, position: int, *, overlong: bool
) -> Iterator[tuple[int, Mapping[str, Any] | BadLine]]:
    if overlong:
        yield position, BadLine(number, f"longer than {LONGEST_LINE >> 20} MiB")
        return
    try:
        record = read_run_line(line.removeprefix(BOM) if number == 1 else line)
    except ValueError as problem:
        yield position, BadLine(number, str(problem))
        return
    if record is not None:
        yield position, record
