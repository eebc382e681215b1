"""Pacing: defaults, the floor, and ticks that keep in step."""

import pytest

from connectome_tui.engine.pacing import DEFAULT_DURATION_MS, animation_ms, tick_after


def test_default_durations() -> None:
    """ENGINE-3: pause 650, 1x 650, 2x 450, 3x 300 ms."""
    assert dict(DEFAULT_DURATION_MS) == {"pause": 650, "1x": 650, "2x": 450, "3x": 300}


@pytest.mark.parametrize(
    ("duration", "expected"), [(None, 450), (-3.0, 200), (0.0, 200), (12.0, 200), (333.0, 333), (60_000.0, 450)]
)
def test_animation_is_never_below_the_floor(duration: float | None, expected: float) -> None:
    """ENGINE-3, EVENT-5: an animation lasts as long as the event did, at least 200 ms, at most the default."""
    assert animation_ms(duration, "2x") == expected


def test_a_tick_keeps_in_step_unless_a_whole_one_was_missed() -> None:
    """A late tick follows its deadline, one that missed a whole interval begins anew."""
    assert tick_after(1000.0, 500.0, 1499.0) == 1000.0
    assert tick_after(1000.0, 500.0, 1500.0) == 1500.0
