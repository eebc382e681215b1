"""Choosing from a list of flows: Tab goes through the orders, `a` chooses all (SPAN-7)."""

from textual.app import ComposeResult

from connectome_tui.app.flow_list import FlowList
from connectome_tui.app.flow_list_pane import FlowListPane
from connectome_tui.app.list_screen import ListScreen
from connectome_tui.events.flow import ALL_FLOWS


class FlowChoosing(ListScreen[FlowList], inherit_bindings=False):
    """A screen with a list of flows; subclasses say what choosing and leaving come to."""

    pane: FlowListPane

    def compose(self) -> ComposeResult:
        """The list."""
        yield self.pane

    def choose(self, flow_id: str) -> None:
        """Step this flow."""
        raise NotImplementedError

    def choose_in_hand(self) -> None:
        """Step the flow in hand."""
        flow_id = self.pane.list.chosen_id
        if flow_id is not None:
            self.choose(flow_id)

    def press(self, key: str) -> bool:
        """Sort, or choose all flows while nothing was typed."""
        if key in {"tab", "shift+tab"}:
            self.show(self.pane.list.next_order(1 if key == "tab" else -1))
        elif key == "a" and not self.pane.list.query:
            self.choose(ALL_FLOWS)
        else:
            return False
        return True
