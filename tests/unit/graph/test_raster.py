"""What cards, edges and zones look like in each state (SCREENS "Graph", "Without colour")."""

import re

import pytest

from connectome_tui.events.model import TRIGGERS, Trigger
from connectome_tui.graph.card_painter import DrawOptions
from connectome_tui.graph.detail_levels import Level
from connectome_tui.graph.looks import CardLook, CardStage, EdgeLook, EdgeStage
from connectome_tui.graph.picture import lay_out
from connectome_tui.graph.viewport import Viewport, fitted
from tests.unit.graph.drawing import ASCII, MONO, Drawn, looks_with
from tests.unit.graph.topologies import SHOP, make_topology

PAIR = make_topology(["B:api", "G:db"], ["api>db!async"], details=True, steps=("open", "read"))
CHIPS = lay_out(PAIR, (60, 8), level=Level.CHIP)
DETAILED = lay_out(PAIR, (60, 12), level=Level.DETAIL)
STEPPED = lay_out(PAIR, (60, 12), level=Level.STEPS)
LIT_DB = CardLook(CardStage.LIT, "graphQuery")


def test_the_shop_at_80x24() -> None:
    """SCREENS "80x24": chips, edges and their heads stand as in the design."""
    drawn = Drawn(lay_out(SHOP, (80, 11)), size=(80, 11), options=MONO)
    assert "│ loadgen │■──▶│         │◆╮" in drawn.text
    assert drawn.text.splitlines()[0].startswith("─ BACKEND ────")
    assert drawn.text.splitlines()[0].endswith("─ GRAPH ──────")


def test_zones_are_bands_and_reach_the_edges() -> None:
    """SCREENS "Zones": bands over the full height, the first and the last to the pane's edges, base between them."""
    row = Drawn(CHIPS, size=(70, 8)).rows[7]
    grounds = [tokens[1] for tokens in row.tokens]
    assert (grounds[0], grounds[-1]) == ("zone.backend", "zone.graph")
    assert list(dict.fromkeys(grounds)) == ["zone.backend", "base", "zone.graph"]


def test_the_rule_of_the_focused_pane_is_heavy() -> None:
    """SCREENS "Focus": the row of zone names is the graph's rule."""
    assert Drawn(CHIPS).tokens_of("BACKEND") == ("text.muted", "zone.backend", "")
    focused = Drawn(CHIPS, focused=True)
    assert focused.text.startswith("━ BACKEND ━")
    assert focused.tokens_of("BACKEND") == ("focus", "zone.backend", "b")


@pytest.mark.parametrize(
    ("look", "title", "ground"),
    [
        (CardLook(), ("text.muted", ""), "node.idle"),
        (CardLook(CardStage.TRAVELLED), ("text", "b"), "node"),
        (CardLook(CardStage.SOURCE), ("text.strong", "b"), "node.from"),
        (CardLook(CardStage.LIT, "llm"), ("on.lit", "b"), "call.llm.lit"),
        (CardLook(CardStage.LIT, "llm", failed=True), ("on.lit", "b"), "error.fill"),
        (CardLook(CardStage.TRAVELLED, selected=True), ("text", "b"), "select"),
    ],
)
@pytest.mark.parametrize("picture", [CHIPS, DETAILED, STEPPED])
def test_card_states(look: CardLook, title: tuple[str, str], ground: str, picture: object) -> None:
    """SCREENS "Graph": fill and title of a card tell its state at every level."""
    drawn = Drawn(picture, looks_with(picture, {"db": look}), (60, 12))  # type: ignore[arg-type]
    fg, bg, attrs = drawn.tokens_of("db")
    assert (fg, attrs) == title
    assert bg == ground


def test_cards_are_fills_with_half_blocks() -> None:
    """SCREENS "Cards": a row of half blocks in the card's colour above and below, so that air shows between cards."""
    drawn = Drawn(DETAILED, looks_with(DETAILED, {"db": LIT_DB}), (60, 12))
    assert drawn.tokens_of("▄" * DETAILED.cards[0].width)[:2] == ("node.idle", "zone.backend")
    lit = [row.tokens[at] for row in drawn.rows for at, char in enumerate(row.chars) if char == "▀"]
    assert ("call.graphQuery.lit", "zone.graph", "f") in lit


