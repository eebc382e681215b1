"""Columns: zones are bands, edges inside a zone lead to the right."""

from connectome_tui.events.topology import ZONES
from connectome_tui.graph.columns import ranks_in_zones, spread_columns
from connectome_tui.graph.folding import fold
from connectome_tui.graph.plan import make_plan
from tests.unit.graph.topologies import SHOP, make_topology


def test_ranks_follow_the_longest_path_inside_a_zone() -> None:
    """GRAPH.md 1: a part stands behind everything that leads to it, and edges to other zones do not count."""
    parts = fold(make_topology(["B:a", "B:b", "B:c", "G:d"], ["a>b", "b>c", "a>c", "a>d"]))
    assert ranks_in_zones(parts) == [0, 1, 2, 0]


def test_edges_that_lead_back_are_ignored() -> None:
    """GRAPH.md 1: a circle is entered at its first part, in input order."""
    parts = fold(make_topology(["B:a", "B:b", "B:c"], ["a>b", "b>c", "c>a"]))
    assert ranks_in_zones(parts) == [0, 1, 2]


def test_zones_stand_in_their_order() -> None:
    """SPAN-6: the bands come in the order of the zones, whatever the order of the nodes."""
    parts = fold(make_topology(["E:e", "G:g", "A:a", "B:b", "F:f"]))
    columns = spread_columns(parts, ranks_in_zones(parts), 4)
    assert [band.zone for band in columns.bands] == list(ZONES)
    assert columns.of_part == (0, 1, 2, 3, 4)


def test_a_zone_gets_no_more_columns_than_allowed() -> None:
    """GRAPH.md 1: what would stand further right shares the last column."""
    parts = fold(make_topology(["B:a", "B:b", "B:c", "G:d"], ["a>b", "b>c"]))
    columns = spread_columns(parts, ranks_in_zones(parts), 2)
    assert columns.of_part == (0, 1, 1, 2)
    assert columns.count == 3


def test_the_shop_gets_four_columns_of_services() -> None:
    """SCREENS "Levels of detail": the shop's shape is best with four columns in BACKEND."""
    bands = make_plan(fold(SHOP)).structure.columns.bands
    assert [(band.zone, band.last - band.first + 1) for band in bands] == [("BACKEND", 4), ("GRAPH", 1)]


def test_a_very_long_chain_does_not_recurse() -> None:
    """Bad input: ranks of a chain of 50,000 parts are found without a deep stack."""
    names = [f"p{at}" for at in range(50_000)]
    topology = make_topology([f"B:{name}" for name in names])
    parts = fold(topology)
    assert ranks_in_zones(parts) == [0] * len(parts.parts)
