"""From a picture, its looks and a view to rows of cells: characters and tokens, nothing of any screen library."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from connectome_tui.graph.card_painter import CardPainter, DrawOptions
from connectome_tui.graph.cell_row import CellRow
from connectome_tui.graph.cells import plain, text_width
from connectome_tui.graph.detail_levels import Level
from connectome_tui.graph.labels import Run, place_label
from connectome_tui.graph.line_glyphs import CALL_MARKS, SELECTED_END, frame_joint, head_glyph, line_glyph, to_ascii
from connectome_tui.graph.line_map import VERTICAL, RoutesInCell
from connectome_tui.graph.looks import CardStage, EdgeLook, EdgeStage, Looks
from connectome_tui.graph.minimap import Minimap
from connectome_tui.graph.picture import RULE_ROWS, Picture
from connectome_tui.graph.viewport import Viewport, out_of_view

MOST_LABEL_CELLS: Final = 40
_STAGE_SUFFIX: Final = {
    EdgeStage.REST: ".rest",
    EdgeStage.TRAVELLED: "",
    EdgeStage.RECENT: ".lit",
    EdgeStage.LIT: ".lit",
}


def draw_rows(
    picture: Picture,
    looks: Looks,
    viewport: Viewport,
    numbers: Iterable[int],
    options: DrawOptions,
    *,
    focused: bool = False,
    minimap: Minimap | None = None,
) -> list[CellRow]:
    """These rows of the pane."""
    painter = _RowPainter(picture, looks, viewport, options)
    rows = []
    for y in numbers:
        row = painter.draw(y, focused=focused)
        if minimap:
            minimap.draw_row(row, y)
        if options.ascii_only:
            row.chars = [to_ascii(char) for char in row.chars]
        rows.append(row)
    return rows


def edge_token(look: EdgeLook) -> str:
    """The colour of an edge's line."""
    return "focus" if look.selected else f"call.{look.tone}{_STAGE_SUFFIX[look.stage]}"


