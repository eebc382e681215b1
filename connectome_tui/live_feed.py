"""The way from the threads of live sources to the application's loop: it drains often enough, and not too often."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from connectome_tui.session import LiveSession

FLOOD_EVENTS: Final = 800
"""When so many came since the last picture nobody reads them one by one: they are shown less often."""
SLICE_SECONDS: Final = 0.01
"""So long is drained before keys are served and the screen is painted."""
BEHIND_EVENTS: Final = 6000
"""While more than this waits, the feed catches up: fewer pictures, and longer slices."""
CATCH_UP_SECONDS: Final = 0.03


@dataclass(frozen=True, slots=True)
class Pace:
    """How often at most what comes is taken in, and how often while it is a flood, in seconds."""

    frame_seconds: float
    flood_frame_seconds: float


SHOWN: Final = Pace(0.05, 0.1)
"""Each time the screen is painted."""
TOLD: Final = Pace(0.015, 0.015)
"""Nothing is painted here: windows elsewhere are told, and each of them paints as often as it likes."""


class LiveFeed:
    """Wakes the loop when something has come, drains in slices, and leaves the loop as much time as it took.

    `wake` may be called from any thread, also before there is a loop and after it ended. Each drain is
    one commit; the commits of a slice are painted together.
    """

    def __init__(self, pace: Pace = SHOWN) -> None:
        self._pace = pace
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: LiveSession | None = None
        self._one_frame: Callable[[], AbstractContextManager[None]] | None = None
        self._not_before = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._thread: int | None = None
        # What the application runs in; a callback from a thread would run in that of the thread.
        self._context: contextvars.Context | None = None
        self._is_draining = False

    def wake(self) -> None:
        """Something has come: drain it soon."""
        if threading.get_ident() == self._thread:
            # More than fits into one drain: no wake-up over the loop's own socket is needed.
            self._come()
        else:
            self.call(self._come)

    def call(self, callback: Callable[[], object]) -> None:
        """Call back on the loop, from any thread; not at all while there is none."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(callback, context=self._context)
        except RuntimeError:
            # The loop was closed in this very moment; what is left is drained when the session closes.
            return

    def begin(self, session: LiveSession, one_frame: Callable[[], AbstractContextManager[None]]) -> None:
        """Drain on the running loop from now on, what came before it first."""
        self._session, self._one_frame = session, one_frame
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._context = contextvars.copy_context()
        self._drain()

    def end(self) -> None:
        """Drain no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = self._session = self._timer = None

    def _come(self) -> None:
        if self._timer is not None or self._loop is None or self._is_draining:
            return
        if self._not_before <= time.perf_counter():
            self._drain()
        else:
            self._drain_later(self._loop)

    def _drain_later(self, loop: asyncio.AbstractEventLoop) -> None:
        left = self._not_before - time.perf_counter()
        self._timer = loop.call_later(max(0.0, left), self._drain, context=self._context)

    def _drain(self) -> None:
        self._timer = None
        loop, session, one_frame = self._loop, self._session, self._one_frame
        if loop is None or session is None or one_frame is None:
            return
        began = time.perf_counter()
        waiting = session.pump.waiting
        is_behind = waiting > BEHIND_EVENTS
        slice_seconds = CATCH_UP_SECONDS if is_behind else SLICE_SECONDS
        self._is_draining, more = True, True
        try:
            with one_frame():
                while more and time.perf_counter() - began < slice_seconds:
                    more = session.drain()
        finally:
            self._is_draining = False
        # Behind the panes, which have drawn: they too are time that keys had to wait.
        ended = time.perf_counter()
        rest = SLICE_SECONDS if is_behind else ended - began
        pace = self._pace
        frame = pace.flood_frame_seconds if FLOOD_EVENTS < waiting <= BEHIND_EVENTS else pace.frame_seconds
        self._not_before = max(began + frame, ended + rest)
        if more:
            # Never at once, however long it took: the loop has its turn in between.
            self._drain_later(loop)
