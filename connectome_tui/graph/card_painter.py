"""The rows of a card: a fill with half blocks, a chip, or a card of lines; and what its state does to it."""

from dataclasses import dataclass
from typing import Final

from connectome_tui.graph.cell_row import CellRow
from connectome_tui.graph.cells import plain, text_width
from connectome_tui.graph.detail_levels import STATE_CELLS, CardRow, Level
from connectome_tui.graph.looks import CardLook, CardStage
from connectome_tui.graph.picture import Card
from connectome_tui.graph.unit_marks import UNIT_MARKS

LIT_STEP_MARK: Final = "▸ "
STEP_MARK: Final = "· "
ERROR_MARK: Final = "✗"
SELECTION_BAR: Final = "▌"
_ROOMY: Final = 4
"""A chip that is so much wider than its title has two blanks before it, and room for the mark behind it."""
_TIGHT: Final = 2
"""A chip that is no wider than this has no cell to part the mark from its title: it stands below, if it can."""
_FRAMES: Final = ("╭─╮│╰╯", "┏━┓┃┗┛")
_FILL: Final = {
    CardStage.IDLE: "node.idle",
    CardStage.TRAVELLED: "node",
    CardStage.SOURCE: "node.from",
}
_TITLE: Final = {
    CardStage.IDLE: ("text.muted", ""),
    CardStage.TRAVELLED: ("text", "b"),
    CardStage.SOURCE: ("text.strong", "b"),
    CardStage.LIT: ("on.lit", "b"),
}


@dataclass(frozen=True, slots=True)
class DrawOptions:
    """How the terminal wants to be drawn on: cards of lines, no colour at all, ASCII only."""

    line_cards: bool = False
    colourless: bool = False
    ascii_only: bool = False

    @property
    def lines(self) -> bool:
        """Whether cards are drawn with lines: without colour and in ASCII fills do not show."""
        return self.line_cards or self.colourless or self.ascii_only


