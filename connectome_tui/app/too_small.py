"""What a screen that is too small says; the other panes come back when there is room."""

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.arrangement import too_small
from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import Look


class TooSmallPane(LinePane):
    """One centred line."""

    def slices(self, state: State) -> Sequence[object]:
        """Nothing of the state."""
        del state
        return ()

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        text = too_small(*size) or ""
        line = look.line(size.width)
        line.put(max(0, (size.width - len(text)) // 2), text, "text.strong", limit=size.width)
        return [look.line(size.width).strip()] * ((size.height - 1) // 2) + [line.strip()]
