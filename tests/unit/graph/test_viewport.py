"""The view turns to what is lit, and stays where it is otherwise."""

from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.graph.attention import wanted_in_view
from connectome_tui.graph.card_painter import DrawOptions
from connectome_tui.graph.cell_row import CellRow
from connectome_tui.graph.looks import CardLook, CardStage, EdgeLook, EdgeStage, looks_at_rest
from connectome_tui.graph.minimap import Minimap
from connectome_tui.graph.picture import lay_out
from connectome_tui.graph.viewport import Viewport, fitted, turned_to
from tests.unit.graph.drawing import looks_with
from tests.unit.graph.topologies import SHOP

SMALL = lay_out(SHOP, (40, 8))
LIT = looks_with(
    SMALL,
    {"sqlite": CardLook(CardStage.LIT), "inventory": CardLook(CardStage.SOURCE)},
    {"inventory>sqlite": EdgeLook(EdgeStage.LIT)},
)


def test_a_lit_card_out_of_view_is_brought_into_it() -> None:
    """SCREENS "What does not fit": the view turns at once, so that the lit card, its edge and its source are in it."""
    start = fitted(SMALL, 46, 9)
    wanted = wanted_in_view(SMALL, LIT)
    assert not start.shows(wanted[1])
    turned = turned_to(start, SMALL, wanted)
    assert turned.shows(wanted[1])


def test_a_view_that_shows_it_stays() -> None:
    """SCREENS rule 4: nothing moves that need not."""
    start = fitted(SMALL, 46, 9)
    turned = turned_to(start, SMALL, wanted_in_view(SMALL, LIT))
    assert turned_to(turned, SMALL, wanted_in_view(SMALL, LIT)) == turned
    assert turned_to(start, SMALL, wanted_in_view(SMALL, looks_at_rest(SMALL))) == start


@given(st.integers(-30, 30), st.integers(-30, 30), st.integers(4, 12), st.integers(12, 60))
def test_turning_leaves_no_blank_beside_what_is_cut_off(x: int, y: int, height: int, width: int) -> None:
    """SCREENS "What does not fit": the view that turns never shows nothing where rows of the drawing could be."""
    turned = turned_to(Viewport(width, height, x, y), SMALL, wanted_in_view(SMALL, LIT))
    if turned.y != y:
        assert turned.y <= 1 or turned.y + SMALL.height <= height
        # The last row may be left to the count of what is out of view.
        assert turned.y >= 1 or turned.y + SMALL.height >= height - 1
    if turned.x != x:
        assert turned.x <= 0 or turned.x + SMALL.width <= width
        assert turned.x >= 0 or turned.x + SMALL.width >= width


def test_a_row_less_moves_a_view_only_where_it_must() -> None:
    """SCREENS "disconnected": in a pane whose edge went down, the drawing stays on the screen while all fits."""
    roomy = fitted(SMALL, 46, SMALL.height + 5)
    lower = roomy.of_height(SMALL, roomy.height - 1)
    assert (lower.x, lower.y) == (roomy.x, roomy.y - 1)
    tight = fitted(SMALL, 46, SMALL.height + 1)
    assert tight.of_height(SMALL, tight.height - 1) == Viewport(46, tight.height - 1, tight.x, tight.y)


def test_neighbours_come_into_view_too_where_there_is_room() -> None:
    """Issue 2: the active node, its edge and its neighbours are in view."""
    picture = lay_out(SHOP, (60, 8))
    looks = looks_with(
        picture,
        {"redis": CardLook(CardStage.LIT), "gateway": CardLook(CardStage.SOURCE)},
        {"gateway>redis": EdgeLook(EdgeStage.LIT)},
    )
    wanted = wanted_in_view(picture, looks)
    turned = turned_to(Viewport(76, 11, -40, 1), picture, wanted)
    assert turned.shows(wanted[0])


@given(st.integers(-500, 500), st.integers(-500, 500))
def test_the_drawing_never_gets_lost(x: int, y: int) -> None:
    """Panning ends where only a part of the drawing would be left."""
    moved = fitted(SMALL, 40, 8).moved(SMALL, x, y)
    assert any(
        moved.x + card.x < moved.width
        and moved.x + card.x + card.width > 0
        and moved.y + card.y < moved.height
        and moved.y + card.y + card.height > 1
        for card in SMALL.cards
    )


def test_the_minimap_shows_all_cards_and_the_view() -> None:
    """SCREENS "What does not fit": a map of half blocks in the corner, the lit card in its colour."""
    for options in (DrawOptions(), DrawOptions(colourless=True)):
        viewport = fitted(SMALL, 40, 10)
        minimap = Minimap(SMALL, LIT, viewport, options)
        tokens, text = set(), ""
        for y in range(10):
            row = CellRow.blank(40)
            minimap.draw_row(row, y)
            tokens |= {token for cell in row.tokens for token in cell[:2]}
            text += row.text()
        if options.colourless:
            assert set(text) & set("▀▄█")
        else:
            assert {"call.code.lit", "line", "node.from"} <= tokens


def test_of_a_card_larger_than_the_pane_the_middle_is_shown() -> None:
    """A folded card with many ports can be higher than the pane: its title, in the middle, comes into view."""
    picture = lay_out(SHOP, (40, 8))
    low = Viewport(40, 5, 0, 1)
    turned = turned_to(low, picture, [(0, 2, 10, 7)])
    assert turned.shows((0, 5, 10, 1))
    assert turned_to(turned, picture, [(0, 2, 10, 7)]) == turned
