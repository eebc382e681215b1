"""The signals that end a program: they give the terminal back first, as the quit key does."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_ENDING: Final = ("SIGTERM", "SIGHUP")
_EXIT_STATUS: Final = 128
"""Shells add it to the number of the signal that ended a program."""


def end_on_signals(end: Callable[[int], None]) -> None:
    """Call `end` with the exit status when the system asks the program to end; the event loop is running."""
    loop = asyncio.get_running_loop()
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None:
            # Event loops of Windows know no handlers of signals.
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, end, _EXIT_STATUS + number)
