"""What is written to the terminal for a partial update: the cells that changed, and no others.

Textual's own update writes each line from the start of its widget up to the end of the change.
"""

from typing import Final

from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate

_CURSOR_TO: Final = "\x1b[{row};{column}H"


class LeanUpdate(ChopsUpdate):
    """A partial update that begins each change where it begins."""

    def render_segments(self, console: Console) -> str:
        """Control sequences and text for the terminal."""
        pieces: list[str] = []
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                first, behind = max(x, x1), min(end, x2)
                if strip is not None and first < behind:
                    pieces += (
                        _CURSOR_TO.format(row=y + 1, column=first + 1),
                        strip.crop(first - x, behind - x).render(console),
                    )
        return "".join(pieces)


def lean_update(renderable: RenderableType | None) -> RenderableType | None:
    """The lean form of a partial update; anything else as it is."""
    if type(renderable) is ChopsUpdate:
        return LeanUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
    return renderable
