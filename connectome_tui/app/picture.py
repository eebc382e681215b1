"""A still picture of the screen, made without a terminal: for `connectome screenshot`, and for looking at in tests."""

import asyncio
from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.strip import Strip

from connectome_tui.app.app import ConnectomeApp
from connectome_tui.app.keymap import build_keymap
from connectome_tui.app.looks import LookChoice
from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.events.flow import Recording
from connectome_tui.pictures.cells import CellStyle, Picture, Run
from connectome_tui.widgets.palette import DARK, Palette, Theme


def take_picture(
    recording: Recording,
    flow_id: str,
    *,
    steps: int,
    size: tuple[int, int],
    theme: Theme,
    ascii_only: bool = False,
    line_cards: bool = False,
) -> Picture:
    """What the screen shows after `steps` steps of a flow, each released like any other (or after all there are)."""
    app = ConnectomeApp(
        lambda _progress: recording,
        recording.name,
        clock=ManualClock(),
        keymap=build_keymap(),
        look=LookChoice(theme=theme, ascii_only=ascii_only, line_cards=line_cards, colours="truecolor"),
        flow_id=flow_id,
    )
    return asyncio.run(_picture_of(app, steps, size))


async def _picture_of(app: ConnectomeApp, steps: int, size: tuple[int, int]) -> Picture:
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        while app.in_the_making is not None:
            await pilot.pause(0.01)
        with app.one_frame():
            for _ in range(steps):
                if app.dispatch(NextStep()).released_event is None:
                    break
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        return screen_picture(app)


def screen_picture(app: ConnectomeApp) -> Picture:
    """What the application shows now."""
    width, height = app.size
    strips = screen_strips(app)
    palette = app.palette if app.palette.has_colour else DARK
    return Picture(
        width,
        height,
        [row_runs(strip, palette) for strip in strips],
        background=palette.hex_of("base"),
        title=f"connectome {app.state.source.name}",
    )


def screen_strips(app: ConnectomeApp) -> Sequence[Strip]:
    """The lines of the screen, with what shines through the one on top."""
    compositor = app.screen._compositor  # noqa: SLF001 -- Textual has no public way to its cells
    update = compositor.render_update(full=True, screen_stack=app._background_screens)  # noqa: SLF001 -- see above
    assert isinstance(update, LayoutUpdate), "a full update is a layout update"
    return [Strip.join(list(line)) for line in update.strips]


def row_runs(strip: Strip, palette: Palette) -> Sequence[Run]:
    """A line as runs whose colours are worked out."""
    return [
        Run(segment.text, segment.cell_length, _cell_style(segment.style or Style.null(), palette))
        for segment in _visible(strip)
    ]


def _visible(strip: Strip) -> Iterable[Segment]:
    return (segment for segment in strip if segment.text and not segment.control)


def _cell_style(style: Style, palette: Palette) -> CellStyle:
    """Colours as they are shown: a colour that is not named is the palette's own, reverse is carried out."""
    foreground = style.color.get_truecolor().hex if style.color else palette.hex_of("text")
    background = style.bgcolor.get_truecolor().hex if style.bgcolor else palette.hex_of("base")
    if style.reverse:
        foreground, background = background, foreground
    return CellStyle(foreground, background, bool(style.bold), bool(style.italic), bool(style.underline))
