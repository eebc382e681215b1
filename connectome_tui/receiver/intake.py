"""Where complete bodies wait for their turn; the event loop's side of the pipeline."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from connectome_tui.receiver.decoding import Encoding, Signal
from connectome_tui.receiver.options import ReceiverLimits
from connectome_tui.receiver.pipeline import Body, Outcome

BUSY = Outcome(unable=True, message="more comes in than can be taken: send it again later")


class BusyError(Exception):
    """There is no room for more now."""


class Intake:
    """Hands bodies on, no more at a time than the bound, and keeps account of what is being read."""

    def __init__(self, submit: Callable[[Body], None], limits: ReceiverLimits) -> None:
        self._submit = submit
        self._turns = asyncio.Semaphore(limits.queued)
        self._turn_seconds = limits.turn_seconds
        self._reading_bound = limits.reading_bytes
        self._reading = 0
        self.is_closing = False

    def reserve(self, size: int) -> bool:
        """Account for bytes that are going to be held; False, and nothing, when they are too many."""
        if self._reading + size > self._reading_bound:
            return False
        self._reading += size
        return True

    def release(self, size: int) -> None:
        """Account for bytes that are let go."""
        self._reading -= size

    async def take(self, encoding: Encoding, signal: Signal, data: bytes) -> Outcome:
        """What became of a body, once it is kept or refused."""
        if self.is_closing:
            return BUSY
        try:
            async with asyncio.timeout(self._turn_seconds):
                await self._turns.acquire()
        except TimeoutError:
            return BUSY
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Outcome] = loop.create_future()

        def answer(result: Outcome) -> None:
            _call_soon(loop, _resolve, outcome, result)

        def done() -> None:
            _call_soon(loop, self._turns.release)

        self._submit(Body(encoding, signal, data, answer, done))
        return await outcome


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[..., object], *values: object) -> None:
    """Call from another thread; a loop that has ended needs to know no more."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *values)


def _resolve(outcome: "asyncio.Future[Outcome]", result: Outcome) -> None:
    """The sender may be gone by now."""
    if not outcome.done():
        outcome.set_result(result)


class Held:
    """The bytes that one request holds while it is read."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._size = 0

    def grow(self, size: int) -> None:
        """So many bytes are held now; `BusyError` when there is no room for them."""
        if not self._intake.reserve(size - self._size):
            raise BusyError
        self._size = size

    def release(self) -> None:
        """None are held any more."""
        self._intake.release(self._size)
        self._size = 0
