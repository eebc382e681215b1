"""Time, handed in: the event loop's, or one that moves only when it is told to."""

import asyncio
import heapq
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """Something that will be called."""

    def cancel(self) -> None:
        """Do not call it; harmless when it was called already."""
        ...


class Scheduler(Protocol):
    """Calls something later, on the event loop's thread."""

    def call_later(self, delay_ms: float, callback: Callable[[], None], /) -> Timer:
        """Call `callback` once, in `delay_ms` milliseconds."""
        ...


class LoopScheduler:
    """The time of an event loop; of the running one unless another is handed in."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop

    def call_later(self, delay_ms: float, callback: Callable[[], None], /) -> Timer:
        return (self._loop or asyncio.get_running_loop()).call_later(delay_ms / 1000, callback)


class ManualScheduler:
    """For tests: time moves by `advance` alone."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self._made = 0
        self._waiting: list[tuple[float, int, _ManualTimer]] = []

    @property
    def delays_ms(self) -> list[float]:
        """In how many milliseconds each timer that runs will be called, the next one first."""
        return [due - self.now_ms for due, _, timer in sorted(self._waiting) if timer.callback is not None]

    def call_later(self, delay_ms: float, callback: Callable[[], None], /) -> Timer:
        timer = _ManualTimer(callback)
        self._made += 1
        heapq.heappush(self._waiting, (self.now_ms + delay_ms, self._made, timer))
        return timer

    def advance(self, ms: float) -> None:
        """Let so many milliseconds pass, and call what is due, each at its time."""
        end = self.now_ms + ms
        while self._waiting and self._waiting[0][0] <= end:
            due, _, timer = heapq.heappop(self._waiting)
            self.now_ms = max(self.now_ms, due)
            timer.fire()
        self.now_ms = end


class _ManualTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None

    def fire(self) -> None:
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()
