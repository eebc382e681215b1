"""Why an event happened: the chain of its parents (EVENT-9), read from the recording."""

from typing import Final

from connectome_tui.events.flow import EventSequence
from connectome_tui.store.state import Cause

MAX_CAUSES: Final = 16
"""So many parents are named, the nearest ones."""
MAX_REMEMBERED: Final = 4096


class CauseChain:
    """Finds the parents of rows. Parents are remembered, so that a deep trace is not decoded anew at each step."""

    def __init__(self, events: EventSequence) -> None:
        self._events = events
        self._known: dict[int, tuple[str, str, int | None]] = {}

    def causes(self, row: int, first_index: int) -> tuple[Cause, ...]:
        """The nearest parents of a row, root first; `first_index` is the ledger's index of row 0.

        A parent that stands behind its child was not released before it: there the chain begins.
        """
        chain: list[Cause] = []
        child, parent = row, self._events.parent_row(row)
        while parent is not None and parent < child and len(chain) < MAX_CAUSES:
            node_id, label, above = self._place(parent)
            chain.append(Cause(first_index + parent, node_id, label))
            child, parent = parent, above
        chain.reverse()
        return tuple(chain)

    def _place(self, row: int) -> tuple[str, str, int | None]:
        place = self._known.get(row)
        if place is None:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            event = self._events[row]
            place = self._known[row] = (event.to_node_id, event.label, self._events.parent_row(row))
        return place
