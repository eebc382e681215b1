"""What panes compute from a state when they read it: nothing here is kept or ticked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from connectome_tui.store.ledger import LedgerEntry
from connectome_tui.store.rates import shifted
from connectome_tui.store.state import HealthBadge, LiveSourceState, Rates, State
from connectome_tui.store.ticks import tick_progress

WaitClass = Literal["green", "yellow", "orange", "red"]


@dataclass(frozen=True, slots=True)
class WaitReading:
    """The wait bar at one moment (STORE-7, WAIT-1): seconds from 0 to the most shown, and its share of 0 to 1."""

    seconds: float
    value_0_1: float
    started: bool

    @property
    def text(self) -> str:
        """Seconds with one decimal, `–` before anything waits."""
        return f"{self.seconds:.1f} s" if self.started else "–"

    @property
    def wait_class(self) -> WaitClass:
        """The name of its colour."""
        if self.seconds < 1:
            return "green"
        if self.seconds < 2:
            return "yellow"
        return "orange" if self.seconds < 3 else "red"


def select_wait(state: State, now_ms: float) -> WaitReading:
    """The wait at `now_ms` of the clock; recordings go by the time of their events instead (SPAN-8)."""
    wait = state.wait_progress
    if wait.started_at_ms is None:
        return WaitReading(0.0, 0.0, started=False)
    now = now_ms if state.wait_now_ms is None else state.wait_now_ms
    until = now if wait.stopped_at_ms is None else wait.stopped_at_ms
    seconds = min(max((until - wait.started_at_ms) / 1000, 0.0), wait.max_seconds)
    return WaitReading(seconds, seconds / wait.max_seconds, started=True)


def select_tick_progress(state: State, now_ms: float) -> float:
    """How far the cron tick is at `now_ms` of the clock, 0 to 1 (TICK-1)."""
    return tick_progress(state.tick_display, now_ms)


def select_shown_index(state: State) -> int | None:
    """The arrival index of the event that focus and sentence are of, None before the first of the session."""
    if state.inspection_index is not None:
        return state.inspection_index
    return state.ledger.end - 1 if state.cursor else None


def select_shown_entry(state: State) -> LedgerEntry | None:
    """The entry looked at, else the newest of the session; None before the first."""
    index = select_shown_index(state)
    return None if index is None else state.ledger[index]


def select_step_number(state: State, arrival_index: int) -> int:
    """The number of an entry in X of Y, from 1: boundaries are no steps (STORE-9)."""
    return arrival_index - state.ledger.session_at(arrival_index).first_index + 1


def select_worst_health(state: State) -> tuple[str, HealthBadge] | None:
    """The part that is worst off, and its badge; None while no health is known."""
    order = ("ERROR", "WARN", "UNKNOWN", "OK")
    badges = state.health_badges
    return min(badges.items(), key=lambda item: order.index(item[1].status)) if badges else None


def select_rates(state: State, now_ms: float) -> Rates | None:
    """Events and errors of the minute before `now_ms`, a bucket a second; None for a recording."""
    return None if state.live is None else shifted(state.live.rates, now_ms)


def select_worst_source(state: State) -> LiveSourceState | None:
    """The live source whose connection needs most attention; None for a recording."""
    order = ("error", "disconnected", "connecting", "connected", "listening")
    return min(select_live_sources(state), key=lambda source: order.index(source.status.phase), default=None)


def select_live_sources(state: State) -> Sequence[LiveSourceState]:
    """The live sources; none for a recording."""
    return () if state.live is None else state.live.sources


def is_cut_off(source: LiveSourceState) -> bool:
    """Whether a live source has no connection and will try again."""
    return source.status.phase in {"error", "disconnected"} and source.status.next_retry_ms is not None
