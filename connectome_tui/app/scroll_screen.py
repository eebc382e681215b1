"""Lines laid over the faded main screen: they scroll where they do not fit, and any other key closes them."""

from collections.abc import Sequence

from textual import events

from connectome_tui.app.keymap import key_of_event
from connectome_tui.app.overlay import OverlayScreen
from connectome_tui.app.typed_ahead import pass_on
from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane


class ScrollPane(LinePane):
    """`first` is the line that is topmost; whoever draws keeps it within what there is."""

    first = 0

    def slices(self, state: State) -> Sequence[object]:
        """Nothing of the state is shown here."""
        del state
        return ()

    def scroll_by(self, rows: int) -> None:
        """Scroll, where there is more than fits."""
        self.first += rows
        self.redraw()


class ScrollScreen(OverlayScreen, inherit_bindings=False):
    """A screen with such lines."""

    pane: ScrollPane

    def on_key(self, event: events.Key) -> None:
        """Scroll or close."""
        event.stop()
        event.prevent_default()
        if pass_on(self, event):
            return
        key = key_of_event(event.key, event.character)
        page = max(1, self.pane.size.height - 2)
        scroll = {"up": -1, "down": 1, "k": -1, "j": 1, "pageup": -page, "pagedown": page}
        if key in scroll:
            self.pane.scroll_by(scroll[key])
        else:
            self.leave(key)

    def leave(self, key: str) -> None:
        """A key that does not scroll was pressed."""
        del key
        self.dismiss()

    def on_click(self) -> None:
        """A click closes."""
        self.dismiss()
