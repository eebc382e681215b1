"""What a server allows, so that no window can hurt another (SERVER-9)."""

from dataclasses import dataclass
from typing import Final

from connectome_tui.clock import Clock


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds, all of them; times in milliseconds.

    `strangers` are connections that have not said hello yet. `bad_frames` are tolerated in one go, and
    one more each `bad_frame_rest_ms`. Above `waiting_bytes` a window is told no more commits until it
    has read what waits, and then gets a baseline, `baselines_at_once` and one more each `baseline_rest_ms`; above
    `waiting_bytes_most` it is closed. A window that is behind by more than `replay_commits` or
    `replay_bytes` gets a baseline as well. `ring_commits` and `ring_bytes` are kept for that.
    """

    frame_bytes: int = 256 * 1024
    clients: int = 1000
    strangers: int = 1000
    hello_ms: float = 5000
    goodbye_ms: float = 1000
    heartbeat_ms: int = 15_000
    name_chars: int = 64
    intent_chars: int = 128
    bad_frames: int = 8
    bad_frame_rest_ms: float = 10_000
    frames_a_second: float = 500  # what is costly to answer counts as several
    frames_at_once: float = 1000
    waiting_bytes: int = 4 * 1024 * 1024
    waiting_bytes_most: int = 32 * 1024 * 1024
    baselines_at_once: float = 4
    baseline_rest_ms: float = 500
    replay_commits: int = 1000
    replay_bytes: int = 2 * 1024 * 1024
    ring_commits: int = 5000
    ring_bytes: int = 32 * 1024 * 1024
    topic_rest_ms: float = 250
    moved_on_rest_ms: float = 5000
    cursor_rest_ms: float = 10_000


DEFAULT_LIMITS = Limits()
TOO_MUCH: Final = "too much is asked for at once: wait a moment"
"""What is said with `limit.rate`."""


class Allowance:
    """So much at once, and so much a second behind it (a token bucket).

    With `counts_refusals` what is refused counts as well: who goes on and on has `spent` it.
    """

    __slots__ = ("_at_ms", "_clock", "_least", "_left", "_most", "_per_ms")

    def __init__(self, clock: Clock, at_once: float, a_second: float, *, counts_refusals: bool = False) -> None:
        self._clock = clock
        self._most = self._left = at_once
        self._least = -at_once if counts_refusals else 0.0
        self._per_ms = a_second / 1000
        self._at_ms = clock.now_ms()

    def take(self, cost: float = 1) -> bool:
        """Use so much; false when there is less."""
        if self.holds(cost):
            self._left -= cost
            return True
        if self._least < 0:
            self._left = max(self._left - cost, self._least)
        return False

    def charge(self, cost: float) -> None:
        """Use so much, also when there is less; a negative cost is given back."""
        self._left = max(self._left - cost, -self._most)

    def holds(self, cost: float) -> bool:
        """Whether there is so much."""
        now = self._clock.now_ms()
        self._left = min(self._left + (now - self._at_ms) * self._per_ms, self._most)
        self._at_ms = now
        return self._left >= cost

    @property
    def is_spent(self) -> bool:
        """Whether far more was asked for than there was, again and again."""
        return self._left <= self._least < 0
