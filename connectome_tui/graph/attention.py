"""What has to be in view: the lit card, its edge and their neighbours."""

from collections.abc import Sequence

from connectome_tui.graph.looks import CardStage, EdgeStage, Looks
from connectome_tui.graph.picture import Picture
from connectome_tui.graph.routes import Rect
from connectome_tui.graph.viewport import union


def wanted_in_view(picture: Picture, looks: Looks) -> Sequence[Rect]:
    """Rectangles of the drawing, from all that is wanted down to the least: what is lit with its neighbours,
    with its source only, the lit card alone. Empty while nothing is lit.
    """
    lit = [index for index, look in enumerate(looks.cards) if look.stage == CardStage.LIT]
    if not lit:
        return ()
    around = [picture.cards[index].rect for index in lit]
    for index, look in enumerate(looks.edges):
        if look.stage == EdgeStage.LIT:
            around += picture.routes[index].rects()
            around.append(picture.cards[picture.routes[index].way.source].rect)
    neighbours = [
        picture.cards[other].rect
        for route in picture.routes
        for one, other in ((route.way.source, route.way.target), (route.way.target, route.way.source))
        if one in lit
    ]
    return union([*around, *neighbours]), union(around), union([picture.cards[index].rect for index in lit])
