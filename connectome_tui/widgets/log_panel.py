"""The log (LOG-2, SCREENS "Log"): where it is scrolled to, and what is chosen in it."""

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.log_order import ledger_identity
from connectome_tui.widgets.log_painter import LogPainter, selected_index
from connectome_tui.widgets.log_rows import Anchor, LogRow
from connectome_tui.widgets.painting import Look

__all__ = ["LogPanel", "selected_index"]

_WHEEL_ROWS: Final = 3


class LogPanel(LinePane, can_focus=True):
    """The rows released so far. It follows its end unless it is scrolled, and selects by message."""

    fades = True

    class EntrySelected(Message):
        """A row was chosen: `arrival_index` is its entry. `by_mouse`: it was clicked, not reached by keys."""

        def __init__(self, arrival_index: int, *, by_mouse: bool = False) -> None:
            super().__init__()
            self.arrival_index = arrival_index
            self.by_mouse = by_mouse

    class Scrolled(Message):
        """The user scrolled: the entry at the bottom now, None when the log follows."""

        def __init__(self, arrival_index: int | None) -> None:
            super().__init__()
            self.arrival_index = arrival_index

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (the name that Textual gives it)
        super().__init__(id=id)
        self._painter = LogPainter()
        self._anchor: Anchor | None = None

    # What is shown

    def slices(self, state: State) -> Sequence[object]:
        return (state.ledger, state.inspection_index, state.view, state.source, state.topology, state.flow)

    def on_commit(self, old: State, new: State) -> None:
        """Keep in view what has to be, then repaint what differs."""
        if old.ledger is not new.ledger and ledger_identity(old) != ledger_identity(new):
            self._anchor = None
        if old.view.log_filter is not new.view.log_filter and _filter_text(old) != _filter_text(new):
            self._anchor = None
        if old.inspection_index != new.inspection_index:
            self._anchor = None if new.inspection_index is None else self._revealing(new, new.inspection_index)
        elif new.inspection_index is not None and self._anchor is None and old.ledger is not new.ledger:
            shown = self._painter.rows(old).window(None, self._body)
            self._anchor = Anchor(shown[0]) if shown else None
        chosen = selected_index(new)
        if chosen is not None and chosen != selected_index(old):
            self._anchor = self._revealing(new, chosen)
        super().on_commit(old, new)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        lines = self._painter.lines(state, self.host.flow, self._anchor, look, size)
        if self._painter.must_go_on:
            self.call_later(self.redraw)
        return lines

    # Scrolling and choosing

    @property
    def _body(self) -> int:
        """The rows below the rule."""
        return max(1, self.size.height - 1)

    def _revealing(self, state: State, arrival_index: int) -> Anchor | None:
        """The anchor to show an entry with: the one in force when it is on the screen."""
        rows = self._painter.rows(state)
        if LogRow("entry", arrival_index) in rows.window(self._anchor, self._body):
            return self._anchor
        return rows.anchor_at(arrival_index, self._body)

    @property
    def page_rows(self) -> int:
        """The rows of a page: one less than there is room for."""
        return max(1, self._body - 1)

    def reveal(self, arrival_index: int) -> None:
        """Scroll to an entry that is out of view."""
        anchor = self._revealing(self.host.state, arrival_index)
        if anchor != self._anchor:
            self._anchor = anchor
            self.redraw()
            self._tell_scrolled()

    def scroll_rows(self, delta: int) -> None:
        """Scroll down by `delta` rows (negative: up); at the end the log follows again."""
        self._anchor = self._painter.rows(self.host.state).moved(self._anchor, delta, self._body)
        self.redraw()
        self._tell_scrolled()

    def scroll_to_top(self) -> None:
        """Show the first row."""
        rows = self._painter.rows(self.host.state)
        if len(rows.order):
            self._anchor = rows.settled(Anchor(rows.group(0)[0]), self._body)
            self.redraw()
            self._tell_scrolled()

    def scroll_to_bottom(self) -> None:
        """Show the last row, and follow."""
        self._anchor = None
        self.redraw()
        self._tell_scrolled()

    @property
    def place(self) -> Anchor | None:
        """Where it is scrolled to; None while it follows."""
        return self._anchor

    def turn_to(self, arrival_index: int | None) -> None:
        """Show what another window shows: an entry at the bottom, None to follow. Nobody is told.

        To follow is to show the entry that is looked back at, where there is one.
        """
        state = self.host.state
        if arrival_index is not None:
            self._anchor = self._painter.rows(state).anchor_below(arrival_index, self._body)
        elif state.inspection_index is not None:
            self._anchor = self._revealing(state, state.inspection_index)
        else:
            self._anchor = None
        self.redraw()

    def _tell_scrolled(self) -> None:
        shown = self._painter.rows(self.host.state).window(self._anchor, self._body)
        bottom = shown[-1].arrival_index if self._anchor is not None and shown else None
        self.post_message(self.Scrolled(bottom))

    def entry_beside(self, delta: int) -> int | None:
        """The entry `delta` rows below the selected one, or at the end that is nearer; None while there are none.

        While nothing is selected, one step goes to the entry in focus.
        """
        state = self.host.state
        order = self._painter.rows(state).order
        if not len(order):
            return None
        chosen = selected_index(state)
        if chosen is None:
            current = state.inspection_index if state.inspection_index is not None else state.ledger.end - 1
            position = order.position_of(current) + (0 if abs(delta) == 1 else delta)
        else:
            position = order.position_of(chosen) + delta
        return order.index_at(min(max(position, 0), len(order) - 1))

    def move_selection(self, delta: int) -> None:
        """Choose the entry `delta` rows further down."""
        entry = self.entry_beside(delta)
        if entry is not None:
            self.post_message(self.EntrySelected(entry))

    def select_first(self) -> None:
        """Choose the first entry."""
        self.move_selection(-len(self.host.state.ledger))

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        event.stop()
        shown = self._painter.rows(self.host.state).window(self._anchor, self._body)
        if 1 <= event.y <= len(shown) and shown[event.y - 1].kind == "entry":
            self.post_message(self.EntrySelected(shown[event.y - 1].arrival_index, by_mouse=True))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls the log."""
        event.stop()
        self.scroll_rows(-_WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls the log."""
        event.stop()
        self.scroll_rows(_WHEEL_ROWS)


def _filter_text(state: State) -> str:
    return state.view.log_filter.text if state.view.log_filter else ""
