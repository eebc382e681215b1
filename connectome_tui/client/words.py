"""What others say, made safe to be shown: one line, no control characters, not too long (LOG-5)."""

from typing import Final

from connectome_tui.events.visible import one_line, visible

MAX_TEXT: Final = 300


def shown(text: str) -> str:
    """A message of a server or of the network as it may stand in a terminal."""
    return visible(one_line(text[: 4 * MAX_TEXT]))[:MAX_TEXT]
