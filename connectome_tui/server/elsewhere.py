"""Work that blocks, done beside the loop, with its outcome told on the loop's thread."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

Outcome = TypeVar("Outcome")


class Elsewhere(Protocol):
    """Does the work, perhaps at once, and tells its outcome once, on the loop's thread. The work raises nothing."""

    def __call__(self, work: Callable[[], Outcome], told: Callable[[Outcome], None], /) -> None: ...


def at_once(work: Callable[[], Outcome], told: Callable[[Outcome], None], /) -> None:
    """Do it here and now."""
    told(work())


def in_thread(work: Callable[[], Outcome], told: Callable[[Outcome], None], /) -> None:
    """Do it in a thread of the running loop's."""
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, work).add_done_callback(lambda future: told(future.result()))
