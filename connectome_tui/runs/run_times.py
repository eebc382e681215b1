"""The `time` of a record of a run as milliseconds since the Unix epoch."""

import math
from datetime import UTC, datetime
from typing import Final

_UNITS: Final = ((1e17, 1e-6), (1e14, 1e-3), (1e11, 1.0))
"""From so large on a number is nanoseconds, microseconds, milliseconds; smaller ones are seconds."""


def time_ms(value: object) -> float | None:
    """ISO 8601 text (without a zone: UTC), or a number whose size tells its unit; None for anything else."""
    if isinstance(value, str):
        return _text_ms(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    return number * next((factor for least, factor in _UNITS if abs(number) >= least), 1000.0)


def iso_text(at_ms: float) -> str:
    """A time as ISO 8601 text in UTC, to the millisecond."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text_ms(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.timestamp() * 1000
    except (ValueError, OverflowError):
        return None
