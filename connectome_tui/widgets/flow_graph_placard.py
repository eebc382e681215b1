"""A few centred lines in place of the graph: waiting, opening, nothing to step (SCREENS "States")."""

from dataclasses import dataclass
from typing import Final

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.widgets.painting import Look, elide, width_of
from connectome_tui.widgets.pane import rule_line

_LEAST_MARGIN: Final = 2
_FIGURE_CELLS: Final = 6


@dataclass(frozen=True, slots=True)
class Placard:
    """Lines, the first of them a heading; `fraction` (0 to 1) stands as a bar below it."""

    lines: tuple[str, ...]
    fraction: float | None = None


def draw_placard(placard: Placard | None, look: Look, size: Size, *, focused: bool) -> list[Strip]:
    """All rows of the pane: its rule, and the placard in the middle."""
    width, height = size
    rows = [rule_line(width, look.palette, look.glyphs, "Graph", focused=focused)]
    rows += [look.line(width) for _ in range(height - 1)]
    if placard is not None:
        lines = list(placard.lines)
        if placard.fraction is not None:
            lines[1:1] = ["", _bar(placard.fraction, look, max(map(width_of, lines), default=0))]
        left = max(_LEAST_MARGIN, (width - max(map(width_of, lines), default=0)) // 2)
        top = max(1, (height - len(lines)) // 2)
        for row, (at, text) in zip(rows[top:], enumerate(lines), strict=False):
            fg, attrs = ("text.strong", "b") if at == 0 else ("text", "")
            row.put(left, elide(text, width - left, look.glyphs.ellipsis), fg, attrs)
    return [row.strip() for row in rows[:height]]


def _bar(fraction: float, look: Look, cells: int) -> str:
    """A bar with its figure, as wide as the lines around it."""
    room = max(10, cells - _FIGURE_CELLS)
    full = round(min(1.0, max(0.0, fraction)) * room)
    return f"{look.glyphs.bar_full * full}{look.glyphs.bar_rest * (room - full)} {fraction * 100:3.0f} %"
