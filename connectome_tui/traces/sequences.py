"""The events of one trace, and of all traces one after the other, as sequences that are read on demand."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.traces.normalise import SPAN_ITSELF, NormalFlow, Origin
from connectome_tui.traces.order import ROOT
from connectome_tui.traces.span import Span


class TraceEvents:
    """The events of one trace; `span_of` reads the span of a row of the columns again, for its detail."""

    def __init__(self, flow: NormalFlow, rows: Sequence[int], span_of: Callable[[int], Span]) -> None:
        self._flow = flow
        self._rows = rows
        self._span_of = span_of
        self._children: dict[int, list[int]] | None = None

    @property
    def complete(self) -> bool:
        """Always: a trace is normalised as a whole."""
        return True

    def __len__(self) -> int:
        return len(self._flow.events)

    def __getitem__(self, row: int, /) -> FlowEvent:
        if not 0 <= row < len(self._flow.events):
            raise IndexError(row)
        return self._flow.events[row]

    def parent_row(self, row: int) -> int | None:
        """The row of the event's parent, when it is in this trace."""
        parent = self._flow.parents[row]
        return None if parent == ROOT else parent

    def child_rows(self, row: int) -> Sequence[int]:
        """The rows of the events whose parent it is, in order."""
        if self._children is None:
            self._children = {}
            for child, parent in enumerate(self._flow.parents):
                self._children.setdefault(parent, []).append(child)
        return self._children.get(row, ())

    def detail(self, row: int) -> EventDetail:
        """Attributes, resource and ids, from the file (EVENT-8)."""
        origin = self._flow.origins[row]
        return detail_of(self._span_of(self._rows[origin.span]), origin)


def detail_of(span: Span, origin: Origin) -> EventDetail:
    """What the detail view shows of an event of this span (EVENT-8)."""
    if origin.event == SPAN_ITSELF:
        return EventDetail(span.attributes, span.resource.attributes, _identity(span), span.raw)
    return EventDetail(span.events[origin.event].attributes, span.resource.attributes, _identity(span))


def _identity(span: Span) -> dict[str, str]:
    """Ids, kind, scope and message as text; without what is empty."""
    identity = {"trace": span.trace_id} if span.trace_id else {}
    if span.span_id:
        identity["span"] = span.span_id
    if span.parent_id:
        identity["parent"] = span.parent_id
    if span.name:
        identity["name"] = span.name
    if span.kind != "unspecified":
        identity["kind"] = span.kind
    if span.scope:
        identity["scope"] = span.scope
    if span.status_message:
        identity["message"] = span.status_message
    return identity


class AllTraceEvents:
    """The events of all traces, one after the other in order of start; only traces that are looked at are read."""

    def __init__(self, counts: Sequence[int], trace: Callable[[int], TraceEvents]) -> None:
        self._first_rows = list(accumulate(counts, initial=0))
        self._trace = trace

    @property
    def complete(self) -> bool:
        """Always: the index of the recording is complete when this is made."""
        return True

    def __len__(self) -> int:
        return self._first_rows[-1]

    def __getitem__(self, row: int, /) -> FlowEvent:
        events, first = self._at(row)
        return events[row - first]

    def parent_row(self, row: int) -> int | None:
        """The row of the event's parent, when it is in the recording."""
        events, first = self._at(row)
        parent = events.parent_row(row - first)
        return None if parent is None else first + parent

    def child_rows(self, row: int) -> Sequence[int]:
        """The rows of the events whose parent it is, in order."""
        events, first = self._at(row)
        return [first + child for child in events.child_rows(row - first)]

    def detail(self, row: int) -> EventDetail:
        """Attributes, resource and ids, from the file (EVENT-8)."""
        events, first = self._at(row)
        return events.detail(row - first)

    def _at(self, row: int) -> tuple[TraceEvents, int]:
        """The trace that a row of all is in, and the row where it begins."""
        if not 0 <= row < self._first_rows[-1]:
            raise IndexError(row)
        number = bisect_right(self._first_rows, row) - 1
        return self._trace(number), self._first_rows[number]
