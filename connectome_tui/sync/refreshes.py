"""One refresh at a time, and at most one that waits: however many are asked for (SYNC-5)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Refresh:
    """One refresh: for an event, for callers who wait, for the start, or for several of these.

    Whoever is asked for a refresh while one runs gets the next, for the snapshot of the one that runs may
    have been made before.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.event: object = None
        self.for_event = False
        self.for_start = False
        self.applying = False
        self.waiting = 0
        self.task: asyncio.Task[None] | None = None
        self.abandoned = False
        self.done: asyncio.Future[BaseException | None] = loop.create_future()

    def settle(self, outcome: BaseException | None) -> None:
        """Let those who wait go on; the first outcome counts."""
        if not self.done.done():
            self.done.set_result(outcome)


class RefreshQueue:
    """Runs `perform` for one refresh after the other; a failure of one changes nothing for the next."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, perform: Callable[[Refresh], Coroutine[Any, Any, None]]
    ) -> None:
        self._loop = loop
        self._perform = perform
        self._running: Refresh | None = None
        self._queued: Refresh | None = None

    def want(self, event: object) -> None:
        """Refresh because of this event; nobody waits for it."""
        refresh = self._next()
        refresh.for_event = True
        refresh.event = event

    async def run(self, *, for_start: bool = False) -> None:
        """Refresh, and wait for its end; raises what it raised. A cancelled caller takes a refresh of its own along.

        Called from inside the refresh that runs (by an applier), it does not wait: that would be for ever.
        """
        inside = self._running is not None and asyncio.current_task() is self._running.task
        refresh = self._next()
        refresh.for_start |= for_start
        if inside:
            refresh.for_event = True
            return
        refresh.waiting += 1
        try:
            outcome = await asyncio.shield(refresh.done)
        finally:
            refresh.waiting -= 1
            self._abandon_if_unwanted(refresh)
        if outcome is not None:
            raise outcome

    def drop_events(self) -> None:
        """Forget the refresh that waits, when nothing but events asked for it."""
        if self._queued is not None and not self._queued.waiting:
            self._queued = None

    def stop(self) -> None:
        """Nobody waits any longer, and nothing more is begun; what runs goes on to its end."""
        for refresh in (self._running, self._queued):
            if refresh is not None:
                refresh.settle(None)
        self._queued = None

    def _next(self) -> Refresh:
        if self._running is None:
            return self._begin(Refresh(self._loop))
        if self._queued is None:
            self._queued = Refresh(self._loop)
        return self._queued

    def _begin(self, refresh: Refresh) -> Refresh:
        self._running = refresh
        refresh.task = self._loop.create_task(self._drive(refresh))
        return refresh

    async def _drive(self, refresh: Refresh) -> None:
        try:
            await self._perform(refresh)
        except asyncio.CancelledError as error:
            # The loop is closing, unless it was our own doing: then nothing may be begun any more.
            refresh.settle(error)
            task = asyncio.current_task()
            if not refresh.abandoned and task is not None and task.cancelling() and self._queued is not None:
                self._queued.settle(error)
                self._queued = None
            raise
        except Exception as error:  # noqa: BLE001 - it was reported, and goes to those who wait
            refresh.settle(error)
        except BaseException as error:
            refresh.settle(error)
            raise
        else:
            refresh.settle(None)
        finally:
            self._running = None
            if self._queued is not None:
                queued, self._queued = self._queued, None
                self._begin(queued)

    def _abandon_if_unwanted(self, refresh: Refresh) -> None:
        if refresh.done.done() or refresh.waiting or refresh.for_event:
            return
        if refresh is self._queued:
            self._queued = None
        elif refresh.task is not None and not refresh.applying:
            refresh.abandoned = True
            refresh.task.cancel()
