"""Choosing a flow (SPAN-7): letters narrow, arrows move, Tab goes through the orders, Enter steps."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import DockArrangeResult, WidgetPlacement
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from connectome_tui.app.arrangement import WIDE_FROM
from connectome_tui.app.flow_list import FlowList, first_choice
from connectome_tui.app.flow_list_lines import (
    all_flows_line,
    counts_line,
    flow_line,
    heading_line,
    input_line,
    list_columns,
    source_line,
)
from connectome_tui.app.flow_preview import PreviewErrors, PreviewGraph, make_preview
from connectome_tui.app.keymap import key_of_event
from connectome_tui.app.line_editor import LineEditor
from connectome_tui.app.typed_ahead import pass_on
from connectome_tui.events.flow import ALL_FLOWS, Recording
from connectome_tui.store.state import State
from connectome_tui.widgets.footer import KeyHint, keys_line
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import CellLine, Look

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp

PREVIEW_WIDTH: Final = 76
ROWS_ABOVE: Final = 5
"""Header, a blank row, counts, input, headings."""
WHEEL_ROWS: Final = 3

KEYS: Final = (
    KeyHint("enter", "step", 9),
    KeyHint("tab", "order", 8),
    KeyHint("type", "to narrow", 7),
    KeyHint("↑ ↓", "move", 5),
    KeyHint("a", "all flows", 3),
    KeyHint("esc", "clear, leave", 8),
    KeyHint("ctrl+p", "commands", 4),
)


class FlowListPane(LinePane):
    """The whole list, from the header to the keys. It keeps what was typed and what is in hand."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.recording = recording
        self.list = FlowList(recording.flows, at=first_choice(recording.flows))
        self.first = 0

    def slices(self, state: State) -> Sequence[object]:
        """Nothing of the state is shown here."""
        del state
        return ()

    def show(self, changed: FlowList) -> None:
        """Show another list."""
        self.list = changed
        self.redraw()

    @property
    def body(self) -> int:
        """The rows of the list on the screen."""
        return max(1, self.size.height - ROWS_ABOVE - 1)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        report = self.recording.report
        self._keep_in_view()
        width = list_width(size.width)
        lines = [
            look.line(width),
            counts_line(look, width, len(self.list.flows), report),
            input_line(look, width, self.list),
            *self._list_lines(look, width),
        ]
        lines += [look.line(width)] * (size.height - 2 - len(lines))
        beside = look.line(size.width - width).strip()
        header = source_line(look, size.width, self.recording.name, report).strip()
        footer = keys_line(look, size.width, KEYS).strip()
        return [header, *(Strip.join([line.strip(), beside]) for line in lines), footer]

    def _list_lines(self, look: Look, width: int) -> Iterator[CellLine]:
        columns = list_columns(width)
        yield heading_line(look, columns, self.list)
        longest = max((flow.duration_ms for flow in self.list.flows), default=0.0)
        for at in range(self.first, min(len(self.list), self.first + self.body)):
            flow = self.list.row(at)
            in_hand = at == self.list.at
            if flow is None:
                yield all_flows_line(look, columns, self.recording.report, in_hand=in_hand)
            else:
                yield flow_line(look, columns, flow, longest, in_hand=in_hand)
        if not len(self.list):
            nothing = look.line(width)
            nothing.put(2, "No flow matches.", "text.muted")
            yield nothing

    def _keep_in_view(self) -> None:
        last_first = max(0, len(self.list) - self.body)
        if not self.first <= self.list.at < self.first + self.body:
            self.first = self.list.at - self.body // 2
        self.first = max(0, min(last_first, self.first))

    def row_at(self, y: int) -> int | None:
        """The row of the list at a line of the screen."""
        at = self.first + y - ROWS_ABOVE
        return at if ROWS_ABOVE <= y < self.size.height - 1 and at < len(self.list) else None


def list_width(width: int) -> int:
    """The columns of the list: all of them, but for the preview from 160 on."""
    return width - PREVIEW_WIDTH if width >= WIDE_FROM else width


