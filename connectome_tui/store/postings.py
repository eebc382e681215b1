"""Where in the ledger each node and edge was touched: sorted arrival indexes, so that any past moment is a bisect."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable

from connectome_tui.events.model import BOUNDARY_LABEL, GAP_LABEL, FlowEvent
from connectome_tui.store.entries import EdgeHistory, NodeHistory
from connectome_tui.store.unit_postings import UnitPostings


def count_between(indexes: "array[int]", first: int, last: int) -> int:
    """How many of these sorted indexes lie in `first <= index <= last`."""
    behind = len(indexes) if not indexes or indexes[-1] <= last else bisect_right(indexes, last)
    before = 0 if not indexes or indexes[0] >= first else bisect_left(indexes, first)
    return max(behind - before, 0)


def newest_between(indexes: "array[int]", first: int, last: int) -> int:
    """The greatest of these sorted indexes in `first <= index <= last`, else -1."""
    if not indexes:
        return -1
    behind = len(indexes) if indexes[-1] <= last else bisect_right(indexes, last)
    newest = indexes[behind - 1] if behind else -1
    return newest if newest >= first else -1


class EdgePostings:
    """The arrival indexes of the events and errors of one edge."""

    __slots__ = ("errors", "events")

    def __init__(self) -> None:
        self.events = array("q")
        self.errors = array("q")

    def history(self, first: int, last: int) -> EdgeHistory:
        """What the edge saw from one entry to another."""
        newest = newest_between(self.events, first, last)
        if newest < 0:
            return NO_EDGE_HISTORY
        errors = count_between(self.errors, first, last) if self.errors else 0
        return EdgeHistory(count_between(self.events, first, last), errors, newest)


class NodePostings:
    """The arrival indexes of what came to a node and left it, and the running sum of its energy."""

    __slots__ = ("arrivals", "departures", "energy_at", "energy_sums", "errors")

    def __init__(self) -> None:
        self.arrivals = array("q")
        self.departures = array("q")
        self.errors = array("q")
        self.energy_at = array("q")
        self.energy_sums = array("d")

    def add_energy(self, index: int, delta: float) -> None:
        """Note that the event of this index brought so much energy."""
        self.energy_at.append(index)
        self.energy_sums.append((self.energy_sums[-1] if self.energy_sums else 0.0) + delta)

    def history(self, first: int, last: int) -> NodeHistory:
        """What the node saw from one entry to another."""
        newest = max(newest_between(self.arrivals, first, last), newest_between(self.departures, first, last))
        if newest < 0:
            return NO_NODE_HISTORY
        return NodeHistory(
            arrivals=count_between(self.arrivals, first, last),
            departures=count_between(self.departures, first, last),
            errors=count_between(self.errors, first, last) if self.errors else 0,
            energy=self._energy(first, last) if self.energy_at else None,
            newest_index=newest,
        )

    def _energy(self, first: int, last: int) -> float | None:
        behind = bisect_right(self.energy_at, last)
        before = bisect_left(self.energy_at, first)
        if behind <= before:
            return None
        return self.energy_sums[behind - 1] - (self.energy_sums[before - 1] if before else 0.0)


_Way = tuple[EdgePostings, NodePostings, Callable[[int], None], Callable[[int], None], Callable[[int], None] | None]
"""Where an event from one node to another is noted: edge, target, and what takes its index there and at the source."""


class Postings:
    """The postings of every node and edge that events have touched so far."""

    __slots__ = ("_ways", "edges", "errors", "nodes", "units")

    def __init__(self) -> None:
        self.edges: dict[str, EdgePostings] = {}
        self.nodes: dict[str, NodePostings] = {}
        self.errors = array("q")
        self.units = UnitPostings()
        self._ways: dict[tuple[str, str], _Way] = {}

    def add(self, index: int, event: FlowEvent) -> None:
        """Note an event; indexes come in rising order. A boundary and a gap touch nothing."""
        self.add_all(index, (event,))

    def add_all(self, first: int, events: Iterable[FlowEvent | None]) -> None:
        """Note events side by side, the first of them of this index; None stands for one that is not there."""
        # Done for every event by servers and by each window: what is looked up by names is looked up once.
        ways, new_way = self._ways, self._new_way
        for index, event in enumerate(events, first):
            if event is None or (event.label == GAP_LABEL and event.is_gap):
                continue
            if event.label == BOUNDARY_LABEL:
                self.units.begin_session()
                continue
            if event.unit_state is not None:
                self.units.add(index, event)
            way = ways.get((event.from_node_id, event.to_node_id)) or new_way(event)
            edge, target, note_event, note_arrival, note_departure = way
            note_event(index)
            note_arrival(index)
            if note_departure is not None:
                note_departure(index)
            if event.energy_delta is not None:
                target.add_energy(index, event.energy_delta)
            if event.status == "error":
                edge.errors.append(index)
                target.errors.append(index)
                self.errors.append(index)

    def edge(self, edge_id: str, first: int, last: int) -> EdgeHistory:
        """What an edge saw from one entry to another."""
        postings = self.edges.get(edge_id)
        return postings.history(first, last) if postings else NO_EDGE_HISTORY

    def node(self, node_id: str, first: int, last: int) -> NodeHistory:
        """What a node saw from one entry to another."""
        postings = self.nodes.get(node_id)
        return postings.history(first, last) if postings else NO_NODE_HISTORY

    def _new_way(self, event: FlowEvent) -> _Way:
        """Edges and nodes stay the same objects, and so do their arrays of events, arrivals and departures."""
        source_id, target_id = event.from_node_id, event.to_node_id
        edge = self.edges.setdefault(event.edge_id, EdgePostings())
        target = self.nodes.setdefault(target_id, NodePostings())
        note_departure = None
        if source_id != target_id:
            note_departure = self.nodes.setdefault(source_id, NodePostings()).departures.append
        way = edge, target, edge.events.append, target.arrivals.append, note_departure
        self._ways[source_id, target_id] = way
        return way


NO_EDGE_HISTORY = EdgeHistory()
NO_NODE_HISTORY = NodeHistory()
