"""A small map of a picture in half blocks, with what is in view lighter; shown while panning."""

from typing import Final

from connectome_tui.graph.card_painter import DrawOptions
from connectome_tui.graph.cell_row import CellRow
from connectome_tui.graph.looks import CardStage, Looks
from connectome_tui.graph.picture import RULE_ROWS, Picture
from connectome_tui.graph.viewport import Viewport

MOST_CELLS: Final = 20
MOST_ROWS: Final = 4
_UPPER: Final = "▀"
_WITHOUT_COLOUR: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄"}


class Minimap:
    """The map of one moment: `draw_row` puts it into the bottom left corner of the pane, one cell from its edges."""

    def __init__(self, picture: Picture, looks: Looks, viewport: Viewport, options: DrawOptions) -> None:
        self.viewport, self.options = viewport, options
        width, height = max(1, picture.width), max(1, picture.height)
        # A cell of the map is two pixels high; keep the shape of cells, which are twice as high as wide.
        scale = max(width / MOST_CELLS, height / (2 * MOST_ROWS), 1.0)
        self.columns = max(1, round(width / scale))
        self.pixels = max(2, round(height / scale))
        self.rows = (self.pixels + 1) // 2
        self._dots = [["" for _ in range(self.columns)] for _ in range(2 * self.rows)]
        for card, look in zip(picture.cards, looks.cards, strict=True):
            token = _token(look.stage, look.tone, failed=look.failed)
            for y in self._span(card.y, card.height, height, self.pixels):
                for x in self._span(card.x, card.width, width, self.columns):
                    self._dots[y][x] = token
        self._seen_x = self._span(-viewport.x, viewport.width, width, self.columns)
        self._seen_y = self._span(RULE_ROWS - viewport.y, viewport.height - RULE_ROWS, height, self.pixels)

    def draw_row(self, row: CellRow, y: int) -> None:
        """Draw the part of the map that lies in row `y` of the pane."""
        at = y - (self.viewport.height - 1 - self.rows)
        if not 0 <= at < self.rows or self.columns + 2 > row.width:
            return
        for x in range(self.columns):
            upper, lower = self._dots[2 * at][x], self._dots[2 * at + 1][x]
            ground = ["node.from" if self._is_seen(x, y) else "overlay" for y in (2 * at, 2 * at + 1)]
            if self.options.lines:
                empty = "·" if "node.from" in ground else " "
                char = _WITHOUT_COLOUR.get((bool(upper), bool(lower)), empty)
                row.put(x + 1, "#" if self.options.ascii_only and char in "█▀▄" else char, "text", bg="overlay")
            else:
                row.put(x + 1, _UPPER, upper or ground[0], bg=lower or ground[1])

    def _is_seen(self, x: int, y: int) -> bool:
        return x in self._seen_x and y in self._seen_y

    @staticmethod
    def _span(start: int, length: int, extent: int, cells: int) -> range:
        """The cells of the map that a stretch of the picture covers, at least one inside it."""
        first = min(max(0, start * cells // extent), cells - 1)
        last = min(max(first, (start + length - 1) * cells // extent), cells - 1)
        return range(first, last + 1)


def _token(stage: CardStage, tone: str, *, failed: bool) -> str:
    if stage == CardStage.LIT:
        return "error.fill" if failed else f"call.{tone}.lit"
    return "text.muted" if stage >= CardStage.TRAVELLED else "line"
