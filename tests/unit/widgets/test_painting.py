"""Lines of cells."""

from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.widgets.glyphs import ASCII
from connectome_tui.widgets.painting import CellLine, Run, elide, elide_middle, elide_start, shown, width_of
from connectome_tui.widgets.palette import DARK

TEXTS = st.text(alphabet=st.characters(), max_size=40) | st.sampled_from(
    [
        "",
        "plain",
        "名前",
        "e\u0301a\u0301",
        "\x1b[31mred",
        "a\nb\tc",
        "\u202eright",
        "👨\u200d👩\u200d👧",
        "❤\ufe0f",
        "🇩🇪",
    ]
)


def segments(line: CellLine) -> list[tuple[str, str]]:
    """Text and foreground of each segment of a line."""
    return [
        (text, style.color.get_truecolor().hex if style is not None and style.color is not None else "")
        for text, style, _ in line.strip()
    ]


@given(st.lists(st.tuples(st.integers(-5, 45), TEXTS, st.none() | st.integers(0, 50)), max_size=8))
def test_a_line_is_always_as_wide_as_it_was_made(puts: list[tuple[int, str, int | None]]) -> None:
    """Whatever is put wherever: no line overflows, and the terminal agrees on its width."""
    line = CellLine(40, DARK)
    for x, text, limit in puts:
        line.put(x, text, "error", limit=limit)
    strip = line.strip()
    assert strip.cell_length == 40
    assert sum(width_of(text) for text, _, _ in strip) == 40


@given(TEXTS)
def test_nothing_that_controls_a_terminal_is_put(text: str) -> None:
    """Escapes, newlines and controls of direction come out as text (LOG-5)."""
    line = CellLine(200, DARK)
    line.put(0, text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line.text)
    assert not set(line.text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200d\ufe0f")


@given(TEXTS, st.integers(0, 30))
def test_elided_text_fits(text: str, cells: int) -> None:
    """Elided at the end, start or middle, no text is wider than asked for, and what fits is untouched."""
    for elided in (elide(text, cells), elide_start(text, cells), elide_middle(text, cells)):
        assert width_of(elided) <= cells
        if 0 < cells >= width_of(text):
            assert elided == shown(text)


def test_elision_says_where_something_is_missing() -> None:
    """The ellipsis stands where text was cut."""
    assert elide("inventory", 5) == "inve…"
    assert elide_start("inventory", 5) == "…tory"
    assert elide_middle("inventory", 6) == "inv…ry"


def test_escapes_are_muted() -> None:
    """What was made visible is told apart from what the data says, where colour allows."""
    line = CellLine(20, DARK)
    line.put(0, "a\x1b[1mb", "error")
    assert line.text.rstrip() == "a\\x1b[1mb"
    assert [line.tokens_at(x)[0] for x in (0, 1, 4, 5)] == ["error", "text.muted", "text.muted", "error"]


def test_equal_neighbours_and_blanks_are_one_segment() -> None:
    """Blanks join the run before them, and those at the start the first run, so that few bytes are sent."""
    line = CellLine(12, DARK)
    line.put(1, "ab", "error")
    line.put(5, "cd", "error")
    line.put(8, "ef", "warn")
    assert segments(line) == [(" ab  cd ", DARK.hex_of("error")), ("ef  ", DARK.hex_of("warn"))]


def test_underlined_blanks_stay_what_they_are() -> None:
    """A blank that shows an underline or another surface does not join its neighbour."""
    line = CellLine(6, DARK)
    line.put(0, "ab", "error")
    line.put(2, "  ", "error", "u")
    line.fill(4, 2, bg="select")
    assert [len(text) for text, _ in segments(line)] == [2, 2, 2]


def test_half_of_a_wide_character_is_never_left() -> None:
    """Writing over one half of a wide character blanks the other."""
    line = CellLine(6, DARK)
    line.put(0, "名前")
    line.put(1, "x")
    assert line.text == " x前  "
    line.put(2, "y")
    assert line.text == " xy   "


def test_runs_end_at_their_limit() -> None:
    """Runs are elided together, and set to the right they end where they should."""
    line = CellLine(10, DARK)
    line.put_runs(0, (Run("abc"), Run("defg", "error")), limit=5)
    assert line.text == "abcd…     "
    line.put_right(10, (Run("x"), Run("y")))
    assert line.text == "abcd…   xy"


def test_ascii_replaces_what_it_cannot_show() -> None:
    """With ASCII glyphs no other character is put, data included."""
    line = CellLine(20, DARK, ASCII)
    line.put(0, "näme — a → b …")
    assert line.text.rstrip() == "n?me - a > b ~"


def test_hits_are_found_as_cells() -> None:
    """Places in the text become cells, past wide characters and foldings that grow."""
    line = CellLine(20, DARK)
    line.put(0, "名İx charge")
    spans = line.find_cells(lambda text: [(text.find("charge"), text.find("charge") + 6)], str.lower)
    assert list(spans) == [(5, 6)]
