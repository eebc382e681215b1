"""Where the units of orchestration runs changed their states (RUN-6), so that any past moment is a bisect."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from connectome_tui.events.model import FlowEvent, UnitState
from connectome_tui.store.entries import NO_UNITS, UnitCounts, UnitStanding

_COUNTED = UnitCounts._fields


class UnitPostings:
    """The standings of every unit, and after each change how many units there were in each state.

    A run that begins makes all units pending again: what they were before does not count any more.
    """

    __slots__ = ("_begins", "_changes", "_counts", "_indexes", "_now", "_run_node", "_standings")

    def __init__(self) -> None:
        self._indexes: dict[str, array[int]] = {}
        self._standings: dict[str, list[UnitStanding]] = {}
        self._begins = array("q")
        self._changes = array("q")
        self._counts: list[UnitCounts] = []
        self._now: dict[str, UnitState] = {}
        self._run_node = ""

    @property
    def run_node(self) -> str:
        """The node of the newest run; empty before one began."""
        return self._run_node

    def begin_session(self) -> None:
        """All units are pending again."""
        self._now.clear()

    def begin_at(self, index: int, standings: Mapping[str, UnitStanding], counts: UnitCounts, run_node: str) -> None:
        """Go on from how everything stood at an entry; nothing is known of what was before."""
        for node_id, standing in standings.items():
            self._indexes[node_id] = array("q", [standing.index])
            self._standings[node_id] = [standing]
        self._now = {node_id: known.state for node_id, known in standings.items() if node_id != run_node}
        self._run_node = run_node
        self._count(index, counts)

    def add(self, index: int, event: FlowEvent) -> None:
        """Note an event that leaves a unit, or the run itself, in a state."""
        state, node_id = event.unit_state, event.to_node_id
        assert state is not None, "the event tells no state"
        if state == "running":
            self._begins.append(index)
            self._run_node = node_id
            self._now.clear()
            self._count(index, NO_UNITS)
        elif node_id != self._run_node:
            before = self._counts[-1] if self._now else NO_UNITS
            self._count(index, _moved(before, self._now.get(node_id), state))
            self._now[node_id] = state
        self._indexes.setdefault(node_id, array("q")).append(index)
        self._standings.setdefault(node_id, []).append(UnitStanding(state, event.unit_detail or "", index))

    def standing(self, node_id: str, first: int, last: int) -> UnitStanding | None:
        """How a node stands at entry `last`; None while no event since `first`, or since the run began, told."""
        indexes = self._indexes.get(node_id)
        place = bisect_right(indexes, last) if indexes else 0
        if not indexes or not place:
            return None
        return self._standings[node_id][place - 1] if indexes[place - 1] >= self._first(first, last) else None

    def counts(self, first: int, last: int) -> UnitCounts:
        """How many units stand in each state at entry `last`."""
        place = bisect_right(self._changes, last)
        return self._counts[place - 1] if place and self._changes[place - 1] >= first else NO_UNITS

    def trim(self, before: int) -> None:
        """Forget what was before this entry, but for how everything stood then."""
        for node_id, indexes in self._indexes.items():
            gone = max(0, bisect_left(indexes, before) - 1)
            del indexes[:gone], self._standings[node_id][:gone]
        gone = max(0, bisect_left(self._changes, before) - 1)
        del self._changes[:gone], self._counts[:gone]
        del self._begins[: max(0, bisect_left(self._begins, before) - 1)]

    def _first(self, first: int, last: int) -> int:
        place = bisect_right(self._begins, last)
        return max(first, self._begins[place - 1]) if place else first

    def _count(self, index: int, counts: UnitCounts) -> None:
        self._changes.append(index)
        self._counts.append(counts)


def _moved(counts: UnitCounts, old: UnitState | None, new: UnitState) -> UnitCounts:
    """The counts when one unit goes from a state to another; pending ones are not counted."""
    values = list(counts)
    for state, change in ((old, -1), (new, 1)):
        if state in _COUNTED:
            values[_COUNTED.index(state)] += change
    return UnitCounts(*values)
