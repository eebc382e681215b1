"""Names that come from data, as the cells of a card show them."""

import unicodedata
from functools import lru_cache
from itertools import accumulate, takewhile
from typing import Final, Literal

from connectome_tui.events.visible import ELLIPSIS, cell_width, visible

_NARROW: Final = (
    range(0x0300),
    range(0x2010, 0x2028),
    range(0x2190, 0x2300),
    range(0x2500, 0x25FD),
    range(0x2713, 0x2728),
)
"""What the drawing itself is made of: one cell each, known without the tables of all of Unicode."""

_SKIN_TONES: Final = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAG_LETTERS: Final = {0x1F1E6 + at: chr(ord("A") + at) for at in range(26)}
"""Two of them make one flag, as wide as the terminal likes: on a card a flag is its two letters."""


@lru_cache(maxsize=4096)
def char_width(char: str) -> int:
    """How many cells a character takes."""
    code = ord(char)
    return 1 if any(code in narrow for narrow in _NARROW) else cell_width(char)


def text_width(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else sum(map(char_width, text))


def plain(text: str, most: int, where: Literal["middle", "end"] = "end") -> str:
    """`text` on one line of at most `most` cells, every character of it one or two cells wide (LOG-5).

    A longer text loses its end or its middle. Characters that would join the one before them are
    composed where Unicode can, else left out, so that each cell of a card holds one character.
    """
    if text.isascii() and text.isprintable() and len(text) <= most:
        return text
    shown = visible(text if len(text) <= 8 * most else text[: 4 * most] + text[-4 * most :])
    if not shown.isascii():
        composed = unicodedata.normalize("NFC", shown.translate(_FLAG_LETTERS))
        shown = "".join(char for char in composed if _stands_alone(char))
    if text_width(shown) <= most:
        return shown
    tail = _beginning(shown[::-1], (most - 1) // 2)[::-1] if where == "middle" else ""
    return _beginning(shown, most - 1 - text_width(tail)) + ELLIPSIS + tail


def _beginning(text: str, cells: int) -> str:
    """The longest beginning that fits when every character has cells of its own."""
    ends = accumulate(map(char_width, text))
    return text[: sum(1 for _ in takewhile(lambda end: end <= cells, ends))]


def _stands_alone(char: str) -> bool:
    """Whether a character takes cells of its own whatever stands before it; tones of skin colour what they follow."""
    return char_width(char) > 0 and char not in _SKIN_TONES
