"""Drawing a picture in tests: looks by hand, rows as text and tokens."""

from collections.abc import Mapping

from connectome_tui.graph.card_painter import DrawOptions
from connectome_tui.graph.cell_row import CellRow
from connectome_tui.graph.looks import CardLook, EdgeLook, Looks, looks_at_rest
from connectome_tui.graph.picture import Picture
from connectome_tui.graph.raster import draw_rows
from connectome_tui.graph.viewport import Viewport, fitted

FILLS = DrawOptions()
MONO = DrawOptions(colourless=True)
ASCII = DrawOptions(colourless=True, ascii_only=True)


def looks_with(
    picture: Picture, cards: Mapping[str, CardLook] | None = None, edges: Mapping[str, EdgeLook] | None = None
) -> Looks:
    """Everything at rest but these cards (by title) and edges (by `source>target`)."""
    rest = looks_at_rest(picture)
    titles = [card.part.title for card in picture.cards]
    names = [f"{titles[route.way.source]}>{titles[route.way.target]}" for route in picture.routes]
    return Looks(
        tuple((cards or {}).get(title, look) for title, look in zip(titles, rest.cards, strict=True)),
        tuple((edges or {}).get(name, look) for name, look in zip(names, rest.edges, strict=True)),
    )


class Drawn:
    """A whole pane."""

    def __init__(
        self,
        picture: Picture,
        looks: Looks | None = None,
        size: tuple[int, int] = (80, 11),
        options: DrawOptions = FILLS,
        viewport: Viewport | None = None,
        *,
        focused: bool = False,
    ) -> None:
        self.viewport = viewport or fitted(picture, *size)
        looks = looks or looks_at_rest(picture)
        numbers = range(self.viewport.height)
        self.rows: list[CellRow] = draw_rows(picture, looks, self.viewport, numbers, options, focused=focused)

    @property
    def text(self) -> str:
        """All rows, without blanks at their ends."""
        return "\n".join(row.text().rstrip() for row in self.rows)

    def tokens_of(self, text: str) -> tuple[str, str, str]:
        """The tokens of the cell where `text` begins, which must stand somewhere."""
        for row in self.rows:
            at = row.text().find(text)
            if at >= 0:
                return row.tokens[at]
        raise AssertionError(f"{text!r} is not in\n{self.text}")
