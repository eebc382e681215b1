"""What of a line has to be painted again, and what is written for it."""

import io

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from connectome_tui.widgets.lean_strip import lean
from connectome_tui.widgets.lean_update import LeanUpdate, lean_update
from connectome_tui.widgets.line_pane import changed_span, changed_spans
from connectome_tui.widgets.painting import CellLine
from connectome_tui.widgets.palette import DARK

WIDTH = 30
"""More than twice what is worth skipping."""
PUTS = st.lists(
    st.tuples(
        st.integers(0, WIDTH - 1),
        st.sampled_from(["a", "ab", "   ", "word", "名前", "─━"]),
        st.sampled_from(["text", "error"]),
        st.sampled_from(["", "u", "b"]),
        st.sampled_from(["", "select"]),
    ),
    max_size=6,
)
CONSOLE = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor")


def drawn(puts: list[tuple[int, str, str, str, str]]) -> Strip:
    line = CellLine(WIDTH, DARK)
    for x, text, fg, attrs, bg in puts:
        line.put(x, text, fg, attrs, bg=bg)
    return line.strip()


def looks(sequences: list[str]) -> list[tuple[object, ...]]:
    """The cells of a terminal after these sequences; the colour of a blank is not seen."""
    screen = pyte.Screen(WIDTH, 1)
    stream = pyte.Stream(screen)
    for sequence in sequences:
        stream.feed(sequence)
    return [
        (cell.data, cell.bg, cell.underscore, "" if cell.data == " " else (cell.fg, cell.bold))
        for cell in (screen.buffer[0][x] for x in range(WIDTH))
    ]


@given(PUTS, PUTS)
def test_painting_the_changed_spans_makes_the_new_line(
    old: list[tuple[int, str, str, str, str]], new: list[tuple[int, str, str, str, str]]
) -> None:
    """Over the old line, the changed cells alone give what the whole new line would."""
    before, after = drawn(old), drawn(new)
    spans = [(0, x, x + width) for x, width in changed_spans(before, after)]
    update = LeanUpdate([{0: lean(after)}], spans, [[WIDTH]]) if spans else None
    whole = "\x1b[1;1H" + after.render(CONSOLE)
    partly = ["\x1b[1;1H" + before.render(CONSOLE), update.render_segments(CONSOLE) if update else ""]
    assert looks(partly) == looks([whole])


def test_a_span_is_no_longer_than_what_changed() -> None:
    """A count at the end of a rule, or a word in the middle, is all that is painted."""
    before, after = CellLine(WIDTH, DARK), CellLine(WIDTH, DARK)
    for line, count in ((before, "9"), (after, "10")):
        line.fill(0, WIDTH, character="━", fg="focus")
        line.put(20, count.rjust(2), "text")
    assert changed_span(before.strip(), after.strip()) == (20, 2)
    assert changed_span(after.strip(), after.strip())[1] == 0


def test_what_stays_between_two_changes_is_left_out() -> None:
    """Rows of the log differ at their ends; badges in their middle often stay."""
    before, after = CellLine(WIDTH, DARK), CellLine(WIDTH, DARK)
    for line, time, label in ((before, "1.0", "select"), (after, "2.5", "insert")):
        line.put(0, time, "text.muted")
        line.put(4, "─▸ direct ■ code", "call.code")
        line.put(22, label, "text")
    assert list(changed_spans(before.strip(), after.strip())) == [(0, 4), (22, 5)]


def test_only_partial_updates_are_made_lean() -> None:
    """A whole frame goes out as Textual makes it."""
    strip = Strip([Segment("ab")])
    partial = ChopsUpdate([{0: strip}], [(0, 1, 2)], [[2]])
    made = lean_update(partial)
    assert isinstance(made, LeanUpdate)
    assert made.render_segments(CONSOLE) == "\x1b[1;2Hb"
    assert lean_update(None) is None
    assert lean_update("text") == "text"