def test_at_the_highest_level_steps_stay_on_the_source_fill() -> None:
    """SCREENS "lit": only title and detail are filled; the lit step is bold with its mark (GRAPH-1)."""
    look = CardLook(CardStage.LIT, "graphQuery", step="read")
    drawn = Drawn(STEPPED, looks_with(STEPPED, {"db": look}), (60, 12))
    assert drawn.tokens_of("db detail") == ("on.lit", "call.graphQuery.lit", "")
    assert drawn.tokens_of("▸ read") == ("text.strong", "node.from", "b")
    assert drawn.text.count("▸") == 1
    assert drawn.text.count("· open") == 2


def test_the_lit_step_stands_in_the_place_of_the_detail() -> None:
    """SCREENS level 2: a card without a list of steps shows the lit one instead of its detail."""
    look = CardLook(CardStage.LIT, "graphQuery", step="read")
    text = Drawn(DETAILED, looks_with(DETAILED, {"db": look}), (60, 12)).text
    assert "▸ read" in text
    assert "db detail" not in text


def test_errors_are_marked_behind_the_title() -> None:
    """SCREENS "Cards": the mark pushes nothing, on chips and cards alike."""
    for picture in (CHIPS, DETAILED):
        marked = Drawn(picture, looks_with(picture, {"db": CardLook(CardStage.TRAVELLED, errors=True)}), (60, 12))
        plain = Drawn(picture, looks_with(picture, {"db": CardLook(CardStage.TRAVELLED)}), (60, 12))
        assert marked.text.replace("✗", "").replace(" ", "") == plain.text.replace(" ", "")
        assert marked.tokens_of("✗")[0] == "error"


@pytest.mark.parametrize("size", [(60, 5), (80, 11), (100, 15), (120, 20), (140, 29)])
@pytest.mark.parametrize("options", [DrawOptions(), MONO])
def test_marks_touch_no_title(size: tuple[int, int], options: DrawOptions) -> None:
    """SCREENS "Cards": there is a blank between a title and its mark at every size, with fills and with lines."""
    picture = lay_out(SHOP, size)
    failed = CardLook(CardStage.TRAVELLED, errors=True)
    drawn = Drawn(
        picture, looks_with(picture, dict.fromkeys((node.title for node in SHOP.nodes), failed)), size, options=options
    )
    assert "✗" in drawn.text
    assert re.search(r"\w✗", drawn.text) is None


@pytest.mark.parametrize(
    ("energy", "token", "text"),
    [
        (0.04, "energy.grey", "0.04"),
        (0.12, "energy.blue", "0.12"),
        (0.42, "energy.orange", "0.42"),
        (1.5, "energy.yellow", "1.50"),
    ],
)
def test_energy(energy: float, token: str, text: str) -> None:
    """GRAPH-4: two decimals in the colour of the amount, in a row that is kept for it."""
    topology = make_topology(["B:api"], details=True)
    (node,) = topology.nodes
    kept = type(topology)((type(node)(id=node.id, title="api", kind="x", zone="BACKEND", detail="d", has_energy=True),))
    picture = lay_out(kept, (40, 9), level=Level.DETAIL)
    without = Drawn(picture, size=(40, 9))
    drawn = Drawn(picture, looks_with(picture, {"api": CardLook(CardStage.TRAVELLED, energy=energy)}), (40, 9))
    assert drawn.tokens_of(text)[0] == token
    assert "━" in drawn.text
    assert without.text.count("\n") == drawn.text.count("\n")


