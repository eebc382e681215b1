"""Which part of a picture a pane shows, and how the view turns to what is lit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectome_tui.graph.picture import RULE_ROWS, Picture
from connectome_tui.graph.routes import Rect


@dataclass(frozen=True, slots=True)
class Viewport:
    """A pane of `width` x `height` cells; cell (0, 0) of the drawing stands at (`x`, `y`) of the pane.

    The pane's first row is the rule with the names of the zones; the drawing shows below it.
    """

    width: int
    height: int
    x: int = 0
    y: int = RULE_ROWS

    def shows(self, rect: Rect) -> bool:
        """Whether all of a rectangle of the drawing is in view."""
        x, y, width, height = rect
        return (
            x + self.x >= 0
            and x + width + self.x <= self.width
            and y + self.y >= RULE_ROWS
            and y + height + self.y <= self.height
        )

    def moved(self, picture: Picture, x: int, y: int) -> "Viewport":
        """The view with the drawing at (`x`, `y`), as far as there is something to see there."""
        return Viewport(
            self.width,
            self.height,
            _within(x, picture.width, 0, self.width),
            _within(y, picture.height, RULE_ROWS, self.height),
        )

    def without_waste(self, picture: Picture) -> "Viewport":
        """The view moved as little as it takes to leave nothing blank while something of the drawing is cut off."""
        return Viewport(
            self.width,
            self.height,
            _covering(self.x, picture.width, 0, self.width),
            _covering(self.y, picture.height, RULE_ROWS, self.height),
        )

    def of_height(self, picture: Picture, height: int) -> "Viewport":
        """The view in a pane whose upper edge went down or up, to be so high: on the screen it stays where it was
        if all of the drawing is in view there, else it goes with the edge.
        """
        on_screen = self.y + height - self.height
        fits_there = on_screen >= RULE_ROWS and on_screen + picture.height <= height
        y = on_screen if fits_there else _covering(self.y, picture.height, RULE_ROWS, height)
        return Viewport(self.width, height, self.x, y)


def fitted(picture: Picture, width: int, height: int) -> Viewport:
    """The view with the drawing in the middle, or with its top left corner where it is larger than the pane."""
    room = height - RULE_ROWS
    return Viewport(
        width,
        height,
        max(0, (width - picture.width) // 2),
        RULE_ROWS + max(0, (room - picture.height) // 2),
    )


def turned_to(viewport: Viewport, picture: Picture, wanted: Sequence[Rect]) -> Viewport:
    """The view that shows what is `wanted`, from the most to the least: the first that the pane can hold.

    A view that shows it already stays; another moves by as much as brings it to the middle, as far as the
    drawing goes. Of a card that is larger than the pane, the middle is shown, where a folded one has its title.
    """
    if not wanted:
        return viewport
    room = viewport.height - RULE_ROWS
    held = (rect for rect in wanted if rect[2] <= viewport.width and rect[3] <= room)
    rect = x, y, width, height = next(held, None) or _middle(wanted[-1], viewport.width, room)
    if viewport.shows(rect):
        return viewport
    left, top = (viewport.width - width) // 2 - x, RULE_ROWS + (room - height) // 2 - y
    is_level = x + viewport.x >= 0 and x + width + viewport.x <= viewport.width
    is_upright = y + viewport.y >= RULE_ROWS and y + height + viewport.y <= viewport.height
    x, y = viewport.x if is_level else left, viewport.y if is_upright else top
    turned = Viewport(viewport.width, viewport.height, x, y).without_waste(picture)
    return Viewport(
        viewport.width,
        viewport.height,
        viewport.x if is_level else turned.x,
        viewport.y if is_upright else _above_last_row(turned, rect, picture),
    )


def _above_last_row(turned: Viewport, wanted: Rect, picture: Picture) -> int:
    """What is wanted goes a row up from the last one: there stands how much is out of view."""
    is_last = wanted[1] + wanted[3] + turned.y == turned.height
    has_room = wanted[1] + turned.y > RULE_ROWS
    return turned.y - 1 if is_last and has_room and picture.height > turned.height - RULE_ROWS else turned.y


def _middle(rect: Rect, most_width: int, most_height: int) -> Rect:
    """The part of a rectangle around its middle that is no larger than this."""
    x, y, width, height = rect
    shown_width, shown_height = min(width, most_width), min(height, most_height)
    return x + (width - shown_width) // 2, y + (height - shown_height) // 2, shown_width, shown_height


def union(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around all of them (at least one)."""
    listed = list(rects)
    x, y = min(rect[0] for rect in listed), min(rect[1] for rect in listed)
    right, bottom = max(rect[0] + rect[2] for rect in listed), max(rect[1] + rect[3] for rect in listed)
    return x, y, right - x, bottom - y


def out_of_view(viewport: Viewport, picture: Picture) -> tuple[int, int, int, int]:
    """How many cards have their title left of the view, right of it, above and below it."""
    left = right = above = below = 0
    for card in picture.cards:
        x, y = card.x + viewport.x, card.y + viewport.y
        title_row = y + (card.height - 1) // 2 if picture.level <= 0 else y + 1
        if title_row >= viewport.height:
            below += 1
        elif title_row < RULE_ROWS:
            above += 1
        elif x + 2 >= viewport.width:
            right += 1
        elif x + card.width <= 2:
            left += 1
    return left, right, above, below


def _within(at: int, extent: int, start: int, end: int) -> int:
    """Where the drawing may stand on one axis: never further than its far edge in the middle of the pane."""
    room = end - start
    if extent <= room:
        return min(max(at, start - extent // 2), end - extent + extent // 2)
    return min(max(at, end - extent - room // 4), start + room // 4)


def _covering(at: int, extent: int, start: int, end: int) -> int:
    """Where the drawing stands on one axis with all of it in view, or else with no blank beside it."""
    first, last = sorted((start, end - extent))
    return min(max(at, first), last)
