"""Postings that forget: where nodes and edges were touched, as far back as the live ledger reaches."""

from array import array
from bisect import bisect_left
from collections.abc import Callable

from connectome_tui.store.entries import EdgeHistory, NodeHistory
from connectome_tui.store.postings import NO_EDGE_HISTORY, NO_NODE_HISTORY, NodePostings, Postings


class LivePostings(Postings):
    """Postings whose oldest part is cut off now and then and goes on as numbers.

    Counts stay those since the session began, and the newest is named although it is cut off.
    """

    __slots__ = ("_gone_edges", "_gone_nodes", "_session_first", "_trimmed_before")

    def __init__(self) -> None:
        super().__init__()
        self._gone_edges: dict[str, EdgeHistory] = {}
        self._gone_nodes: dict[str, NodeHistory] = {}
        self._trimmed_before = 0
        self._session_first = 0

    def begin_session(self, first_index: int) -> None:
        """Counts begin anew with this entry."""
        self._gone_edges.clear()
        self._gone_nodes.clear()
        self._session_first = first_index

    def trim(self, before: int, holds: Callable[[int], bool]) -> None:
        """Forget where entries with smaller indexes were; how many of this session there were is kept.

        Errors that the ledger still `holds` stay known: they are walked one by one.
        """
        first, last = max(self._trimmed_before, self._session_first), before - 1
        for edge_id, edge in self.edges.items():
            seen = edge.history(first, last)
            if seen.newest_index >= 0:
                known = self._gone_edges.get(edge_id, NO_EDGE_HISTORY)
                self._gone_edges[edge_id] = EdgeHistory(
                    known.events + seen.events, known.errors + seen.errors, seen.newest_index
                )
            cut(edge.events, before)
            cut(edge.errors, before)
        for node_id, node in self.nodes.items():
            met = node.history(first, last)
            if met.newest_index >= 0:
                self._gone_nodes[node_id] = _together(
                    self._gone_nodes.get(node_id, NO_NODE_HISTORY), met, met.newest_index
                )
            _cut_node(node, before)
        self.errors = array("q", (index for index in self.errors if index >= before or holds(index)))
        self.units.trim(before)
        self._trimmed_before = before

    def edge(self, edge_id: str, first: int, last: int) -> EdgeHistory:
        """What an edge saw from one entry to another."""
        here = super().edge(edge_id, first, last)
        gone = self._gone_edges.get(edge_id) if first < self._trimmed_before else None
        if gone is None:
            return here
        newest = _newer(here.newest_index, gone.newest_index, last)
        return EdgeHistory(here.events + gone.events, here.errors + gone.errors, newest)

    def node(self, node_id: str, first: int, last: int) -> NodeHistory:
        """What a node saw from one entry to another."""
        here = super().node(node_id, first, last)
        gone = self._gone_nodes.get(node_id) if first < self._trimmed_before else None
        if gone is None:
            return here
        return _together(gone, here, _newer(here.newest_index, gone.newest_index, last))


def _newer(here: int, gone: int, last: int) -> int:
    """The newest of what is here, else of what is gone, unless that came later than asked for."""
    return here if here >= 0 or gone > last else gone


def cut(indexes: "array[int]", before: int) -> None:
    """Take the indexes before this one out."""
    del indexes[: bisect_left(indexes, before)]


def _cut_node(node: NodePostings, before: int) -> None:
    for indexes in (node.arrivals, node.departures, node.errors):
        cut(indexes, before)
    if gone := bisect_left(node.energy_at, before):
        # The sums run on from what is gone; the rest begins at nothing again.
        base = node.energy_sums[gone - 1]
        del node.energy_at[:gone]
        node.energy_sums = array("d", (total - base for total in node.energy_sums[gone:]))


def _together(one: NodeHistory, other: NodeHistory, newest_index: int) -> NodeHistory:
    energies = [energy for energy in (one.energy, other.energy) if energy is not None]
    return NodeHistory(
        one.arrivals + other.arrivals,
        one.departures + other.departures,
        one.errors + other.errors,
        sum(energies) if energies else None,
        newest_index,
    )
