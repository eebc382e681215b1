"""The cron tick (STORE-8, TICK-1): filled from times in the state, never by a timer of its own."""

from connectome_tui.store.state import NOMINAL_INTERVAL_MS, SPEED_LABEL, Speed, TickDisplay


def tick_progress(tick: TickDisplay, now_ms: float) -> float:
    """How far the tick is at `now_ms`, 0 to 1; one that does not run stays where it stopped."""
    if tick.since_ms is None or tick.nominal_interval_ms is None:
        return tick.progress_0_1
    return min(max((now_ms - tick.since_ms) / tick.nominal_interval_ms, 0.0), 1.0)


def retimed(tick: TickDisplay, speed: Speed, now_ms: float, *, running: bool) -> TickDisplay:
    """The tick at another speed, held or let go: it keeps the share that it had."""
    progress = tick_progress(tick, now_ms)
    interval = NOMINAL_INTERVAL_MS[speed]
    since = now_ms - progress * interval if running and interval is not None else None
    return TickDisplay(interval, progress, SPEED_LABEL[speed], since)
