"""The one timer of the application: it runs only while something moves, at most ten times a second."""

from collections.abc import Callable
from typing import Final, Protocol

from textual.timer import Timer

from connectome_tui.clock import Clock
from connectome_tui.store.state import State

FRAME_MS: Final = 100.0
"""Wait bar and cron tick move at most so often."""
MESSAGE_MS: Final = 4000.0
SHORTEST_MS: Final = 10.0
"""No timer is shorter, whatever is due."""


class TimerHost(Protocol):
    """What can set a timer: the application."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call back once after `delay` seconds."""
        ...


class Pulse:
    """Wakes the application at the earliest of the moments that it is told of, and stops when there is none."""

    def __init__(self, host: TimerHost, clock: Clock, wake: Callable[[], None]) -> None:
        self._host = host
        self._clock = clock
        self._wake = wake
        self._timer: Timer | None = None
        self.due_ms: float | None = None

    def wake_at(self, due_ms: float | None) -> None:
        """Wake at `due_ms` of the clock, or not at all, instead of what was asked before."""
        if due_ms == self.due_ms and self._timer is not None:
            return
        self.stop()
        if due_ms is not None:
            self.due_ms = due_ms
            self._timer = self._host.set_timer(max(SHORTEST_MS, due_ms - self._clock.now_ms()) / 1000, self._ring)

    def stop(self) -> None:
        """Run no timer."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = None
        self.due_ms = None

    def _ring(self) -> None:
        self._timer = None
        self.due_ms = None
        self._wake()


def moves_by_itself(state: State, now_ms: float, *, waits_on_clock: bool) -> bool:
    """Whether wait bar or cron tick change between commits: only then frames are drawn without one."""
    wait = state.wait_progress
    waiting = (
        waits_on_clock
        and wait.started_at_ms is not None
        and wait.stopped_at_ms is None
        and now_ms - wait.started_at_ms < wait.max_seconds * 1000
    )
    ticking = state.mode == "realtime" and not state.local_pause and not state.ended
    tick = state.tick_display
    return waiting or (ticking and tick.nominal_interval_ms is not None and tick.since_ms is not None)


def earliest(*moments: float | None) -> float | None:
    """The first of the moments that there are."""
    return min((moment for moment in moments if moment is not None), default=None)
