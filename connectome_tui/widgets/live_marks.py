"""How live sources stand, as marks: the connection in the header, what waits in the tick's place."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.engine.holding import HELD_PER_SOURCE
from connectome_tui.events.numbers import grouped
from connectome_tui.store.selectors import select_worst_source
from connectome_tui.store.state import LiveStatus, State
from connectome_tui.widgets.bars import bar_runs
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run

_NEARLY_FULL: Final = 0.8


def connection_runs(state: State, glyphs: Glyphs) -> Sequence[Run]:
    """`● live`, `‖ paused`, `◌ reconnecting`, `· ended`; nothing for a recording that plays."""
    if state.local_pause:
        return (Run(f"{glyphs.paused} paused", "warn", "b"),)
    source = select_worst_source(state)
    if source is None:
        return ()
    phase, retries = source.status.phase, source.status.next_retry_ms is not None
    if phase in {"connected", "listening"}:
        return (Run(f"{glyphs.live} ", "ok"), Run("live"))
    if phase == "connecting":
        return (Run(f"{glyphs.stale} connecting", "warn"),)
    if retries:
        return (Run(f"{glyphs.stale} reconnecting", "warn", "b"),)
    if phase == "error":
        return (Run(f"{glyphs.error} lost", "error", "b"),)
    return (Run(f"{glyphs.unknown} ended", "text.muted"),)


def is_holding(state: State) -> bool:
    """Whether what live sources bring waits: paused, or stepped by hand."""
    return state.live is not None and (state.local_pause or state.mode == "stepper")


def waiting_runs(live: LiveStatus, glyphs: Glyphs, *, cells: int) -> Sequence[Run]:
    """`waiting 1 204 in the recording`, or `held ━━━━ 1000/1000 · 212 dropped` where nothing is recorded.

    The bar has `cells` cells; without any, only figures are shown.
    """
    if live.held_in_recording:
        where = (Run(" in the recording", "text.muted"),) if cells else ()
        return (Run("waiting ", "text.muted"), Run(grouped(live.held), "text.strong", "b"), *where)
    most = HELD_PER_SOURCE * max(1, sum(source.held > 0 for source in live.sources))
    share = live.held / most
    token = "warn" if share >= _NEARLY_FULL else "text"
    bar = (*bar_runs(share, cells, glyphs, token), Run(" ")) if cells else ()
    dropped: tuple[Run, ...] = ()
    if live.overflowed:
        dropped = (Run(f" {glyphs.dot} ", "line"), Run(f"{grouped(live.overflowed)} dropped", "error"))
    return (Run("held ", "text.muted"), *bar, Run(f"{live.held}/{most}", token, "b"), *dropped)
