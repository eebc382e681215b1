"""Durations as text and class (EVENT-7)."""

import pytest

from connectome_tui.events.durations import DurationClass, duration_class, duration_text


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (None, "?"), (float("nan"), "?"), (float("inf"), "?"), (0, "0.0ms"), (0.04, "0.0ms"), (4.14, "4.1ms"),
        (9.94, "9.9ms"), (10, "10ms"), (282.4, "282ms"), (999.4, "999ms"), (1000, "1.00s"), (1020, "1.02s"),
        (75_000, "75.00s"), (-1.7, "-1.7ms"), (-1692.1, "-1.69s"),
    ],
)  # fmt: skip
def test_text(duration_ms: float | None, text: str) -> None:
    """One decimal below 10 ms, none below a second, then seconds with two; negative ones as measured."""
    assert duration_text(duration_ms) == text


@pytest.mark.parametrize(
    ("duration_ms", "name"),
    [
        (None, "missing"), (float("nan"), "missing"), (-5, "blue"), (0, "blue"), (999.9, "blue"), (1000, "yellow"),
        (1999, "yellow"), (2000, "orange"), (2999, "orange"), (3000, "red"), (1e9, "red"),
    ],
)  # fmt: skip
def test_class(duration_ms: float | None, name: DurationClass) -> None:
    """The colour changes at one, two and three seconds."""
    assert duration_class(duration_ms) == name
