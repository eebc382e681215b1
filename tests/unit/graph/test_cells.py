"""Names from data in cells."""

import subprocess
import sys

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from connectome_tui.events.visible import cell_width
from connectome_tui.graph.cell_row import CellRow
from connectome_tui.graph.cells import char_width, plain, text_width


@given(st.text(max_size=60), st.integers(1, 30))
@example("🇦🇦", 2)
def test_names_fit_and_have_a_cell_for_each_character(text: str, most: int) -> None:
    """LOG-5: whatever the data holds, a name is printable, fits, and no character of it joins another."""
    shown = plain(text, most)
    assert text_width(shown) <= most
    assert all(char_width(char) in (1, 2) for char in shown)
    assert not set(shown) & {"\x1b", "\n", "\u202e", "\u200d"}


def test_the_narrow_characters_are_narrow() -> None:
    """The quick answer for the characters of the drawing is that of the tables."""
    for char in map(chr, range(0xA1, 0x2800)):
        if char_width(char) == 1:
            assert cell_width(char) == 1, hex(ord(char))
    for char in "─│━┃╭╮╰╯┏┓┗┛┈┊┉┋╌╎╍╏├┤▶◀»«▷◁◇◷▄▀▌✗·…▸■◆✦▲●←→↑↓×":
        assert char_width(char) == cell_len(char) == 1


def test_drawing_needs_no_tables() -> None:
    """Start: a flow with plain names is laid out and drawn without loading the width tables of Unicode."""
    program = (
        "import sys\n"
        "from tests.unit.graph.topologies import SHOP\n"
        "from tests.unit.graph.drawing import Drawn\n"
        "from connectome_tui.graph.picture import lay_out\n"
        "for size in ((80, 11), (140, 29)): Drawn(lay_out(SHOP, size), size=size)\n"
        "assert 'wcwidth' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_wide_character_that_is_covered_by_half_goes() -> None:
    """What covers one cell of a wide character leaves no half of it behind."""
    row = CellRow.blank(6)
    row.put(1, "語x", "text")
    assert row.chars == [" ", "語", "", "x", " ", " "]
    row.put(2, "|", "text")
    assert row.chars == [" ", " ", "|", "x", " ", " "]
    row.put(4, "日", "text")
    row.put(5, "日", "text")
    assert row.chars[4:] == ["日", ""]
