"""What threads hand over waits here until the application drains it: one wake-up for all that came since."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from connectome_tui.events.live import LiveBatch

DRAINED_AT_ONCE: Final = 500
"""So many events at most go into one drain (one batch more when it is larger): a few ms of work."""
MOST_WAITING: Final = 50_000
"""While so many events wait, whoever hands more over is made to wait too."""

Wake = Callable[[], None]
"""Asks the application to drain soon; called from any thread, not again before the next drain."""


class Pump:
    """A bounded queue of batches between threads and one loop."""

    def __init__(self, wake: Wake, most_waiting: int = MOST_WAITING) -> None:
        self._wake = wake
        self._most_waiting = most_waiting
        self._batches: deque[LiveBatch] = deque()
        self._events = 0
        self._is_awake = False
        self._is_ending = False
        self._is_closed = False
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many events wait to be drained."""
        return self._events

    def hand_over(self, batch: LiveBatch) -> None:
        """Add a batch; waits while too much is there. After `close` it is dropped."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_ending or self._events < self._most_waiting)
            if self._is_closed:
                return
            self._batches.append(batch)
            self._events += len(batch.events)
            wakes, self._is_awake = not self._is_awake, True
        if wakes:
            self._wake()

    def drain(self) -> list[LiveBatch]:
        """The batches that come next, in order; asks to be drained again when more wait."""
        drained: list[LiveBatch] = []
        events = 0
        with self._changed:
            while self._batches and (not drained or events + len(self._batches[0].events) <= DRAINED_AT_ONCE):
                batch = self._batches.popleft()
                drained.append(batch)
                events += len(batch.events)
            self._events -= events
            self._is_awake = bool(self._batches)
            self._changed.notify_all()
            wakes = self._is_awake
        if wakes:
            self._wake()
        return drained

    def end(self) -> None:
        """Let everybody go who waits: sources that are told to stop may hand over what they still have."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()

    def close(self) -> None:
        """Take nothing any more; what waits can still be drained."""
        self.end()
        with self._changed:
            self._is_closed = True