@pytest.mark.parametrize(
    ("trigger", "light", "heavy", "head"),
    [
        ("direct", "─", "━", "▶"),
        ("stream", "┈", "┉", "»"),
        ("async", "╌", "╍", "▷"),
        ("hook", "┈", "┉", "◇"),
        ("timer", "╌", "╍", "◷"),
    ],
)
def test_line_styles_and_heads(trigger: Trigger, light: str, heavy: str, head: str) -> None:
    """GRAPH-2: the trigger tells the style and the head; the lit edge is heavy."""
    rest = Drawn(CHIPS, looks_with(CHIPS, edges={"api>db": EdgeLook(trigger=trigger)})).text
    lit = Drawn(CHIPS, looks_with(CHIPS, edges={"api>db": EdgeLook(EdgeStage.LIT, trigger)})).text
    assert light * 2 + head in rest
    assert heavy * 2 + head in lit


def test_all_triggers_have_a_style() -> None:
    """GRAPH-2: no trigger is forgotten."""
    for trigger in TRIGGERS:
        Drawn(CHIPS, looks_with(CHIPS, edges={"api>db": EdgeLook(EdgeStage.LIT, trigger)}))


@pytest.mark.parametrize(
    ("stage", "token"),
    [
        (EdgeStage.REST, "call.llm.rest"),
        (EdgeStage.TRAVELLED, "call.llm"),
        (EdgeStage.RECENT, "call.llm.lit"),
        (EdgeStage.LIT, "call.llm.lit"),
    ],
)
def test_edge_colours(stage: EdgeStage, token: str) -> None:
    """GRAPH-2: the call type tells the hue, the stage how bright it is."""
    drawn = Drawn(CHIPS, looks_with(CHIPS, edges={"api>db": EdgeLook(stage, "direct", "llm")}))
    assert drawn.tokens_of("▶")[0] == token


def test_a_selected_edge() -> None:
    """SCREENS "selected": a line in `focus`, its ends marked."""
    drawn = Drawn(CHIPS, looks_with(CHIPS, edges={"api>db": EdgeLook(EdgeStage.TRAVELLED, selected=True)}))
    assert drawn.text.count("◆") == 2
    assert drawn.tokens_of("◆")[0] == "focus"


def test_a_selected_card_has_a_bar() -> None:
    """SCREENS "selected": the bar at its left, in `focus`."""
    drawn = Drawn(DETAILED, looks_with(DETAILED, {"db": CardLook(selected=True)}), (60, 12))
    assert drawn.tokens_of("▌") == ("focus", "select", "")
    assert drawn.text.count("▌") == 2


def test_labels_lie_on_the_line_and_are_never_bold() -> None:
    """GRAPH-2, SCREENS "Labels": with a blank at each side, strong when lit, not at all when not travelled."""
    lit = Drawn(DETAILED, looks_with(DETAILED, edges={"api>db": EdgeLook(EdgeStage.LIT, label="find")}), (60, 12))
    assert "╍ find ╍" in lit.text or "━ find ━" in lit.text
    assert lit.tokens_of("find") == ("text.strong", lit.tokens_of("find")[1], "")
    seen = Drawn(
        DETAILED, looks_with(DETAILED, edges={"api>db": EdgeLook(EdgeStage.TRAVELLED, label="find")}), (60, 12)
    )
    assert seen.tokens_of("find")[0] == "text.muted"
    assert "find" not in Drawn(DETAILED, size=(60, 12)).text


def test_a_label_that_does_not_fit_is_left_out() -> None:
    """SCREENS "Labels": a line is never covered whole."""
    look = EdgeLook(EdgeStage.LIT, label="x" * 30)
    assert "xx" not in Drawn(DETAILED, looks_with(DETAILED, edges={"api>db": look}), (60, 12)).text


def test_the_lit_edge_wins_the_cells_that_it_crosses() -> None:
    """SCREENS "lit": the lit line runs through, whatever it crosses."""
    picture = lay_out(SHOP, (120, 20))
    look = EdgeLook(EdgeStage.LIT, "direct", "graphQuery")
    drawn = Drawn(picture, looks_with(picture, edges={"gateway>redis": look}), (120, 20))
    index = next(at for at, route in enumerate(picture.routes) if route.way.id == "part:gateway→part:redis")
    for (x1, y1), (x2, y2) in picture.routes[index].stretches:
        for x in range(min(x1, x2), max(x1, x2) + 1):
            for y in range(min(y1, y2), max(y1, y2) + 1):
                row = drawn.rows[y + drawn.viewport.y]
                assert row.tokens[x + drawn.viewport.x][0] == "call.graphQuery.lit"


