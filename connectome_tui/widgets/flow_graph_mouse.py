"""The mouse on the flow graph: a click chooses, a drag and the wheel pan."""

from textual import events

from connectome_tui.widgets.pane import Pane

_WHEEL_COLUMNS = 4
_WHEEL_ROWS = 2


class MouseViewing(Pane):
    """A pane whose view is moved with the mouse."""

    _held_at: tuple[int, int] | None = None
    _is_dragged = False

    def pan(self, columns: int, rows: int) -> None:
        """Move the view by so many cells."""
        raise NotImplementedError

    def choose_at(self, x: int, y: int) -> None:
        """Choose what is in a cell of the pane."""
        raise NotImplementedError

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the drawing."""
        if event.button == 1:
            self._held_at, self._is_dragged = (event.x, event.y), False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let the drawing follow the hand."""
        if self._held_at is None:
            return
        columns, rows = self._held_at[0] - event.x, self._held_at[1] - event.y
        if columns or rows:
            self._held_at, self._is_dragged = (event.x, event.y), True
            self.pan(columns, rows)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go; where nothing was dragged, it was a click."""
        if self._held_at is None:
            return
        self._held_at = None
        self.release_mouse()
        if not self._is_dragged:
            self.choose_at(event.x, event.y)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Pan down, with Shift to the right."""
        event.stop()
        self.pan(*((_WHEEL_COLUMNS, 0) if event.shift else (0, _WHEEL_ROWS)))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Pan up, with Shift to the left."""
        event.stop()
        self.pan(*((-_WHEEL_COLUMNS, 0) if event.shift else (0, -_WHEEL_ROWS)))

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Pan to the left."""
        event.stop()
        self.pan(-_WHEEL_COLUMNS, 0)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Pan to the right."""
        event.stop()
        self.pan(_WHEEL_COLUMNS, 0)
