"""Text measured in terminal cells, not in characters."""

import unicodedata
from functools import lru_cache
from typing import Final

from connectome_tui.events.visible import visible

ELLIPSIS: Final = "…"


@lru_cache(maxsize=4096)
def cell_width(char: str) -> int:
    """How many cells a character takes: 0 (it joins the one before), 1 or 2."""
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def text_width(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else sum(map(cell_width, text))


def plain(text: str, most: int) -> str:
    """What comes from data, made fit for a card: at most `most` cells, one line, every character with a cell (LOG-5).

    Characters without a width of their own are composed where Unicode has a composed form, else left out.
    """
    shown = visible(text[: 4 * most])
    if not shown.isascii():
        shown = "".join(char for char in unicodedata.normalize("NFC", shown) if cell_width(char))
    return elide(shown, most)


def elide(text: str, most: int) -> str:
    """`text` in at most `most` cells, its end given up for an ellipsis when it is longer."""
    if text_width(text) <= most:
        return text
    if most <= 0:
        return ""
    kept, used = [], 0
    for char in text:
        used += cell_width(char)
        if used > most - 1:
            break
        kept.append(char)
    return "".join(kept) + ELLIPSIS
