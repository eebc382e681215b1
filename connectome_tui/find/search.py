"""Searching events: in order, a slice at a time, so that whoever asked stays free for other things."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.find.query import Query
from connectome_tui.find.texts import detail_texts, event_texts

ROWS_AT_ONCE: Final = 100
"""About a millisecond or two of work."""


@dataclass(frozen=True, slots=True)
class SearchSlice:
    """What a slice of the search found: rows that hit, in order, and before which row everything was looked at."""

    hits: tuple[int, ...]
    done_to: int


class EventSource(Protocol):
    """Events by number: a flow's sequence by rows, or a ledger's events by arrival index."""

    def __getitem__(self, row: int, /) -> FlowEvent: ...

    def detail(self, row: int) -> EventDetail:
        """Attributes and the rest."""
        ...


@runtime_checkable
class Searchable(Protocol):
    """A sequence that knows a faster way to search itself, with the same result as `matches_event` row by row."""

    def search(self, query: Query, topology: Topology, rows: range) -> Iterator[SearchSlice]:
        """Look at `rows` in order."""
        ...


def search_events(events: EventSource, query: Query, topology: Topology, rows: range) -> Iterator[SearchSlice]:
    """The rows among `rows` (with step 1, all of them there) that the query is about, in order.

    Every slice is a few milliseconds of work. The last one has `done_to == rows.stop`; empty `rows` give none.
    """
    if isinstance(events, Searchable):
        yield from events.search(query, topology, rows)
        return
    for start in range(rows.start, rows.stop, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, rows.stop)
        hits = tuple(row for row in range(start, stop) if _row_matches(events, row, query, topology))
        yield SearchSlice(hits, stop)


def matches_event(query: Query, event: FlowEvent, detail: EventDetail, topology: Topology) -> bool:
    """Whether any field, title or attribute says what is searched for."""
    return query.matches_any(event_texts(event, topology)) or query.matches_any(detail_texts(detail))


def _row_matches(events: EventSource, row: int, query: Query, topology: Topology) -> bool:
    # The attributes cost most, and often the event alone tells.
    if query.matches_any(event_texts(events[row], topology)):
        return True
    return query.matches_any(detail_texts(events.detail(row)))
