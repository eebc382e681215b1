"""Box lines and blocks as shapes: fonts differ in width and height, and drawn as letters they come apart.

All coordinates are units of a cell that is `CELL_WIDTH` by `CELL_HEIGHT`, from its top left corner.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

CELL_WIDTH: Final = 10.0
CELL_HEIGHT: Final = 20.0

Direction = Literal["LEFT", "RIGHT", "UP", "DOWN"]

_THICKNESS: Final = {"LIGHT": 1.4, "SINGLE": 1.4, "HEAVY": 3.2, "DOUBLE": 3.2}
_DASHES: Final = {"DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}
_DIRECTIONS: Final[dict[str, tuple[Direction, ...]]] = {
    "LEFT": ("LEFT",),
    "RIGHT": ("RIGHT",),
    "UP": ("UP",),
    "DOWN": ("DOWN",),
    "HORIZONTAL": ("LEFT", "RIGHT"),
    "VERTICAL": ("UP", "DOWN"),
}
_QUADRANTS: Final = {
    "▖": "c",
    "▗": "d",
    "▘": "a",
    "▝": "b",
    "▙": "acd",
    "▚": "ad",
    "▛": "abc",
    "▜": "abd",
    "▞": "bc",
    "▟": "bcd",
}
_SHADES: Final = {"░": 0.25, "▒": 0.5, "▓": 0.75}


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; `opacity` below 1 for the shades."""

    left: float
    top: float
    right: float
    bottom: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Corner:
    """A round corner: a line from the `vertical` edge of the cell that bends to the `horizontal` one."""

    vertical: Literal["UP", "DOWN"]
    horizontal: Literal["LEFT", "RIGHT"]
    thickness: float


Shape = Box | Corner


@cache
def shapes_of(character: str) -> tuple[Shape, ...]:
    """The shapes that make up a character of the box-drawing and block blocks; empty for any other."""
    code = ord(character)
    if 0x2580 <= code <= 0x259F:
        return tuple(_block(character, code))
    if 0x2500 <= code <= 0x257F:
        return _lines(unicodedata.name(character).removeprefix("BOX DRAWINGS ").split())
    return ()


def _block(character: str, code: int) -> Iterator[Box]:
    width, height = CELL_WIDTH, CELL_HEIGHT
    if code == 0x2580:
        yield Box(0, 0, width, height / 2)
    elif code <= 0x2588:
        yield Box(0, height - height * (code - 0x2580) / 8, width, height)
    elif code <= 0x258F:
        yield Box(0, 0, width * (0x2590 - code) / 8, height)
    elif code == 0x2590:
        yield Box(width / 2, 0, width, height)
    elif character in _SHADES:
        yield Box(0, 0, width, height, _SHADES[character])
    elif code == 0x2594:
        yield Box(0, 0, width, height / 8)
    elif code == 0x2595:
        yield Box(width * 7 / 8, 0, width, height)
    else:
        for quadrant in _QUADRANTS[character]:
            left = 0.0 if quadrant in "ac" else width / 2
            top = 0.0 if quadrant in "ab" else height / 2
            yield Box(left, top, left + width / 2, top + height / 2)


def _lines(words: list[str]) -> tuple[Shape, ...]:
    """The lines that the Unicode name of a character tells of, for example `UP HEAVY AND RIGHT DOWN LIGHT`."""
    if "DIAGONAL" in words:
        return ()
    dashes = _DASHES[words[words.index("DASH") - 1]] if "DASH" in words else 1
    if dashes > 1:
        del words[words.index("DASH") - 1]
    arms: dict[Direction, float] = {}
    thickness = 0.0
    for phrase in " ".join(words).split(" AND "):
        parts = phrase.split()
        thickness = next((_THICKNESS[part] for part in parts if part in _THICKNESS), thickness)
        arms |= {arm: thickness for part in parts for arm in _DIRECTIONS.get(part, ())}
    if "ARC" in words:
        return (Corner("UP" if "UP" in arms else "DOWN", "LEFT" if "LEFT" in arms else "RIGHT", thickness),)
    return tuple(_dashed(arms, dashes) if dashes > 1 else _solid(arms))


def _solid(arms: dict[Direction, float]) -> Iterator[Box]:
    """Each arm runs from the edge to the middle, and on as far as what crosses it is thick."""
    middle_x, middle_y = CELL_WIDTH / 2, CELL_HEIGHT / 2
    across_x = max(arms.get("UP", 0), arms.get("DOWN", 0)) / 2
    across_y = max(arms.get("LEFT", 0), arms.get("RIGHT", 0)) / 2
    if arms.get("LEFT") == arms.get("RIGHT") and "LEFT" in arms:
        half = arms["LEFT"] / 2
        yield Box(0, middle_y - half, CELL_WIDTH, middle_y + half)
        arms = {arm: thickness for arm, thickness in arms.items() if arm in {"UP", "DOWN"}}
    for arm, thickness in arms.items():
        half = thickness / 2
        if arm == "LEFT":
            yield Box(0, middle_y - half, middle_x + across_x, middle_y + half)
        elif arm == "RIGHT":
            yield Box(middle_x - across_x, middle_y - half, CELL_WIDTH, middle_y + half)
        elif arm == "UP":
            yield Box(middle_x - half, 0, middle_x + half, middle_y + across_y)
        else:
            yield Box(middle_x - half, middle_y - across_y, middle_x + half, CELL_HEIGHT)


def _dashed(arms: dict[Direction, float], dashes: int) -> Iterator[Box]:
    horizontal = "LEFT" in arms
    half = next(iter(arms.values())) / 2
    length = CELL_WIDTH if horizontal else CELL_HEIGHT
    for dash in range(dashes):
        start, end = length * (dash + 0.2) / dashes, length * (dash + 0.8) / dashes
        if horizontal:
            yield Box(start, CELL_HEIGHT / 2 - half, end, CELL_HEIGHT / 2 + half)
        else:
            yield Box(CELL_WIDTH / 2 - half, start, CELL_WIDTH / 2 + half, end)
