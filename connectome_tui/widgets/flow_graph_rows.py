"""The rows of the graph pane as strips: drawn anew where they have to be, and compared with what was there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from connectome_tui.graph import raster
from connectome_tui.graph.card_painter import DrawOptions
from connectome_tui.graph.cell_row import COVERED, CellRow
from connectome_tui.graph.looks import Looks
from connectome_tui.graph.minimap import Minimap
from connectome_tui.graph.picture import Picture
from connectome_tui.graph.routes import Rect
from connectome_tui.graph.viewport import Viewport
from connectome_tui.widgets.lean_strip import LeanStrip
from connectome_tui.widgets.painting import Look
from connectome_tui.widgets.palette import Palette


@dataclass(frozen=True, slots=True)
class GraphView:
    """All that the rows of the pane depend on."""

    picture: Picture
    looks: Looks
    viewport: Viewport
    look: Look
    focused: bool = False
    with_minimap: bool = False


WORTH_SKIPPING: Final = 8
"""Equal cells between two changes that cost less to send again than the cursor's way over them."""


class GraphRows:
    """What the pane shows, a strip for each row."""

    def __init__(self, view: GraphView) -> None:
        self.view = view
        self._rows = draw_rows(view, range(view.viewport.height))
        self.strips = [to_strip(row, view.look.palette) for row in self._rows]

    def change_to(self, view: GraphView) -> list[Region]:
        """Show another view; gives the regions of the pane in which it differs."""
        numbers = sorted(_rows_that_may_differ(self.view, view))
        self.view = view
        regions: list[Region] = []
        for number, row in zip(numbers, draw_rows(view, numbers), strict=True):
            spans = list(changed_spans(self._rows[number], row))
            if spans:
                regions += [Region(x, number, width, 1) for x, width in spans]
                self._rows[number], self.strips[number] = row, to_strip(row, view.look.palette)
        return regions


def options_for(look: Look) -> DrawOptions:
    """What the terminal's palette and glyphs ask of the drawing."""
    return DrawOptions(
        line_cards=look.glyphs.line_cards,
        colourless=not look.palette.has_colour,
        ascii_only=look.glyphs.ascii_only,
    )


def draw_rows(view: GraphView, numbers: Iterable[int]) -> list[CellRow]:
    """Rows of the pane as cells."""
    options = options_for(view.look)
    minimap = Minimap(view.picture, view.looks, view.viewport, options) if view.with_minimap else None
    return raster.draw_rows(
        view.picture, view.looks, view.viewport, numbers, options, focused=view.focused, minimap=minimap
    )


def changed_spans(old: CellRow, new: CellRow) -> Iterator[tuple[int, int]]:
    """Where two rows of equal width differ, as cells and widths; changes that lie close are one span."""
    if old.chars == new.chars and old.tokens == new.tokens:
        return
    cells = zip(old.chars, new.chars, old.tokens, new.tokens, strict=True)
    start = end = -1
    for at in [at for at, (was, now, before, after) in enumerate(cells) if was != now or before != after]:
        if start >= 0 and at - end > WORTH_SKIPPING:
            yield start, end - start
            start = at
        elif start < 0:
            start = at
        end = at + 1
    yield start, end - start


def to_strip(row: CellRow, palette: Palette) -> Strip:
    """Cells as a strip in which equal neighbours are one segment; a blank's foreground does not matter."""
    segments: list[Segment] = []
    chars, tokens, style = row.chars, row.tokens, palette.style
    start = 0
    for at in range(1, row.width + 1):
        if at < row.width:
            here, current = tokens[at], tokens[start]
            if here == current or chars[at] == COVERED:
                continue
            if chars[at] == " " and here[1] == current[1] and not here[2] and "r" not in current[2]:
                continue
        segments.append(Segment("".join(chars[start:at]), style(*tokens[start])))
        start = at
    return LeanStrip(segments, row.width)


def _rows_that_may_differ(before: GraphView, after: GraphView) -> set[int]:
    height = after.viewport.height
    if (
        before.picture is not after.picture
        or before.viewport != after.viewport
        or before.look != after.look
        or before.with_minimap
        or after.with_minimap
    ):
        return set(range(height))
    rows: set[int] = {0} if before.focused != after.focused else set()
    for _, y, _, extent in _changed_rects(after.picture, before.looks, after.looks):
        first = y + after.viewport.y
        rows.update(range(max(1, first), min(height, first + extent)))
    return rows


def _changed_rects(picture: Picture, before: Looks, after: Looks) -> Iterable[Rect]:
    """Where cards and edges are whose looks differ; an edge covers others, so it is redrawn as a whole."""
    for card in _differing(before.cards, after.cards):
        yield picture.cards[card].rect
    for route in _differing(before.edges, after.edges):
        yield from picture.routes[route].rects()


def _differing(before: Sequence[object], after: Sequence[object]) -> Iterable[int]:
    return (at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old is not new and old != new)