@dataclass(frozen=True, slots=True)
class CardPainter:
    """Draws one card in one state."""

    card: Card
    look: CardLook
    level: Level
    zone_token: str
    options: DrawOptions

    def draw_row(self, row: CellRow, x: int, at: int) -> None:
        """Draw the card's row `at` so that the card begins at cell `x`."""
        if self.level <= Level.CHIP:
            self._draw_chip_row(row, x, at)
        elif self.options.lines:
            self._draw_line_row(row, x, at)
        else:
            self._draw_fill_row(row, x, at)

    @property
    def _lit(self) -> bool:
        return self.look.stage == CardStage.LIT

    @property
    def _fill(self) -> str:
        if self._lit:
            return "error.fill" if self.look.failed else f"call.{self.look.tone}.lit"
        return "select" if self.look.selected else _FILL[self.look.stage]

    @property
    def _body_fill(self) -> str:
        """The fill of the rows of steps, which stay readable as a list when the card is lit."""
        if self._lit and any(row.kind == "step" for row in self.card.rows):
            return "node.from"
        return self._fill

    def _draw_chip_row(self, row: CellRow, x: int, at: int) -> None:
        card, fill = self.card, self._fill
        row.fill(x, card.width, fill)
        fg, attrs = self._title_tokens()
        if not self._lit and (self.options.colourless or self.options.ascii_only):
            row.put(x, "│", fg)
            row.put(x + card.width - 1, "│", fg)
        title, title_row, right = card.rows[0].text, (card.height - 1) // 2, x + card.width - 1
        spare = card.width - text_width(title)
        if self.look.state is not None:
            self._draw_unit_on_chip(row, x, at - title_row)
        elif at == title_row:
            end = row.put(x + (2 if spare >= _ROOMY else 1), title, fg, attrs)
            if spare > _TIGHT or card.height == 1:
                self._mark_error(row, min(end + 1, right))
        elif at == title_row + 1 and spare <= _TIGHT:
            self._mark_error(row, right - 1)
        if self.look.selected:
            row.put(x, SELECTION_BAR, "focus", bg=fill)

    def _draw_fill_row(self, row: CellRow, x: int, at: int) -> None:
        card = self.card
        if at == 0:
            row.fill(x, card.width, self.zone_token, "▄", self._fill, attrs="f")
            return
        if at == card.height - 1:
            row.fill(x, card.width, self.zone_token, "▀", self._body_fill, attrs="f")
            return
        row.fill(x, card.width, self._fill_of(at))
        self._draw_text(row, x, at)
        if self.look.selected:
            row.put(x, SELECTION_BAR, "focus")

    def _draw_line_row(self, row: CellRow, x: int, at: int) -> None:
        card = self.card
        top_left, level, top_right, upright, bottom_left, bottom_right = _FRAMES[self._lit]
        fill = "node" if self._lit else self._fill
        fg = self._frame_token()
        row.fill(x, card.width, fill)
        if at == 0:
            row.put(x, top_left + level * (card.width - 2) + top_right, fg)
            return
        if at == card.height - 1:
            row.put(x, bottom_left + level * (card.width - 2) + bottom_right, fg)
            return
        row.put(x, upright, fg)
        row.put(x + card.width - 1, upright, fg)
        if self._lit and at == 1:
            row.fill(x + 1, card.width - 2, self._fill)
        self._draw_text(row, x, at)
        if self.look.selected:
            row.put(x, SELECTION_BAR, "focus")

    def _frame_token(self) -> str:
        if self._lit:
            return "error" if self.look.failed else f"call.{self.look.tone}.lit"
        return "text.muted" if self.look.stage == CardStage.SOURCE else "line"

    def _fill_of(self, at: int) -> str:
        is_body = at > len(self.card.rows) or self._text_row(at).kind in {"step", "more", "energy"}
        return self._body_fill if is_body else self._fill

    def _text_row(self, at: int) -> CardRow:
        """The text of a row inside the frame; rows that only ports need have none."""
        rows = self.card.rows
        return rows[at - 1] if at <= len(rows) else CardRow("detail")

    def _title_tokens(self) -> tuple[str, str]:
        if self.card.part.folded and not self._lit:
            return "text.muted", ""
        return _TITLE[self.look.stage]

    def _muted(self, at: int) -> str:
        """The token of what is subdued on a row: on the lit fill it is not."""
        is_filled = self._lit and self._fill_of(at) == self._fill and (at == 1 or not self.options.lines)
        return "on.lit" if is_filled else "text.muted"

    def _draw_text(self, row: CellRow, x: int, at: int) -> None:
        card, content = self.card, self._text_row(at)
        x, room = x + card.inset, card.width - 2 * card.inset
        if content.kind == "title":
            fg, attrs = self._title_tokens()
            end = self._put_title(row, x, content.text, fg, attrs)
            self._mark_error(row, x + room - (1 if end < x + room - 1 else 0))
        elif content.kind == "detail":
            self._draw_detail(row, x, at, room)
        elif content.kind == "energy":
            self._draw_energy(row, x, at, room)
        elif content.kind == "step" and self._lit and content.name == self.look.step:
            row.put(x, LIT_STEP_MARK + content.text, "text.strong", "b")
        elif content.kind == "more" and self._is_hidden_step_lit():
            row.put(x, LIT_STEP_MARK + plain(self.look.step or "", room - 2), "text.strong", "b")
        else:
            row.put(x, STEP_MARK + content.text, self._muted(at))

    def _is_hidden_step_lit(self) -> bool:
        names = {row.name for row in self.card.rows if row.kind == "step"}
        return self._lit and bool(self.look.step) and self.look.step not in names

    def _draw_detail(self, row: CellRow, x: int, at: int, room: int) -> None:
        """The detail, or the progress of a unit; where the steps are not listed, the lit step in its place."""
        if self.look.progress:
            row.put(x, plain(self.look.progress, room), self._muted(at))
            return
        if self.look.step and self._lit and self.level == Level.DETAIL and at == 2:
            text = LIT_STEP_MARK + plain(self.look.step, room - 2)
            row.put(x, text, "text.strong" if self._muted(at) == "text.muted" else "on.lit")
            return
        row.put(x, plain(self._text_row(at).text, room), self._muted(at))

    def _draw_energy(self, row: CellRow, x: int, at: int, room: int) -> None:
        energy = self.look.energy
        if energy is None:
            return
        figure = f"{energy:.2f} "
        token = "on.lit" if self._muted(at) == "on.lit" else energy_token(energy)
        x = row.put(x, figure, token)
        if room > len(figure):
            row.put(x, "━" * max(1, round(min(1.0, max(0.0, energy)) * (room - len(figure)))), token)

    def _put_title(self, row: CellRow, x: int, title: str, fg: str, attrs: str) -> int:
        """The title; in front of a unit's its state, and both in the colour of that."""
        if self.look.state is None:
            return row.put(x, title, fg, attrs)
        mark = UNIT_MARKS[self.look.state]
        token = "on.lit" if self._lit else mark.token
        row.put(x, mark.ascii if self.options.ascii_only else mark.glyph, token, "b")
        return row.put(x + STATE_CELLS, title, token, attrs)

    def _draw_unit_on_chip(self, row: CellRow, x: int, below: int) -> None:
        """The title of a unit, and its progress below it, or the tasks behind it as far as there is room."""
        card, progress, right = self.card, self.look.progress, x + self.card.width - 1
        if below == 0:
            fg, attrs = self._title_tokens()
            end = self._put_title(row, x + 1, card.rows[0].text, fg, attrs) + 1
            is_last_row = (card.height - 1) // 2 == card.height - 1
            tasks = progress.partition(" ")[0] if is_last_row else ""
            if "/" in tasks and len(tasks) <= right - end:
                row.put(right - len(tasks), tasks, self._muted(1))
        elif below == 1:
            row.put(x + 1, plain(progress, card.width - 2), self._muted(1))

    def _mark_error(self, row: CellRow, x: int) -> None:
        if self.look.state is not None:
            return
        if self.look.errors or (self._lit and self.look.failed):
            row.put(x, ERROR_MARK, "on.lit" if self._lit else "error", "b")


def energy_token(energy: float) -> str:
    """The token of an amount of energy (GRAPH-4)."""
    for below, token in ((0.10, "energy.grey"), (0.30, "energy.blue"), (0.60, "energy.orange")):
        if energy < below:
            return token
    return "energy.yellow"
