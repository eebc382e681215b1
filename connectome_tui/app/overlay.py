"""A screen that lies over the faded main screen and holds one pane, as large as it wants and there is room."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import ModalScreen

from connectome_tui.widgets.line_pane import LinePane


class OverlayScreen(ModalScreen[None], inherit_bindings=False):
    """Fits its pane into the terminal, at first and whenever that is resized."""

    BINDINGS: ClassVar = []

    pane: LinePane

    def fitting(self, terminal: Size) -> Size:
        """The size of the pane in a terminal of this size, in cells."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """One pane."""
        yield self.pane

    def on_mount(self) -> None:
        """Take the size that fits."""
        self._fit()

    def on_resize(self) -> None:
        """Fit again."""
        self._fit()

    def _fit(self) -> None:
        self.pane.styles.width, self.pane.styles.height = self.fitting(self.app.size)
