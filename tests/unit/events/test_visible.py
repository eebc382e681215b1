"""Text from data, made safe and measured (LOG-5)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from connectome_tui.events.visible import cell_width, elide, one_line, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("zażółć 日本 🙂", "zażółć 日本 🙂"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("a\u202egnp.exe\u2069", "a\\u202egnp.exe\\u2069"),
        ("\u2028\u2029\ufeff", "\\u2028\\u2029\\ufeff"),
        ("\ud83d alone", "\\ud83d alone"),
        ("C:\\dir", "C:\\dir"),
    ],
)
def test_controls_are_written_out(text: str, shown: str) -> None:
    """What could move the cursor, turn the text or hide something is shown as what it is."""
    assert visible(text) == shown


@given(ANY_TEXT)
def test_nothing_dangerous_is_left(text: str) -> None:
    """Whatever comes in, what comes out has no control, no direction mark, no line end, and can be encoded."""
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(each) in {"Cc", "Zl", "Zp", "Cs"} for each in shown)
    assert not any(
        unicodedata.bidirectional(each) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        for each in shown
    )
    assert visible(shown) == shown


@pytest.mark.parametrize(
    "text", ["abc", "日本", "é", "e\u0301", "👩\u200d👩\u200d👧", "❤\ufe0f", "नमस्ते", "─▶…", "한국어"]
)
def test_widths_are_those_of_the_screen(text: str) -> None:
    """Cells are counted as the screen counts them, so that nothing is cut in the middle of a character."""
    assert cell_width(text) == cell_len(text)


@pytest.mark.parametrize(
    ("text", "cells", "where", "cut"),
    [
        ("abcdef", 6, "end", "abcdef"), ("abcdef", 4, "end", "abc…"), ("abcdef", 4, "start", "…def"),
        ("abcdef", 5, "middle", "ab…ef"), ("abcdef", 1, "end", "…"), ("abcdef", 0, "end", ""),
        ("日本語", 5, "end", "日本…"), ("日本語", 4, "end", "日…"), ("日本語", 4, "start", "…語"),
    ],
)  # fmt: skip
def test_elided(text: str, cells: int, where: str, cut: str) -> None:
    """What does not fit is replaced by one mark at the place that was asked for."""
    assert elide(text, cells, where) == cut  # type: ignore[arg-type]


@given(ANY_TEXT, st.integers(0, 20), st.sampled_from(["start", "middle", "end"]))
def test_elided_text_fits(text: str, cells: int, where: str) -> None:
    """However wide its characters are, elided text has room, and text that had room is untouched."""
    shown = visible(text)
    cut = elide(shown, cells, where)  # type: ignore[arg-type]
    assert cell_width(cut) <= cells
    if cell_width(shown) <= cells and len(shown) <= cells * 8:
        assert cut == shown or cells == 0


def test_a_giant_text_is_cut_at_once() -> None:
    """Ten megabytes are not measured to show forty cells."""
    assert len(elide("日" * 10_000_000, 40)) < 40


def test_one_line() -> None:
    """White space of any kind is one blank."""
    assert one_line("  a\n\t b\u2028c ") == "a b c"
