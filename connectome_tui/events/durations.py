"""Durations as they are shown (EVENT-7): text and class."""

import math
from typing import Literal

DurationClass = Literal["missing", "blue", "yellow", "orange", "red"]
"""How long something took, as the name of its colour; `missing` is shown muted."""


def duration_text(duration_ms: float | None) -> str:
    """`?`, `4.1ms`, `282ms` or `1.02s`: as measured, never floored (EVENT-5, EVENT-7)."""
    if duration_ms is None or not math.isfinite(duration_ms):
        return "?"
    size = abs(duration_ms)
    if size >= 1000:
        return f"{duration_ms / 1000:.2f}s"
    if size >= 10:
        return f"{duration_ms:.0f}ms"
    return f"{duration_ms + 0.0:.1f}ms"


def duration_class(duration_ms: float | None) -> DurationClass:
    """The class of a duration: below 1 s blue, below 2 s yellow, below 3 s orange, else red (EVENT-7)."""
    if duration_ms is None or not math.isfinite(duration_ms):
        return "missing"
    if duration_ms < 1000:
        return "blue"
    if duration_ms < 2000:
        return "yellow"
    return "orange" if duration_ms < 3000 else "red"
