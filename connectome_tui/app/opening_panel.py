"""What stands in the graph's place while there is no flow to draw, and on a screen that is too small."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.arrangement import too_small
from connectome_tui.events.flow import Progress, ReadReport
from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import CellLine, Look
from connectome_tui.widgets.pane import rule_line
from connectome_tui.widgets.times import grouped

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp

BLOCK_WIDTH: Final = 50


class OpeningPanel(LinePane):
    """How far opening is, or why there is nothing to step."""

    def slices(self, state: State) -> Sequence[object]:
        """Only the source stands in the state; the rest is told by `redraw`."""
        return (state.source,)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        app = cast("ConnectomeApp", self.host)
        rule = rule_line(size.width, look.palette, look.glyphs, "Graph", focused=state.view.focused_pane == "graph")
        if app.recording is not None and app.recording.complete:
            block = nothing_block(look, size.width, app.recording.name, app.recording.report)
        else:
            block = opening_block(look, size.width, state.source.name, app.opening_progress)
        blank = look.line(size.width)
        above = max(0, (size.height - 1 - len(block)) // 3)
        return [line.strip() for line in (rule, *[blank] * above, *block)]


class TooSmallPanel(LinePane):
    """One centred line that says what is needed; the screen comes back when there is room."""

    def slices(self, state: State) -> Sequence[object]:
        """Nothing of the state."""
        del state
        return ()

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        text = too_small(*size) or ""
        line = look.line(size.width)
        line.put(max(0, (size.width - len(text)) // 2), text, "text.strong", limit=size.width)
        return [look.line(size.width).strip()] * (size.height // 2) + [line.strip()]


def opening_block(look: Look, width: int, name: str, progress: Progress | None) -> Sequence[CellLine]:
    """Name, bar, counts, and how to end it."""
    x = _left(width)
    title, bar, counts, keys = (look.line(width) for _ in range(4))
    title.put(x, f"Opening {name}", "text.strong", "b", limit=width - x - 1)
    fraction = progress.fraction if progress is not None else None
    room = min(BLOCK_WIDTH, width - 2 * x) - 7
    filled = round((fraction or 0.0) * room)
    bar.put(x, look.glyphs.bar_full * filled, "text")
    bar.put(x + filled, look.glyphs.bar_rest * (room - filled), "rule")
    if fraction is not None:
        bar.put(x + room + 2, f"{fraction:3.0%}".replace("%", " %"))
    counts.put(x, progress.text if progress is not None else "", "text.muted", limit=width - x - 1)
    keys.put(keys.put(x, "esc", "text.strong", "b"), " cancel", "text.muted")
    blank = look.line(width)
    return (title, blank, bar, counts, blank, keys)


def nothing_block(look: Look, width: int, name: str, report: ReadReport) -> Sequence[CellLine]:
    """What was read, what was expected, and where there is something to look at."""
    x = _left(width)
    title, read, expected, samples = (look.line(width) for _ in range(4))
    title.put(x, f"Nothing to step in {name}", "text.strong", "b", limit=width - x - 1)
    skipped = ", ".join(f"{grouped(count)} {what}" for what, count in report.skipped.items())
    counts = f"{report.format}: {grouped(report.spans)} spans" + (f"; skipped {skipped}" if skipped else "")
    read.put(x, counts, limit=width - x - 1)
    expected.put(x, "expected spans, a step script or an exported session", "text.muted", limit=width - x - 1)
    after = samples.put(x, "connectome samples", "text")
    samples.put(after, " lists recordings that come with the program", "text.muted", limit=width - after - 1)
    blank = look.line(width)
    return (title, blank, read, expected, blank, samples)


def _left(width: int) -> int:
    return max(2, (width - BLOCK_WIDTH) // 2)
