"""Which entries a ledger holds, as ranges, and which left it between two states (STORE-10)."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from connectome_tui.events.model import FlowEvent
from connectome_tui.store.entries import Ledger
from connectome_tui.store.live_chunks import Chunk
from connectome_tui.store.live_ledger import LiveLedgerView

Range = tuple[int, int]
"""The arrival indexes `first <= index < behind`."""


def held_ranges(ledger: Ledger) -> tuple[Range, ...]:
    """The entries that there are, ascending."""
    if len(ledger) == ledger.end - ledger.start:
        return ((ledger.start, ledger.end),) if len(ledger) else ()
    return ranges_of(ledger.indexes(ledger.start, ledger.end))


def gone_between(old: Ledger, new: Ledger) -> tuple[Range, ...]:
    """The entries that were in `old`, or were appended since, and are not in `new`; both of one session's ledger.

    Costs next to nothing while nothing leaves, and as much as what left otherwise.
    """
    if len(old) + new.end - old.end == len(new):
        return ()
    assert isinstance(old, LiveLedgerView), "entries leave live ledgers alone"
    assert isinstance(new, LiveLedgerView), "entries leave live ledgers alone"
    kept = {id(chunk) for chunk in new.layout.chunks}
    before = [chunk for chunk in old.layout.chunks if id(chunk) not in kept]
    kept = {id(chunk) for chunk in old.layout.chunks}
    made: set[int] = set()
    for chunk in new.layout.chunks:
        if id(chunk) not in kept:
            made.update(chunk.indexes)
    gone: list[Range] = []
    for chunk in before:
        gone.extend(_left_of(chunk, old.end, made))
    appended = new.indexes(old.end, new.end)
    if len(appended) < new.end - old.end:
        here = set(appended)
        gone.extend(ranges_of([index for index in range(old.end, new.end) if index not in here]))
    return tuple(_joined(gone))


def events_between(ledger: Ledger, first: int, behind: int) -> list[FlowEvent]:
    """The events of these entries; in the place of one that left, the mark that says so."""
    if not isinstance(ledger, LiveLedgerView):
        return [ledger[index].event for index in range(first, behind)]
    events: list[FlowEvent] = []
    for chunk in ledger.layout.chunks[max(0, bisect_right(ledger.layout.firsts, first) - 1) :]:
        events += chunk.events[chunk.place_of(first) : chunk.place_of(behind)]
    return events if len(events) == behind - first else [ledger[index].event for index in range(first, behind)]


def ranges_of(indexes: Sequence[int]) -> tuple[Range, ...]:
    """Ascending indexes as ranges."""
    if not indexes:
        return ()
    ranges: list[Range] = []
    first = last = indexes[0]
    for index in indexes:
        if index > last + 1:
            ranges.append((first, last + 1))
            first = index
        last = index
    ranges.append((first, last + 1))
    return tuple(ranges)


def _left_of(chunk: Chunk, end: int, made: set[int]) -> Iterable[Range]:
    """What of a chunk is in none of the new ones; what came behind `end` was not in the old state."""
    indexes: array[int] = chunk.indexes
    first, last = indexes[0], indexes[-1]
    if not made and last - first + 1 == len(indexes):
        return ((first, min(last + 1, end)),) if first < end else ()
    return ranges_of([index for index in indexes if index < end and index not in made])


def _joined(ranges: Sequence[Range]) -> Iterable[Range]:
    """The same ranges, ascending, neighbours made one."""
    joined: list[Range] = []
    for first, behind in ranges:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], behind)
        else:
            joined.append((first, behind))
    return joined
