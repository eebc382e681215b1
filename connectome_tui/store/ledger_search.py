"""Searching and filtering what was released, in slices: rows of the flow become entries of the ledger."""

from collections.abc import Callable, Iterator

from connectome_tui.events.flow import EventDetail, EventSequence
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.find.filters import Filter, filter_events
from connectome_tui.find.query import Query
from connectome_tui.find.search import EventSource, SearchSlice, search_events
from connectome_tui.store.ledger import Ledger

Scan = Callable[[EventSource, range], Iterator[SearchSlice]]
"""Looks at rows of a flow, or at entries of a live ledger, in slices."""


def search_scan(query: Query, topology: Topology) -> Scan:
    """Looks for a query."""
    return lambda events, rows: search_events(events, query, topology, rows)


def filter_scan(condition: Filter, topology: Topology) -> Scan:
    """Looks for what passes a filter."""
    return lambda events, rows: filter_events(events, condition, topology, rows)


def released_slices(ledger: Ledger, events: EventSequence, scan: Scan, start: int) -> Iterator[SearchSlice]:
    """Look at the entries from arrival index `start` on; hits and `done_to` are arrival indexes.

    All sessions of a ledger step the same flow, so each entry but a boundary is a row of `events`.
    """
    sessions = ledger.sessions
    for number, session in enumerate(sessions):
        behind = sessions[number + 1].first_index - 1 if number + 1 < len(sessions) else ledger.end
        first = max(start, session.first_index, ledger.start)
        if first >= behind:
            continue
        offset = session.first_index
        for found in scan(events, range(first - offset, behind - offset)):
            yield SearchSlice(tuple(row + offset for row in found.hits), found.done_to + offset)
    yield SearchSlice((), ledger.end)


class _Entries:
    """The entries of a ledger by arrival index, for a search."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getitem__(self, row: int, /) -> FlowEvent:
        return self._ledger[row].event

    def detail(self, row: int) -> EventDetail:
        return self._ledger.detail(row)


def live_slices(ledger: Ledger, scan: Scan, start: int) -> Iterator[SearchSlice]:
    """Look at the entries of a live ledger from arrival index `start` on; marks of the session are no hits."""
    for found in scan(_Entries(ledger), range(max(start, ledger.start), ledger.end)):
        hits = tuple(index for index in found.hits if ledger.holds(index) and not _is_mark(ledger[index].event))
        yield SearchSlice(hits, found.done_to)
    yield SearchSlice((), ledger.end)


def _is_mark(event: FlowEvent) -> bool:
    return event.is_gap or event.is_boundary
