"""A pane that is drawn whole, which is cheap, and repainted only where it differs from what was painted."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region, Size
from textual.strip import Strip

from connectome_tui.store.state import State
from connectome_tui.widgets.painting import Look
from connectome_tui.widgets.pane import Pane

_WORTH_SKIPPING: Final = 10
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
            self._drawn_for = None
            self.drop_painted()
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
    """Where two lines differ, as first cells and widths; runs that stay between two changes are left out."""
    start, width = changed_span(old, new)
    if not width:
        return
    end = start + width
    known = dict(_placed(old))
    kept_from = -1
    for x, run in _placed(new):
        if x > start and x + cell_len(run.text) <= end and known.get(x) == run:
            kept_from = x if kept_from < 0 else kept_from
            continue
        if 0 <= kept_from <= x - _WORTH_SKIPPING:
            yield start, kept_from - start
            start = x
        kept_from = -1
        if x >= end:
            break
    yield start, end - start


def _placed(strip: Strip) -> Iterator[tuple[int, Segment]]:
    """The runs of a line with the cells at which they begin."""
    x = 0
    for run in strip:
        yield x, run
        x += cell_len(run.text)


def changed_span(old: Strip, new: Strip) -> tuple[int, int]:
    """Where two lines differ, as first cell and width; a width of 0 when they look the same."""
    if old.cell_length != new.cell_length:
        return 0, max(old.cell_length, new.cell_length)
    before, after = list(old), list(new)
    start, end = 0, new.cell_length
    while before and after and before[-1] == after[-1]:
        end -= cell_len(after.pop().text)
        before.pop()
    if before and after:
        end -= _equal_end(before[-1], after[-1])
    for was, now in zip(before, after, strict=False):
        if was != now:
            start += _equal_start(was, now)
            break
        start += cell_len(now.text)
    return min(start, end), max(0, end - start)


def _equal_start(old: Segment, new: Segment) -> int:
    """The cells at the start of two runs that look the same; none where a character is not one cell wide."""
    if old.style is not new.style or any(cell_len(run.text) != len(run.text) for run in (old, new)):
        return 0
    longest = min(len(old.text), len(new.text))
    return next((at for at in range(longest) if old.text[at] != new.text[at]), longest)


def _equal_end(old: Segment, new: Segment) -> int:
    """The cells at the end of two runs that look the same: equal letters of one style, or blanks on one surface."""
    if old.style is new.style:
        longest = min(len(old.text), len(new.text))
        same = next((at for at in range(longest) if old.text[-1 - at] != new.text[-1 - at]), longest)
        return cell_len(new.text[len(new.text) - same :]) if same else 0
    if old.style is None or new.style is None or old.style.bgcolor != new.style.bgcolor:
        return 0
    if old.style.reverse or new.style.reverse or old.style.underline or new.style.underline:
        return 0
    return min(len(run.text) - len(run.text.rstrip(" ")) for run in (old, new))
