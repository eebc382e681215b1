"""`connectome screenshot`: what the screen shows after N steps, as SVG or PNG."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import PurePath

from connectome_tui.commands.output import open_output
from connectome_tui.commands.sources import open_options, opened
from connectome_tui.config import ThemeChoice, load_config
from connectome_tui.events.flow import SourceError
from connectome_tui.pictures.cells import Picture
from connectome_tui.sources.named import chosen_flow


def run(
    sources: Sequence[str],
    *,
    flow: str | None,
    steps: int,
    size: tuple[int, int],
    theme: ThemeChoice | None,
    ascii: bool | None,  # noqa: A002 -- the name of the option
    output: str,
) -> None:
    """Draw the picture and write it. Without `flow`, the only flow, or all of them."""
    draw = _drawing_for(output)
    config = load_config()
    from connectome_tui.app.picture import take_picture

    with opened(sources, open_options(config=config)) as recording:
        picture = take_picture(
            recording,
            chosen_flow(recording, flow),
            steps=steps,
            size=size,
            theme=theme or config.theme or "dark",
            ascii_only=bool(config.ascii if ascii is None else ascii),
            line_cards=config.cards == "line",
        )
    with open_output(output) as stream:
        stream.write(draw(picture))


def _drawing_for(output: str) -> Callable[[Picture], bytes]:
    """The way to draw that the end of the file's name asks for; `SourceError` when there is none."""
    ending = PurePath(output).suffix.lower()
    if ending == ".svg":
        from connectome_tui.pictures.svg import draw_svg

        return lambda picture: draw_svg(picture).encode()
    if ending != ".png":
        raise SourceError(output, "expected a name that ends with .svg or .png")
    if find_spec("PIL") is None:
        raise SourceError(output, "a .png needs the extra: pip install 'connectome-tui[png]'; .svg needs nothing")
    from connectome_tui.pictures.png import draw_png

    return draw_png
