"""What is written to the terminal for a partial update: the cells that changed, and no others.

Between two changes only what differs in colour is said, as within a line. Textual's own update writes
each line from the start of its widget up to the end of the change.
"""

from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate

from connectome_tui.widgets.lean_strip import Pen


class LeanUpdate(ChopsUpdate):
    """A partial update that begins each change where it begins."""

    def render_segments(self, console: Console) -> str:
        """Control sequences and text for the terminal."""
        pen = Pen(console)
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                first, behind = max(x, x1), min(end, x2)
                if strip is not None and first < behind:
                    pen.move_to(first, y)
                    pen.draw_part(strip, first - x, behind - x)
        return pen.written()


def lean_update(renderable: RenderableType | None) -> RenderableType | None:
    """The lean form of a partial update; anything else as it is."""
    if type(renderable) is ChopsUpdate:
        return LeanUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
    return renderable
