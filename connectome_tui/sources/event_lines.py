"""Blocks of JSON lines as events: plain FlowEvents decoded all together, anything else line by line."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from connectome_tui.events.flow import EventDetail, WaitAction
from connectome_tui.events.model import BOUNDARY_LABEL, GAP_LABEL, FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.sources.session_lines import EventLine, detail_of, has_required, is_header, read_header, read_object
from connectome_tui.sources.stream_events import Arrived, Ends, event_of_payload
from connectome_tui.sources.stream_memory import StreamMemory


class _Beside(msgspec.Struct, gc=False):
    """What a line has beside its event, where that is of the usual types."""

    attributes: dict[str, Any] = {}
    resource: dict[str, Any] = {}
    identity: dict[str, str] = {}


_strict: Final = msgspec.json.Decoder(EventLine)
_plain: Final = msgspec.json.Decoder(FlowEvent)
_beside: Final = msgspec.json.Decoder(_Beside)
_FAILURES: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class LinesRead(NamedTuple):
    """What a block of lines held.

    `details` is empty when no event has any; `bad` lines were kept as they are, `skipped` ones were not.
    """

    events: tuple[FlowEvent, ...] = ()
    details: tuple[EventDetail | None, ...] = ()
    waits: Mapping[int, WaitAction] = MappingProxyType({})
    nodes: tuple[Node, ...] = ()
    lines: int = 0
    bad: int = 0
    skipped: int = 0


class EventLines:
    """Reads the lines of one growing file or pipe; headers of sessions bring nodes and are no events."""

    def __init__(self, teller: str) -> None:
        self._memory = StreamMemory()
        self._ends = Ends(teller=teller)

    def read(self, block: bytes, at_ms: float) -> LinesRead:
        """The events in whole lines. `at_ms` is the time of arrival, for those that bring no time."""
        try:
            lines = _strict.decode_lines(block)
            events = _plain.decode_lines(block)
        except _FAILURES:
            return self._read_singly(block, at_ms)
        if not (_are_plain(events) and self._take_ids(events)):
            return self._read_singly(block, at_ms)
        details: tuple[EventDetail | None, ...] = ()
        if b'"attributes"' in block or b'"resource"' in block or b'"identity"' in block:
            details = _details(block, lines)
        return LinesRead(events=tuple(events), details=details, lines=len(events))

    def _take_ids(self, events: list[FlowEvent]) -> bool:
        ids = {event.id for event in events}
        return len(ids) == len(events) and self._memory.ids.take_all(ids)

    def _read_singly(self, block: bytes, at_ms: float) -> LinesRead:
        events: list[FlowEvent] = []
        details: list[EventDetail | None] = []
        nodes: list[Node] = []
        waits: dict[int, WaitAction] = {}
        bad = count = 0
        for line in block.split(b"\n"):
            if not line.strip():
                continue
            count += 1
            if is_header(line):
                nodes += read_header(line)[0].nodes
                continue
            single = self._single(line)
            if single is not None:
                event, detail = single
            else:
                arrived = Arrived(line.decode("utf-8", "replace").strip(), at_ms)
                event, detail, wait, as_such = event_of_payload(arrived, self._ends, self._memory)
                bad += not as_such
                if wait != "none":
                    waits[len(events)] = wait
            events.append(event)
            details.append(detail)
        kept = tuple(details) if any(detail is not None for detail in details) else ()
        return LinesRead(tuple(events), kept, waits, tuple(nodes), count, bad)

    def _single(self, line: bytes) -> tuple[FlowEvent, EventDetail | None] | None:
        """A line that is exactly an event, and a new one."""
        try:
            strict, event = _strict.decode(line), _plain.decode(line)
        except _FAILURES:
            return None
        if not (_are_plain([event]) and self._take_ids([event])):
            return None
        return event, _detail(strict)


def _are_plain(events: list[FlowEvent]) -> bool:
    return all(has_required(event) and event.label not in (BOUNDARY_LABEL, GAP_LABEL) for event in events)


def _details(block: bytes, lines: Sequence[EventLine]) -> tuple[EventDetail | None, ...]:
    """The details of whole lines, all together where they are of the usual types."""
    try:
        found = _beside.decode_lines(block)
    except _FAILURES:
        return tuple(_detail(line) for line in lines)
    return tuple(
        [
            EventDetail(beside.attributes, beside.resource, beside.identity)
            if beside.attributes or beside.resource or beside.identity
            else None
            for beside in found
        ]
    )


def _detail(line: EventLine) -> EventDetail | None:
    if not (line.attributes or line.resource or line.identity):
        return None
    fields = (("attributes", line.attributes), ("resource", line.resource), ("identity", line.identity))
    text = b",".join(b'"%s":%s' % (key.encode(), bytes(value)) for key, value in fields if value)
    detail = detail_of(read_object(b"{" + text + b"}"))
    return detail if detail.attributes or detail.resource or detail.identity else None
