"""Rows of cards, lanes and ports; and the repair of doglegs."""

import itertools

from hypothesis import given, settings

from connectome_tui.events.topology import Topology
from connectome_tui.graph.detail_levels import Level, Spacing, face_of
from connectome_tui.graph.folding import fold
from connectome_tui.graph.gutters import find_gutters
from connectome_tui.graph.layout import arrange
from connectome_tui.graph.mending import mend_doglegs
from connectome_tui.graph.nets import LEFT, RIGHT
from connectome_tui.graph.plan import make_plan
from connectome_tui.graph.rows import Sizes, find_rows, least_rows
from tests.unit.graph.topologies import make_topology, topologies


@settings(max_examples=60, deadline=None)
@given(topologies())
def test_rows_keep_order_distance_and_ports(topology: Topology) -> None:
    """GRAPH.md 4, 5: items stand in their order with their gaps; every port has a row of its own inside its card."""
    structure = make_plan(fold(topology)).structure
    sizes = Sizes(tuple(3 for _ in structure.parts.parts), frame=1, gap=1)
    rows = find_rows(structure, sizes)
    for column in structure.order:
        for above, below in itertools.pairwise(column):
            both_cards = structure.is_card(above) and structure.is_card(below)
            assert rows.top[above] + rows.height[above] + (1 if both_cards else 0) <= rows.top[below]
    for item in range(structure.item_count):
        frame = 1 if structure.is_card(item) else 0
        for side in (LEFT, RIGHT):
            ports = list(rows.port[item][side].values())
            assert len(set(ports)) == len(ports)
            assert all(rows.top[item] + frame <= row < rows.top[item] + rows.height[item] - frame for row in ports)


@settings(max_examples=60, deadline=None)
@given(topologies())
def test_a_drawing_is_squeezed_into_the_rows_there_are(topology: Topology) -> None:
    """GRAPH.md 4: as many rows as the fullest column has are enough."""
    structure = make_plan(fold(topology)).structure
    sizes = Sizes(tuple(1 for _ in structure.parts.parts), frame=0, gap=1)
    least = least_rows(structure, sizes)
    assert find_rows(structure, sizes, most=least).total == least


def test_a_straight_chain_is_one_straight_line() -> None:
    """GRAPH.md 4: cards are pulled towards their neighbours' ports."""
    structure = make_plan(fold(make_topology(["F:a", "B:b", "A:c", "G:d"], ["a>b", "b>c", "c>d"]))).structure
    rows = find_rows(structure, Sizes((3, 3, 3, 3), frame=1, gap=0))
    assert {row for ports in rows.port for side in ports for row in side.values()} == {1}


@settings(max_examples=60, deadline=None)
@given(topologies())
def test_mending_leaves_no_more_doglegs(topology: Topology) -> None:
    """GRAPH.md 6: a repair never makes it worse, and never moves anything off the drawing."""
    structure = make_plan(fold(topology)).structure
    faces = [face_of(part, Level.CHIP, Spacing()) for part in structure.parts.parts]
    rows = find_rows(structure, Sizes(tuple(face.height for face in faces), frame=0, gap=1))
    most = rows.total + 1
    before = find_gutters(structure, rows)
    after = mend_doglegs(structure, rows, before, 1, most)
    assert sum(gutter.doglegs for gutter in after) <= sum(gutter.doglegs for gutter in before)
    assert min(rows.top) >= 0
    assert rows.total <= most
    assert [gutter.trunks for gutter in find_gutters(structure, rows, after)] == [gutter.trunks for gutter in after]


def test_a_needless_dogleg_is_mended() -> None:
    """GRAPH.md 6: two nets that would swap rows are drawn without a dogleg where something can give way."""
    topology = make_topology(["A:a", "A:b", "F:c", "G:d", "B:e", "F:f"], ["a>f", "b>a", "b>d", "c>d", "e>a", "e>b"])
    structure = make_plan(fold(topology)).structure
    faces = [face_of(part, Level.CHIP, Spacing()) for part in structure.parts.parts]
    rows = find_rows(structure, Sizes(tuple(face.height for face in faces), frame=0, gap=1))
    assert sum(gutter.doglegs for gutter in find_gutters(structure, rows)) == 1
    assert sum(gutter.doglegs for gutter in arrange(structure, faces, Level.CHIP).gutters) == 0
