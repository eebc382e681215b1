"""Strips that send few bytes: between two runs of a line only what differs is said to the terminal.

A strip of Textual sets every colour anew, and resets all of them, for each of its segments. A row of
the log has ten segments, and a step repaints every row of it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

_SYSTEMS: Final = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}
_PLAIN: Final = Style()
_RESET: Final = "\x1b[0m"


class LeanStrip(Strip):
    """A strip whose `render` says only the differences; it ends, as any strip does, with everything reset."""

    _lean: str | None = None

    def crop(self, start: int, end: int | None = None) -> Strip:
        return lean(super().crop(start, end))

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        return [lean(strip) for strip in super().divide(cuts)]

    def render(self, console: Console) -> str:
        if self._lean is None:
            pen = Pen(console)
            pen.draw(self)
            self._lean = pen.written()
        return self._lean


def lean(strip: Strip) -> Strip:
    """The same cells as a lean strip."""
    return strip if isinstance(strip, LeanStrip) else LeanStrip(list(strip), strip.cell_length)


class Pen:
    """Writes strips one after the other, and knows what the terminal's colours are at any moment."""

    def __init__(self, console: Console) -> None:
        self._system = _SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        self._pieces: list[str] = []
        self._style = _PLAIN

    def move_to(self, x: int, y: int) -> None:
        """Go to a cell of the screen."""
        self._pieces.append(f"\x1b[{y + 1};{x + 1}H")

    def draw(self, strip: Strip) -> None:
        """Write the cells of a strip where the cursor is."""
        for text, style, _ in strip:
            self._write(text, style)

    def draw_part(self, strip: Strip, first: int, behind: int) -> None:
        """Write its cells from `first` up to `behind`; blanks for the halves of wide characters at the ends."""
        x = 0
        for segment in strip:
            start, x = x, x + segment.cell_length
            if x > first:
                if start < first:
                    segment = segment.split_cells(first - start)[1]  # noqa: PLW2901 -- the part that is seen
                if x > behind:
                    segment = segment.split_cells(behind - max(start, first))[0]  # noqa: PLW2901 -- as above
                self._write(segment.text, segment.style)
            if x >= behind:
                break

    def _write(self, text: str, style: Style | None) -> None:
        now = style or _PLAIN
        if now is not self._style:
            if not text.strip(" "):
                now = surface_under(self._style, now)
            if now is not self._style:
                self._pieces.append(transition(self._style, now, self._system))
                self._style = now
        self._pieces.append(text)

    def written(self) -> str:
        """All that was written, with everything reset at its end."""
        return "".join(self._pieces) + ("" if self._style is _PLAIN else _RESET)


_TRANSITIONS: dict[tuple[Style, Style, ColorSystem], str] = {}


def transition(before: Style, now: Style, system: ColorSystem) -> str:
    """The control sequence that takes the terminal from one style to another; empty when they look the same."""
    key = (before, now, system)
    known = _TRANSITIONS.get(key)
    if known is None:
        codes = [*_weight(before, now), *_switch(before.underline, now.underline, "4", "24")]
        codes += _switch(before.reverse, now.reverse, "7", "27")
        codes += _colour(before.color, now.color, system, foreground=True)
        codes += _colour(before.bgcolor, now.bgcolor, system, foreground=False)
        known = _TRANSITIONS[key] = f"\x1b[{';'.join(codes)}m" if codes else ""
    return known


_SURFACES: dict[tuple[Style, Style], Style] = {}


def surface_under(before: Style, blank: Style) -> Style:
    """How blanks of a style can be written without another foreground: they show their surface alone."""
    if blank.underline or blank.reverse or before.underline or before.reverse:
        return blank
    if before.bgcolor == blank.bgcolor:
        return before
    key = (before, blank)
    surface = _SURFACES.get(key)
    if surface is None:
        surface = Style(color=before.color, bgcolor=blank.bgcolor, bold=before.bold, dim=before.dim)
        surface = _SURFACES[key] = _INTERNED.setdefault(surface, surface)
    return surface


_INTERNED: dict[Style, Style] = {}
"""One object for each style made here, so that styles can be told by identity."""


def _weight(before: Style, now: Style) -> Sequence[str]:
    """Bold and dim; one code ends both."""
    if bool(before.bold) == bool(now.bold) and bool(before.dim) == bool(now.dim):
        return ()
    ended = (before.bold and not now.bold) or (before.dim and not now.dim)
    was_bold, was_dim = (False, False) if ended else (before.bold, before.dim)
    bold = ("1",) if now.bold and not was_bold else ()
    dim = ("2",) if now.dim and not was_dim else ()
    return (*(("22",) if ended else ()), *bold, *dim)


def _switch(before: bool | None, now: bool | None, on: str, off: str) -> Sequence[str]:  # noqa: FBT001  (as in Style)
    if bool(before) == bool(now):
        return ()
    return (on,) if now else (off,)


def _colour(before: Color | None, now: Color | None, system: ColorSystem, *, foreground: bool) -> Sequence[str]:
    if before == now:
        return ()
    if now is None:
        return ("39" if foreground else "49",)
    return now.downgrade(system).get_ansi_codes(foreground=foreground)
