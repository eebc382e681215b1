"""The detail panel: the event, card or edge that is selected, else the newest event. The stepper never moves."""

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from connectome_tui.store.selectors import select_shown_index
from connectome_tui.store.state import State
from connectome_tui.widgets.detail_document import DetailDocument, DetailWriter, FollowEntry, OpenValue
from connectome_tui.widgets.detail_element import edge_document, node_document
from connectome_tui.widgets.detail_event import event_document
from connectome_tui.widgets.detail_presence import presence_document
from connectome_tui.widgets.detail_sources import shows_sources, sources_document
from connectome_tui.widgets.detail_view import detail_lines
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.log_painter import selected_index
from connectome_tui.widgets.painting import Look, Run
from connectome_tui.widgets.standing import ALONE, Standing

_AIRY_ABOVE: Final = 14
_WHEEL_ROWS: Final = 3


class DetailPanel(LinePane, can_focus=True):
    """It scrolls, follows steps by message, and opens long values in place."""

    fades = True

    class EntryFollowed(Message):
        """A step that the detail names was chosen: `arrival_index` is its entry."""

        def __init__(self, arrival_index: int) -> None:
            super().__init__()
            self.arrival_index = arrival_index

    class CloseAsked(Message):
        """The word `close` was clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (the name that Textual gives it)
        super().__init__(id=id)
        self._top = 0
        self._cursor = -1
        self._opened: frozenset[str] = frozenset()
        self._document = DetailDocument()

    # What is shown

    def slices(self, state: State) -> Sequence[object]:
        if shows_sources(state):
            return (state.live, state.view, None, None, None, None)
        return (state.ledger, state.view, state.inspection_index, state.topology, state.flow, state.cursor)

    def on_commit(self, old: State, new: State) -> None:
        """Begin at the top when something else is shown."""
        if _subject(old) != _subject(new):
            self._top, self._cursor, self._opened = 0, -1, frozenset()
        super().on_commit(old, new)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        writer = DetailWriter(size.width - 1, size.height > _AIRY_ABOVE, self._opened)
        self._document = document = build_document(state, writer, look, self.standing)
        self._top = max(0, min(self._top, len(document.lines) - (size.height - 1)))
        right: tuple[Run, ...] = ()
        if state.view.detail_open:
            right = (Run("esc", "text.strong", "b"), Run(" close", "text.muted"))
        in_hand = document.targets[self._cursor] if 0 <= self._cursor < len(document.targets) else None
        return detail_lines(
            document,
            look,
            size,
            top=self._top,
            in_hand=in_hand,
            right=right,
            focused=state.view.focused_pane == "detail",
        )

    # Scrolling

    @property
    def page_rows(self) -> int:
        """The rows of a page."""
        return max(1, self.size.height - 2)

    def scroll_rows(self, delta: int) -> None:
        """Scroll down by `delta` rows (negative: up)."""
        self._top += delta
        self.redraw()

    def scroll_to_top(self) -> None:
        """Show the first row."""
        self._top = 0
        self.redraw()

    def scroll_to_bottom(self) -> None:
        """Show the last row."""
        self._top = len(self._document.lines)
        self.redraw()

    # Following and opening

    def move_cursor(self, delta: int) -> None:
        """Take in hand the next step or long value (negative: the one before), and bring it into view."""
        targets = self._document.targets
        if not targets:
            self.scroll_rows(delta)
            return
        self._cursor = max(0, min(len(targets) - 1, self._cursor + delta)) if self._cursor >= 0 else 0
        line, body = targets[self._cursor].line, self.size.height - 1
        if not self._top <= line < self._top + body:
            self._top = line - body // 2
        self.redraw()

    def activate(self) -> None:
        """Follow the step in hand, or open or close the value in hand."""
        targets = self._document.targets
        if 0 <= self._cursor < len(targets):
            self._do(targets[self._cursor].action)

    def _do(self, action: FollowEntry | OpenValue) -> None:
        if isinstance(action, FollowEntry):
            self.post_message(self.EntryFollowed(action.arrival_index))
            return
        self._opened ^= {action.key}
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Do what stands where the click was."""
        event.stop()
        if event.y == 0:
            if self.host.state.view.detail_open and event.x >= self.size.width - len(" esc close ") - 1:
                self.post_message(self.CloseAsked())
            return
        line = self._top + event.y - 1
        for number, target in enumerate(self._document.targets):
            if target.line == line and target.x <= event.x < target.x + target.width:
                self._cursor = number
                self._do(target.action)
                return

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.scroll_rows(-_WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.scroll_rows(_WHEEL_ROWS)


def build_document(state: State, writer: DetailWriter, look: Look, standing: Standing = ALONE) -> DetailDocument:
    """The document of what is selected, else of the newest event or the one looked at, or of live sources."""
    selection = state.view.selection
    if selection is not None and selection.kind == "presence":
        return presence_document(standing, writer, look.glyphs)
    if state.live is not None and shows_sources(state):
        return sources_document(state.live, writer, look.glyphs)
    if selection is not None and selection.kind != "event":
        node = state.topology.node_by_id.get(selection.element_id)
        edge = state.topology.edge_by_id.get(selection.element_id)
        if selection.kind == "node" and node is not None:
            return node_document(state, node, writer, look.glyphs)
        if selection.kind == "edge" and edge is not None:
            return edge_document(state, edge, writer, look.glyphs)
    index = selected_index(state)
    if index is None:
        index = select_shown_index(state)
    if index is None or not state.ledger.start <= index < state.ledger.end:
        writer.line(Run("Nothing selected.", "text.muted"))
        return writer.document("Detail")
    return event_document(state, index, writer, look.glyphs, standing.released_by(index))


def _subject(state: State) -> object:
    """What the detail is about, however much is known of it."""
    selection = state.view.selection
    if selection is not None:
        return selection
    if shows_sources(state):
        return "sources"
    index = selected_index(state)
    return select_shown_index(state) if index is None else index
