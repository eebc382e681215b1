"""The choice of level and spacing, and what stays when the size or the topology changes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.events.topology import Topology
from connectome_tui.graph.detail_levels import Level
from connectome_tui.graph.picture import Picture, fit, lay_out, refit
from tests.unit.graph.topologies import SHOP, make_topology, topologies


def column_orders(picture: Picture) -> list[list[int]]:
    """The cards of each column from the top."""
    columns: dict[int, list[int]] = {}
    for index in sorted(range(len(picture.cards)), key=lambda index: picture.cards[index].y):
        columns.setdefault(picture.plan.structure.column_of[index], []).append(index)
    return [columns[column] for column in sorted(columns)]


@pytest.mark.parametrize(
    ("size", "level"), [((80, 11), Level.CHIP), ((120, 20), Level.DETAIL), ((100, 12), Level.CHIP)]
)
def test_the_highest_level_that_fits_is_taken(size: tuple[int, int], level: Level) -> None:
    """SCREENS "Levels of detail": the shop is chips at 80x24 and has details at 120x40, whole in both."""
    picture = lay_out(SHOP, size)
    assert picture.level == level
    assert picture.fits


def test_the_widest_gutters_that_fit_are_taken() -> None:
    """SCREENS "Levels of detail": more room goes to the gutters, which gives labels room."""
    narrow, wide = (lay_out(make_topology(["B:a", "G:b"], ["a>b"]), (width, 12)) for width in (30, 40))
    assert wide.width > narrow.width


@settings(max_examples=40, deadline=None)
@given(topologies(), st.sampled_from([Level.CHIP, Level.TITLE, Level.DETAIL]))
def test_cards_keep_their_columns_and_order_at_every_level(topology: Topology, level: Level) -> None:
    """GRAPH-3: another level of detail moves cards, and keeps their columns and order."""
    picture = lay_out(topology, (120, 20), level=Level.STEPS)
    other = fit(picture.plan, (120, 20), level=level, reference=picture.arrangement)
    assert column_orders(picture) == column_orders(other)


def test_a_resize_keeps_the_level_as_long_as_it_fits() -> None:
    """SCREENS "Levels of detail": more room does not change the level, too little room does."""
    chips = lay_out(SHOP, (80, 11))
    assert refit(chips, (160, 30)).level == Level.CHIP
    detailed = lay_out(SHOP, (120, 20))
    assert refit(detailed, (116, 17)).level == Level.DETAIL
    assert refit(detailed, (80, 11)).level == Level.CHIP


def test_beyond_the_lowest_level_zones_are_one_card() -> None:
    """GRAPH.md 9: the overview shows zones."""
    picture = lay_out(SHOP, (80, 11), level=Level.ZONES)
    assert [card.part.zone for card in picture.cards] == ["BACKEND", "GRAPH"]


def test_what_cannot_fit_is_drawn_whole_and_says_so() -> None:
    """GRAPH.md "By size": a flow that is larger than the pane is panned, at the lowest level."""
    picture = lay_out(SHOP, (40, 6))
    assert not picture.fits
    assert picture.level == Level.CHIP
    assert len(picture.cards) == len(SHOP.nodes)


def test_an_empty_topology_is_an_empty_picture() -> None:
    """EVENT-3: nothing to draw is no error."""
    picture = lay_out(Topology(), (80, 11))
    assert (picture.cards, picture.routes, picture.zones) == ((), (), ())


def test_nodes_that_arrive_live_leave_the_others_in_place() -> None:
    """GRAPH.md "When nodes arrive live": columns and rows of what was there stay."""
    before = lay_out(SHOP, (140, 29), level=Level.DETAIL)
    more = make_topology(["G:mongo"], ["api>mongo!graphQuery"], details=True)
    grown = Topology((*SHOP.nodes, *more.nodes), (*SHOP.edges, *more.edges))
    after = lay_out(grown, (140, 29), previous=before)
    rows = {card.part.id: card.y for card in before.cards}
    kept = {card.part.id: card.y for card in after.cards if card.part.id in rows}
    assert kept == rows
    assert after.plan.structure.columns.bands == before.plan.structure.columns.bands
    assert "part:mongo" in {card.part.id for card in after.cards}
