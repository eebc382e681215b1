"""The parts of a flow, for events that no header, or not the whole of it, tells of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from connectome_tui.events.model import CallType, FlowEvent, Trigger, edge_id
from connectome_tui.events.topology import Edge, Node, Topology, Zone, with_resting_edges

ZONE_OF_KIND: Final[Mapping[str, Zone]] = {
    "browser": "FRONTEND",
    "client": "FRONTEND",
    "mobile": "FRONTEND",
    "page": "FRONTEND",
    "player": "FRONTEND",
    "service": "BACKEND",
    "api": "BACKEND",
    "server": "BACKEND",
    "worker": "BACKEND",
    "orchestrator": "BACKEND",
    "unit": "BACKEND",
    "timer": "BACKEND",
    "agent": "AGENTS",
    "chain": "AGENTS",
    "llm": "AGENTS",
    "model": "AGENTS",
    "cache": "GRAPH",
    "database": "GRAPH",
    "db": "GRAPH",
    "graph": "GRAPH",
    "queue": "GRAPH",
    "retriever": "GRAPH",
    "search": "GRAPH",
    "store": "GRAPH",
}
"""Zones by the kind that a node id begins with (SPAN-6); any other kind is EXTERNAL."""


def zone_of(kind: str) -> Zone:
    """The zone of a kind of node."""
    return ZONE_OF_KIND.get(kind, "EXTERNAL")


class TopologyBuilder:
    """Adds to the declared parts whatever the events name besides, in order of first appearance (SPAN-3)."""

    def __init__(self, declared: Topology) -> None:
        self._declared = declared = with_resting_edges(declared)
        self._known = set(declared.edge_by_id) | {edge_id(node.id, node.id) for node in declared.nodes}
        self._nodes: dict[str, None] = {}
        self._steps: dict[str, dict[str, None]] = {}
        self._with_energy: set[str] = set()
        self._styles: dict[tuple[str, str], Counter[tuple[Trigger, CallType]]] = {}

    def add(self, events: Sequence[FlowEvent]) -> None:
        """Take in the next events."""
        ends = dict.fromkeys([(event.from_node_id, event.to_node_id) for event in events])
        if all(edge_id(*pair) in self._known for pair in ends):
            return
        for event in events:
            pair = event.from_node_id, event.to_node_id
            if edge_id(*pair) in self._known:
                continue
            for node_id in pair:
                self._nodes.setdefault(node_id)
            if pair[0] != pair[1]:
                self._styles.setdefault(pair, Counter())[event.trigger, event.call_type] += 1
            elif event.step_key:
                self._steps.setdefault(pair[0], {}).setdefault(event.step_key)
            if event.energy_delta is not None:
                self._with_energy.add(event.to_node_id)

    def build(self) -> Topology:
        """All parts, the declared ones first and as they were declared."""
        declared = self._declared
        nodes = [self._node(node_id) for node_id in self._nodes if node_id not in declared.node_by_id]
        edges = [_edge(pair, styles) for pair, styles in self._styles.items()]
        if not nodes and not edges:
            return declared
        return Topology(nodes=(*declared.nodes, *nodes), edges=(*declared.edges, *edges))

    def _node(self, node_id: str) -> Node:
        kind, colon, name = node_id.partition(":")
        return Node(
            id=node_id,
            title=name or node_id,
            kind=kind if colon else "",
            zone=zone_of(kind if colon else ""),
            steps=tuple(self._steps.get(node_id, ())),
            has_energy=node_id in self._with_energy,
        )


def _edge(pair: tuple[str, str], styles: Counter[tuple[Trigger, CallType]]) -> Edge:
    # A counter keeps the order in which its keys came, and `most_common` is stable: the earliest wins a tie.
    trigger, call_type = styles.most_common(1)[0][0]
    return Edge(from_node_id=pair[0], to_node_id=pair[1], trigger=trigger, call_type=call_type, events=styles.total())
