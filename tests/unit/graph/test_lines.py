"""Line characters and the places of labels."""

import unicodedata

import pytest

from connectome_tui.graph.detail_levels import Level
from connectome_tui.graph.labels import Run, place_label
from connectome_tui.graph.line_glyphs import frame_joint, line_glyph, to_ascii
from connectome_tui.graph.line_map import EAST, HORIZONTAL, NORTH, SOUTH, VERTICAL, WEST
from connectome_tui.graph.nets import LEFT, RIGHT
from connectome_tui.graph.picture import lay_out
from tests.unit.graph.topologies import SHOP, make_topology


@pytest.mark.parametrize(
    ("light", "heavy", "glyph"),
    [
        (HORIZONTAL, 0, "─"),
        (SOUTH | EAST, 0, "╭"),
        (NORTH | WEST, 0, "╯"),
        (HORIZONTAL | SOUTH, 0, "┬"),
        (0, VERTICAL, "┃"),
        (0, SOUTH | EAST, "┏"),
        (VERTICAL, EAST, "┝"),
        (EAST | WEST | NORTH, NORTH, "┸"),
    ],
)
def test_glyphs_join_the_sides(light: int, heavy: int, glyph: str) -> None:
    """SCREENS "Line styles": corners of light lines are round, of heavy ones square; mixed weights have their own."""
    assert line_glyph(light, heavy, "direct") == glyph


def test_every_junction_has_a_glyph() -> None:
    """GRAPH.md 7: whatever sides meet, light or heavy, there is a box-drawing character one cell wide."""
    for light in range(1, 16):
        for heavy in range(16):
            glyph = line_glyph(light, heavy, "stream")
            assert unicodedata.name(glyph).startswith("BOX DRAWINGS")
            assert to_ascii(glyph).isascii()


def test_frames_are_joined_where_lines_leave_them() -> None:
    """SCREENS "120x40": a line begins on the frame of its card."""
    assert frame_joint(RIGHT, heavy_line=False, heavy_card=False) == "├"
    assert frame_joint(LEFT, heavy_line=True, heavy_card=False) == "┥"
    assert frame_joint(RIGHT, heavy_line=True, heavy_card=True) == "┣"


def test_a_label_keeps_line_on_the_run() -> None:
    """SCREENS "Labels": a blank at each side and some line beside it, in the middle of the run."""
    assert place_label(Run(10, 3, 20), 6) == (17, 3)
    assert place_label(Run(10, 3, 9), 6) is not None
    assert place_label(Run(10, 3, 8), 6) is None
    assert place_label(Run(10, 3, 8), 0) is None


def test_runs_belong_to_one_edge() -> None:
    """GRAPH.md 8: a label lies where no other edge does; the lit one also where only its net is."""
    picture = lay_out(SHOP, (140, 29))
    taken: set[tuple[int, int]] = set()
    for index in range(len(picture.routes)):
        run = picture.labels.run(index, lit=False)
        cells = {(x, run.y) for x in range(run.x, run.x + run.length)}
        assert not cells & taken
        taken |= cells
        for x, y in cells:
            assert picture.routes_at(x, y) == (index,)


def test_a_shared_trunk_is_no_place_for_a_resting_label() -> None:
    """SCREENS "Labels": on a line that two edges share nobody could tell whose label it is, unless one is lit."""
    topology = make_topology(["F:a", "B:b", "G:c", "G:d"], ["a>c", "a>d"])
    picture = lay_out(topology, (90, 12), level=Level.CHIP)
    assert picture.labels.run(0, lit=True).length > picture.labels.run(0, lit=False).length
