"""Where time comes from, so that tests can hold it in their hands."""

import time
from typing import Protocol


class Clock(Protocol):
    """A source of wall-clock time."""

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch; never goes back within one run."""
        ...


class SystemClock:
    """The machine's clock, made monotonic: it is read once and then advanced by `perf_counter`."""

    def __init__(self) -> None:
        self._offset_ms = time.time() * 1000 - time.perf_counter() * 1000

    def now_ms(self) -> float:
        return self._offset_ms + time.perf_counter() * 1000


class ManualClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now_ms: float = 0.0) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> float:
        return self._now_ms

    def advance(self, ms: float) -> None:
        """Move time forward by `ms` milliseconds."""
        assert ms >= 0, "time does not go back"
        self._now_ms += ms
