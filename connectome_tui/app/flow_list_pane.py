"""The list of flows as a pane, from its header to its keys; the picker and a window on a shared session show it."""

from collections.abc import Iterator, Sequence
from typing import Final

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.flow_list import FlowList
from connectome_tui.app.flow_list_lines import (
    all_flows_line,
    counts_line,
    flow_line,
    heading_line,
    input_line,
    list_columns,
    source_line,
)
from connectome_tui.app.list_screen import ListPane
from connectome_tui.net.flows import FlowsSource
from connectome_tui.store.state import State
from connectome_tui.widgets.footer import KeyHint, keys_line
from connectome_tui.widgets.painting import CellLine, Look

KEYS: Final = (
    KeyHint("enter", "step", 9),
    KeyHint("tab", "order", 8),
    KeyHint("type", "to narrow", 7),
    KeyHint("↑ ↓", "move", 5),
    KeyHint("a", "all flows", 3),
    KeyHint("esc", "clear, leave", 8),
    KeyHint("ctrl+p", "commands", 4),
)


class FlowListPane(ListPane[FlowList]):
    """Every flow is a row. Subclasses say more in the header, above the list and at the end."""

    def __init__(self, source: FlowsSource, flows: FlowList) -> None:
        super().__init__(flows)
        self.source = source

    def list_width(self, width: int) -> int:
        """The columns of the list on a screen of this width."""
        return width

    def header_line(self, look: Look, width: int) -> CellLine:
        """The topmost row."""
        return source_line(look, width, self.source)

    def line_above(self, look: Look, width: int) -> CellLine:
        """The row below the header."""
        return look.line(width)

    def footer_line(self, look: Look, width: int) -> CellLine:
        """The last row."""
        return keys_line(look, width, KEYS)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        self.keep_in_view()
        width = self.list_width(size.width)
        lines = [
            self.line_above(look, width),
            counts_line(look, width, len(self.list.flows), self.source),
            input_line(look, width, self.list),
            *self._list_lines(look, width),
        ]
        lines += [look.line(width)] * (size.height - 2 - len(lines))
        beside = look.line(size.width - width).strip()
        header = self.header_line(look, size.width).strip()
        footer = self.footer_line(look, size.width).strip()
        return [header, *(Strip.join([line.strip(), beside]) for line in lines), footer]

    def _list_lines(self, look: Look, width: int) -> Iterator[CellLine]:
        columns = list_columns(width)
        yield heading_line(look, columns, self.list)
        longest = max((flow.duration_ms for flow in self.list.flows), default=0.0)
        for at in range(self.first, min(len(self.list), self.first + self.body)):
            flow = self.list.row(at)
            in_hand = at == self.list.at
            if flow is None:
                yield all_flows_line(look, columns, self.source, in_hand=in_hand)
            else:
                yield flow_line(look, columns, flow, longest, in_hand=in_hand)
        if not len(self.list):
            nothing = look.line(width)
            nothing.put(2, "No flow matches.", "text.muted")
            yield nothing
