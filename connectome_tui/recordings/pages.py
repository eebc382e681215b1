"""Events of a recording by their rows: pages that are read by key, and decoded when they are asked for."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.recordings.blocks import UnreadableBlobError, read_details, read_events
from connectome_tui.recordings.database import ReadingDatabase

PAGE: Final = 128
"""Small blocks are read together until they hold so many events."""
PAGES_KEPT: Final = 64
DETAIL_PAGES_KEPT: Final = 8

_Item = TypeVar("_Item")
Query = Callable[..., list[tuple[Any, ...]]]


class Pages:
    """All events that were in the recording when it was opened, numbered from 0 in the order of their rows."""

    def __init__(self, database: ReadingDatabase, name: str) -> None:
        self._database = database
        self.name = name
        self._firsts = array("q")
        self._ends = array("q")
        self._numbers = array("q", [0])
        self.events = lru_cache(maxsize=PAGES_KEPT)(self._read_events)
        self.details = lru_cache(maxsize=DETAIL_PAGES_KEPT)(self._read_details)

    def survey(self, query: Query) -> None:
        """Take in which blocks there are; `query` reads of one moment."""
        pending = 0
        for first, count in query("SELECT first, count FROM blocks ORDER BY first"):
            if not 0 < count <= first + count:
                raise SourceError(self.name, "is a damaged recording: a block without events", f"row {first}")
            if not pending:
                self._firsts.append(first)
                self._ends.append(0)
                self._numbers.append(self._numbers[-1])
            self._ends[-1] = first + count
            self._numbers[-1] += count
            pending = 0 if pending + count >= PAGE else pending + count

    def __len__(self) -> int:
        return self._numbers[-1]

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self._firsts)

    @property
    def end_row(self) -> int:
        """The row behind the last event."""
        return self._ends[-1] if self._ends else 0

    def page_of(self, number: int) -> tuple[int, int]:
        """The page that holds an event, and its place there."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        page = bisect_right(self._numbers, number) - 1
        return page, number - self._numbers[page]

    def first_number(self, page: int) -> int:
        """The number of the first event of a page."""
        return self._numbers[page]

    def page_with_row(self, row: int) -> int:
        """The page that a row is in, if it is anywhere."""
        return bisect_right(self._firsts, row) - 1

    def number_at(self, row: int) -> int:
        """The number of the first event whose row is not before this one, for gaps."""
        page = bisect_left(self._ends, row + 1)
        if page >= len(self._firsts):
            return len(self)
        number = self._numbers[page]
        for first, count in self._database.rows(
            "SELECT first, count FROM blocks WHERE first >= ? AND first < ? ORDER BY first",
            (self._firsts[page], self._ends[page]),
        ):
            if first + count > row:
                return number + max(row - int(first), 0)
            number += count
        return number

    def forget(self) -> None:
        """Let go of what is cached."""
        self.events.cache_clear()
        self.details.cache_clear()

    def _read_events(self, page: int) -> Sequence[FlowEvent]:
        blobs = self._blobs("SELECT count, events FROM blocks WHERE first >= ? AND first < ? ORDER BY first", page)
        events: list[FlowEvent] = []
        for count, blob in blobs:
            found = self._decoded(page, read_events, blob)
            if len(found) != count:
                raise SourceError(self.name, f"is a damaged recording: {len(found)} events where {count} were written")
            events += found
        self._check_length(events, page)
        return events

    def _read_details(self, page: int) -> Sequence[EventDetail]:
        blobs = self._blobs("SELECT count, details FROM blocks WHERE first >= ? AND first < ? ORDER BY first", page)
        details: list[EventDetail] = []
        for count, blob in blobs:
            details += self._decoded(page, read_details, blob, count)
        self._check_length(details, page)
        return details

    def _blobs(self, query: str, page: int) -> list[tuple[Any, ...]]:
        return self._database.rows(query, (self._firsts[page], self._ends[page]))

    def _decoded(self, page: int, decode: Callable[..., list[_Item]], *values: Any) -> list[_Item]:
        try:
            return decode(*values)
        except UnreadableBlobError as problem:
            place = f"row {self._firsts[page]}"
            raise SourceError(self.name, f"is a damaged recording: {problem}", place) from problem

    def _check_length(self, found: Sequence[object], page: int) -> None:
        if len(found) != self._numbers[page + 1] - self._numbers[page]:
            raise SourceError(
                self.name,
                "these events are no longer in the recording: it reached its limit",
                f"row {self._firsts[page]}",
            )
