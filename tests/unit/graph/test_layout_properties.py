"""What must hold for the layout of every topology (GRAPH-3)."""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import pairwise
from operator import or_

from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.events.topology import Topology
from connectome_tui.graph.detail_levels import Level
from connectome_tui.graph.line_map import HORIZONTAL, VERTICAL
from connectome_tui.graph.nets import RIGHT
from connectome_tui.graph.picture import Card, Picture, lay_out
from connectome_tui.graph.routes import Point, Route
from tests.unit.graph.topologies import topologies

SIZES = st.sampled_from([(80, 11), (120, 20), (140, 29), (40, 5)])
LEVELS = st.sampled_from([None, Level.CHIP, Level.TITLE, Level.DETAIL, Level.STEPS])


def cells_of(route: Route) -> Iterator[Point]:
    """The cells of a route from its source on; corners come twice."""
    for (x1, y1), (x2, y2) in route.stretches:
        if y1 == y2:
            yield from ((x, y1) for x in range(x1, x2 + (1 if x2 >= x1 else -1), 1 if x2 >= x1 else -1))
        else:
            yield from ((x1, y) for y in range(y1, y2 + (1 if y2 >= y1 else -1), 1 if y2 >= y1 else -1))


def beside(card: Card, side: int) -> int:
    """The column of cells beside a card."""
    return card.x + card.width if side == RIGHT else card.x - 1


@settings(max_examples=60, deadline=None)
@given(topologies(), SIZES, LEVELS)
def test_no_edge_runs_through_a_card(topology: Topology, size: tuple[int, int], level: Level | None) -> None:
    """GRAPH-3: edges use gutters and lanes only, never a cell of a card."""
    picture = lay_out(topology, size, level=level)
    for route in picture.routes:
        for x, y in cells_of(route):
            assert picture.card_at(x, y) is None


@settings(max_examples=60, deadline=None)
@given(topologies(), SIZES, LEVELS)
def test_nothing_is_lost(topology: Topology, size: tuple[int, int], level: Level | None) -> None:
    """GRAPH-3: each node has its card, and each edge leads without a gap from its source to its target."""
    picture = lay_out(topology, size, level=level)
    assert [card.part.id for card in picture.cards] == [part.id for part in picture.parts.parts]
    assert {card.part.id for card in picture.cards} == {node.id for node in topology.nodes}
    assert {route.way.id for route in picture.routes} == {edge.id for edge in topology.edges}
    for route in picture.routes:
        source, target = picture.cards[route.way.source], picture.cards[route.way.target]
        cells = list(cells_of(route))
        assert cells[0] == route.port
        assert cells[-1] == route.head
        assert route.port[0] == beside(source, route.leaves)
        assert route.head[0] == beside(target, route.enters)
        assert source.y <= route.port[1] < source.y + source.height
        assert target.y <= route.head[1] < target.y + target.height
        for (x1, y1), (x2, y2) in pairwise(cells):
            assert abs(x1 - x2) + abs(y1 - y2) <= 1


@settings(max_examples=60, deadline=None)
@given(topologies(), SIZES, LEVELS)
def test_nets_share_cells_only_where_they_cross(topology: Topology, size: tuple[int, int], level: Level | None) -> None:
    """GRAPH.md 6: two nets meet in a cell only when one passes straight across and the other straight down."""
    picture = lay_out(topology, size, level=level)
    for y in range(picture.height + 1):
        for nets in picture.line_map.row(y).values():
            sides = sorted(_joined(routes.values()) for routes in nets.values())
            assert len(sides) == 1 or sides == [VERTICAL, HORIZONTAL]


@settings(max_examples=40, deadline=None)
@given(topologies(), SIZES, LEVELS)
def test_cards_stand_apart_in_their_zones(topology: Topology, size: tuple[int, int], level: Level | None) -> None:
    """GRAPH-1: no two cards share a cell, each stands inside the band of its zone, and all inside the drawing."""
    picture = lay_out(topology, size, level=level)
    spans = {span.zone: span for span in picture.zones}
    taken: set[Point] = set()
    for card in picture.cards:
        cells = {(x, y) for x in range(card.x, card.x + card.width) for y in range(card.y, card.y + card.height)}
        assert not cells & taken
        taken |= cells
        assert spans[card.part.zone].first <= card.x
        assert card.x + card.width - 1 <= spans[card.part.zone].last
        assert card.x >= 0
        assert card.y >= 0
        assert card.y + card.height <= picture.height
    for one, other in pairwise(picture.zones):
        assert one.last < other.first


@settings(max_examples=40, deadline=None)
@given(topologies(), SIZES)
def test_what_fits_is_inside_the_pane(topology: Topology, size: tuple[int, int]) -> None:
    """GRAPH-3: a picture that says it fits leaves no card and no edge outside the pane."""
    picture = lay_out(topology, size)
    if picture.fits:
        assert picture.height <= size[1] - 1
        assert max((x for route in picture.routes for x, _ in cells_of(route)), default=0) < size[0]
        assert max(card.x + card.width for card in picture.cards) <= size[0]
    assert max((y for route in picture.routes for _, y in cells_of(route)), default=0) < picture.height


@settings(max_examples=25, deadline=None)
@given(topologies(), SIZES)
def test_laying_out_twice_gives_the_same(topology: Topology, size: tuple[int, int]) -> None:
    """GRAPH-3: the layout is deterministic."""
    assert _places(lay_out(topology, size)) == _places(lay_out(topology, size))


def _joined(sides: Iterable[int]) -> int:
    """All sides together."""
    return reduce(or_, sides)


def _places(picture: Picture) -> list[object]:
    return [*(card.rect for card in picture.cards), *(route.stretches for route in picture.routes)]
