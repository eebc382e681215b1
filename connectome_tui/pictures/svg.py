"""A picture of the screen as SVG."""

from collections.abc import Iterator
from html import escape
from typing import Final

from connectome_tui.pictures.cells import Picture
from connectome_tui.pictures.layout import (
    BASELINE,
    FONT_SIZE,
    UNDERLINE,
    Letters,
    Shaped,
    fills_of,
    marks_of,
    underlines_of,
)
from connectome_tui.pictures.shapes import CELL_HEIGHT, CELL_WIDTH, Box, Corner, shapes_of

MARGIN: Final = 12
FONTS: Final = "'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,'Liberation Mono',monospace"


def draw_svg(picture: Picture) -> str:
    """The picture as one SVG document; it draws nothing from elsewhere and looks the same whatever the font."""
    width = picture.width * CELL_WIDTH + 2 * MARGIN
    height = picture.height * CELL_HEIGHT + 2 * MARGIN
    size = f'width="{width:g}" height="{height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" {size} role="img">',
        f"<title>{escape(picture.title)}</title>",
        "<style>text{white-space:pre}.b{font-weight:bold}.i{font-style:italic}</style>",
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{picture.background}"/>',
        f'<g transform="translate({MARGIN} {MARGIN})" font-family="{FONTS}" font-size="{FONT_SIZE}">',
        '<g shape-rendering="crispEdges">',
        *(
            f'<rect x="{fill.column * CELL_WIDTH:g}" y="{fill.row * CELL_HEIGHT:g}" '
            f'width="{fill.width * CELL_WIDTH:g}" height="{CELL_HEIGHT:g}" fill="{fill.colour}"/>'
            for fill in fills_of(picture)
        ),
        *(
            f'<rect x="{line.column * CELL_WIDTH:g}" y="{line.row * CELL_HEIGHT + BASELINE + UNDERLINE:g}" '
            f'width="{line.width * CELL_WIDTH:g}" height="1" fill="{line.colour}"/>'
            for line in underlines_of(picture)
        ),
        "</g>",
    ]
    shapes: dict[str, list[str]] = {}
    letters: list[str] = []
    for mark in marks_of(picture):
        if isinstance(mark, Letters):
            letters.append(_text(mark))
        else:
            for attributes, path in _paths(mark):
                shapes.setdefault(attributes, []).append(path)
    lines += (f'<path {attributes} d="{"".join(paths)}"/>' for attributes, paths in shapes.items())
    return "\n".join([*lines, *letters, "</g>", "</svg>", ""])


def _text(letters: Letters) -> str:
    """Text at the place of its cells: stretched to them where it is plain, centred in them otherwise."""
    style = letters.style
    names = " ".join(name for name, on in (("b", style.bold), ("i", style.italic)) if on)
    classes = f' class="{names}"' if names else ""
    x, y = letters.column * CELL_WIDTH, letters.row * CELL_HEIGHT + BASELINE
    width = letters.width * CELL_WIDTH
    if letters.text.isascii():
        place = f'x="{x:g}" textLength="{width:g}" lengthAdjust="spacingAndGlyphs"'
    else:
        place = f'x="{x + width / 2:g}" text-anchor="middle"'
    return f'<text {place} y="{y:g}" fill="{style.foreground}"{classes}>{escape(letters.text)}</text>'


def _paths(mark: Shaped) -> Iterator[tuple[str, str]]:
    """Pairs of (attributes of the path, its data); equal attributes are gathered into one path."""
    top = mark.row * CELL_HEIGHT
    for shape in shapes_of(mark.character):
        spans = isinstance(shape, Box) and shape.left == 0 and shape.right == CELL_WIDTH
        for cell in range(1 if spans else mark.count):
            left = (mark.column + cell) * CELL_WIDTH
            if isinstance(shape, Corner):
                yield (
                    f'fill="none" stroke="{mark.colour}" stroke-width="{shape.thickness:g}"',
                    _corner(shape, left, top),
                )
                continue
            width = CELL_WIDTH * mark.count if spans else shape.right - shape.left
            opacity = f' fill-opacity="{shape.opacity:g}"' if shape.opacity < 1 else ""
            edges = ' shape-rendering="crispEdges"' if shape.bottom - shape.top >= CELL_HEIGHT / 8 else ""
            data = f"M{left + shape.left:g} {top + shape.top:g}h{width:g}v{shape.bottom - shape.top:g}h{-width:g}z"
            yield f'fill="{mark.colour}"{opacity}{edges}', data


def _corner(corner: Corner, left: float, top: float) -> str:
    radius = CELL_WIDTH / 2
    x, y = left + CELL_WIDTH / 2, top + CELL_HEIGHT / 2
    far_y = top if corner.vertical == "UP" else top + CELL_HEIGHT
    bend_y = y - radius if corner.vertical == "UP" else y + radius
    far_x = left if corner.horizontal == "LEFT" else left + CELL_WIDTH
    return f"M{x:g} {far_y:g}V{bend_y:g}Q{x:g} {y:g} {far_x:g} {y:g}"
