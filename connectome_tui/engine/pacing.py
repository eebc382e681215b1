"""How long things take on the screen (ENGINE-3, EVENT-5). Speed paces, it never authorises a release."""

from collections.abc import Mapping
from typing import Final

from connectome_tui.store.state import Speed, TickDisplay

DEFAULT_DURATION_MS: Final[Mapping[Speed, float]] = {"pause": 650, "1x": 650, "2x": 450, "3x": 300}
"""How long a step is animated at each speed when its duration is not known, and at most."""
ANIMATION_FLOOR_MS: Final = 200.0
"""No animation is shorter; the log shows durations as measured."""


def animation_ms(duration_ms: float | None, speed: Speed) -> float:
    """How long a step is animated, in milliseconds."""
    default = DEFAULT_DURATION_MS[speed]
    return default if duration_ms is None else max(ANIMATION_FLOOR_MS, min(duration_ms, default))


def tick_deadline_ms(tick: TickDisplay) -> float | None:
    """When a tick is full, None when it does not run."""
    if tick.since_ms is None or tick.nominal_interval_ms is None:
        return None
    return tick.since_ms + tick.nominal_interval_ms


def tick_after(deadline_ms: float, interval_ms: float, now_ms: float) -> float:
    """When the next tick begins to fill: in step with the last one, or now after a stall (no burst to catch up)."""
    return deadline_ms if now_ms - deadline_ms < interval_ms else now_ms
