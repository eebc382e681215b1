"""When what a server sent is shown: at once as long as little comes, seldom in a flood, never without pause."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from typing import Final

FLOOD_COMMITS: Final = 40
"""When so many came since the last picture, nobody reads them one by one."""
FLOOD_SECONDS: Final = 0.1
REST_SECONDS: Final = 0.004
"""The loop has at least so long to serve keys and write the picture before the next one."""


class FramePacer:
    """Calls `show` soon after `came`, on the loop and in the context in which it was begun."""

    def __init__(self, show: Callable[[], None]) -> None:
        self._show = show
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: contextvars.Context | None = None
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._came = 0
        self._not_before = 0.0

    def begin(self) -> None:
        """Show what comes from now on; in the application's own context, which callbacks of a connection lack."""
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()

    def end(self) -> None:
        """Show no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = self._timer = None

    def came(self) -> None:
        """There is something to show; what comes in the same turn of the loop is shown with it."""
        self._came += 1
        if self._timer is not None or self._loop is None:
            return
        left = self._not_before - time.perf_counter()
        if left > 0:
            self._timer = self._loop.call_later(left, self._ring, context=self._context)
        else:
            self._timer = self._loop.call_soon(self._ring, context=self._context)

    def showed(self, began: float) -> None:
        """Everything that came is shown, by whomever; it took from `began` (of the performance counter) until now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        is_flood, self._came = self._came > FLOOD_COMMITS, 0
        ended = time.perf_counter()
        self._not_before = max(ended + max(REST_SECONDS, ended - began), began + FLOOD_SECONDS if is_flood else 0.0)

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Call back in the application's own context; not at all once it has ended."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon(callback, context=self._context)

    def _ring(self) -> None:
        self._timer = None
        self._show()
