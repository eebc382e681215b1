"""The help, laid over the faded screen: it scrolls where it does not fit, and any other key closes it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.help_lines import ROOMY_FROM, help_lines
from connectome_tui.app.scroll_screen import ScrollPane, ScrollScreen
from connectome_tui.store.state import State
from connectome_tui.widgets.painting import Look, Run
from connectome_tui.widgets.pane import rule_line

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp

MOST_WIDTH: Final = 96


class HelpPane(ScrollPane):
    """The keys and the legend."""

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        keymap = cast("ConnectomeApp", self.app).keymap
        roomy = self.app.size.height >= ROOMY_FROM
        blank = look.line(size.width, bg="overlay")
        lines = help_lines(look, keymap, size.width, roomy=roomy)
        room = size.height - 1 - roomy
        self.first = max(0, min(self.first, len(lines) - room))
        more = len(lines) - room - self.first
        newer = (Run(f"{look.glyphs.newer} {more} more  ", "text.muted"),) if more > 0 else ()
        close = (*newer, Run("esc", "text.strong", "b"), Run(" close", "text.muted"))
        rule = rule_line(size.width, look.palette, look.glyphs, "Help", close, focused=True, bg="overlay")
        shown = [blank, *lines[self.first :]] if roomy else lines[self.first :]
        filled = [*shown, *[blank] * (size.height - 1 - len(shown))]
        return [line.strip() for line in (rule, *filled)]

    @property
    def wanted_height(self) -> int:
        """The rows that show everything."""
        roomy = self.app.size.height >= ROOMY_FROM
        width = min(MOST_WIDTH, self.app.size.width - 4)
        lines = help_lines(self.look, cast("ConnectomeApp", self.app).keymap, width, roomy=roomy)
        return len(lines) + (3 if roomy else 1)


class HelpScreen(ScrollScreen, inherit_bindings=False):
    """Lies over the main screen."""

    pane: HelpPane

    def __init__(self) -> None:
        super().__init__()
        self.pane = HelpPane()

    def fitting(self, terminal: Size) -> Size:
        """As high as its lines."""
        return Size(min(MOST_WIDTH, terminal.width - 4), min(self.pane.wanted_height, terminal.height - 2))

    def leave(self, key: str) -> None:
        """Close, or quit by a key for that."""
        if key in {"ctrl+c", "ctrl+q", "q"}:
            self.app.exit()
        else:
            self.dismiss()
