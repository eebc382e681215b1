"""Pictures of the screen, drawn cell by cell."""

from io import BytesIO
from xml.etree import ElementTree as ET

import pytest

from connectome_tui.pictures.cells import CellStyle, Picture, Run
from connectome_tui.pictures.shapes import CELL_HEIGHT, CELL_WIDTH, Box, Corner, shapes_of
from connectome_tui.pictures.svg import MARGIN, draw_svg

PLAIN = CellStyle("#d0d3d8", "#0b0e14")
RAISED = CellStyle("#ffffff", "#161a1f", bold=True, underline=True)
SVG = "{http://www.w3.org/2000/svg}"


def picture_of(*rows: list[Run]) -> Picture:
    return Picture(sum(run.width for run in rows[0]), len(rows), rows, "#0b0e14", title="a <b> & c")


def test_text_stands_at_the_place_of_its_cells() -> None:
    """Each word is placed and stretched by its own cells, so that no font can shift what follows."""
    drawing = ET.fromstring(draw_svg(picture_of([Run("ab  <c", 6, PLAIN)])))  # noqa: S314 -- made right here
    places = {text.text: (text.get("x"), text.get("textLength")) for text in drawing.iter(f"{SVG}text")}
    assert places == {"ab": ("0", "20"), "<c": ("40", "20")}


def test_a_wide_character_takes_two_cells() -> None:
    """What follows a wide character stands two cells further."""
    drawing = ET.fromstring(draw_svg(picture_of([Run("中x", 3, PLAIN)])))  # noqa: S314 -- made right here
    assert [text.get("x") for text in drawing.iter(f"{SVG}text")] == ["10", "20"]


def test_backgrounds_come_first_and_are_merged() -> None:
    """Neighbours of one background are one rectangle under all text; the picture's own background is not repeated."""
    runs = [Run("a", 1, PLAIN), Run("b", 1, RAISED), Run("c", 1, CellStyle("#000000", "#161a1f"))]
    text = draw_svg(picture_of(runs))
    fills = [line for line in text.splitlines() if 'fill="#161a1f"' in line]
    assert fills == [f'<rect x="10" y="0" width="20" height="{CELL_HEIGHT:g}" fill="#161a1f"/>']
    assert text.index(fills[0]) < text.index("<text")


def test_the_size_of_the_drawing_follows_the_cells() -> None:
    """Width and height are those of the cells and the margin."""
    drawing = ET.fromstring(draw_svg(picture_of([Run("abc", 3, PLAIN)], [Run("abc", 3, PLAIN)])))  # noqa: S314
    assert float(drawing.get("width", 0)) == 3 * CELL_WIDTH + 2 * MARGIN
    assert float(drawing.get("height", 0)) == 2 * CELL_HEIGHT + 2 * MARGIN
    title = drawing.find(f"{SVG}title")
    assert title is not None
    assert title.text == "a <b> & c"


def test_lines_of_neighbouring_cells_meet() -> None:
    """Every arm of a line reaches the edge of its cell, so that neighbours join without a gap."""
    (horizontal,) = shapes_of("─")
    assert isinstance(horizontal, Box)
    assert (horizontal.left, horizontal.right) == (0, CELL_WIDTH)
    (vertical_up, vertical_down) = shapes_of("│")
    assert isinstance(vertical_up, Box)
    assert isinstance(vertical_down, Box)
    assert (vertical_up.top, vertical_down.bottom) == (0, CELL_HEIGHT)
    assert vertical_up.bottom >= vertical_down.top
    (corner,) = shapes_of("╭")
    assert isinstance(corner, Corner)
    assert (corner.vertical, corner.horizontal) == ("DOWN", "RIGHT")


def test_weights_are_told_apart() -> None:
    """A heavy arm is thicker than a light one, also within one character."""
    heavy_right = {box.right: box.bottom - box.top for box in shapes_of("┝") if isinstance(box, Box)}
    assert heavy_right[CELL_WIDTH] > 3
    assert all(shapes_of(chr(code)) for code in range(0x2500, 0x25A0) if not 0x2571 <= code <= 0x2573)
    assert not shapes_of("a")


def test_a_png_shows_the_same_cells() -> None:
    """The PNG has two pixels a unit, the backgrounds of the cells, and blocks without seams."""
    image_module = pytest.importorskip("PIL.Image")
    from connectome_tui.pictures import png

    picture = picture_of([Run("██", 2, CellStyle("#ff0000", "#0b0e14")), Run(" ", 1, RAISED)])
    image = image_module.open(BytesIO(png.draw_png(picture)))
    assert image.size == (3 * 20 + 2 * png.MARGIN, 40 + 2 * png.MARGIN)
    row = [image.getpixel((png.MARGIN + x, png.MARGIN + 20)) for x in range(60)]
    assert row[:40] == [(255, 0, 0)] * 40
    assert row[40:] == [(0x16, 0x1A, 0x1F)] * 20
