"""The way from the actions to the panes: scrolling, panning and moving what a pane has in hand."""

from typing import TYPE_CHECKING

from connectome_tui.store.state import Pane, Selection

if TYPE_CHECKING:
    from connectome_tui.app.main_screen import MainScreen


class PaneViews:
    """The panes of the main screen, as the actions of the group Look see them."""

    def __init__(self, screen: "MainScreen") -> None:
        self._screen = screen

    def pan_graph(self, columns: int, rows: int) -> None:
        """Move the view of the graph, in cells."""
        self._screen.graph.pan(columns, rows)

    def zoom_graph(self, by: int) -> None:
        """More (1) or less (-1) detail."""
        self._screen.graph.zoom(by)

    def fit_graph(self) -> None:
        """Show the whole graph again."""
        self._screen.graph.fit()

    def scroll(self, pane: Pane, rows: int) -> None:
        """Scroll the log or the detail."""
        if pane == "detail":
            self._screen.detail.scroll_rows(rows)
        else:
            self._screen.log_panel.scroll_rows(rows)

    def scroll_to_end(self, pane: Pane, *, top: bool) -> None:
        """To the first or the last row."""
        panel = self._screen.detail if pane == "detail" else self._screen.log_panel
        if top:
            panel.scroll_to_top()
        else:
            panel.scroll_to_bottom()

    def reveal(self, selection: Selection) -> None:
        """Bring the selected row or card into view."""
        if selection.kind == "event":
            self._screen.log_panel.reveal(selection.arrival_index)
        elif selection.kind == "node":
            self._screen.graph.reveal(selection.element_id)

    def page_rows(self, pane: Pane) -> int:
        """The rows of a page of a pane."""
        widget = {"graph": self._screen.graph, "log": self._screen.log_panel, "detail": self._screen.detail}[pane]
        return max(1, widget.size.height - 2)

    def log_entry_beside(self, delta: int) -> int | None:
        """The entry so many rows below the selected one; None while there are none."""
        return self._screen.log_panel.entry_beside(delta)

    def detail_is_shown(self) -> bool:
        """Whether the detail panel is on the screen."""
        return self._screen.is_shown("detail")

    def open_detail_value(self) -> None:
        """Open or close the long value in hand in the detail panel, or follow the step in hand."""
        self._screen.detail.activate()

    def move_detail(self, delta: int) -> None:
        """Move the value in hand of the detail panel."""
        self._screen.detail.move_cursor(delta)
