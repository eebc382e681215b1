"""What the receiving process counts; the numbers are written by two threads and read by a third."""

import threading
from collections import Counter
from collections.abc import Callable

from connectome_tui.events.live import LiveCounters


class Counting:
    """Numbers that only grow; `snapshot` gives them all at one moment. `changed` is called after each change."""

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._received = self._decoded = self._bad = self._rate_limited = 0
        self._connections = self._bytes = 0
        self._skipped: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def connected(self) -> None:
        """A sender connected."""
        with self._lock:
            self._connections += 1
        self.changed()

    def body(self, size: int) -> None:
        """A body of this size came in, as it was on the wire."""
        with self._lock:
            self._bytes += size
        self.changed()

    def refused(self, reason: str, *, come_again: bool = False) -> None:
        """A request was answered with an error; `come_again` when it may be repeated."""
        with self._lock:
            self._refused[reason] += 1
            self._rate_limited += come_again
        self.changed()

    def decoded(self, records: int, bad: int) -> None:
        """Records were read, others could not be."""
        with self._lock:
            self._received += records + bad
            self._decoded += records
            self._bad += bad
        self.changed()

    def malformed(self) -> None:
        """A whole body could not be read: one bad record, as far as anybody knows."""
        with self._lock:
            self._received += 1
            self._bad += 1
        self.changed()

    def skipped(self, what: str, count: int) -> None:
        """Records were accepted that are not shown."""
        with self._lock:
            self._skipped[what] += count
        self.changed()

    def snapshot(self, *, waiting: int, shown_ready: int) -> LiveCounters:
        """All numbers as they stand, with what others know."""
        with self._lock:
            return LiveCounters(
                received=self._received,
                decoded=self._decoded,
                shown_ready=shown_ready,
                waiting=waiting,
                bad=self._bad,
                rate_limited=self._rate_limited,
                skipped=dict(self._skipped),
                connections=self._connections,
                refused=dict(self._refused),
                bytes_received=self._bytes,
            )
