"""The events of a recording as sequences: those of one flow, and all in the order in which they came (SPAN-7)."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from connectome_tui.events.families import NONE, FamilyTree, ParentFinder
from connectome_tui.events.flow import EventDetail, Progress, ProgressCallback, SourceError, no_progress
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.numbers import grouped
from connectome_tui.recordings.pages import Pages

PLACES_KEPT: Final = 32
_SETTLED_AT_ONCE: Final = 10_000


class FlowRows:
    """The events of one flow. `pages` are those that hold some, `counts` how many; who called whom is read once."""

    def __init__(self, flow_id: str, pages: Pages, held_by: Sequence[tuple[int, int]], *, children: bool) -> None:
        self._flow_id = flow_id
        self._pages = pages
        self._held_by = array("q", [page for page, _ in held_by])
        self._starts = array("q", [0])
        for _, count in held_by:
            self._starts.append(self._starts[-1] + count)
        self._has_children = children
        self._tree: FamilyTree | None = None
        self._places = lru_cache(maxsize=PLACES_KEPT)(self._places_in)

    @property
    def complete(self) -> bool:
        """Always: what comes later is not in what was opened."""
        return True

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, row: int, /) -> FlowEvent:
        page, place = self._at(row)
        return self._pages.events(page)[place]

    def parent_row(self, row: int) -> int | None:
        """The row of the event's parent, when it is in this flow; the ids themselves decide."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        if not self._has_children:
            return None
        parent = self._family().parents[row]
        return None if parent == NONE or self[parent].id != self[row].parent_event_id else parent

    def child_rows(self, row: int) -> Sequence[int]:
        """The rows of the events whose parent it is, in order."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        return self._family().children(row) if self._has_children else ()

    def detail(self, row: int) -> EventDetail:
        """Attributes and the rest, when they were kept."""
        page, place = self._at(row)
        return self._pages.details(page)[place]

    def number(self, row: int) -> int:
        """Which of all events it is."""
        page, place = self._at(row)
        return self._pages.first_number(page) + place

    def row_at(self, number: int) -> int:
        """The row of one of all events that is known to be of this flow."""
        page, place = self._pages.page_of(number)
        held = bisect_left(self._held_by, page)
        return self._starts[held] + bisect_left(self._places(held), place)

    def batches(self) -> Iterator[tuple[int, list[FlowEvent]]]:
        """All events, page by page, each with the row of its first."""
        for held, page in enumerate(self._held_by):
            events = self._pages.events(page)
            yield self._starts[held], [events[place] for place in self._places(held)]

    def read_family(self, progress: ProgressCallback) -> None:
        """Find out who called whom now, and not when it is first asked."""
        if self._has_children:
            self._family(progress)

    def _family(self, progress: ProgressCallback = no_progress) -> FamilyTree:
        tree = self._tree
        if tree is None:
            tree = FamilyTree()
            finder = ParentFinder(tree, 0, len(self))
            for first, events in self.batches():
                finder.add(events)
                progress(Progress(f"{grouped(first)} events", first / len(self)))
            while finder.settle(_SETTLED_AT_ONCE):
                pass
            self._tree = tree
        return tree

    def _at(self, row: int) -> tuple[int, int]:
        if not 0 <= row < len(self):
            raise IndexError(row)
        held = bisect_right(self._starts, row) - 1
        return self._held_by[held], self._places(held)[row - self._starts[held]]

    def _places_in(self, held: int) -> Sequence[int]:
        """Where in a page the events of this flow stand."""
        events = self._pages.events(self._held_by[held])
        count = self._starts[held + 1] - self._starts[held]
        if count == len(events):
            return range(count)
        places = [place for place, event in enumerate(events) if (event.flow_id or "") == self._flow_id]
        if len(places) != count:
            raise SourceError(self._pages.name, "is a damaged recording: a flow has other events than it says")
        return places


RowsByName = Callable[[str], FlowRows]
"""Gives the rows of the flow that events name so; the empty id for events that name none."""


class AllRows:
    """All events, in the order in which they came."""

    def __init__(self, pages: Pages, flow_rows: RowsByName) -> None:
        self._pages = pages
        self._flow_rows = flow_rows

    @property
    def complete(self) -> bool:
        """Always: what comes later is not in what was opened."""
        return True

    def __len__(self) -> int:
        return len(self._pages)

    def __getitem__(self, row: int, /) -> FlowEvent:
        page, place = self._pages.page_of(row)
        return self._pages.events(page)[place]

    def parent_row(self, row: int) -> int | None:
        """The row of the event's parent, when it is in the same flow."""
        event = self[row]
        if event.parent_event_id is None:
            return None
        rows = self._flow_rows(event.flow_id or "")
        parent = rows.parent_row(rows.row_at(row))
        return None if parent is None else rows.number(parent)

    def child_rows(self, row: int) -> Sequence[int]:
        """The rows of the events whose parent it is, in order."""
        rows = self._flow_rows(self[row].flow_id or "")
        return [rows.number(child) for child in rows.child_rows(rows.row_at(row))]

    def detail(self, row: int) -> EventDetail:
        """Attributes and the rest, when they were kept."""
        page, place = self._pages.page_of(row)
        return self._pages.details(page)[place]
