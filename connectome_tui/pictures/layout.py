"""What is to be drawn, apart from how: fills, letters and shapes at their places, the same for every kind of file."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from connectome_tui.pictures.cells import CellStyle, Picture
from connectome_tui.pictures.shapes import shapes_of

BASELINE: Final = 15.2
"""How far below the top of its cell a letter stands, in the units of the shapes."""
UNDERLINE: Final = 2.0
"""How far below the baseline a line runs."""
FONT_SIZE: Final = 16.5


@dataclass(frozen=True, slots=True)
class Fill:
    """A background over `width` cells of a row."""

    column: int
    row: int
    width: int
    colour: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Text that stands in `width` cells, without blanks at its ends."""

    column: int
    row: int
    width: int
    text: str
    style: CellStyle


@dataclass(frozen=True, slots=True)
class Shaped:
    """`count` neighbouring cells with the same character of lines or blocks."""

    column: int
    row: int
    count: int
    character: str
    colour: str


@dataclass(frozen=True, slots=True)
class _Cell:
    column: int
    width: int
    text: str


def fills_of(picture: Picture) -> Iterator[Fill]:
    """Backgrounds that differ from the picture's own; neighbours of one colour are one."""
    for row_number, row in enumerate(picture.rows):
        column, pending = 0, None
        for run in row:
            colour = run.style.background
            if pending and pending.colour == colour:
                pending = Fill(pending.column, row_number, pending.width + run.width, colour)
            else:
                if pending and pending.colour != picture.background:
                    yield pending
                pending = Fill(column, row_number, run.width, colour)
            column += run.width
        if pending and pending.colour != picture.background:
            yield pending


def underlines_of(picture: Picture) -> Iterator[Fill]:
    """Lines under text, one for each underlined run."""
    for row_number, row in enumerate(picture.rows):
        column = 0
        for run in row:
            if run.style.underline:
                yield Fill(column, row_number, run.width, run.style.foreground)
            column += run.width


def marks_of(picture: Picture) -> Iterator[Letters | Shaped]:
    """Everything that lies on the backgrounds, from left to right and from top to bottom."""
    for row_number, row in enumerate(picture.rows):
        column = 0
        for run in row:
            yield from _marks_of_run(_cells(run.text, column), row_number, run.style)
            column += run.width


def _marks_of_run(cells: list[_Cell], row: int, style: CellStyle) -> Iterator[Letters | Shaped]:
    position = 0
    while position < len(cells):
        first = cells[position]
        end = position + 1
        if shapes_of(first.text[0]):
            while end < len(cells) and cells[end].text == first.text:
                end += 1
            yield Shaped(first.column, row, end - position, first.text, style.foreground)
        elif first.text.isascii() and first.text != " ":
            while end < len(cells) and cells[end].text.isascii() and cells[end].text != " ":
                end += 1
            text = "".join(cell.text for cell in cells[position:end])
            yield Letters(first.column, row, len(text), text, style)
        elif first.text != " ":
            yield Letters(first.column, row, first.width, first.text, style)
        position = end


def _cells(text: str, column: int) -> list[_Cell]:
    """The cells of a text: wide characters take two, combining ones join the cell before them."""
    cells: list[_Cell] = []
    for character in text:
        if unicodedata.combining(character) and cells:
            cells[-1] = _Cell(cells[-1].column, cells[-1].width, cells[-1].text + character)
            continue
        width = 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
        cells.append(_Cell(column, width, character))
        column += width
    return cells
