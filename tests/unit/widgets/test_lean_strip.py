"""Strips that send few bytes show the same as the usual ones."""

import io

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from connectome_tui.widgets.lean_strip import lean
from connectome_tui.widgets.palette import DARK, DARK_256, NO_COLOUR

STYLES = st.builds(
    lambda palette, fg, bg, attrs: palette.style(fg, bg, attrs),
    st.sampled_from([DARK, DARK_256, NO_COLOUR]),
    st.sampled_from(["text", "text.muted", "error", "call.llm.rest"]),
    st.sampled_from(["base", "select", "call.code.lit"]),
    st.sampled_from(["", "b", "u", "bu", "r", "d"]),
)


def shown(sequence: str) -> list[tuple[object, ...]]:
    """What is seen on a terminal after a sequence; a blank shows its surface alone, unless it is reversed."""
    screen = pyte.Screen(60, 1)
    pyte.Stream(screen).feed(sequence)
    return [
        (cell.data, cell.bg, cell.underscore, cell.reverse)
        + ((cell.fg, cell.bold) if cell.data != " " or cell.reverse or cell.underscore else ())
        for cell in (screen.buffer[0][x] for x in range(60))
    ]


@given(st.lists(st.tuples(st.sampled_from(["ab", "─▸", " ", "x y"]), STYLES), max_size=10))
def test_a_lean_strip_shows_the_same(runs: list[tuple[str, object]]) -> None:
    """Cell by cell a terminal shows what it shows of an ordinary strip, and everything is reset at the end."""
    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor")
    strip = Strip([Segment(text, style) for text, style in runs])  # type: ignore[arg-type]
    assert shown(lean(strip).render(console) + "end") == shown(strip.render(console) + "end")


def test_a_lean_strip_sends_less() -> None:
    """Between runs on the same surface only the foreground is said."""
    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor")
    runs = [Segment("word ", DARK.style(token)) for token in ("text", "error", "warn", "text", "ok")]
    assert len(lean(Strip(runs)).render(console)) < 0.7 * len(Strip(runs).render(console))


def test_parts_of_a_lean_strip_are_lean() -> None:
    """Cropped and divided it stays what it is, because only parts of lines are repainted."""
    strip = lean(Strip([Segment("abcdef", DARK.style("text"))]))
    parts = [strip.crop(1, 4), *strip.divide([2, 6])]
    assert [type(part) for part in parts] == [type(strip)] * 3
    assert [part.text for part in parts] == ["bcd", "ab", "cdef"]
