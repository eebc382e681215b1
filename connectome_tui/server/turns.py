"""When what takes long is done: one thing at a time, between all else that the server does (SERVER-9)."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from connectome_tui.clock import Clock


class Turns:
    """Whoever reads much takes a turn; behind it, as much time belongs to all others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free_at_ms = -math.inf

    @property
    def is_free(self) -> bool:
        """Whether something that takes long may be done at once; else it waits until it is served."""
        return self._clock.now_ms() >= self._free_at_ms

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While something that takes long is done."""
        began = self._clock.now_ms()
        try:
            yield
        finally:
            now = self._clock.now_ms()
            self._free_at_ms = now + (now - began)
