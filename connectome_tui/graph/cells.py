"""Names that come from data, as the cells of a card show them."""

import unicodedata
from typing import Literal

from connectome_tui.events.visible import cell_width, elide, visible


def plain(text: str, most: int, where: Literal["middle", "end"] = "end") -> str:
    """`text` on one line of at most `most` cells, every character of it one or two cells wide (LOG-5).

    A longer text loses its end or its middle. Characters that would join the one before them are
    composed where Unicode can, else left out, so that each cell of a card holds one character.
    """
    if text.isascii() and text.isprintable() and len(text) <= most:
        return text
    shown = visible(text if len(text) <= 8 * most else text[: 4 * most] + text[-4 * most :])
    if not shown.isascii():
        shown = "".join(char for char in unicodedata.normalize("NFC", shown) if cell_width(char))
    return elide(shown, most, where)
