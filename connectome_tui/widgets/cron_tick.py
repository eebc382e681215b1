"""The cron tick (TICK-1): a ring or a bar that fills towards the next release; it never releases anything."""

from collections.abc import Sequence

from connectome_tui.store.state import State
from connectome_tui.widgets.bars import bar_runs
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run
from connectome_tui.widgets.times import silence_text

_SILENCE_MS = 1000.0
_ASCII_STEPS = 4


def ring(progress_0_1: float, glyphs: Glyphs) -> str:
    """`○◔◑◕●`, or `[##--]` where there are no such characters."""
    share = min(max(progress_0_1, 0.0), 1.0)
    if glyphs.ring:
        return glyphs.ring[round(share * (len(glyphs.ring) - 1))]
    done = round(share * _ASCII_STEPS)
    return f"[{'#' * done}{'-' * (_ASCII_STEPS - done)}]"


def tick_runs(state: State, progress_0_1: float, cells: int, glyphs: Glyphs) -> Sequence[Run]:
    """`━━━━╸───── x1  +12.4 s`: a bar of `cells` cells, the speed, the real gap before the newest event.

    With speed `x0` a ring and `by hand`.
    """
    tick = state.tick_display
    if tick.nominal_interval_ms is None:
        return (
            Run(ring(progress_0_1, glyphs), "text.strong"),
            Run(f" {tick.speed_label}"),
            Run(" by hand", "text.muted"),
        )
    bar = bar_runs(progress_0_1, cells, glyphs)
    gap = state.real_gap_ms
    is_silence = gap is not None and gap >= _SILENCE_MS
    told = (Run(f"  {silence_text(gap)}", "text.muted"),) if gap is not None and is_silence else ()
    return (*bar, Run(f" {tick.speed_label}"), *told)


def small_tick_runs(state: State, progress_0_1: float, glyphs: Glyphs) -> Sequence[Run]:
    """`◑ x1`: for narrow screens."""
    return (Run(ring(progress_0_1, glyphs), "text.strong"), Run(f" {state.tick_display.speed_label}"))
