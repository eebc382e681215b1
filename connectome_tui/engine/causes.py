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
        self._known: dict[int, tuple[Cause, int | None]] = {}
        self._known_for = 0

    def causes(self, row: int, first_index: int) -> tuple[Cause, ...]:
        """The nearest parents of a row, root first; `first_index` is the ledger's index of row 0.

        A parent that stands behind its child was not released before it: there the chain begins.
        """
        if first_index != self._known_for or len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
            self._known_for = first_index
        chain: list[Cause] = []
        child, parent = row, self._events.parent_row(row)
        while parent is not None and parent < child and len(chain) < MAX_CAUSES:
            cause, above = self._known.get(parent) or self._look_up(parent)
            chain.append(cause)
            child, parent = parent, above
        chain.reverse()
        return tuple(chain)

    def _look_up(self, row: int) -> tuple[Cause, int | None]:
        """A row as a cause, and the row above it."""
        event = self._events[row]
        cause = Cause(self._known_for + row, event.to_node_id, event.label)
        found = self._known[row] = cause, self._events.parent_row(row)
        return found
