"""Palette, glyphs and Textual's own colours, from what the user chose and what the terminal can show."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from textual.color import Color as TextualColor
from textual.filter import LineFilter
from textual.theme import Theme as TextualTheme

from connectome_tui.widgets.glyphs import Glyphs, choose_glyphs
from connectome_tui.widgets.palette import DARK, LIGHT, Colours, Palette, Theme, choose_palette


@dataclass(frozen=True, slots=True)
class LookChoice:
    """What the user asked for; the terminal may not be able to."""

    theme: Theme = "dark"
    ascii_only: bool = False
    line_cards: bool = False
    colours: Colours | None = None
    """None: as many as the terminal says that it has."""


def colours_of(color_system: str | None, environ: Mapping[str, str]) -> Colours:
    """What is sent: nothing with `NO_COLOR`, indexes where there are 256 colours or fewer."""
    if environ.get("NO_COLOR") or color_system is None:
        return "none"
    return "truecolor" if color_system == "truecolor" else "256"


def palette_for(choice: LookChoice, color_system: str | None) -> Palette:
    """The palette to draw with."""
    return choose_palette(choice.theme, choice.colours or colours_of(color_system, os.environ))


def glyphs_for(choice: LookChoice) -> Glyphs:
    """The characters to draw with."""
    return choose_glyphs(
        terminal_encoding(os.environ, sys.stdout.encoding),
        os.environ.get("TERM", ""),
        ascii_only=choice.ascii_only,
        line_cards=choice.line_cards,
    )


def terminal_encoding(environ: Mapping[str, str], python_encoding: str | None) -> str:
    """What the user's locale says: `C` and `POSIX` mean ASCII, although Python writes UTF-8 there by itself.

    Python also sets `LC_CTYPE` when it finds `LANG=C` alone, so that one is not taken for the user's word.
    """
    chosen = environ.get("LC_ALL") or environ.get("LANG") or ""
    if chosen in {"C", "POSIX"}:
        return "ascii"
    return python_encoding or "ascii"


class WithoutColour(LineFilter):
    """Takes every colour out, even the default ones, and leaves bold, dim, underline and reverse."""

    def apply(self, segments: list[Segment], background: TextualColor) -> list[Segment]:
        """The same segments without colour."""
        del background
        return [
            Segment(text, style.without_color if style is not None else None, control)
            for text, style, control in segments
        ]


def _textual_theme(palette: Palette) -> TextualTheme:
    """The palette in the words of Textual, for its own input and its command palette."""
    colour = palette.hex_of
    return TextualTheme(
        name=f"connectome-{palette.name}",
        dark=not palette.is_light,
        primary=colour("focus"),
        secondary=colour("text"),
        accent=colour("focus"),
        foreground=colour("text"),
        background=colour("base"),
        surface=colour("raised"),
        panel=colour("overlay"),
        success=colour("ok"),
        warning=colour("warn"),
        error=colour("error"),
        variables={
            "text-strong": colour("text.strong"),
            "text-muted": colour("text.muted"),
            "raised": colour("raised"),
            "overlay": colour("overlay"),
            "focus": colour("focus"),
            "base": colour("base"),
        },
    )


TEXTUAL_THEMES: Final[Mapping[Theme, TextualTheme]] = {"dark": _textual_theme(DARK), "light": _textual_theme(LIGHT)}