class Picker(Screen[None], inherit_bindings=False):
    """The screen that opens first when there is more than one flow."""

    BINDINGS: ClassVar = []

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.pane = FlowListPane(recording)
        self.graph = PreviewGraph()
        self.errors = PreviewErrors()
        self.graph.can_focus = False
        self._previewed: str | None = None

    @property
    def connectome(self) -> "ConnectomeApp":
        """The application."""
        return cast("ConnectomeApp", self.app)

    def compose(self) -> ComposeResult:
        """The list, and the preview of the flow in hand where there is room for it."""
        yield self.pane
        yield self.graph
        yield self.errors

    def on_mount(self) -> None:
        """Preview the flow in hand."""
        self._preview()

    def arrange(self, size: Size, _optimal: bool = False) -> DockArrangeResult:  # noqa: FBT001, FBT002 -- as in Textual
        """The list over the whole screen, the preview over its right when it is wide."""
        width, height = size
        places: dict[Widget, Region] = {self.pane: size.region}
        if width >= WIDE_FROM:
            graph_height = min(24, max(8, (height - 6) * 6 // 10))
            x, preview_width = width - PREVIEW_WIDTH + 1, PREVIEW_WIDTH - 1
            places[self.graph] = Region(x, ROWS_ABOVE - 1, preview_width, graph_height)
            top = ROWS_ABOVE + graph_height
            places[self.errors] = Region(x, top, preview_width, max(1, height - 1 - top))
        placements = [
            WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, widget, order)
            for order, (widget, region) in enumerate(places.items())
        ]
        return DockArrangeResult(placements, set(places), NULL_SPACING)

    def on_resize(self) -> None:
        """There may be room for a preview now."""
        self._preview()

    def _show(self, changed: FlowList) -> None:
        """Show another list, and soon what it has in hand."""
        self.pane.show(changed)
        self.call_after_refresh(self._preview)

    def _preview(self) -> None:
        flow_id = self.pane.list.chosen_id
        if self.size.width < WIDE_FROM or not self.is_active or flow_id == self._previewed:
            return
        self._previewed = flow_id
        preview = make_preview(self.pane.recording, flow_id)
        self.graph.show(preview)
        self.errors.show(preview)

    def flows_changed(self) -> None:
        """The recording is indexed: there may be more flows."""
        shown = self.pane.list
        self._show(replace(shown, flows=self.pane.recording.flows).typed(shown.query))

    def on_key(self, event: events.Key) -> None:
        """Every printable key narrows; the others move, sort, choose and leave."""
        event.stop()
        event.prevent_default()
        if pass_on(self, event):
            return
        key = key_of_event(event.key, event.character)
        pane = self.pane
        moves = {"up": -1, "down": 1, "pageup": -pane.body, "pagedown": pane.body}
        if key in moves:
            self._show(pane.list.moved(moves[key]))
        elif key in {"home", "end"}:
            self._show(pane.list.moved(-len(pane.list) if key == "home" else len(pane.list)))
        elif key in {"tab", "shift+tab"}:
            self._show(pane.list.next_order(1 if key == "tab" else -1))
        elif key == "enter":
            self._choose(pane.list.chosen_id)
        elif key == "escape":
            self._leave()
        elif key in {"ctrl+p", "ctrl+c", "ctrl+q", "ctrl+z"}:
            self.connectome.run_key(key)
        elif key == "a" and not pane.list.query:
            self._choose(ALL_FLOWS)
        else:
            self._edit(key, event)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text narrows too."""
        event.stop()
        self._type(" ".join(event.text.split()))

    def on_click(self, event: events.Click) -> None:
        """A click takes a row in hand, the second one opens it; a heading sorts."""
        at = self.pane.row_at(event.y)
        if at is None:
            return
        if at == self.pane.list.at:
            self._choose(self.pane.list.chosen_id)
        else:
            self._show(replace(self.pane.list, at=at))

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves."""
        self._show(self.pane.list.moved(WHEEL_ROWS))

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves."""
        self._show(self.pane.list.moved(-WHEEL_ROWS))

    def _edit(self, key: str, event: events.Key) -> None:
        edited = LineEditor.of(self.pane.list.query).pressed(key)
        if edited is not None:
            self._show(self.pane.list.typed(edited.text))
        elif event.character is not None and event.is_printable:
            self._type(event.character)

    def _type(self, text: str) -> None:
        self._show(self.pane.list.typed((self.pane.list.query + text).lstrip()))

    def _leave(self) -> None:
        """Clear what was typed; with nothing typed go back to the flow in hand, or quit when there is none."""
        if self.pane.list.query:
            self._show(self.pane.list.typed(""))
        elif self.connectome.session is not None:
            self.dismiss()
        else:
            self.app.exit()

    def _choose(self, flow_id: str | None) -> None:
        if flow_id is not None:
            self.dismiss()
            self.connectome.open_flow(flow_id)
