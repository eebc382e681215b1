"""Which exceptions are no mistakes of the program, and the line that they become."""

import os
import sys

from connectome_tui.events.flow import Cancelled, SourceError
from connectome_tui.events.visible import visible


def expected_failure(error: Exception) -> str | None:
    """The line to print; empty to end quietly; None for a mistake in the program, which is to be seen."""
    if isinstance(error, SourceError):
        return visible(str(error))
    if isinstance(error, BrokenPipeError):
        # The reader had enough (`| head`). What is still buffered would fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ""
    if isinstance(error, Cancelled):
        return ""
    return None
