"""Where in the ledger each node and edge was touched: sorted arrival indexes, so that any past moment is a bisect."""

from array import array
from bisect import bisect_left, bisect_right

from connectome_tui.events.model import FlowEvent
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


class Postings:
    """The postings of every node and edge that events have touched so far."""

    __slots__ = ("edges", "errors", "nodes", "units")

    def __init__(self) -> None:
        self.edges: dict[str, EdgePostings] = {}
        self.nodes: dict[str, NodePostings] = {}
        self.errors = array("q")
        self.units = UnitPostings()

    def add(self, index: int, event: FlowEvent) -> None:
        """Note an event; indexes come in rising order. A boundary touches nothing."""
        if event.is_boundary:
            self.units.begin_session()
            return
        if event.unit_state is not None:
            self.units.add(index, event)
        edge = self.edges.get(edge_id := event.edge_id)
        if edge is None:
            edge = self.edges[edge_id] = EdgePostings()
        edge.events.append(index)
        target = self._node(event.to_node_id)
        target.arrivals.append(index)
        if event.from_node_id != event.to_node_id:
            self._node(event.from_node_id).departures.append(index)
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

    def _node(self, node_id: str) -> NodePostings:
        postings = self.nodes.get(node_id)
        if postings is None:
            postings = self.nodes[node_id] = NodePostings()
        return postings


NO_EDGE_HISTORY = EdgeHistory()
NO_NODE_HISTORY = NodeHistory()
