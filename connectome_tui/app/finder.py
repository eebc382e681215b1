"""Searching and filtering what was released, in slices: rows of the flow become entries of the ledger."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from connectome_tui.events.flow import EventSequence
from connectome_tui.events.topology import Topology
from connectome_tui.find.filters import Filter, filter_events
from connectome_tui.find.query import Query
from connectome_tui.find.search import SearchSlice, search_events
from connectome_tui.store.ledger import Ledger

Scan = Callable[[EventSequence, range], Iterator[SearchSlice]]
"""Looks at rows of a flow, in slices."""


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


def hit_near(hits: Sequence[int], at: int, *, ahead: bool) -> int:
    """The place of the hit to begin with: the nearest at or before `at`, or with `ahead` the first from it on."""
    if not hits:
        return -1
    if ahead:
        return min(bisect_left(hits, at), len(hits) - 1)
    return max(0, bisect_right(hits, at) - 1)
