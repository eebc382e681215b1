"""Runs of live entries: what the live ledger is made of. A full one never changes; the last one only grows."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent

NO_ROW: Final = -1
"""The row of an event that is in no recording."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Events of one source that arrive together, in order.

    `details` is as long as `events` or empty. `first_row` is where the recording has the first of
    them, the others following row by row; None: there is no recording.
    """

    source: str
    events: Sequence[FlowEvent]
    details: Sequence[EventDetail | None] = ()
    first_row: int | None = None


class Chunk:
    """Entries in rising order of their arrival indexes, column by column; `newest_ms` is when the last arrived."""

    __slots__ = ("commit_ids", "details", "events", "indexes", "newest_ms", "rows", "sources")

    def __init__(self) -> None:
        self.indexes = array("q")
        self.events: list[FlowEvent] = []
        self.details: list[EventDetail | None] = []
        self.rows = array("q")
        self.commit_ids = array("q")
        self.sources: list[str] = []
        self.newest_ms = 0.0

    def __len__(self) -> int:
        return len(self.indexes)

    def extend(self, index: int, arrivals: Arrivals, places: range, commit_id: int, now_ms: float) -> None:
        """Add the events at these places of what arrived, as the entries from `index` on."""
        begin, end, count = places.start, places.stop, len(places)
        first_row = arrivals.first_row
        self.events.extend(arrivals.events[begin:end])
        self.details.extend(arrivals.details[begin:end] if arrivals.details else [None] * count)
        rows = [NO_ROW] * count if first_row is None else range(first_row + begin, first_row + end)
        self.rows.extend(rows)
        self.sources.extend([arrivals.source] * count)
        self.commit_ids.extend([commit_id] * count)
        self.newest_ms = now_ms
        # Last: a reader in another thread goes by the indexes.
        self.indexes.extend(range(index, index + count))

    def place_of(self, index: int) -> int:
        """The place of an entry, or of the next one that is here."""
        place = index - self.indexes[0]
        if 0 <= place < len(self.indexes) and self.indexes[place] == index:
            return place
        return bisect_left(self.indexes, index)

    def holds(self, index: int) -> bool:
        """Whether this entry is here."""
        place = self.place_of(index)
        return place < len(self.indexes) and self.indexes[place] == index


def joined(chunks: Sequence[Chunk], keeps: Callable[[Chunk, int], bool]) -> Chunk:
    """The entries of neighbouring chunks that are to be kept, as a new one."""
    new = Chunk()
    for chunk in chunks:
        for place in range(len(chunk)):
            if keeps(chunk, place):
                new.indexes.append(chunk.indexes[place])
                new.events.append(chunk.events[place])
                new.details.append(chunk.details[place])
                new.rows.append(chunk.rows[place])
                new.sources.append(chunk.sources[place])
                new.commit_ids.append(chunk.commit_ids[place])
        new.newest_ms = max(new.newest_ms, chunk.newest_ms)
    return new
