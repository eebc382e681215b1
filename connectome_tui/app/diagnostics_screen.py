"""What happened to the connection (CLIENT-8), laid over the faded screen, newest first."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.scroll_screen import ScrollPane, ScrollScreen
from connectome_tui.events.numbers import counted
from connectome_tui.store.state import State
from connectome_tui.widgets.detail_values import value_text
from connectome_tui.widgets.painting import CellLine, Look, Run
from connectome_tui.widgets.pane import rule_line
from connectome_tui.widgets.times import clock_text, is_wall_clock

if TYPE_CHECKING:
    from connectome_tui.client.diagnostics import DiagnosticsEntry

MOST_WIDTH: Final = 112
TYPE_X: Final = 15
EVENT_X: Final = 27
PAYLOAD_X: Final = 44
_QUIET: Final = ("", None)


class DiagnosticsPane(ScrollPane):
    """The notes of all windows of this user. It keeps where it is scrolled to."""

    def __init__(self, entries: "Sequence[DiagnosticsEntry]", trouble: str) -> None:
        super().__init__()
        self.entries = entries
        self.trouble = trouble

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        body = size.height - 1
        newest_first = self.entries[::-1]
        self.first = max(0, min(self.first, len(newest_first) - body))
        right = (
            Run(f"{counted(len(self.entries), 'note')}  ", "text.muted"),
            Run("esc", "text.strong", "b"),
            Run(" close", "text.muted"),
        )
        rule = rule_line(size.width, look.palette, look.glyphs, "Connection", right, focused=True, bg="overlay")
        lines = [rule, *self._body_lines(look, size.width, newest_first[self.first : self.first + body])]
        lines += [look.line(size.width, bg="overlay")] * (size.height - len(lines))
        return [line.strip() for line in lines]

    def _body_lines(self, look: Look, width: int, shown: "Sequence[DiagnosticsEntry]") -> Iterator[CellLine]:
        if self.trouble or not shown:
            line = look.line(width, bg="overlay")
            line.put(2, self.trouble or "Nothing happened yet.", "warn" if self.trouble else "text.muted")
            yield line
        for entry in shown:
            yield entry_line(look, width, entry)


def entry_line(look: Look, width: int, entry: "DiagnosticsEntry") -> CellLine:
    """A note: when, what kind, what, what came of it, and by whom where it was no service."""
    line = look.line(width, bg="overlay")
    is_bad = entry.event in {"lost", "not reached", "error", "failed", "scenario failed"} or bool(
        entry.payload.get("refused")
    )
    line.put(2, clock_text(entry.timestamp, milliseconds=True), "text.muted", limit=TYPE_X - 3)
    line.put(TYPE_X, entry.type, "text.muted", limit=EVENT_X - TYPE_X - 1)
    line.put(EVENT_X, entry.event, "warn" if is_bad else "text", "b" if is_bad else "", limit=PAYLOAD_X - EVENT_X - 1)
    told = [_told(key, value) for key, value in entry.payload.items() if value not in _QUIET]
    if entry.source != "service":
        told.append(f"by {entry.source}")
    line.put(PAYLOAD_X, f" {look.glyphs.dot} ".join(told), "text.muted", limit=width - PAYLOAD_X - 1)
    return line


def _told(key: str, value: Any) -> str:
    """What a value belongs to, and the value; of a moment the time of day, of what holds only the word."""
    if isinstance(value, bool):
        return key if value else f"not {key}"
    is_moment = key.endswith("_at") and isinstance(value, int | float) and is_wall_clock(value)
    return f"{key} {clock_text(value) if is_moment else value_text(value)}"


class DiagnosticsScreen(ScrollScreen, inherit_bindings=False):
    """Lies over the main screen; reads the notes when it opens."""

    pane: DiagnosticsPane

    def __init__(self, read: "Callable[[], Sequence[DiagnosticsEntry]]") -> None:
        super().__init__()
        from connectome_tui.client.diagnostics import DiagnosticsError

        try:
            entries, trouble = read(), ""
        except DiagnosticsError as problem:
            entries, trouble = (), str(problem)
        self.pane = DiagnosticsPane(entries, trouble)

    def fitting(self, terminal: Size) -> Size:
        """Most of the screen, so that lines are whole."""
        return Size(min(MOST_WIDTH, terminal.width - 4), terminal.height - 4)
