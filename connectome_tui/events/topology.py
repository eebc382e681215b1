"""The parts of a flow and the ways between them (SPAN-3, SPAN-6)."""

from functools import cached_property
from typing import Final, Literal, get_args

import msgspec

from connectome_tui.events.model import CallType, Trigger, edge_id

Zone = Literal["FRONTEND", "BACKEND", "AGENTS", "GRAPH", "EXTERNAL"]
ZONES: Final[tuple[Zone, ...]] = get_args(Zone)
"""All zones, in the order in which the graph draws them from left to right."""


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the system: a service, a store, an agent, a tool, …

    `id` is `kind:name`. `detail` is one short subdued line (a language, an address). `steps` are the
    names of the steps inside the node, in order of first appearance. `has_energy`: some event of the
    flow gives it energy, so that its card keeps a row for it (GRAPH-4) and never grows while stepping.
    `column`: in which column of its zone it stands, from 0, where the source says so (the level of a
    unit, RUN-5); such a node has a state. `after`: the nodes that it comes after, from each of which an
    edge leads to it whether or not an event travels there.
    """

    id: str
    title: str
    kind: str
    zone: Zone
    detail: str = ""
    steps: tuple[str, ...] = ()
    has_energy: bool = False
    column: int | None = None
    after: tuple[str, ...] = ()


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A way from one node to another; one for each ordered pair.

    `trigger` and `call_type` are those that most of its events have (the earliest wins a tie): they
    style the edge at rest. A lit edge takes the style of the event that lit it. `events` counts the
    events that travel it. Steps inside a node are no edges.
    """

    from_node_id: str
    to_node_id: str
    trigger: Trigger = "direct"
    call_type: CallType = "code"
    events: int = 0

    @property
    def id(self) -> str:
        """`from→to`, as `FlowEvent.edge_id`."""
        return edge_id(self.from_node_id, self.to_node_id)


class Topology(msgspec.Struct, frozen=True, dict=True):
    """All nodes and edges that a flow touches, in order of first appearance; fixed for a flow (GRAPH-3)."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    @cached_property
    def node_by_id(self) -> dict[str, Node]:
        """Nodes by their id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def edge_by_id(self) -> dict[str, Edge]:
        """Edges by their id."""
        return {edge.id: edge for edge in self.edges}

    @cached_property
    def unit_ids(self) -> tuple[str, ...]:
        """The units of an orchestration run (RUN-6); none for any other flow."""
        return tuple(node.id for node in self.nodes if node.kind == "unit" and node.column is not None)

    def title(self, node_id: str) -> str:
        """The title of a node; for one that is not in the topology, the name in its id."""
        node = self.node_by_id.get(node_id)
        return node.title if node else node_id.partition(":")[2] or node_id


def with_resting_edges(topology: Topology) -> Topology:
    """The topology with the edges that are there before any event travels them (`Node.after`).

    These have one style, whatever travels them: what is dashed would tell the story ahead.
    """
    known = topology.edge_by_id
    resting: dict[str, Edge] = {}
    for node in topology.nodes:
        for source in node.after:
            if source in topology.node_by_id and source != node.id:
                travelled = known.get(edge_id(source, node.id))
                edge = Edge(from_node_id=source, to_node_id=node.id, events=travelled.events if travelled else 0)
                resting[edge.id] = edge
    if all(known.get(name) == edge for name, edge in resting.items()):
        return topology
    kept = [resting.pop(edge.id, edge) for edge in topology.edges]
    return Topology(topology.nodes, (*kept, *resting.values()))
