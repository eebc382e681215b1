"""The rows of a session file, decoded when they are asked for."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from connectome_tui.events.families import NONE
from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.find.query import Query
from connectome_tui.find.search import SearchSlice
from connectome_tui.sources.session_flow import SessionFlow
from connectome_tui.sources.session_index import SessionIndex
from connectome_tui.sources.session_lines import detail_of, read_event, read_object
from connectome_tui.traces.content import Content

PAGE: Final = 128
"""Rows that are decoded together."""
PAGES_KEPT: Final = 48
LARGEST_PAGE: Final = 4 << 20
"""Rows of larger pages (a line of megabytes among them) are decoded one by one."""

_decoder: Final = msgspec.json.Decoder(FlowEvent)


class SessionLines:
    """Gives events and lines of a file by the rows of its index; safe beside the thread that indexes."""

    def __init__(self, content: Content, index: SessionIndex) -> None:
        self._content = content
        self.index = index
        self._pages: dict[int, Sequence[FlowEvent | None]] = {}
        self._single = lru_cache(maxsize=8)(self._decode_row)

    def event(self, flow: SessionFlow, row: int) -> FlowEvent:
        """The event of a row of the file."""
        number, place = divmod(row, PAGE)
        page = self._pages.get(number, ())
        if place >= len(page):
            page = self._read_page(number)
        return (page[place] if page else None) or self._single(flow, row)

    def _read_page(self, number: int) -> Sequence[FlowEvent | None]:
        """A page as far as it is indexed; empty when it is too large to be decoded as one."""
        first = number * PAGE
        rows = min(PAGE, self.index.rows - first)
        if self._offset(first + rows) - self._offset(first) > LARGEST_PAGE:
            return ()
        if len(self._pages) >= PAGES_KEPT:
            self._pages.clear()
        page = self._pages[number] = self._decode_page(first, rows)
        return page

    def line(self, row: int) -> bytes:
        """The line of a row, without its line feed."""
        start = self._offset(row)
        return self._content.read(start, self._offset(row + 1) - start).partition(b"\n")[0]

    def lines(self, first: int, end: int) -> bytes:
        """The bytes of rows `first` to `end` (exclusive), and of whatever lies between them."""
        start = self._offset(first)
        return self._content.read(start, self._offset(end) - start)

    def is_odd(self, row: int) -> bool:
        """Whether the line of a row is not exactly an event."""
        odd = self.index.odd_rows
        place = bisect_left(odd, row)
        return place < len(odd) and odd[place] == row

    def _offset(self, row: int) -> int:
        """Where a row begins; for the row behind the last one, where the last one has ended."""
        index = self.index
        return index.offsets[row] if row < len(index.offsets) else index.end_offset

    def _decode_page(self, first: int, rows: int) -> Sequence[FlowEvent | None]:
        """The events of a page; None for each when they do not follow one another as plain lines."""
        odd = self.index.odd_rows
        if bisect_left(odd, first) == bisect_left(odd, first + rows):
            try:
                events = _decoder.decode_lines(self.lines(first, first + rows))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                events = []
            if len(events) == rows:
                return events
        return [None] * rows

    def _decode_row(self, flow: SessionFlow, row: int) -> FlowEvent:
        try:
            return read_event(self.line(row), row - flow.first_row + 1, flow.default_at_ms or 0.0)
        except ValueError as error:
            raise SourceError(self._content.name, f"the row cannot be read any more: {error}", f"row {row}") from error


class SessionRows:
    """The events of one session, an `EventSequence`; it grows while the file is being indexed."""

    def __init__(self, lines: SessionLines, flow: SessionFlow) -> None:
        self._lines = lines
        self._flow = flow

    @property
    def complete(self) -> bool:
        """Whether all its rows are there and every parent has been looked for."""
        return self._flow.end_row is not None and self._flow.finder is None

    def __len__(self) -> int:
        end, known = self._flow.end_row, self._lines.index.rows
        return max(0, (known if end is None else min(end, known)) - self._flow.first_row)

    def __getitem__(self, row: int, /) -> FlowEvent:
        if not 0 <= row < len(self):
            raise IndexError(row)
        return self._lines.event(self._flow, self._flow.first_row + row)

    def parent_row(self, row: int) -> int | None:
        """The row of the event's parent, when it is in this session; the ids themselves decide."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        first = self._flow.first_row
        parent = self._lines.index.tree.parents[first + row]
        if parent == NONE or self[parent - first].id != self[row].parent_event_id:
            return None
        return parent - first

    def child_rows(self, row: int) -> Sequence[int]:
        """The rows of the events whose parent it is, in order."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        first = self._flow.first_row
        return [child - first for child in self._lines.index.tree.children(first + row)]

    def detail(self, row: int) -> EventDetail:
        """Attributes, resource and identity as the line has them."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        return detail_of(read_object(self._lines.line(self._flow.first_row + row)))

    def search(self, query: Query, topology: Topology, rows: range) -> Iterator[SearchSlice]:
        """Look at rows in the bytes of the file (`find.search.Searchable`)."""
        from connectome_tui.sources.session_search import SessionSearch  # it reads lines by way of this module

        return SessionSearch(self._lines, self._flow, query, topology).slices(rows)
