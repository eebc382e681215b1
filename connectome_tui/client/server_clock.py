"""The server's time as a window reads it: what the server timed is drawn in its time (SERVER-4, STORE-7)."""

from connectome_tui.clock import Clock


class ServerClock:
    """A clock that is set by each welcome. It stands still rather than go back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ms = 0.0
        self._newest_ms = float("-inf")

    def set(self, server_now_ms: float, round_trip_ms: float) -> None:
        """The server said its time, about half a round trip ago."""
        self._offset_ms = server_now_ms + round_trip_ms / 2 - self._clock.now_ms()
        # A server that was set back, or another one, begins its own time.
        self._newest_ms = float("-inf")

    def now_ms(self) -> float:
        self._newest_ms = max(self._newest_ms, self._clock.now_ms() + self._offset_ms)
        return self._newest_ms
