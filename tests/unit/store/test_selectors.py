"""Selectors: computed on read, from times in the state."""

from dataclasses import replace

import pytest

from connectome_tui.store.selectors import (
    select_shown_entry,
    select_tick_progress,
    select_wait,
    select_worst_health,
)
from connectome_tui.store.state import HealthBadge, State, TickDisplay, WaitProgress
from connectome_tui.store.ticks import retimed


@pytest.mark.parametrize(
    ("now_ms", "seconds", "share", "wait_class"),
    [
        (1000, 0.0, 0.0, "green"),
        (1999, 0.999, 0.24975, "green"),
        (2000, 1.0, 0.25, "yellow"),
        (3000, 2.0, 0.5, "orange"),
        (4000, 3.0, 0.75, "red"),
        (5000, 4.0, 1.0, "red"),
        (99_000, 4.0, 1.0, "red"),
        (0, 0.0, 0.0, "green"),
    ],
)
def test_the_wait_is_clamped_to_four_seconds(now_ms: float, seconds: float, share: float, wait_class: str) -> None:
    """STORE-7, WAIT-1: elapsed lies between 0 and 4.0 s, value is elapsed / 4, classes change at 1, 2 and 3 s."""
    reading = select_wait(State(wait_progress=WaitProgress(started_at_ms=1000.0)), now_ms)
    assert (reading.seconds, reading.value_0_1) == pytest.approx((seconds, share))
    assert reading.wait_class == wait_class


def test_a_stopped_wait_is_frozen_and_one_not_begun_is_a_dash() -> None:
    """STORE-7: after the stop the figure no longer moves; before the start there is none."""
    stopped = State(wait_progress=WaitProgress(1000.0, 2700.0))
    assert {select_wait(stopped, now).text for now in (0.0, 5000.0)} == {"1.7 s"}
    assert select_wait(State(), 5000.0).text == "–"


def test_recordings_wait_by_flow_time() -> None:
    """SPAN-8: the wait's now is the time of the event, however long the user thinks."""
    state = State(wait_progress=WaitProgress(started_at_ms=1000.0), wait_now_ms=1300.0)
    assert select_wait(state, 900_000.0).text == "0.3 s"


def test_the_tick_fills_with_time_and_keeps_its_share() -> None:
    """STORE-8: progress is the share of the interval; held and sped up it goes on from where it was."""
    running = retimed(TickDisplay(), "1x", 100.0, running=True)
    assert select_tick_progress(State(tick_display=running), 350.0) == 0.25
    assert select_tick_progress(State(tick_display=running), 9000.0) == 1.0
    held = retimed(running, "1x", 350.0, running=False)
    assert select_tick_progress(State(tick_display=held), 9000.0) == 0.25
    faster = retimed(held, "2x", 1000.0, running=True)
    assert select_tick_progress(State(tick_display=faster), 1125.0) == 0.5


def test_nothing_is_shown_before_the_first_step() -> None:
    """There is no shown entry while the cursor stands at 0."""
    assert select_shown_entry(State()) is None


def test_the_worst_part_is_told() -> None:
    """The header names the part that is worst off."""
    badges = {"store": HealthBadge("OK"), "source": HealthBadge("WARN", "skipped"), "engine": HealthBadge("UNKNOWN")}
    assert select_worst_health(replace(State(), health_badges=badges)) == ("source", badges["source"])
    assert select_worst_health(State()) is None
