"""The orders in which the log goes through the ledger: as released, what passes a filter, by time."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf
from typing import Final, Protocol

from connectome_tui.store.entries import is_placeholder
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.state import State

_READ_AT_ONCE: Final = 2000
"""Entries that are put in order of time before keys are served again."""


class Order(Protocol):
    """The entries that the log goes through, by position from 0."""

    def __len__(self) -> int: ...

    def index_at(self, position: int) -> int:
        """The arrival index at a position."""
        ...

    def position_of(self, arrival_index: int) -> int:
        """The position of an entry, or, when it is not among them, of the next one that is."""
        ...


class EveryEntry:
    """The whole ledger, in its order."""

    def __init__(self, ledger: Ledger) -> None:
        self._count = len(ledger)
        self.index_at = ledger.index_at
        self.position_of = ledger.position_of

    def __len__(self) -> int:
        return self._count


class PassingEntries:
    """Entries that pass a filter, ascending."""

    def __init__(self, passing: Sequence[int]) -> None:
        self._passing = passing

    def __len__(self) -> int:
        return len(self._passing)

    def index_at(self, position: int) -> int:
        return self._passing[position]

    def position_of(self, arrival_index: int) -> int:
        return bisect_left(self._passing, arrival_index)


def released_order(state: State) -> Order:
    """The entries that the log shows as of this state, in the order of their release."""
    log_filter = state.view.log_filter
    return EveryEntry(state.ledger) if log_filter is None else PassingEntries(log_filter.passing)


class TimeOrder:
    """Entries by their own time (SPAN-4), session by session; grows with the ledger.

    Two numbers an entry are kept. A long ledger is read in pieces: see `extend`.
    """

    def __init__(self, state: State) -> None:
        self._for = _identity(state)
        self._ledger = state.ledger
        self._times = array("d")
        self._indexes = array("q")
        self._segment_positions = [0]
        self._segment_indexes = [state.ledger.start]
        self.is_waiting = False
        """Whether the next entry is not here yet; a commit tells when it is."""

    def still_holds(self, state: State) -> bool:
        """Whether what was put in order still is what the log shows (the same ledger and filter, perhaps longer)."""
        return self._for == _identity(state) and len(released_order(state)) >= len(self._indexes)

    def extend(self, state: State) -> bool:
        """Put more entries in their places; whether all are. It waits where one is not here yet."""
        self._ledger = state.ledger
        released = released_order(state)
        known = len(self._indexes)
        for position in range(known, min(len(released), known + _READ_AT_ONCE)):
            index = released.index_at(position)
            self.is_waiting = is_placeholder(self._ledger[index].event)
            if self.is_waiting:
                break
            self._add(index)
        return len(self._indexes) == len(released)

    def __len__(self) -> int:
        return len(self._indexes)

    def index_at(self, position: int) -> int:
        return self._indexes[position]

    def position_of(self, arrival_index: int) -> int:
        if not self._ledger.start <= arrival_index < self._ledger.end:
            return len(self._indexes)
        segment = max(0, bisect_right(self._segment_indexes, arrival_index) - 1)
        first = self._segment_positions[segment]
        positions = self._segment_positions
        behind = positions[segment + 1] if segment + 1 < len(positions) else len(self._indexes)
        at_ms = self._time_of(arrival_index)
        left = bisect_left(self._times, at_ms, first, behind)
        right = bisect_right(self._times, at_ms, left, behind)
        return bisect_left(self._indexes, arrival_index, left, right)

    def _add(self, arrival_index: int) -> None:
        at_ms = self._time_of(arrival_index)
        if at_ms == -inf:
            self._segment_positions.append(len(self._indexes))
            self._segment_indexes.append(arrival_index)
        place = bisect_right(self._times, at_ms, self._segment_positions[-1])
        self._times.insert(place, at_ms)
        self._indexes.insert(place, arrival_index)

    def _time_of(self, arrival_index: int) -> float:
        """The time of an entry; a boundary comes before all that it begins."""
        event = self._ledger[arrival_index].event
        return -inf if event.is_boundary else event.at_ms


def ledger_identity(state: State) -> tuple[str, int]:
    """What tells one ledger from another: entries of equal index are equal while this stays (STORE-5).

    In a live session no index is given twice, whatever leaves the ledger; nor in a shared one, until
    its server begins anew.
    """
    lineage: int = getattr(state.ledger, "lineage", 0)  # of a window's ledger, which only windows import
    if lineage:
        return "window", lineage
    if state.live is not None:
        return "live", 0
    return state.ledger.sessions[0].session_id, state.ledger.start


def _identity(state: State) -> tuple[tuple[str, int], str]:
    return ledger_identity(state), state.view.log_filter.text if state.view.log_filter else ""
