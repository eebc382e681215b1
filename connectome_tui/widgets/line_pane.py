"""A pane that is drawn whole, which is cheap, and repainted only where it differs from what was painted."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import get_character_cell_size
from textual.geometry import Region, Size
from textual.strip import Strip

from connectome_tui.store.state import State
from connectome_tui.widgets.painting import Look
from connectome_tui.widgets.pane import Pane

_WORTH_SKIPPING: Final = 8
"""Equal cells between two changes that cost less to send again than the cursor's way over them."""


class LinePane(Pane):
    """A pane of few or cached lines.

    Subclasses say which slices of the state they show, and draw all lines of a state; nothing is
    drawn anew while the slices stay the same objects.
    """

    _drawn: Sequence[Strip] = ()
    _drawn_for: tuple[Size, Look] | None = None

    def slices(self, state: State) -> Sequence[object]:
        """What this pane shows of the state; compared by identity."""
        raise NotImplementedError

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        """All lines of the pane, from top to bottom; lines that are missing are blank."""
        raise NotImplementedError

    def on_commit(self, old: State, new: State) -> None:
        """Redraw when one of the slices is another object."""
        if any(before is not after for before, after in zip(self.slices(old), self.slices(new), strict=True)):
            self.redraw()

    def redraw(self) -> None:
        """Draw the newest state and repaint the cells that differ."""
        if not self.is_mounted or not self.size:
            return
        before, was_for = self._drawn, self._drawn_for
        self._draw_newest()
        if was_for != self._drawn_for:
            super().repaint()
            return
        regions = [
            Region(x, y, width, 1)
            for y, (old, new) in enumerate(zip(before, self._drawn, strict=True))
            if old is not new
            for x, width in changed_spans(old, new)
        ]
        if regions:
            self.repaint(*regions)

    def repaint(self, *regions: Region) -> None:
        """As of a pane; without regions everything is drawn anew."""
        if not regions:
            self._drawn_for = None
        super().repaint(*regions)

    def draw_line(self, y: int) -> Strip:
        """A line of what was drawn last; drawn anew when size, palette or glyphs are others by now."""
        if self._drawn_for != (self.size, self.look):
            self._draw_newest()
        return self._drawn[y] if y < len(self._drawn) else Strip.blank(self.size.width)

    def _draw_newest(self) -> None:
        look, size = self.look, self.size
        lines = list(self.draw(self.host.state, look, size))[: size.height]
        blank = look.line(size.width).strip()
        self._drawn = lines + [blank] * (size.height - len(lines))
        self._drawn_for = (size, look)


def changed_spans(old: Strip, new: Strip) -> Iterator[tuple[int, int]]:
    """Where two lines of equal width differ, as cells and widths; changes that lie close are one span."""
    before, after = _cells(old), _cells(new)
    if len(before) != len(after):
        yield 0, max(len(before), len(after))
        return
    start = end = -1
    for at, (cell, other) in enumerate(zip(before, after, strict=True)):
        if cell == other:
            continue
        if start >= 0 and at - end > _WORTH_SKIPPING:
            yield start, end - start
            start = at
        elif start < 0:
            start = at
        end = at + 1
    if start >= 0:
        yield start, end - start


def _cells(strip: Strip) -> list[tuple[str, int]]:
    """Each cell's text and the identity of its style (a palette makes every style once)."""
    cells: list[tuple[str, int]] = []
    for text, style, _ in strip:
        identity = id(style)
        if text.isascii():
            cells.extend((character, identity) for character in text)
            continue
        for character in text:
            size = get_character_cell_size(character)
            if size == 0 and cells:
                cells[-1] = (cells[-1][0] + character, identity)
            cells.extend([(character, identity)] * size)
    return cells
