"""The palette of commands: every command that is possible now, by name, filled from the command table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from textual import events
from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.commands import COMMANDS, Command, Group
from connectome_tui.app.keymap import Keymap, key_of_event, shown_key
from connectome_tui.app.line_editor import LineEditor
from connectome_tui.app.overlay import OverlayScreen
from connectome_tui.app.typed_ahead import pass_on
from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import CellLine, Look, Run
from connectome_tui.widgets.pane import rule_line
from connectome_tui.widgets.standing import ALONE, Standing

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp

MOST_WIDTH: Final = 72
MOST_HEIGHT: Final = 24
ROWS_ABOVE: Final = 2
KEYS_WIDTH: Final = 16


def matching(query: str, state: State, group: Group | None = None, standing: Standing = ALONE) -> Sequence[Command]:
    """The commands, of one group or of all, that are possible and have every word in description, group or id."""
    words = query.casefold().split()
    return [
        command
        for command in COMMANDS
        if command.is_possible(state, standing)
        and group in {None, command.group}
        and all(word in f"{command.description} {command.group} {command.id}".casefold() for word in words)
    ]


class PalettePane(LinePane):
    """What was typed, and the commands that match. It keeps which of them is in hand."""

    group: Group | None = None
    editor = LineEditor()
    at = 0
    first = 0

    def slices(self, state: State) -> Sequence[object]:
        """What is possible follows the state; the palette shows what was when it opened."""
        del state
        return ()

    @property
    def found(self) -> Sequence[Command]:
        """The commands that match."""
        return matching(self.editor.text, self.host.state, self.group, self.standing)

    @property
    def body(self) -> int:
        """The rows of the list."""
        return max(1, self.size.height - ROWS_ABOVE)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        keymap = cast("ConnectomeApp", self.app).keymap
        found = self.found
        self.at = max(0, min(self.at, len(found) - 1))
        self.first = max(0, min(self.first, self.at, len(found) - self.body), self.at - self.body + 1)
        close = (Run("esc", "text.strong", "b"), Run(" close", "text.muted"))
        rule = rule_line(size.width, look.palette, look.glyphs, "Commands", close, focused=True, bg="overlay")
        shown = found[self.first : self.first + self.body]
        lines = [rule, self._input_line(look, size.width)]
        lines += [command_line(look, size.width, one, keymap, in_hand=one is found[self.at]) for one in shown]
        if not found:
            nothing = look.line(size.width, bg="overlay")
            nothing.put(2, "No command matches.", "text.muted")
            lines.append(nothing)
        lines += [look.line(size.width, bg="overlay")] * (size.height - len(lines))
        return [line.strip() for line in lines]

    def _input_line(self, look: Look, width: int) -> CellLine:
        line = look.line(width, bg="overlay")
        x = line.put(1, ": ", "focus", "b")
        x = line.put(x, self.editor.text[: self.editor.cursor], "text.strong", "b", limit=width - 8)
        line.put(x, look.glyphs.cursor, "focus")
        line.put(x + 1, self.editor.text[self.editor.cursor :], "text.strong", "b", limit=max(0, width - x - 2))
        return line


def command_line(look: Look, width: int, command: Command, keymap: Keymap, *, in_hand: bool) -> CellLine:
    """A command: its keys, and what it does."""
    line = look.line(width, bg="select" if in_hand else "overlay")
    if in_hand:
        line.put(0, look.glyphs.row_bar, "focus")
    keys = " ".join(shown_key(key) for key in keymap.keys_of[command.id])
    line.put(2, keys, "text.strong", "b", limit=KEYS_WIDTH - 1)
    line.put(2 + KEYS_WIDTH, command.description, "text.strong" if in_hand else "text", limit=width - KEYS_WIDTH - 3)
    return line


class CommandPalette(OverlayScreen, inherit_bindings=False):
    """Lies over the main screen; Enter closes it and runs what is in hand."""

    pane: PalettePane

    def __init__(self, group: Group | None = None) -> None:
        """`group`: only these commands, where a screen lies over what the others are about."""
        super().__init__()
        self.pane = PalettePane()
        self.pane.group = group

    def fitting(self, terminal: Size) -> Size:
        """The same whatever is found, so that nothing moves while one types."""
        return Size(min(MOST_WIDTH, terminal.width - 4), min(MOST_HEIGHT, terminal.height - 4))

    def on_key(self, event: events.Key) -> None:
        """Type, move, run or close."""
        event.stop()
        event.prevent_default()
        if pass_on(self, event):
            return
        key = key_of_event(event.key, event.character)
        pane = self.pane
        moves = {"up": -1, "down": 1, "pageup": -pane.body, "pagedown": pane.body}
        if key in moves:
            pane.at += moves[key]
            pane.redraw()
        elif key == "enter":
            self._run_in_hand()
        elif key in {"escape", "ctrl+c", "ctrl+p"}:
            self.dismiss()
        else:
            self._edit(key, event)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is typed."""
        event.stop()
        self._take(self.pane.editor.typed(event.text))

    def on_click(self, event: events.Click) -> None:
        """A click runs the command under it; beside the palette it closes it."""
        if event.widget is not self.pane:
            self.dismiss()
            return
        at = self.pane.first + event.y - self.pane.region.y - ROWS_ABOVE
        if 0 <= at < len(self.pane.found):
            self.pane.at = at
            self._run_in_hand()

    def _edit(self, key: str, event: events.Key) -> None:
        edited = self.pane.editor.pressed(key)
        if edited is None and event.character is not None and event.is_printable:
            edited = self.pane.editor.typed(event.character)
        if edited is not None:
            self._take(edited)

    def _take(self, edited: LineEditor) -> None:
        self.pane.editor, self.pane.at = edited, 0
        self.pane.redraw()

    def _run_in_hand(self) -> None:
        found = self.pane.found
        if found:
            self.dismiss()
            cast("ConnectomeApp", self.app).main_screen.run_command(found[self.pane.at])
