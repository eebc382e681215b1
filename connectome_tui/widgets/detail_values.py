"""Values of attributes as text, and text broken into rows of cells."""

import json
from collections.abc import Iterator
from typing import Any, Final

from rich.cells import get_character_cell_size

from connectome_tui.events.visible import visible

_CHARACTERS_A_CELL: Final = 4
"""More characters than this are never looked at for one cell, combining ones included."""

SHOWN_WHOLE: Final = 20_000
"""An opened value shows so many characters; the rest is in the copy of the event."""


def value_text(value: Any) -> str:
    """A value as text: text as it is, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex(" ")
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "nested too deeply to be shown"


def wrapped(text: str, cells: int) -> Iterator[tuple[str, int]]:
    """`text` in rows of at most `cells` cells, each with the place in `text` behind it.

    It is broken at its own line breaks, at blanks, else anywhere. Rows are made as they are asked for,
    so that a giant value costs no more than what is shown of it.
    """
    start = 0
    while start < len(text):
        reach = start + _CHARACTERS_A_CELL * cells
        end = text.find("\n", start, reach)
        row, taken = _row(text[start : reach if end < 0 else end], cells)
        start += taken
        if start == end:
            start += 1
        yield row, start


def _row(line: str, cells: int) -> tuple[str, int]:
    """The first row of a line without breaks, made visible, and how many characters of the line it takes."""
    fits = min(len(line), cells) if line.isascii() and line.isprintable() else _fitting(line, cells)
    if fits < len(line):
        blank = line.rfind(" ", 0, fits + 1)
        if blank > fits // 2:
            return visible(line[:blank]), blank + 1
    return visible(line[:fits]), fits


def _fitting(line: str, cells: int) -> int:
    """How many characters of a line fit once they are visible; at least one."""
    used = 0
    for count, character in enumerate(line):
        used += sum(get_character_cell_size(shown) for shown in visible(character))
        if used > cells and count:
            return count
    return len(line)
