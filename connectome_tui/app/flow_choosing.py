"""Keys and mouse of a list of flows: letters narrow, arrows move, Tab goes through the orders (SPAN-7)."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from connectome_tui.app.flow_list import FlowList
from connectome_tui.app.flow_list_pane import FlowListPane
from connectome_tui.app.keymap import key_of_event
from connectome_tui.app.line_editor import LineEditor
from connectome_tui.app.typed_ahead import pass_on
from connectome_tui.events.flow import ALL_FLOWS

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp

WHEEL_ROWS: Final = 3


class FlowChoosing(Screen[None], inherit_bindings=False):
    """A screen with a list of flows; subclasses say what choosing and leaving come to."""

    BINDINGS: ClassVar = []
    pane: FlowListPane

    @property
    def connectome(self) -> "ConnectomeApp":
        """The application."""
        return cast("ConnectomeApp", self.app)

    def compose(self) -> ComposeResult:
        """The list."""
        yield self.pane

    def choose(self, flow_id: str) -> None:
        """Step this flow."""
        raise NotImplementedError

    def leave(self) -> None:
        """Go back to where the list was opened."""
        raise NotImplementedError

    def show(self, changed: FlowList) -> None:
        """Show another list."""
        self.pane.show(changed)

    def press(self, key: str) -> bool:
        """Do what another key means in this list; false for one that means nothing."""
        del key
        return False

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
            self.show(pane.list.moved(moves[key]))
        elif key in {"home", "end"}:
            self.show(pane.list.moved(-len(pane.list) if key == "home" else len(pane.list)))
        elif key in {"tab", "shift+tab"}:
            self.show(pane.list.next_order(1 if key == "tab" else -1))
        elif key == "enter":
            self._choose_in_hand()
        elif key == "escape":
            self._clear_or_leave()
        elif key in {"ctrl+p", "ctrl+c", "ctrl+q", "ctrl+z"}:
            self.connectome.run_key(key)
        elif key == "a" and not pane.list.query:
            self.choose(ALL_FLOWS)
        elif not self.press(key):
            self._edit(key, event)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text narrows too."""
        event.stop()
        self._type(" ".join(event.text.split()))

    def on_click(self, event: events.Click) -> None:
        """A click takes a row in hand, the second one opens it."""
        at = self.pane.row_at(event.y)
        if at is None:
            return
        if at == self.pane.list.at:
            self._choose_in_hand()
        else:
            self.show(replace(self.pane.list, at=at))

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves."""
        self.show(self.pane.list.moved(WHEEL_ROWS))

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves."""
        self.show(self.pane.list.moved(-WHEEL_ROWS))

    def _edit(self, key: str, event: events.Key) -> None:
        edited = LineEditor.of(self.pane.list.query).pressed(key)
        if edited is not None:
            self.show(self.pane.list.typed(edited.text))
        elif event.character is not None and event.is_printable:
            self._type(event.character)

    def _type(self, text: str) -> None:
        self.show(self.pane.list.typed((self.pane.list.query + text).lstrip()))

    def _clear_or_leave(self) -> None:
        """Clear what was typed; with nothing typed, leave."""
        if self.pane.list.query:
            self.show(self.pane.list.typed(""))
        else:
            self.leave()

    def _choose_in_hand(self) -> None:
        flow_id = self.pane.list.chosen_id
        if flow_id is not None:
            self.choose(flow_id)
