"""The header: what is stepped, and how; one row."""

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.store.run_selectors import select_unit_counts
from connectome_tui.store.selectors import select_rates, select_worst_health
from connectome_tui.store.state import State
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.health_marks import health_mark
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.live_marks import connection_runs
from connectome_tui.widgets.painting import CellLine, Look, Run, runs_width, width_of
from connectome_tui.widgets.run_summary import run_summary_runs
from connectome_tui.widgets.sparkline import rate_runs
from connectome_tui.widgets.standing import ALONE, Standing
from connectome_tui.widgets.standing_marks import standing_runs, standing_words

_NARROW_BELOW = 100


class Header(LinePane):
    """One row at the top."""

    def slices(self, state: State) -> Sequence[object]:
        return (
            state.source,
            state.flow,
            state.mode,
            state.speed,
            state.local_pause,
            state.pinned,
            state.health_badges,
            state.tick_display,
            state.live,
            state.topology,
            select_unit_counts(state),
        )

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        return [header_line(state, look, size.width, self.host.now_ms(), self.standing).strip()]

    def on_tick(self) -> None:
        """Time went on: what came a minute ago leaves the sparklines."""
        if self.host.state.live is not None:
            self.redraw()


def header_line(state: State, look: Look, width: int, now_ms: float = 0.0, standing: Standing = ALONE) -> CellLine:
    """Left the source (where it is attached: the address) and the flow, right the mode, the speed and the health.

    Where there is no room the rates go first, then the source, then the title at its end; below 100 columns the
    rates and the word of a good health are not there at all.
    """
    line = look.line(width, bg="raised")
    x = line.put(1, "connectome", "text.strong", "b") + 2
    source = standing.address or state.source.name
    title = state.flow.title if state.flow is not None else ""
    chain = f" {look.glyphs.chain} "
    whole = width_of(source + chain + title if source and title else source + title)
    right = _right_runs(state, look, width, standing)
    rates = _rate_runs(state, look.glyphs, now_ms) if width >= _NARROW_BELOW else ()
    if x + whole + 2 + runs_width((*rates, *right)) <= width - 1:
        right = (*rates, *right)
    room = line.put_right(width - 1, right) - x - 2
    if source and title and whole <= room:
        line.put_runs(x, (Run(source, "text.muted"), Run(chain, "line"), Run(title)))
    elif title:
        line.put(x, title, "text", limit=room)
    else:
        line.put(x, source, "text.muted", limit=room)
    return line


def _right_runs(state: State, look: Look, width: int, standing: Standing) -> Sequence[Run]:
    glyphs = look.glyphs
    runs: list[Run] = []
    if state.source.indexing_0_1 is not None:
        runs += [Run(f"indexing {int(state.source.indexing_0_1 * 100)} %", "text"), Run("   ")]
    run = run_summary_runs(state, glyphs, narrow=width < _NARROW_BELOW)
    if run:
        runs += [*run, Run("   ")]
    connection = standing_runs(standing, glyphs) or connection_runs(state, glyphs)
    if connection:
        runs += [*connection, Run("   ")]
    for word in standing_words(standing, is_pinned=state.pinned):
        runs += [Run(word, "text.strong"), Run("   ")]
    runs += [Run(state.mode), Run(f" {glyphs.dot} ", "line"), Run(state.tick_display.speed_label, "text.strong", "b")]
    return (*runs, *_health_runs(state, look, width, standing))


def _rate_runs(state: State, glyphs: Glyphs, now_ms: float) -> Sequence[Run]:
    """Events and errors of the last minute, once there were any events."""
    rates = select_rates(state, now_ms)
    if rates is None or state.live is None or not state.live.arrived:
        return ()
    events = rate_runs(rates.events, glyphs, "text.muted")
    return (*events, Run("  "), *rate_runs(rates.errors, glyphs, "error"), Run("   "))


def _health_runs(state: State, look: Look, width: int, standing: Standing) -> Sequence[Run]:
    if standing.is_stale:
        return (Run("   "), Run("?" if width < _NARROW_BELOW else "? unknown", "text.muted"))
    worst = select_worst_health(state)
    if worst is None:
        return ()
    module, badge = worst
    if badge.status == "OK":
        word = () if width < _NARROW_BELOW else (Run(" healthy", "text.muted"),)
        return (Run("   "), Run(look.glyphs.ok, "ok"), *word)
    return (Run("   "), *health_mark(module, badge, look.glyphs))
