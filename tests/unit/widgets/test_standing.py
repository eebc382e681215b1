"""How a window stands, as the header, the rules, the banner and the detail say it (CLIENT-1)."""

import pytest

from connectome_tui.store.state import HealthBadge, Selection, State, ViewState
from connectome_tui.widgets.banner import BannerContent, banner_line
from connectome_tui.widgets.detail_document import DetailWriter
from connectome_tui.widgets.detail_panel import build_document
from connectome_tui.widgets.glyphs import UNICODE
from connectome_tui.widgets.header import header_line
from connectome_tui.widgets.log_rule import rule_runs
from connectome_tui.widgets.now_lines import rule_of_now
from connectome_tui.widgets.palette import DARK, LIGHT, NO_COLOUR, Palette
from connectome_tui.widgets.palette_table import TABLE
from connectome_tui.widgets.standing import Present, Standing
from tests.unit.widgets.stepped import ASCII_LOOK, DARK_LOOK, stepped

ADA = Present("ada~1", "ada", "checkout", since_ms=1_763_644_293_233.0, is_self=True)
BEN = Present("ben~2", "ben", "checkout", role="read-only", client="connectome")
BOT = Present("bot~3", "bot", "billing", origin="agent")
HERE = Standing("connected", session="checkout", address="ws://10.0.4.7:7717/checkout", here=(ADA, BEN, BOT))
LOST = Standing("reconnecting", is_stale=True, session="checkout", address="ws://10.0.4.7:7717/checkout")


def test_the_header_has_a_word_for_each_way_to_stand() -> None:
    """`pinned`, `own view`, `read-only`, `2 here` stand beside the mode; those of another session do not count."""
    standing = Standing("connected", is_detached=True, is_read_only=True, session="checkout", here=HERE.here)
    text = header_line(State(pinned=True), DARK_LOOK, 120, standing=standing).text
    assert "pinned   own view   read-only   2 here   stepper · x0" in text


def test_the_header_of_a_lost_connection_knows_no_health() -> None:
    """Reconnecting, and health unknown: in a word where there is room for it."""
    state = State(health_badges={"store": HealthBadge("OK")})
    assert "◌ reconnecting   stepper · x0   ? unknown" in header_line(state, DARK_LOOK, 120, standing=LOST).text
    assert header_line(state, DARK_LOOK, 80, standing=LOST).text.rstrip().endswith("x0   ?")
    assert "healthy" not in header_line(state, DARK_LOOK, 120, standing=LOST).text


def test_a_window_that_gave_up_says_so() -> None:
    """Nothing is tried again: that is no reconnecting."""
    text = header_line(State(), ASCII_LOOK, 120, standing=Standing("ended", is_stale=True)).text
    assert "x not connected" in text


def test_the_link_is_a_part_with_a_health() -> None:
    """The rule of Now names the link beside the other parts; a program on its own has none."""
    state = State(health_badges={"store": HealthBadge("OK")})
    assert rule_of_now(state, DARK_LOOK, 80, HERE).text.rstrip().endswith("✓ store  ✓ link")
    assert rule_of_now(state, DARK_LOOK, 80, LOST).text.rstrip().endswith("✓ store  ✗ link")
    assert rule_of_now(state, DARK_LOOK, 80).text.rstrip().endswith("✓ store")


def test_the_rule_of_a_stale_log_says_so() -> None:
    """`stale · 18 events`."""
    runs = rule_runs(stepped().store.state, 0, UNICODE, is_stale=True)
    assert "".join(run.text for run in runs) == "stale · 4 events"


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (120, ("Connection lost at 13:20:07. You see it.", "next try in 4 s · Ctrl+R now")),
        (60, ("Connection lost at 13:20:07. You see it.", "retry in 4 s")),
        (50, ("Connection lost at 13:20:07.", "retry in 4 s")),
        (30, ("Connection lost at 13:20", "")),
    ],
)
def test_the_banner_says_as_much_as_fits(width: int, expected: tuple[str, str]) -> None:
    """The longest wording with what can be done about it, in full or in brief."""
    texts = ("Connection lost at 13:20:07. You see it.", "Connection lost at 13:20:07.")
    text = banner_line(BannerContent(texts, "next try in 4 s · Ctrl+R now", "retry in 4 s"), DARK_LOOK, width).text
    assert expected[0] in text
    assert text.rstrip().endswith(expected[1])


def test_who_is_here_is_listed_by_session() -> None:
    """The windows of this session first, then those elsewhere, with what they may and what they are."""
    state = State(view=ViewState(selection=Selection("presence"), detail_open=True))
    document = build_document(state, DetailWriter(60, airy=False), DARK_LOOK, HERE)
    lines = ["".join(run.text for run in line).rstrip() for line in document.lines]
    assert document.title == "Detail · 2 windows here"
    assert lines[0] == "  ada   you"
    assert lines[2] == "  ben   read-only"
    assert "  Elsewhere  1" in lines
    assert "  bot   agent" in lines
    assert any(line.endswith("ws://10.0.4.7:7717/checkout") for line in lines)


def test_an_event_names_who_released_it() -> None:
    """The detail says it, when it is known."""
    state = stepped().store.state
    standing = Standing("connected", released_by=lambda index: "ben" if index == 2 else "")
    for index, is_told in ((2, True), (1, False)):
        chosen = State(
            ledger=state.ledger, cursor=4, view=ViewState(selection=Selection("event", index)), flow=state.flow
        )
        document = build_document(chosen, DetailWriter(60, airy=False), DARK_LOOK, standing)
        text = "\n".join("".join(run.text for run in line) for line in document.lines)
        assert ("released  by ben" in text) is is_told


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
def test_a_stale_pane_has_no_hue(palette: Palette) -> None:
    """Every token but the word `stale` is muted, a line or a rule; zones are one tint, a lit card is `line`."""
    faded = palette.faded()
    greys = {palette.colours[token] for token in ("text.muted", "line", "rule", "text.strong")}
    for token in TABLE:
        style = faded.style(token, "base")
        assert style.color in greys or token == "stale", token
    assert faded.style("stale").color == palette.colours["warn"]
    assert faded.style("on.lit", "call.llm.lit").bgcolor == palette.colours["line"]
    assert faded.style("on.lit", "error.fill").color == palette.colours["text.strong"]
    assert faded.style("call.llm.lit", "zone.graph", "f").color == palette.colours["line"]
    assert faded.style("text", "zone.graph").bgcolor == palette.colours["zone.backend"]
    assert faded.style("text", "base", "b").bold


def test_without_colour_a_stale_pane_keeps_what_is_lit() -> None:
    """Reverse marks what is lit: that is shape, not colour; the rest is dim."""
    faded = NO_COLOUR.faded()
    assert faded.style("on.lit", "call.llm.lit").reverse
    assert faded.style("text", "base").dim
