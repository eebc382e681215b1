"""The graph lends the banner a row: the drawing stays, and so does the view as far as it can (SCREENS, "Layout")."""

from connectome_tui.graph.picture import Picture
from connectome_tui.graph.viewport import Viewport


class Lending:
    """`rows` is how many rows of the pane the banner has, 0 or 1."""

    def __init__(self) -> None:
        self.rows = 0
        self._before: tuple[Picture, Viewport] | None = None
        self._since: Viewport | None = None

    def keeps(self, drawn_for: tuple[int, int], size: tuple[int, int]) -> bool:
        """Whether a drawing that was made for a size is the one for another: without the banner it would be."""
        return drawn_for in (size, (size[0], size[1] + self.rows))

    def viewport(self, viewport: Viewport, picture: Picture, height: int) -> Viewport:
        """The view of the same drawing in a pane of this height: when the banner goes, as it was before."""
        if height == viewport.height:
            return viewport
        if self.rows:
            self._before, self._since = (picture, viewport), None
        elif self._before is not None and self._since == viewport:
            drawn, before = self._before
            if drawn is picture and before.height == height:
                return before
        return viewport.of_height(picture, height)

    def shown(self, viewport: Viewport) -> None:
        """What is shown now; the first one with a banner is the one that nobody has moved."""
        if self.rows and self._since is None:
            self._since = viewport
