"""Times as the panes write them."""

from datetime import datetime
from typing import Final

from connectome_tui.events.durations import duration_text

_WIDEST: Final = 8


def offset_text(offset_ms: float) -> str:
    """An offset from the start of a flow in at most 8 cells: `15.7`, `1.020s`, `−1.692s`, `86400.2s`."""
    if abs(offset_ms) < 1000:
        text = f"{offset_ms + 0.0:.1f}"
    else:
        text = next(
            (text for decimals in (3, 2, 1, 0) if len(text := f"{offset_ms / 1000:.{decimals}f}s") <= _WIDEST), "…"
        )
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def took_text(duration_ms: float | None) -> str:
    """A duration (EVENT-7); hours and more without decimals, so that the column holds them."""
    text = duration_text(duration_ms)
    return text if len(text) <= _WIDEST or duration_ms is None else f"{duration_ms / 1000:.0f}s"


def silence_text(gap_ms: float) -> str:
    """`+12.4 s`, the real time between two events."""
    return f"+{gap_ms / 1000:.1f} s"


def clock_text(at_ms: float, *, milliseconds: bool = False) -> str:
    """The local time of day, `13:20:07` or `13:20:07.412`; `?` for a time that no calendar holds."""
    try:
        moment = datetime.fromtimestamp(at_ms / 1000).astimezone()
    except (ValueError, OverflowError, OSError):
        return "?"
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}" if milliseconds else text


def is_wall_clock(at_ms: float) -> bool:
    """Whether a time is a date (from 2001 on) and not the count of a script."""
    return at_ms > 1e12
