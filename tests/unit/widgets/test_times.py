"""Times as the panes write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.numbers import grouped
from connectome_tui.widgets.times import clock_text, is_wall_clock, offset_text, silence_text, took_text


@pytest.mark.parametrize(
    ("offset_ms", "expected"),
    [
        (0.0, "0.0"),
        (-0.01, "0.0"),
        (15.72, "15.7"),
        (999.9, "999.9"),
        (1020.0, "1.020s"),
        (-1691.5, "−1.692s"),
        (-3.2, "−3.2"),
        (86_400_200.0, "86400.2s"),
    ],
)
def test_offsets(offset_ms: float, expected: str) -> None:
    """Milliseconds below a second, else seconds; with a real minus sign."""
    assert offset_text(offset_ms) == expected


@given(st.floats(-1e10, 1e10))
def test_offsets_fit_their_column(offset_ms: float) -> None:
    """Within a few months an offset never pushes the columns behind it."""
    assert len(offset_text(offset_ms)) <= 9


@given(st.floats(0, 1e9) | st.none())
def test_durations_fit_their_column(duration_ms: float | None) -> None:
    """Also a duration of days leaves the blank before it."""
    assert len(took_text(duration_ms)) <= 8


def test_other_times() -> None:
    """Silences in seconds, counts with their thousands apart, dates told from counts of a script."""
    assert silence_text(12_400) == "+12.4 s"
    assert grouped(1_204_000) == "1 204 000"
    assert is_wall_clock(1_763_644_293_233.0)
    assert not is_wall_clock(5000.0)
    assert len(clock_text(1_763_644_293_233.0, milliseconds=True)) == len("13:11:33.233")
    assert clock_text(1e300) == "?"