def test_without_colour_cards_have_lines() -> None:
    """SCREENS "Without colour": round frames at rest, a heavy one for the lit card, whose title is on a fill."""
    drawn = Drawn(DETAILED, looks_with(DETAILED, {"db": LIT_DB}), (60, 12), MONO)
    assert "╭" in drawn.text
    assert "┏" in drawn.text
    assert drawn.tokens_of("db")[1] == "call.graphQuery.lit"
    assert drawn.tokens_of("db detail")[1] == "node"
    assert "├▲" in drawn.text or "├■" in drawn.text


def test_without_colour_chips_have_sides() -> None:
    """SCREENS "Without colour": other chips have a line at both sides, the lit one is filled whole."""
    drawn = Drawn(CHIPS, looks_with(CHIPS, {"db": LIT_DB}), options=MONO)
    assert "│ api │" in drawn.text
    assert drawn.text.count("│") == 2
    assert drawn.tokens_of("db")[1] == "call.graphQuery.lit"


@pytest.mark.parametrize("size", [(80, 11), (120, 20), (200, 40)])
def test_ascii_has_nothing_but_ascii(size: tuple[int, int]) -> None:
    """SCREENS "ASCII": no other character is sent, at any level, in any state."""
    picture = lay_out(SHOP, size)
    looks = looks_with(
        picture,
        {"api": CardLook(CardStage.LIT, failed=True, errors=True, step="first step"), "db": CardLook(selected=True)},
        {"api>worker": EdgeLook(EdgeStage.LIT, "async", label="über → x"), "gateway>api": EdgeLook(selected=True)},
    )
    assert Drawn(picture, looks, size, ASCII, focused=True).text.isascii()


def test_cards_out_of_view_are_counted() -> None:
    """SCREENS "What does not fit": how many cards are below, and to the right."""
    small = lay_out(SHOP, (40, 6))
    text = Drawn(small, size=(40, 6)).text.splitlines()
    assert text[0].endswith("more →") or "more →" in text[0]
    assert "↓" in text[-1]
    shifted = Drawn(small, viewport=Viewport(40, 6, -30, -2)).text.splitlines()
    assert "← " in shifted[0]
    assert "↑ " in shifted[-1]


def test_a_fold_has_a_muted_title() -> None:
    """SCREENS "What does not fit": folded nodes are one card with a muted title, its edges labelled `×N`."""
    picture = lay_out(SHOP, (80, 11), level=Level.ZONES)
    looks = looks_with(
        picture, {"BACKEND 6": CardLook(CardStage.TRAVELLED)}, {"BACKEND 6>GRAPH 2": EdgeLook(label="×5")}
    )
    drawn = Drawn(picture, looks)
    assert drawn.tokens_of("BACKEND 6") == ("text.muted", "node", "")
    assert "×5" in drawn.text


def test_names_from_data_are_shown_as_text() -> None:
    """LOG-5: escapes in names are written out, wide characters keep their cells, long names are elided."""
    topology = make_topology(["B:a\x1b[31m\n", "B:日本語", "B:" + "x" * 10_000_000])
    picture = lay_out(topology, (80, 12), level=Level.TITLE)
    drawn = Drawn(picture, size=(80, 16))
    assert "\\x1b[31m\\n" in drawn.text
    assert "日本語" in drawn.text
    assert "…" in drawn.text
    assert max(card.width for card in picture.cards) < 40
    assert all(len(row.chars) == 80 for row in drawn.rows)


def test_what_is_smaller_than_the_pane_stands_in_its_middle() -> None:
    """GRAPH-3: fit frames the drawing."""
    viewport = fitted(CHIPS, 80, 21)
    assert abs(viewport.x - (80 - CHIPS.width - viewport.x)) <= 1
    assert abs((viewport.y - 1) - (21 - CHIPS.height - viewport.y)) <= 1
