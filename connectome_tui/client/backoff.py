"""How long to stand back after failures (CLIENT-4): 1, 2, 4 … seconds, capped at 30."""

from collections.abc import Callable
from typing import Final

FIRST_MS: Final = 1000.0
CAP_MS: Final = 30_000.0
JITTER: Final = 0.5
"""At most this share of a delay is taken off, so that many windows do not come back at one moment."""


class Backoff:
    """Counts failures in a row and says how long to wait behind each.

    `random` gives numbers in 0 … 1 for the jitter; without it, delays are exact.
    """

    def __init__(self, random: Callable[[], float] | None = None) -> None:
        self._random = random
        self.failures = 0

    def failed(self) -> float:
        """One more failure; how many milliseconds to wait before the next try, never more than the cap."""
        delay = min(FIRST_MS * 2.0 ** min(self.failures, 10), CAP_MS)
        self.failures += 1
        return delay if self._random is None else delay * (1 - JITTER * self._random())

    def reset(self) -> None:
        """It worked: the next failure begins at one second again."""
        self.failures = 0
