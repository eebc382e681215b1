"""A still picture of a terminal: rows of runs of cells, every colour already worked out."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How cells look. Colours are `#rrggbb`, as they are shown: reverse and dim are already carried out."""

    foreground: str
    background: str
    bold: bool = False
    italic: bool = False
    underline: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring cells of one style. `text` is as many cells wide as `width`."""

    text: str
    width: int
    style: CellStyle


@dataclass(frozen=True, slots=True)
class Picture:
    """What a screen of `width` by `height` cells shows; the runs of each row add up to `width`."""

    width: int
    height: int
    rows: Sequence[Sequence[Run]]
    background: str
    title: str = "connectome"
