"""Work that blocks, done beside the loop, with its end told on the loop's thread."""

import asyncio
from collections.abc import Callable

Work = Callable[[], object]
Told = Callable[[Exception | None], None]
"""Told what was raised, None when nothing was."""
Elsewhere = Callable[[Work, Told], None]
"""Does the work, perhaps at once, and tells its end once, on the loop's thread."""


def at_once(work: Work, told: Told) -> None:
    """Do it here and now."""
    told(_failure(work))


def in_thread(work: Work, told: Told) -> None:
    """Do it in a thread of the running loop's."""
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, _failure, work).add_done_callback(lambda future: told(future.result()))


def _failure(work: Work) -> Exception | None:
    try:
        work()
    except Exception as failure:  # noqa: BLE001 - told to who waits for it
        return failure
    return None
