"""How every edge, node and unit stood at an entry: what a window cannot count itself, because it came late."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Protocol

import msgspec

from connectome_tui.events.model import edge_id
from connectome_tui.events.topology import Topology
from connectome_tui.store.deltas import PageEntry, Standing
from connectome_tui.store.entries import EdgeHistory, Ledger, NodeHistory, UnitCounts, UnitStanding
from connectome_tui.store.ledger import LedgerView
from connectome_tui.store.live_ledger import LiveLedgerView

MOST_ENTRIES: Final = 256
"""So many of the entries that the graph draws go with a standing; others are read as pages."""


class _Histories(Protocol):
    """The part of a ledger that is read here."""

    def edge_history(self, edge_id: str, upto: int) -> EdgeHistory: ...

    def node_history(self, node_id: str, upto: int) -> NodeHistory: ...

    def unit_standing(self, node_id: str, upto: int) -> UnitStanding | None: ...

    def unit_counts(self, upto: int) -> UnitCounts: ...


class _AllLeft:
    """What was counted in a live ledger that all entries have left."""

    def __init__(self, ledger: LiveLedgerView) -> None:
        self._postings = ledger.ledger.postings
        self._first = ledger.sessions[-1].first_index

    def edge_history(self, edge_id: str, upto: int) -> EdgeHistory:
        return replace(self._postings.edge(edge_id, self._first, upto), newest_index=-1)

    def node_history(self, node_id: str, upto: int) -> NodeHistory:
        return self._postings.node(node_id, self._first, upto)

    def unit_standing(self, node_id: str, upto: int) -> UnitStanding | None:
        return self._postings.units.standing(node_id, self._first, upto)

    def unit_counts(self, upto: int) -> UnitCounts:
        return self._postings.units.counts(self._first, upto)


def standing_at_end(ledger: Ledger, topology: Topology) -> Standing | None:
    """How everything stands now; None before the first entry."""
    if len(ledger):
        return standing_of(ledger, topology, ledger.end - 1)
    if not isinstance(ledger, LiveLedgerView):
        return None
    return _standing(_AllLeft(ledger), topology, ledger.end - 1, _run_node(ledger))


def standing_of(ledger: Ledger, topology: Topology, index: int) -> Standing:
    """What all parts had seen up to an entry that the ledger holds, itself included."""
    return _standing(ledger, topology, index, _run_node(ledger))


def _run_node(ledger: Ledger) -> str:
    if isinstance(ledger, LedgerView):
        return ledger.buffer.postings.units.run_node
    return ledger.ledger.postings.units.run_node if isinstance(ledger, LiveLedgerView) else ""


def _standing(ledger: _Histories, topology: Topology, index: int, run_node: str) -> Standing:
    edges: dict[str, EdgeHistory] = {}
    nodes: dict[str, NodeHistory] = {}
    units: dict[str, UnitStanding] = {}
    loops = (edge_id(node.id, node.id) for node in topology.nodes)
    for name in (*topology.edge_by_id, *loops):
        seen = ledger.edge_history(name, index)
        if seen.events:
            edges[name] = seen
    for node in topology.nodes:
        met = ledger.node_history(node.id, index)
        if met.arrivals or met.departures:
            nodes[node.id] = met
        standing = ledger.unit_standing(node.id, index)
        if standing is not None:
            units[node.id] = standing
    return Standing(
        index=index,
        edges=edges,
        nodes=nodes,
        units=units,
        counts=ledger.unit_counts(index),
        run_node=run_node,
    )


def with_entries(standing: Standing, entries: Iterable[PageEntry]) -> Standing:
    """The standing with entries that go with it."""
    return msgspec.structs.replace(standing, entries=tuple(entries))


def drawn_entries(ledger: Ledger, standing: Standing) -> list[int]:
    """The entries that the graph reads: the one that stands there, the one before, the newest on each edge."""
    index = standing.index
    newest = {seen.newest_index for seen in standing.edges.values() if seen.newest_index >= 0}
    near = [at for at in (index - 1, index) if ledger.holds(at)]
    return sorted({*near, *sorted(newest, reverse=True)[:MOST_ENTRIES]})
