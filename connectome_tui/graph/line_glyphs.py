"""Line characters: for the sides at which light and heavy lines leave a cell, the one that joins them."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from connectome_tui.events.model import Trigger
from connectome_tui.graph.line_map import EAST, HORIZONTAL, NORTH, SOUTH, VERTICAL, WEST
from connectome_tui.graph.nets import LEFT, RIGHT

_SIDES: Final[Mapping[str, int]] = {
    "UP": NORTH,
    "DOWN": SOUTH,
    "LEFT": WEST,
    "RIGHT": EAST,
    "VERTICAL": VERTICAL,
    "HORIZONTAL": HORIZONTAL,
}
_OTHER_SHAPES: Final = frozenset({"DASH", "DOUBLE", "ARC", "DIAGONAL", "SINGLE"})
_ROUND: Final = {SOUTH | EAST: "╭", SOUTH | WEST: "╮", NORTH | EAST: "╰", NORTH | WEST: "╯"}
_BROKEN: Final[Mapping[Trigger, tuple[str, str, str, str]]] = {
    "stream": ("┈", "┊", "┉", "┋"),
    "hook": ("┈", "┊", "┉", "┋"),
    "async": ("╌", "╎", "╍", "╏"),
    "timer": ("╌", "╎", "╍", "╏"),
}
HEADS: Final[Mapping[Trigger, tuple[str, str]]] = {
    "direct": ("▶", "◀"),
    "stream": ("»", "«"),
    "async": ("▷", "◁"),
    "hook": ("◇", "◇"),
    "timer": ("◷", "◷"),
}
"""Heads of edges, pointing right and left."""
CALL_MARKS: Final[Mapping[str, str]] = {
    "code": "■",
    "graphQuery": "◆",
    "llm": "✦",
    "graphLink": "▲",
    "moment": "●",
    "unknown": "?",
}
SELECTED_END: Final = "◆"

_ASCII: Final = str.maketrans(
    {
        **dict.fromkeys("─╴╶", "-"),
        **dict.fromkeys("│╵╷", "|"),
        **dict.fromkeys("┈", "."),
        **dict.fromkeys("┊", ":"),
        **dict.fromkeys("╌", "~"),
        **dict.fromkeys("╎", ";"),
        **dict.fromkeys("━┉╍╸╺", "="),
        **dict.fromkeys("┃┋╏╹╻▌▐", "#"),
        **dict.fromkeys("▶▷▸", ">"),
        **dict.fromkeys("◀◁", "<"),
        **dict.fromkeys("▄▀█", " "),
        "»": ")",
        "«": "(",
        "◇": "o",
        "◷": "@",
        "■": "c",
        "◆": "q",
        "✦": "l",
        "▲": "k",
        "●": "m",
        "✗": "x",
        "·": ".",
        "×": "x",
        "…": "~",
        "→": ">",
        "←": "<",
        "↓": "v",
        "↑": "^",
    }
)


def _from_unicode_names() -> dict[tuple[int, int], str]:
    """Each character of the box-drawing block by its light and its heavy sides, as its name tells them."""
    glyphs: dict[tuple[int, int], str] = {}
    for code in range(0x2500, 0x2580):
        name = unicodedata.name(chr(code)).removeprefix("BOX DRAWINGS ")
        if any(shape in name for shape in _OTHER_SHAPES):
            continue
        sides = {"LIGHT": 0, "HEAVY": 0}
        for half in name.split(" AND "):
            words = half.split()
            weight = next((word for word in words if word in sides), name.split()[0])
            for word in words:
                sides[weight] |= _SIDES.get(word, 0)
        glyphs.setdefault((sides["LIGHT"], sides["HEAVY"]), chr(code))
    return glyphs | {(sides, 0): glyph for sides, glyph in _ROUND.items()}


_GLYPHS: Final = _from_unicode_names()


def line_glyph(light: int, heavy: int, trigger: Trigger) -> str:
    """The character for lines that leave a cell at the sides `light` and `heavy`; straight ones as the trigger asks."""
    light &= ~heavy
    sides = light | heavy
    if trigger in _BROKEN and sides in (HORIZONTAL, VERTICAL) and not (light and heavy):
        return _BROKEN[trigger][(2 if heavy else 0) + (sides == VERTICAL)]
    return _GLYPHS[light, heavy]


def head_glyph(trigger: Trigger, enters: int) -> str:
    """The head of an edge that enters a card at its left or right side."""
    return HEADS[trigger][0 if enters == LEFT else 1]


def frame_joint(leaves: int, *, heavy_line: bool, heavy_card: bool) -> str:
    """The character where a line leaves the frame of a card."""
    side = EAST if leaves == RIGHT else WEST
    light = (0 if heavy_card else VERTICAL) | (0 if heavy_line else side)
    heavy = (VERTICAL if heavy_card else 0) | (side if heavy_line else 0)
    return _GLYPHS[light, heavy]


def to_ascii(text: str) -> str:
    """`text` in ASCII, one character for one."""
    if text.isascii():
        return text
    plain = text.translate(_ASCII)
    if plain.isascii():
        return plain
    return "".join(char if char.isascii() else "+" if "\u2500" <= char < "\u2580" else "?" for char in plain)
