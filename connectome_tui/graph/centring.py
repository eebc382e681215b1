"""What is in the middle of a view, and the view with something in its middle: how views are shared (SERVER-2)."""

from connectome_tui.graph.picture import RULE_ROWS, Picture
from connectome_tui.graph.viewport import Viewport


def node_in_the_middle(picture: Picture, viewport: Viewport) -> str | None:
    """The node whose card is nearest to the middle of the pane; of a folded card its first one."""
    x = viewport.width // 2 - viewport.x
    y = RULE_ROWS + (viewport.height - RULE_ROWS) // 2 - viewport.y
    nearest = min(
        picture.cards,
        key=lambda card: (2 * abs(card.y + card.height / 2 - y) + abs(card.x + card.width / 2 - x), card.part.id),
        default=None,
    )
    if nearest is None:
        return None
    return nearest.part.members[0] if nearest.part.members else nearest.part.id


def centred(viewport: Viewport, picture: Picture, node_id: str) -> Viewport:
    """The view with a node in its middle, as far as there is something to see; the same for one that is not there."""
    at = picture.parts.part_of.get(node_id)
    if at is None:
        return viewport
    card = picture.cards[at]
    x = viewport.width // 2 - (card.x + card.width // 2)
    y = RULE_ROWS + (viewport.height - RULE_ROWS) // 2 - (card.y + card.height // 2)
    return viewport.moved(picture, x, y)
