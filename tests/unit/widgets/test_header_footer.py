"""Header, footer and banner."""

from dataclasses import replace

import pytest

from connectome_tui.engine.commands import SetLocalPause, SetMode
from connectome_tui.store.state import HealthBadge, SourceStatus, State
from connectome_tui.widgets.banner import BannerContent, banner_line
from connectome_tui.widgets.footer import FooterContent, KeyHint, footer_line
from connectome_tui.widgets.header import header_line
from tests.unit.widgets.stepped import ASCII_LOOK, DARK_LOOK, HEALTHY, stepped

HINTS = (
    KeyHint("space", "next", 95),
    KeyHint("N", "back", 85),
    KeyHint("e", "error", 55),
    KeyHint("?", "help", 100),
    KeyHint("q", "quit", 92),
)


def header(state: State, width: int = 120) -> str:
    return header_line(state, DARK_LOOK, width).text


def test_the_header() -> None:
    """Source and flow left; mode, speed and health right."""
    text = header(stepped(steps=1).store.state)
    assert text.startswith(" connectome  shop.otlp.jsonl › POST /checkout  ")
    assert text.endswith("  stepper · x0   ✓ healthy ")


@pytest.mark.parametrize(
    ("width", "start", "end"),
    [
        (80, " connectome  shop.otlp.jsonl › POST /checkout  ", "  stepper · x0   ✓ "),
        (60, " connectome  POST /checkout  ", "  stepper · x0   ✓ "),
        (40, " connectome  POST /c…  ", "  stepper · x0   ✓ "),
    ],
)
def test_what_the_header_elides(width: int, start: str, end: str) -> None:
    """First the word of a good health goes, then the source, then the title at its end."""
    text = header(stepped(steps=1).store.state, width)
    assert text.startswith(start.rstrip())
    assert text.endswith(end)
    assert len(text) == width


def test_the_worst_part_is_named() -> None:
    """What is not well stands where `healthy` stood, in its colour, at any width."""
    state = replace(stepped(steps=1).store.state, health_badges=HEALTHY | {"source": HealthBadge("WARN", "3 lines")})
    line = header_line(state, DARK_LOOK, 80)
    assert line.text.endswith("   ! source ")
    assert line.tokens_at(line.text.index("! source")) == ("warn", "raised", "b")


def test_what_else_the_header_says() -> None:
    """Pause, pin and how far indexing is, each in a word."""
    session = stepped(steps=1)
    session.engine.dispatch_runtime_command(SetMode("realtime"))
    session.engine.dispatch_runtime_command(SetLocalPause(paused=True))
    state = replace(session.store.state, pinned=True, source=SourceStatus("big.jsonl", (), 0.613))
    assert header(state).endswith("indexing 61 %   ‖ paused   pinned   realtime · x1   ✓ healthy ")


def test_before_anything_is_open() -> None:
    """The name of the source is enough."""
    assert header(State(source=SourceStatus("big.jsonl"))).startswith(" connectome  big.jsonl  ")


def test_a_hostile_name_is_shown_as_text() -> None:
    """A file name cannot write to the terminal (LOG-5)."""
    assert "a\\x1b[2J.jsonl" in header(State(source=SourceStatus("a\x1b[2J.jsonl")))


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (80, " space next  N back  e error  ? help  q quit"),
        (40, " space next  N back  ? help  q quit"),
        (30, " space next  ? help  q quit"),
        (20, " space next  ? help"),
    ],
)
def test_keys_leave_by_rank(width: int, expected: str) -> None:
    """The lowest rank leaves first, and the order of those that stay is kept."""
    assert footer_line(FooterContent(HINTS), DARK_LOOK, width).text.rstrip().startswith(expected)


def test_keys_are_bold_and_words_muted() -> None:
    """A key is told from what it does."""
    line = footer_line(FooterContent(HINTS), DARK_LOOK, 80)
    assert line.tokens_at(1) == ("text.strong", "raised", "b")
    assert line.tokens_at(7) == ("text.muted", "raised", "")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (FooterContent(HINTS, "sent 18 events", "ok", "10n"), " ✓ sent 18 events"),
        (FooterContent(HINTS, "Next is blocked", "warn"), " ! Next is blocked"),
        (FooterContent(HINTS, "plain"), " plain"),
        (FooterContent(HINTS, count="10n"), " 10n"),
    ],
)
def test_a_message_before_a_count_before_keys(content: FooterContent, expected: str) -> None:
    """What takes the footer for a while stands there alone."""
    assert footer_line(content, DARK_LOOK, 80).text.rstrip() == expected


def test_the_banner() -> None:
    """The longest wording that fits beside the remedy; where none does, the shortest alone."""
    content = BannerContent(("The file changed. You see step 18 as it was.", "The file changed."), "o opens it again")
    assert banner_line(content, DARK_LOOK, 80).text.startswith(" ◌ The file changed. You see step 18 as it was. ")
    assert banner_line(content, DARK_LOOK, 80).text.endswith(" o opens it again ")
    assert banner_line(content, DARK_LOOK, 50).text.startswith(" ◌ The file changed.  ")
    assert banner_line(content, ASCII_LOOK, 22).text == " o The file changed.  "
    assert banner_line(content, DARK_LOOK, 80).tokens_at(40)[1] == "warn.fill"
