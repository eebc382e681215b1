"""How long to wait before the next try: longer after each failure, never the same for all, never for ever."""

import random
from collections.abc import Callable
from typing import Final

FIRST_MS: Final = 1000.0
LONGEST_MS: Final = 30_000.0
LEAST_MS: Final = 100.0
"""What a server may ask for at least: less would be a busy loop."""
MOST_MS: Final = 3_600_000.0
"""What a server may ask for at most."""
STEADY_MS: Final = 5000.0
"""A connection that lasted so long was a success: a server that closes at once for ever is none."""
_JITTER: Final = 0.25


class BackOff:
    """Doubles from the first delay, with up to a quarter on top at random, so that clients do not come together.

    `chance` gives a random number from 0 to 1.
    """

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._first_ms = FIRST_MS
        self._failures = 0

    def ask(self, retry_ms: float) -> None:
        """The server says how long to wait before a reconnect (`retry:`)."""
        self._first_ms = min(max(retry_ms, LEAST_MS), MOST_MS)

    def connected(self, lasted_ms: float) -> None:
        """A connection is over; one that lasted makes earlier failures count no more."""
        if lasted_ms >= STEADY_MS:
            self._failures = 0

    def reset(self) -> None:
        """The user wants to try now: failures count from here."""
        self._failures = 0

    def next_delay_ms(self, at_least_ms: float = 0.0) -> float:
        """The delay before the next try, at least what an answer asked for (`Retry-After`)."""
        most = max(LONGEST_MS, self._first_ms)
        # Twenty doublings are beyond any bound; more would leave the range of numbers.
        delay = min(self._first_ms * 2.0 ** min(self._failures, 20), most)
        self._failures += 1
        return max(delay * (1 + _JITTER * self._chance()), min(at_least_ms, MOST_MS))
