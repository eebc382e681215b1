"""Large flows are folded before they are laid out, and nothing gets lost by it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.events.topology import ZONES, Edge, Node, Topology, Zone
from connectome_tui.graph.folding import FOLD_FROM, MOST_CARDS, MOST_WAYS, fold, fold_zones, is_fold
from connectome_tui.graph.picture import lay_out
from tests.unit.graph.topologies import SHOP, make_topology, topologies


def many(count: int, edges: int = 0) -> Topology:
    """`count` nodes over all zones, each of the first ones linked to the one after the next."""
    nodes = tuple(Node(id=f"n:{at}", title=f"n{at}", kind="n", zone=ZONES[at % 5]) for at in range(count))
    links = tuple(Edge(from_node_id=f"n:{at}", to_node_id=f"n:{at + 2}", events=1) for at in range(edges))
    return Topology(nodes, links)


def test_small_flows_are_not_folded() -> None:
    """GRAPH.md "By size": below 100 nodes every node has a card."""
    assert len(fold(many(FOLD_FROM - 1)).parts) == FOLD_FROM - 1
    assert [part.folded for part in fold(SHOP).parts] == [0] * 8


def test_large_flows_keep_the_busiest_nodes() -> None:
    """GRAPH.md "By size": from 100 nodes on the rest of each zone is one card with its number."""
    parts = fold(many(400, edges=20))
    alone = [part for part in parts.parts if not part.folded]
    folds = [part for part in parts.parts if part.folded]
    assert len(alone) == MOST_CARDS
    assert {f"n:{at}" for at in range(22)} <= {part.id for part in alone}
    assert [part.zone for part in folds] == list(ZONES)
    assert all(is_fold(part.id) and part.title == f"{part.zone} +{part.folded}" for part in folds)


@settings(max_examples=60, deadline=None)
@given(topologies(most_nodes=30), st.sampled_from([None, *ZONES]))
def test_every_node_and_edge_is_shown_by_something(topology: Topology, zone: Zone | None) -> None:
    """GRAPH-3: each node has a card, each edge a way, unless both its ends share a card."""
    for parts in (fold(topology, open_zone=zone), fold_zones(topology)):
        for node in topology.nodes:
            assert node.id in parts.parts[parts.part_of[node.id]].members
        for edge in topology.edges:
            ends = parts.part_of[edge.from_node_id], parts.part_of[edge.to_node_id]
            if ends[0] != ends[1]:
                way = parts.ways[parts.way_of[edge.id]]
                assert (way.source, way.target) == ends
                assert edge.id in way.members


def test_an_opened_zone_is_unfolded_first() -> None:
    """GRAPH.md "By size": a zone is opened on demand, at the cost of the others."""
    parts = fold(many(200), open_zone="AGENTS")
    assert sum(part.zone == "AGENTS" and not part.folded for part in parts.parts) == 40


def test_the_overview_has_one_card_for_each_zone() -> None:
    """GRAPH.md 9: beyond the lowest level zones are one card, with `×N` at their edges."""
    parts = fold_zones(SHOP)
    assert [part.title for part in parts.parts] == ["BACKEND 6", "GRAPH 2"]
    assert [(way.source, way.target, way.bundle) for way in parts.ways] == [(0, 1, "×5")]


def test_edges_of_nodes_that_are_not_described_are_kept() -> None:
    """EVENT-3: an edge to a node that the topology does not list leads to a card named after its id."""
    parts = fold(make_topology(["B:api"], ["api>elsewhere"]))
    assert [part.title for part in parts.parts] == ["api", "elsewhere"]
    assert len(parts.ways) == 1


def test_many_edges_between_few_nodes_are_folded_too() -> None:
    """Bad input: the number of drawn edges is bounded whatever a flow holds."""
    nodes = many(60).nodes
    edges = tuple(Edge(from_node_id=a.id, to_node_id=b.id, events=1) for a in nodes for b in nodes if a is not b)
    parts = fold(Topology(nodes, edges))
    assert len(parts.ways) <= MOST_WAYS
    assert set(parts.part_of) == {node.id for node in nodes}


def test_a_hundred_thousand_nodes_are_laid_out() -> None:
    """Bad input: a flow of 100,000 nodes becomes a small picture."""
    picture = lay_out(many(100_000, edges=1_000), (120, 20))
    assert len(picture.cards) <= MOST_CARDS + len(ZONES)
    assert sum(max(1, card.part.folded) for card in picture.cards) == 100_000
