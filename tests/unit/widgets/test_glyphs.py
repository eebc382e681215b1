"""The characters of the screen."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from connectome_tui.widgets.glyphs import ASCII, UNICODE, UNICODE_LINE_CARDS, Glyphs, choose_glyphs


def characters(glyphs: Glyphs) -> set[str]:
    """Every character of a set."""
    found: set[str] = set()
    for field in fields(glyphs):
        value = getattr(glyphs, field.name)
        if isinstance(value, str):
            found |= set(value)
        elif not isinstance(value, bool):
            found |= {character for text in value.values() for character in text}
    return found


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_glyph_is_one_cell_wide(glyphs: Glyphs) -> None:
    """No glyph takes two cells, so that columns stay in line."""
    assert {character for character in characters(glyphs) if cell_len(character) != 1} == set()


def test_ascii_glyphs_are_ascii() -> None:
    """The fallback has nothing in it that a terminal without box drawing could not show."""
    assert all(character.isascii() for character in characters(ASCII))


@given(st.text())
def test_ascii_text_keeps_its_length(text: str) -> None:
    """What ASCII cannot show is replaced one by one: no text grows, nothing but ASCII is left."""
    shown = ASCII.text(text)
    assert shown.isascii()
    assert len(shown) == len(text)


@pytest.mark.parametrize("table", ["trigger", "call", "head_right", "head_left", "trigger_line"])
def test_both_sets_have_the_same_keys(table: str) -> None:
    """No trigger or call type lacks a glyph in either set."""
    assert getattr(UNICODE, table).keys() == getattr(ASCII, table).keys()


@pytest.mark.parametrize(
    ("encoding", "terminal", "options", "expected"),
    [
        ("UTF-8", "xterm-256color", {}, UNICODE),
        ("utf8", "screen", {"line_cards": True}, UNICODE_LINE_CARDS),
        ("UTF-8", "linux", {}, ASCII),
        ("ANSI_X3.4-1968", "xterm", {}, ASCII),
        ("utf-8", "xterm", {"ascii_only": True}, ASCII),
    ],
)
def test_the_choice_of_glyphs(encoding: str, terminal: str, options: dict[str, bool], expected: Glyphs) -> None:
    """ASCII by choice, without UTF-8, and on the Linux console."""
    assert choose_glyphs(encoding, terminal, **options) == expected
