"""How long to stand back after failures (CLIENT-4): 1, 2, 4 … seconds, capped at 30."""

from collections.abc import Callable
from typing import Final

from connectome_tui.sync import RetryPolicy

POLICY: Final = RetryPolicy(initial_delay_ms=1000, multiplier=2, max_delay_ms=30_000, jitter=True)
"""Up to half of a delay is taken off, so that many windows do not come back at one moment."""


class Backoff:
    """Counts failures in a row and says how long to wait behind each. `random` gives numbers in 0 … 1."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self.failures = 0

    def failed(self) -> float:
        """One more failure; how many milliseconds to wait before the next try, never more than the cap."""
        self.failures += 1
        return POLICY.delay_ms(self.failures, self._random)

    def reset(self) -> None:
        """It worked: the next failure begins at one second again."""
        self.failures = 0
