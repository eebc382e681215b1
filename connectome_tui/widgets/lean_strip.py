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
            system = _SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
            pieces: list[str] = []
            before = _PLAIN
            for text, style, _ in self:
                now = style or _PLAIN
                if now is not before:
                    pieces.append(transition(before, now, system))
                    before = now
                pieces.append(text)
            if before is not _PLAIN:
                pieces.append(_RESET)
            self._lean = "".join(pieces)
        return self._lean


def lean(strip: Strip) -> Strip:
    """The same cells as a lean strip."""
    return strip if isinstance(strip, LeanStrip) else LeanStrip(list(strip), strip.cell_length)


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
