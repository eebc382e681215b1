"""How often the picture of a live flow is laid out as parts come (GRAPH.md, "When nodes arrive live")."""

from dataclasses import dataclass
from typing import Final

from connectome_tui.graph.picture import Picture
from connectome_tui.graph.viewport import Viewport

RELAYOUT_MS: Final = 300.0
"""A picture that grows is laid out at most so often, however many parts come."""

YOUNG: Final = 3
"""A picture of so few cards is no seed yet: what comes next may be laid out better without it."""


@dataclass(slots=True)
class Growth:
    """The pace. `grown`: the picture was seeded with an earlier one, so that a fresh one may be better."""

    grown: bool = False
    next_ms: float = 0.0
    _is_at_work: bool = False

    def is_due(self, now_ms: float) -> bool:
        """Whether the next layout may begin. A clock that went back does not hold it up."""
        return not self._is_at_work and not 0 < self.next_ms - now_ms <= RELAYOUT_MS

    @property
    def due_ms(self) -> float | None:
        """When the next layout may begin; None while one is at work."""
        return None if self._is_at_work else self.next_ms

    def begin(self, now_ms: float) -> None:
        """A layout begins, in a thread perhaps."""
        self.grown = self._is_at_work = True
        self.next_ms = now_ms + RELAYOUT_MS

    def end(self) -> None:
        """It is done."""
        self._is_at_work = False


def steadied(viewport: Viewport, before: Picture, after: Picture, otherwise: Viewport) -> Viewport:
    """The view of the picture `after` in which what was there before stays where it was on the screen.

    `otherwise` when nothing was, or when not all would be in view although there is room for it.
    """
    places = {card.part.id: card for card in before.cards}
    shared = next((card for card in after.cards if card.part.id in places), None)
    if shared is None:
        return otherwise
    was = places[shared.part.id]
    whole = (0, 0, after.width, after.height)
    kept = Viewport(viewport.width, viewport.height, viewport.x + was.x - shared.x, viewport.y + was.y - shared.y)
    return otherwise if otherwise.shows(whole) and not kept.shows(whole) else kept.moved(after, kept.x, kept.y)
