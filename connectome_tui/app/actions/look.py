"""Looking around: panes, selection, detail, the view of the graph. The stepper never moves by any of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from connectome_tui.app.host import AppHost
from connectome_tui.store.state import Pane, Selection, ViewState
from connectome_tui.widgets.log_panel import selected_index

PAN_COLUMNS: Final = 8
PAN_ROWS: Final = 3


class Views(Protocol):
    """What the actions ask of the panes: where they are scrolled to is kept by the panes themselves."""

    def pan_graph(self, columns: int, rows: int) -> None:
        """Move the view of the graph, in cells."""
        ...

    def zoom_graph(self, by: int) -> None:
        """More (1) or less (-1) detail."""
        ...

    def fit_graph(self) -> None:
        """Show the whole graph again."""
        ...

    def scroll(self, pane: Pane, rows: int) -> None:
        """Scroll the log or the detail."""
        ...

    def scroll_to_end(self, pane: Pane, *, top: bool) -> None:
        """To the first or the last row."""
        ...

    def reveal(self, selection: Selection) -> None:
        """Bring the selected row or card into view."""
        ...

    def page_rows(self, pane: Pane) -> int:
        """The rows of a page of a pane."""
        ...

    def log_entry_beside(self, delta: int) -> int | None:
        """The entry so many rows below the selected one, at the ends the last one; None while there are none."""
        ...

    def detail_is_shown(self) -> bool:
        """Whether the detail panel is on the screen."""
        ...

    def open_detail_value(self) -> None:
        """Open or close the long value in hand in the detail panel."""
        ...

    def move_detail(self, delta: int) -> None:
        """Move the value in hand of the detail panel."""
        ...


class LookActions:
    """Commands of the group Look."""

    def __init__(self, host: AppHost, views: Views) -> None:
        self._host = host
        self._views = views

    @property
    def _view(self) -> ViewState:
        return self._host.state.view

    # Panes

    def next_pane(self) -> None:
        """Focus the next pane that is shown."""
        self._turn_pane(1)

    def previous_pane(self) -> None:
        """Focus the pane before."""
        self._turn_pane(-1)

    def focus(self, pane: Pane) -> None:
        """Focus a pane."""
        if self._view.focused_pane != pane:
            self._host.look(replace(self._view, focused_pane=pane))

    def _turn_pane(self, by: int) -> None:
        panes: Sequence[Pane] = ("graph", "log", "detail") if self._views.detail_is_shown() else ("graph", "log")
        now = self._view.focused_pane
        at = panes.index(now) if now in panes else 0
        self.focus(panes[(at + by) % len(panes)])

    # Selection

    def select(self, selection: Selection, pane: Pane, *, open_detail: bool) -> None:
        """Select an event, a node or an edge, and show its detail when that is asked for or open already."""
        view = self._view
        self._host.look(
            replace(view, selection=selection, focused_pane=pane, detail_open=open_detail or view.detail_open)
        )

    def select_next(self) -> None:
        """The next row of the log, card of the graph, or value of the detail."""
        self._move(1)

    def select_previous(self) -> None:
        """The one before."""
        self._move(-1)

    def select_first(self) -> None:
        """The first one."""
        state = self._host.state
        self._move(-max(len(state.ledger), len(state.topology.nodes)) - 1)

    def sources(self) -> None:
        """Show what live sources have counted, or close it again."""
        if self._host.state.live is None:
            self._host.say("A recording has no counters: its report is in `connectome info`")
            return
        self._toggle(Selection("source"))

    def who(self) -> None:
        """Show who is here, or close it again."""
        self._toggle(Selection("presence"))

    def _toggle(self, shown: Selection) -> None:
        if self._view.selection == shown:
            self.drop_selection()
        else:
            self.select(shown, self._view.focused_pane, open_detail=True)

    def enter(self) -> bool:
        """What Enter does to a selection: it opens the detail, or the value in hand there; false without one."""
        view = self._view
        if view.focused_pane == "detail" and self._views.detail_is_shown():
            self._views.open_detail_value()
            return True
        if view.selection is None:
            return False
        if not view.detail_open:
            self._host.look(replace(view, detail_open=True))
            return True
        self.focus("detail")
        return True

    def drop_selection(self) -> bool:
        """Close the detail and drop the selection; false when there is none."""
        view = self._view
        if view.selection is None:
            return False
        pane = "log" if view.focused_pane == "detail" else view.focused_pane
        self._host.look(replace(view, selection=None, detail_open=False, focused_pane=pane))
        return True

    def _move(self, delta: int) -> None:
        pane = self._view.focused_pane
        if pane == "graph":
            self._move_card(delta)
        elif pane == "detail":
            self._views.move_detail(delta)
        else:
            self._move_row(delta)

    def _move_row(self, delta: int) -> None:
        entry = self._views.log_entry_beside(delta)
        if entry is not None:
            self._take(Selection("event", arrival_index=entry), "log")

    def _move_card(self, delta: int) -> None:
        nodes = self._host.state.topology.nodes
        if not nodes:
            return
        ids = [node.id for node in nodes]
        selection = self._view.selection
        focus = self._host.state.active_focus.active_node_id
        if selection is not None and selection.kind == "node" and selection.element_id in ids:
            at = ids.index(selection.element_id) + delta
        else:
            at = (ids.index(focus) if focus in ids else 0) + (0 if abs(delta) == 1 else delta)
        node_id = ids[max(0, min(len(ids) - 1, at))]
        self._take(Selection("node", element_id=node_id), "graph")

    def _take(self, selection: Selection, pane: Pane) -> None:
        """Select what the keys went to; at the end of the way the same, which may be scrolled out of view."""
        if selection == self._view.selection:
            self._views.reveal(selection)
        self.select(selection, pane, open_detail=False)

    # The view of a pane

    def up(self) -> None:
        """Pan the graph, or scroll."""
        self._pan(0, -1)

    def down(self) -> None:
        """Pan the graph, or scroll."""
        self._pan(0, 1)

    def left(self) -> None:
        """Pan the graph."""
        self._views.pan_graph(-PAN_COLUMNS, 0)

    def right(self) -> None:
        """Pan the graph."""
        self._views.pan_graph(PAN_COLUMNS, 0)

    def page_up(self) -> None:
        """A page up."""
        self._page(-1)

    def page_down(self) -> None:
        """A page down."""
        self._page(1)

    def top(self) -> None:
        """To the first row of the log or of the detail."""
        self._views.scroll_to_end(self._view.focused_pane, top=True)

    def bottom(self) -> None:
        """To the last row; the log follows again."""
        self._views.scroll_to_end(self._view.focused_pane, top=False)

    def zoom_in(self) -> None:
        """More detail."""
        self._views.zoom_graph(1)

    def zoom_out(self) -> None:
        """Less detail."""
        self._views.zoom_graph(-1)

    def fit(self) -> None:
        """The whole graph."""
        self._views.fit_graph()

    def time_order(self) -> None:
        """Show the log in order of time, or of cause again (SPAN-4)."""
        if self._host.state.live is not None:
            self._host.say("A live log is in order of arrival")
            return
        raw = not self._view.raw_time_order
        self._host.look(replace(self._view, raw_time_order=raw))
        self._host.say("Log in order of time: T goes back to order of cause" if raw else "Log in order of cause")

    def _pan(self, columns: int, rows: int) -> None:
        if self._view.focused_pane == "graph":
            self._views.pan_graph(columns * PAN_COLUMNS, rows * PAN_ROWS)
        else:
            self._views.scroll(self._view.focused_pane, rows)

    def _page(self, by: int) -> None:
        pane = self._view.focused_pane
        if pane == "graph":
            self._views.pan_graph(0, by * self._views.page_rows(pane))
        else:
            self._views.scroll(pane, by * self._views.page_rows(pane))


def event_in_hand(host: AppHost) -> int | None:
    """The entry that a command means: the selected one, else the one looked at, else the newest."""
    state = host.state
    if not len(state.ledger):
        return None
    chosen = selected_index(state)
    if chosen is not None:
        return chosen
    return state.inspection_index if state.inspection_index is not None else state.ledger.end - 1
