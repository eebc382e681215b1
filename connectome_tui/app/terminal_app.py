"""The application as the terminal sees it: colours, glyphs, what is written, and how it ends with an error."""

import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual import constants
from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from connectome_tui.app.beside import start_beside
from connectome_tui.app.host import Result
from connectome_tui.app.looks import TEXTUAL_THEMES, LookChoice, WithoutColour, glyphs_for, palette_for
from connectome_tui.events.flow import SourceError
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.lean_update import lean_update
from connectome_tui.widgets.palette import Palette


class TerminalApp(App[None], inherit_bindings=False):
    """Palette and glyphs in force, and the way to the terminal."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    AUTO_FOCUS = None
    CSS_PATH = Path(__file__).parent / "styles" / "app.tcss"
    BINDINGS: ClassVar = []

    def __init__(self, look: LookChoice) -> None:
        super().__init__()
        self._look_choice = look
        self.palette: Palette = palette_for(look, self.console.color_system)
        self.glyphs: Glyphs = glyphs_for(look)
        self.source_error: SourceError | None = None
        for theme in TEXTUAL_THEMES.values():
            self.register_theme(theme)
        self.theme = TEXTUAL_THEMES[look.theme].name

    def get_driver_class(self) -> type[Driver]:
        """The driver of the terminal, which bears that it goes away; on Windows, and where one is named, another."""
        if sys.platform == "win32" or constants.DRIVER is not None:
            return super().get_driver_class()
        from connectome_tui.app.terminal_driver import TerminalDriver

        return TerminalDriver

    def toggle_theme(self) -> None:
        """Dark to light and back."""
        self._look_choice = replace(self._look_choice, theme="light" if self._look_choice.theme == "dark" else "dark")
        self.palette = palette_for(self._look_choice, self.console.color_system)
        self.theme = TEXTUAL_THEMES[self._look_choice.theme].name
        self.screen.refresh()

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence, between two frames."""
        driver = self._driver
        if driver is not None:
            driver.write(sequence)

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call back once, after so long."""
        self.set_timer(seconds, callback)

    def beside(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Do work that blocks in a thread, and hand its result to `then` here, unless the program has ended."""
        start_beside(work, then, lambda call: self._exit or self.call_later(call))

    def get_line_filters(self) -> list[LineFilter]:
        """None, for speed: every colour is one that the terminal can show; or all colour is taken out."""
        return [] if self.palette.has_colour else [WithoutColour()]

    def _handle_exception(self, error: Exception) -> None:
        """A file that changed or went away while it is read ends the program like other bad input (STORE-15)."""
        if isinstance(error, SourceError):
            self.source_error = self.source_error or error
            self.exit(return_code=2)
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Leave a plain traceback for the terminal as it was; values of variables may be the user's data."""
        self._exit_renderables.append(Text(traceback.format_exc().rstrip()))
        self._close_messages_no_wait()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Write the cells that changed, and no others."""
        super()._display(screen, lean_update(renderable))
