"""Parents, children and detail of entries, as pages told them; a window cannot find them out by itself."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.deltas import PageEntry

KEPT_RELATIONS: Final = 16_384
"""Of so many entries what pages told stays here, those that were read last."""


class Relations:
    """What is known of one entry; `known_to` is the entry up to which children and parent were looked for."""

    __slots__ = ("children", "detail", "known_to", "parent")

    def __init__(self, index: int) -> None:
        self.parent: int | None = None
        self.children: set[int] = set()
        self.detail: EventDetail | None = None
        self.known_to = index + 1

    def go_on(self, event: FlowEvent, newer: Iterable[tuple[int, FlowEvent]], to: int) -> None:
        """Look at what was released since, up to `to`."""
        parent_id = event.parent_event_id
        for index, other in newer:
            if other.parent_event_id == event.id:
                self.children.add(index)
            if self.parent is None and parent_id is not None and other.id == parent_id:
                self.parent = index
        self.known_to = max(self.known_to, to)


class KnownRelations:
    """The relations that came with pages."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Relations] = OrderedDict()

    def note(self, entry: PageEntry) -> None:
        """Take over what came with an entry."""
        known = self._known.get(entry.index)
        if known is None:
            known = self._known[entry.index] = Relations(entry.index)
            if len(self._known) > KEPT_RELATIONS:
                self._known.popitem(last=False)
        known.parent = entry.parent if entry.parent is not None else known.parent
        known.children.update(entry.children)
        known.detail = entry.detail or known.detail

    def know_from(self, index: int, end: int) -> None:
        """All of an entry's relations before `end` are known."""
        known = self._known.get(index)
        if known is not None:
            known.known_to = max(known.known_to, end)

    def get(self, index: int) -> Relations | None:
        """What is known of an entry; None when no page told."""
        known = self._known.get(index)
        if known is not None:
            self._known.move_to_end(index)
        return known
