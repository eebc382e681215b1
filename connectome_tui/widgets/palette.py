"""Colours by meaning: tokens, their values in each theme, and what stands for them without colour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from rich.color import Color, ColorType
from rich.style import Style

from connectome_tui.events.durations import duration_class
from connectome_tui.widgets.palette_table import TABLE

Theme = Literal["dark", "light"]
Colours = Literal["truecolor", "256", "none"]

_DIM_TOKENS: Final = frozenset({"text.muted", "line", "rule", "took.missing", "energy.grey"})
_REVERSED_SURFACES: Final = frozenset({"error.fill", "warn.fill"})
_STAYING: Final = frozenset({"text.muted", "line", "rule", "stale"})
"""What a stale pane keeps of its foregrounds; everything else is muted."""


@dataclass(frozen=True, eq=False, slots=True)
class Palette:
    """One theme: a colour for each token, or none at all.

    Tokens are those of the palette table (`text.muted`, `call.code.lit`, …). Without colour they
    map to attributes: muted and `.rest` to dim, lit and warning surfaces to reverse. Faded, what is
    shown keeps its shape and loses its colour (CLIENT-1, SCREENS "disconnected").
    """

    name: str
    colours: Mapping[str, Color]
    is_light: bool = False
    is_faded: bool = False
    _styles: dict[tuple[str, str, str], Style] = field(default_factory=dict, repr=False)

    @property
    def has_colour(self) -> bool:
        """Whether colour codes are sent; without them cards and badges need lines and words."""
        return bool(self.colours)

    def style(self, fg_token: str, bg_token: str = "base", attrs: str = "") -> Style:
        """The style of a cell. `attrs` is any of the letters b(old) d(im) u(nderline) r(everse) f(ill).

        `f` says that the foreground is a surface, as in half blocks.

        An unknown token is a mistake in the program and raises `KeyError`.
        """
        key = (fg_token, bg_token, attrs)
        style = self._styles.get(key)
        if style is None:
            if self.is_faded:
                fg_token, faded_bg = _faded(fg_token, bg_token, is_fill="f" in attrs)
                # Without colour it is reverse that marks what is lit: that belongs to the shape.
                bg_token = faded_bg if self.colours else bg_token
            make = self._coloured if self.colours else _colourless
            style = self._styles[key] = make(fg_token, bg_token, attrs)
        return style

    def faded(self) -> "Palette":
        """The same palette for what is not as it is now; always the same object."""
        return _FADED[self.name]

    def hex_of(self, token: str) -> str:
        """The colour of a token as `#rrggbb`, for drawings outside the terminal; empty without colour."""
        return self.colours[token].get_truecolor().hex if self.colours else ""

    def _coloured(self, fg_token: str, bg_token: str, attrs: str) -> Style:
        return Style(
            color=self.colours[fg_token],
            bgcolor=self.colours[bg_token],
            bold="b" in attrs or None,
            dim="d" in attrs or None,
            underline="u" in attrs or None,
            reverse="r" in attrs or None,
        )


def choose_palette(theme: Theme, colours: Colours) -> Palette:
    """The palette for a theme and for what the terminal can show (`none`: `NO_COLOR`)."""
    if colours == "none":
        return NO_COLOUR
    return {
        ("dark", "truecolor"): DARK,
        ("light", "truecolor"): LIGHT,
        ("dark", "256"): DARK_256,
        ("light", "256"): LIGHT_256,
    }[theme, colours]


def took_token(duration_ms: float | None) -> str:
    """The token of a duration's class (EVENT-7)."""
    return f"took.{duration_class(duration_ms)}"


def energy_token(energy: float | None) -> str:
    """The token of an amount of energy (GRAPH-4)."""
    if energy is None:
        return "text"
    for limit, token in ((0.10, "energy.grey"), (0.30, "energy.blue"), (0.60, "energy.orange")):
        if energy < limit:
            return token
    return "energy.yellow"


def _faded(fg_token: str, bg_token: str, *, is_fill: bool) -> tuple[str, str]:
    """The tokens of a cell without its colour: text muted, a lit card `line` with `text.strong`, one tint of zones."""
    bg = _faded_surface(bg_token)
    if is_fill:
        return _faded_surface(fg_token), bg
    if fg_token == "on.lit":
        return "text.strong", bg
    if fg_token.endswith(".rest"):
        return "line", bg
    return (fg_token if fg_token in _STAYING else "text.muted"), bg


def _faded_surface(token: str) -> str:
    if token.endswith(".lit") or token == "error.fill":
        return "line"
    return "zone.backend" if token.startswith("zone.") else token


def _colourless(fg_token: str, bg_token: str, attrs: str) -> Style:
    """Attributes only; bold wins over dim, because many terminals cannot show both."""
    assert fg_token in TABLE, fg_token
    assert bg_token in TABLE, bg_token
    bold = "b" in attrs
    muted = "d" in attrs or fg_token in _DIM_TOKENS or fg_token.endswith(".rest")
    lit = bg_token in _REVERSED_SURFACES or bg_token.endswith(".lit")
    return Style(
        bold=bold or None,
        dim=(muted and not bold and not lit) or None,
        underline="u" in attrs or None,
        reverse=(lit != ("r" in attrs)) or None,
    )


def _indexed(number: int) -> Color:
    """A colour by index that carries its triplet, so that no filter replaces it by a nearby one."""
    return Color(f"color({number})", ColorType.EIGHT_BIT, number, Color.from_ansi(number).get_truecolor())


DARK: Final = Palette("dark", {token: Color.parse(row[0]) for token, row in TABLE.items()})
LIGHT: Final = Palette("light", {token: Color.parse(row[1]) for token, row in TABLE.items()}, is_light=True)
DARK_256: Final = Palette("dark256", {token: _indexed(row[2]) for token, row in TABLE.items()})
LIGHT_256: Final = Palette("light256", {token: _indexed(row[3]) for token, row in TABLE.items()}, is_light=True)
NO_COLOUR: Final = Palette("mono", {})

_FADED: Final[Mapping[str, Palette]] = {
    palette.name: Palette(f"{palette.name} faded", palette.colours, palette.is_light, is_faded=True)
    for palette in (DARK, LIGHT, DARK_256, LIGHT_256, NO_COLOUR)
}
