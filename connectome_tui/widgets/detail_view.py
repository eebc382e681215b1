"""The lines of the detail panel, from its document and where it is scrolled to."""

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.widgets.detail_document import DetailDocument, Target
from connectome_tui.widgets.painting import CellLine, Look, Run
from connectome_tui.widgets.pane import rule_line


def detail_lines(
    document: DetailDocument,
    look: Look,
    size: Size,
    *,
    top: int = 0,
    in_hand: Target | None = None,
    right: tuple[Run, ...] = (),
    focused: bool = False,
) -> Sequence[Strip]:
    """The rule, then the document from line `top` on; the target in hand lies on `select`."""
    rule = rule_line(size.width, look.palette, look.glyphs, document.title, right, focused=focused, bg="overlay")
    body = size.height - 1
    thumb = _thumb(top, len(document.lines), body)
    lines = [rule]
    for row in range(body):
        line = look.line(size.width, bg="overlay")
        number = top + row
        if number < len(document.lines):
            line.put_runs(0, document.lines[number], limit=size.width - 1)
        if in_hand is not None and in_hand.line == number and focused:
            _take_in_hand(line, in_hand)
        if row in thumb:
            line.put(size.width - 1, look.glyphs.scroll, "line")
        lines.append(line)
    return [line.strip() for line in lines]


def _take_in_hand(line: CellLine, target: Target) -> None:
    line.restyle(target.x, target.width, fg="text.strong", bg="select", attrs="b")
    line.put(target.x - 2 if target.x >= 2 else 0, line.glyphs.row_bar, "focus")


def _thumb(top: int, count: int, height: int) -> range:
    """The rows of the scroll bar; none while everything is in view."""
    if count <= height or height <= 0:
        return range(0)
    size = max(1, height * height // count)
    first = round((height - size) * top / (count - height))
    return range(first, first + size)
