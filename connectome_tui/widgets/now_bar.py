"""The Now section (LOG-1): how far, what happened, between whom, why, and how long one has been waiting."""

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.now_lines import now_lines
from connectome_tui.widgets.painting import Look


class NowBar(LinePane):
    """Three rows, or four with the chain of causes. `on_tick` lets wait bar and cron tick move between commits."""

    fades = True

    def slices(self, state: State) -> Sequence[object]:
        return (
            state.ledger,
            state.cursor,
            state.script_total,
            state.ended,
            state.inspection_index,
            state.current_explanation,
            state.active_focus,
            state.wait_progress,
            state.wait_now_ms,
            state.tick_display,
            state.real_gap_ms,
            state.health_badges,
            state.topology,
            state.live,
            state.mode,
            state.local_pause,
        )

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        lines = now_lines(state, self.host.now_ms(), look, size.width, size.height, standing=self.standing)
        return [line.strip() for line in lines]

    def on_tick(self) -> None:
        """Time went on: repaint the cells that differ."""
        self.redraw()
