"""Where time comes from, so that tests can hold it in their hands."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
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


class HeldClock:
    """Another clock that can be held, so that all that happens meanwhile happens at one and the same time.

    What is done again later with what was noted (ENGINE-6, SERVER-7) is done at exactly that time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held_ms: float | None = None

    def now_ms(self) -> float:
        return self._clock.now_ms() if self._held_ms is None else self._held_ms

    @contextmanager
    def hold(self, now_ms: float | None = None) -> Iterator[float]:
        """Stand still, at `now_ms` or where it is, until the block ends; held already, it stays there."""
        before = self._held_ms
        held = self.now_ms() if now_ms is None or before is not None else now_ms
        self._held_ms = held
        try:
            yield held
        finally:
            self._held_ms = before