class _RowPainter:
    """Draws rows of one moment; what they share is made once."""

    def __init__(self, picture: Picture, looks: Looks, viewport: Viewport, options: DrawOptions) -> None:
        self.picture, self.looks, self.viewport, self.options = picture, looks, viewport, options
        self._bands = self._zones()
        self._ground = CellRow.blank(viewport.width)
        for zone, first, last in self._bands:
            self._ground.fill(first, last - first + 1, f"zone.{zone.lower()}")
        self._line_tokens = [edge_token(look) for look in looks.edges]
        self._labels = self._labels_by_row()

    def draw(self, y: int, *, focused: bool) -> CellRow:
        row = self._ground.copy()
        if y < RULE_ROWS:
            self._draw_rule(row, self._bands, focused=focused)
            return row
        at = y - self.viewport.y
        self._draw_lines(row, at)
        self._draw_labels(row, at)
        self._draw_ends(row, at)
        self._draw_cards(row, at)
        if y == self.viewport.height - 1:
            self._draw_more_below(row)
        return row

    def _zones(self) -> list[tuple[str, int, int]]:
        """The bands in cells of the pane; the first and the last run to its edges."""
        spans = [(span.zone, span.first + self.viewport.x, span.last + self.viewport.x) for span in self.picture.zones]
        if spans:
            zone, first, last = spans[0]
            spans[0] = (zone, min(first, 0), last)
            zone, first, last = spans[-1]
            spans[-1] = (zone, first, max(last, self.viewport.width - 1))
        return [(str(zone), first, last) for zone, first, last in spans]

    def _draw_rule(self, row: CellRow, zones: Sequence[tuple[str, int, int]], *, focused: bool) -> None:
        char, fg = ("━", "focus") if focused else ("─", "rule")
        for zone, first, last in zones:
            token = f"zone.{zone.lower()}"
            row.fill(first, last - first + 1, token, char, fg)
            if last < 0 or first >= self.viewport.width:
                continue
            start = max(first, 0)
            name = plain(zone, max(0, min(last, self.viewport.width - 1) - start - 2))
            if name:
                row.put(start + 1, f" {name} ", "focus" if focused else "text.muted", "b" if focused else "")
        left, right, *_ = out_of_view(self.viewport, self.picture)
        texts = [f"← {left} more"] * bool(left) + [f"{right} more →"] * bool(right)
        self._put_at_right(row, texts)

    def _draw_more_below(self, row: CellRow) -> None:
        *_, above, below = out_of_view(self.viewport, self.picture)
        self._put_at_right(row, [f"↑ {above} more"] * bool(above) + [f"↓ {below} more"] * bool(below))

    def _put_at_right(self, row: CellRow, texts: Sequence[str]) -> None:
        if texts:
            text = f" {'  '.join(texts)} "
            row.put(self.viewport.width - len(text) - 1, text, "text")

    def _draw_lines(self, row: CellRow, at: int) -> None:
        edges, line_tokens = self.looks.edges, self._line_tokens
        for x, nets in self.picture.line_map.row(at).items():
            cell = x + self.viewport.x
            if not 0 <= cell < row.width:
                continue
            routes = next(iter(nets.values())) if len(nets) == 1 else self._on_top(nets)
            light = heavy = 0
            best, best_rank = 0, -1
            for route, sides in routes.items():
                look = edges[route]
                light |= sides
                if look.stage == EdgeStage.LIT:
                    heavy |= sides
                rank = look.stage + (EdgeStage.LIT if look.selected else 0)
                if rank > best_rank:
                    best, best_rank = route, rank
            row.chars[cell] = line_glyph(light, heavy, edges[best].trigger)
            row.tokens[cell] = (line_tokens[best], row.tokens[cell][1], "")

    def _on_top(self, nets: Mapping[int, RoutesInCell]) -> RoutesInCell:
        """Of nets that cross: the lit or selected one, else the one that runs up and down."""
        edges = self.looks.edges

        def rank(net: int) -> tuple[bool, bool, bool, int]:
            routes = nets[net]
            return (
                any(edges[route].stage == EdgeStage.LIT for route in routes),
                any(edges[route].selected for route in routes),
                any(sides & VERTICAL for sides in routes.values()),
                net,
            )

        return nets[max(nets, key=rank)]

    def _labels_by_row(self) -> Mapping[int, Sequence[tuple[Run, EdgeLook]]]:
        """The labels that are shown, each with the run that it lies on, by the rows of the picture."""
        shown_at_rest = self.picture.level in (Level.ZONES, Level.DETAIL, Level.STEPS)
        labels: dict[int, list[tuple[Run, EdgeLook]]] = {}
        for index, look in enumerate(self.looks.edges):
            is_lit = look.stage == EdgeStage.LIT
            if look.label and (is_lit or shown_at_rest):
                run = self.picture.labels.run(index, lit=is_lit)
                labels.setdefault(run.y, []).append((run, look))
        return labels

    def _draw_labels(self, row: CellRow, at: int) -> None:
        for run, look in self._labels.get(at, ()):
            text = plain(look.label, MOST_LABEL_CELLS)
            place = place_label(run, text_width(text))
            if place:
                token = "text.strong" if look.stage == EdgeStage.LIT else "text.muted"
                row.put(place[0] - 1 + self.viewport.x, f" {text} ", token)

    def _draw_ends(self, row: CellRow, at: int) -> None:
        edges = self.looks.edges
        for index in sorted(self.picture.line_map.ends_in_row(at), key=lambda index: edges[index].stage):
            route, look = self.picture.routes[index], edges[index]
            token = self._line_tokens[index]
            (port_x, port_y), (head_x, head_y) = route.port, route.head
            if port_y == at and look.selected:
                row.put(port_x + self.viewport.x, SELECTED_END, token)
            elif port_y == at and self.options.colourless:
                row.put(port_x + self.viewport.x, CALL_MARKS[look.tone], token)
            if head_y == at:
                head = SELECTED_END if look.selected else head_glyph(look.trigger, route.enters)
                row.put(head_x + self.viewport.x, head, token)

    def _draw_cards(self, row: CellRow, at: int) -> None:
        for index, card in enumerate(self.picture.cards):
            x = card.x + self.viewport.x
            if not card.y <= at < card.y + card.height or x >= row.width or x + card.width <= 0:
                continue
            zone = f"zone.{card.part.zone.lower()}"
            painter = CardPainter(card, self.looks.cards[index], self.picture.level, zone, self.options)
            painter.draw_row(row, x, at - card.y)
        if self.options.lines and self.picture.level >= Level.TITLE:
            self._join_frames(row, at)

    def _join_frames(self, row: CellRow, at: int) -> None:
        """Where edges leave cards of lines, join them to the frame."""
        edges, cards = self.looks.edges, self.looks.cards
        for index in sorted(self.picture.line_map.ends_in_row(at), key=lambda index: edges[index].stage):
            route = self.picture.routes[index]
            x, y = route.frame_cell
            cell = x + self.viewport.x
            card = cards[route.way.source]
            is_covered = card.selected and route.frame_cell[0] == self.picture.cards[route.way.source].x
            if y == at and 0 <= cell < row.width and not is_covered:
                row.chars[cell] = frame_joint(
                    route.leaves,
                    heavy_line=edges[index].stage == EdgeStage.LIT,
                    heavy_card=card.stage == CardStage.LIT,
                )
