"""From a topology to what is drawn: large flows are folded first, at linear cost, so that layout stays small.

From 100 nodes on the busiest nodes keep a card of their own and the rest of each zone becomes one card,
`BACKEND +12`, with edges labelled `×N`; zoomed out, every zone is one card. Nothing is lost: each node
and each edge of the topology is shown by some card and, unless both its ends share a card, some edge.
"""

from collections.abc import Iterable
from typing import Final

from connectome_tui.events.topology import ZONES, Edge, Node, Topology, Zone
from connectome_tui.graph.parts import Part, Parts, Way

FOLD_FROM: Final = 100
"""Topologies of this many nodes are folded."""
MOST_CARDS: Final = 48
"""Cards of single nodes that are left after folding."""
MOST_WAYS: Final = 240
"""Drawn edges above which more is folded, whatever the number of nodes."""
FEWEST_CARDS: Final = 6
FOLD_ID: Final = "fold:"


def fold(topology: Topology, *, open_zone: Zone | None = None) -> Parts:
    """What to draw of a flow. `open_zone` is unfolded as far as there is room, at the cost of the others."""
    nodes = _all_nodes(topology)
    edges = [edge for edge in topology.edges if edge.from_node_id != edge.to_node_id]
    keep = len(nodes) if len(nodes) < FOLD_FROM else MOST_CARDS
    if keep == len(nodes) and len(edges) <= MOST_WAYS:
        return _parts(nodes, edges, {node.id for node in nodes})
    busiest = _by_traffic(nodes, edges, open_zone)
    while True:
        parts = _parts(nodes, edges, {node.id for node in busiest[:keep]})
        if len(parts.ways) <= MOST_WAYS or keep <= FEWEST_CARDS:
            return parts
        keep = max(FEWEST_CARDS, min(keep - 1, keep * 2 // 3))


def fold_zones(topology: Topology) -> Parts:
    """The overview: one card for each zone."""
    edges = [edge for edge in topology.edges if edge.from_node_id != edge.to_node_id]
    return _parts(_all_nodes(topology), edges, set())


def is_fold(part_id: str) -> bool:
    """Whether a card stands for several nodes."""
    return part_id.startswith(FOLD_ID)


def _all_nodes(topology: Topology) -> list[Node]:
    """The nodes, and one for every end of an edge that the topology does not describe."""
    known = topology.node_by_id
    stray: dict[str, Node] = {}
    for edge in topology.edges:
        for node_id in (edge.from_node_id, edge.to_node_id):
            if node_id not in known and node_id not in stray:
                kind, _, name = node_id.rpartition(":")
                stray[node_id] = Node(id=node_id, title=name or node_id, kind=kind or "?", zone="EXTERNAL")
    return [*topology.nodes, *stray.values()]


def _by_traffic(nodes: list[Node], edges: Iterable[Edge], open_zone: Zone | None) -> list[Node]:
    """The nodes, those with the most events first, ties in order of first appearance."""
    traffic = dict.fromkeys((node.id for node in nodes), 0)
    for edge in edges:
        traffic[edge.from_node_id] += 1 + edge.events
        traffic[edge.to_node_id] += 1 + edge.events
    return sorted(nodes, key=lambda node: (node.zone != open_zone, -traffic[node.id]))


def _parts(nodes: list[Node], edges: list[Edge], own_card: set[str]) -> Parts:
    """Cards for the nodes in `own_card`, one card more for the rest of each zone; of a run, for that of each level."""
    parts: list[Part] = []
    part_of: dict[str, int] = {}
    by_zone: dict[Zone, list[Node]] = {zone: [] for zone in ZONES}
    for node in nodes:
        by_zone[node.zone].append(node)
    for zone, inside in by_zone.items():
        alone = [node for node in inside if node.id in own_card]
        for node in alone:
            part_of[node.id] = len(parts)
            parts.append(_part(node))
        rest: dict[int | None, list[str]] = {}
        for node in inside:
            if node.id not in own_card:
                rest.setdefault(node.column, []).append(node.id)
        for column, members in rest.items():
            part_of.update(dict.fromkeys(members, len(parts)))
            parts.append(_folded(zone, column, tuple(members), alone))
    ways, way_of = _ways(edges, parts, part_of)
    return Parts(tuple(parts), ways, part_of, way_of)


def _folded(zone: Zone, column: int | None, members: tuple[str, ...], alone: list[Node]) -> Part:
    count = len(members)
    if column is None:
        title = f"{zone} +{count}" if alone else f"{zone} {count}"
        return Part(f"{FOLD_ID}{zone}", title, zone, folded=count, members=members)
    title = f"+{count} units" if any(node.column == column for node in alone) else f"{count} units"
    part_id = f"{FOLD_ID}{zone}:{column}"
    return Part(part_id, title, zone, folded=count, members=members, column=column, has_state=True)


def _part(node: Node) -> Part:
    return Part(
        node.id,
        node.title,
        node.zone,
        node.detail,
        node.steps,
        node.has_energy,
        members=(node.id,),
        column=node.column,
        has_state=node.column is not None,
    )


def _ways(edges: list[Edge], parts: list[Part], part_of: dict[str, int]) -> tuple[tuple[Way, ...], dict[str, int]]:
    """One way for each ordered pair of cards; a bundle has the style of its first edge."""
    bundles: dict[tuple[int, int], list[Edge]] = {}
    for edge in edges:
        source, target = part_of[edge.from_node_id], part_of[edge.to_node_id]
        if source != target:
            bundles.setdefault((source, target), []).append(edge)
    ways: list[Way] = []
    way_of: dict[str, int] = {}
    for (source, target), bundle in bundles.items():
        ids = tuple(edge.id for edge in bundle)
        way_of.update(dict.fromkeys(ids, len(ways)))
        way_id = ids[0] if len(ids) == 1 else f"{parts[source].id}→{parts[target].id}"
        ways.append(Way(way_id, source, target, bundle[0].trigger, bundle[0].call_type, ids))
    return tuple(ways), way_of
