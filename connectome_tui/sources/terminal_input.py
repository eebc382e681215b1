"""Keys while standard input is a pipe: the pipe gets another descriptor, and the terminal takes its place.

The program that draws the screen reads keys from descriptor 0. This is to be done before it starts, and
before anything is read through `sys.stdin`.
"""

import os
from typing import Final

from connectome_tui.events.flow import SourceError

STANDARD_INPUT: Final = 0
TERMINAL: Final = "/dev/tty"


def free_standard_input(terminal: str = TERMINAL) -> int:
    """Give descriptor 0 to the terminal; the descriptor that standard input has from now on.

    `SourceError` when there is no terminal to take keys from.
    """
    try:
        keys = os.open(terminal, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise SourceError(terminal, f"expected a terminal for the keys, beside the pipe: {reason}") from None
    try:
        pipe = os.dup(STANDARD_INPUT)
        os.dup2(keys, STANDARD_INPUT)
    finally:
        os.close(keys)
    return pipe
