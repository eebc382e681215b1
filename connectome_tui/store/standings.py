"""How every edge, node and unit stood at an entry: what a window cannot count itself, because it came late."""

from collections.abc import Iterable
from typing import Final

import msgspec

from connectome_tui.events.model import edge_id
from connectome_tui.events.topology import Topology
from connectome_tui.store.deltas import PageEntry, Standing
from connectome_tui.store.entries import EdgeHistory, Ledger, NodeHistory, UnitStanding

MOST_ENTRIES: Final = 256
"""So many of the entries that the graph draws go with a standing; others are read as pages."""


def standing_of(ledger: Ledger, topology: Topology, index: int) -> Standing:
    """What all parts had seen up to an entry of the ledger, itself included."""
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
    runs = [node.id for node in topology.nodes if node.kind == "orchestrator" and node.id in units]
    return Standing(
        index=index,
        edges=edges,
        nodes=nodes,
        units=units,
        counts=ledger.unit_counts(index),
        run_node=max(runs, key=lambda name: units[name].index, default=""),
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
