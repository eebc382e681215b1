"""A picture of the screen as PNG, with the font that ships with the package; needs the extra `png` (Pillow)."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from connectome_tui.pictures.cells import Picture
from connectome_tui.pictures.layout import (
    BASELINE,
    FONT_SIZE,
    UNDERLINE,
    Letters,
    Shaped,
    fills_of,
    marks_of,
    underlines_of,
)
from connectome_tui.pictures.shapes import CELL_HEIGHT, CELL_WIDTH, Box, Corner, Shape, shapes_of

SCALE: Final = 2
MARGIN: Final = 12 * SCALE
FINER: Final = 4
"""Shapes are drawn this much larger and shrunk, so that round corners are smooth."""

_WIDTH: Final = int(CELL_WIDTH * SCALE)
_HEIGHT: Final = int(CELL_HEIGHT * SCALE)
_BASELINE: Final = round(BASELINE * SCALE)
_FONTS: Final = Path(__file__).parent / "fonts"


def draw_png(picture: Picture) -> bytes:
    """The picture as the bytes of a PNG file, two pixels for each unit of the SVG."""
    size = (picture.width * _WIDTH + 2 * MARGIN, picture.height * _HEIGHT + 2 * MARGIN)
    image = Image.new("RGB", size, picture.background)
    draw = ImageDraw.Draw(image)
    for fill in fills_of(picture):
        left, top = _corner_of(fill.column, fill.row)
        draw.rectangle((left, top, left + fill.width * _WIDTH - 1, top + _HEIGHT - 1), fill=fill.colour)
    for line in underlines_of(picture):
        left, top = _corner_of(line.column, line.row)
        top += round((BASELINE + UNDERLINE) * SCALE)
        draw.rectangle((left, top, left + line.width * _WIDTH - 1, top + SCALE - 1), fill=line.colour)
    for mark in marks_of(picture):
        if isinstance(mark, Letters):
            _draw_letters(draw, mark)
        else:
            _draw_shaped(image, mark)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _corner_of(column: int, row: int) -> tuple[int, int]:
    return MARGIN + column * _WIDTH, MARGIN + row * _HEIGHT


def _draw_letters(draw: ImageDraw.ImageDraw, letters: Letters) -> None:
    font = _font(bold=letters.style.bold)
    left, top = _corner_of(letters.column, letters.row)
    if letters.text.isascii():
        for cell, character in enumerate(letters.text):
            place = (left + cell * _WIDTH, top + _BASELINE)
            draw.text(place, character, letters.style.foreground, font, anchor="ls")
    else:
        middle = left + letters.width * _WIDTH / 2
        draw.text((middle, top + _BASELINE), letters.text, letters.style.foreground, font, anchor="ms")


@lru_cache(maxsize=2)
def _font(*, bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf"
    return ImageFont.truetype(str(_FONTS / name), round(FONT_SIZE * SCALE), layout_engine=ImageFont.Layout.BASIC)


def _draw_shaped(image: Image.Image, mark: Shaped) -> None:
    mask = _mask(mark.character)
    for cell in range(mark.count):
        image.paste(mark.colour, _corner_of(mark.column + cell, mark.row), mask)


@lru_cache(maxsize=256)
def _mask(character: str) -> Image.Image:
    """How much of each pixel of a cell the shapes of a character cover."""
    zoom = SCALE * FINER
    mask = Image.new("L", (int(CELL_WIDTH * zoom), int(CELL_HEIGHT * zoom)))
    draw = ImageDraw.Draw(mask)
    for shape in shapes_of(character):
        _draw_shape(draw, shape, zoom)
    return mask.resize((_WIDTH, _HEIGHT), Image.Resampling.BOX)


def _draw_shape(draw: ImageDraw.ImageDraw, shape: Shape, zoom: int) -> None:
    if isinstance(shape, Box):
        left, top, right, bottom = (round(edge * zoom) for edge in (shape.left, shape.top, shape.right, shape.bottom))
        draw.rectangle((left, top, right - 1, bottom - 1), fill=round(255 * shape.opacity))
        return
    _draw_corner(draw, shape, zoom)


def _draw_corner(draw: ImageDraw.ImageDraw, corner: Corner, zoom: int) -> None:
    """A straight piece and a quarter of a circle whose middle lies in the corner of the cell that it bends around."""
    middle_x, middle_y, radius = CELL_WIDTH / 2, CELL_HEIGHT / 2, CELL_WIDTH / 2
    half = corner.thickness / 2
    up, left = corner.vertical == "UP", corner.horizontal == "LEFT"
    centre_x = 0.0 if left else CELL_WIDTH
    centre_y = middle_y - radius if up else middle_y + radius
    straight = (middle_x - half, 0.0 if up else centre_y, middle_x + half, centre_y if up else CELL_HEIGHT)
    draw.rectangle([round(edge * zoom) for edge in straight], fill=255)
    outer = radius + half
    circle = (centre_x - outer, centre_y - outer, centre_x + outer, centre_y + outer)
    start = {(True, True): 0, (True, False): 90, (False, False): 180, (False, True): 270}[up, left]
    draw.arc([edge * zoom for edge in circle], start, start + 90, fill=255, width=round(corner.thickness * zoom))
