"""Durations and sizes as people write them."""

import pytest

from connectome_tui.amounts import duration_ms, size_bytes


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("7d", 604_800_000),
        ("1.5h", 5_400_000),
        ("30M", 1_800_000),
        ("2s", 2000),
        ("500 ms", 500),
        ("0", 0),
        (" 1w ", 604_800_000),
    ],
)
def test_durations(text: str, milliseconds: float) -> None:
    """Durations have a unit, but for zero."""
    assert duration_ms(text) == milliseconds


@pytest.mark.parametrize(
    ("text", "count"), [("2GB", 2 * 10**9), ("500 mb", 500 * 10**6), ("1GiB", 1 << 30), ("12", 12), ("0.5kB", 500)]
)
def test_sizes(text: str, count: int) -> None:
    """Sizes are bytes, or have a unit of 1000 or of 1024."""
    assert size_bytes(text) == count


@pytest.mark.parametrize("text", ["", "d", "7 days", "-1d", "7x", "1e3s", "٣s"])
def test_what_is_neither(text: str) -> None:
    """Anything else is told with what was expected."""
    with pytest.raises(ValueError, match="expected a duration like"):
        duration_ms(text)
    with pytest.raises(ValueError, match="expected a size like"):
        size_bytes(text)


def test_a_number_alone_is_no_duration() -> None:
    """Seconds or milliseconds: nobody could know."""
    with pytest.raises(ValueError, match="found '2000'"):
        duration_ms("2000")
