"""The palette: contrast, 256 colours by index, and no colour at all."""

import pytest
from rich.color import ColorSystem

from connectome_tui.widgets.palette import (
    DARK,
    DARK_256,
    LIGHT,
    LIGHT_256,
    NO_COLOUR,
    Palette,
    choose_palette,
    energy_token,
    took_token,
)
from connectome_tui.widgets.palette_table import TABLE

SURFACES = ("base", "raised", "overlay", "select", "zone.backend", "zone.graph", "zone.external")
TEXTS = [
    token
    for token in TABLE
    if token in {"text", "text.strong", "text.muted", "focus", "ok", "warn", "error"}
    or token.startswith(("trigger.", "took."))
    or (token.startswith("call.") and token.count(".") == 1)
]


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
@pytest.mark.parametrize("token", TEXTS)
def test_text_is_readable_on_every_surface(palette: Palette, token: str) -> None:
    """Every text token has a contrast of at least 4.5 on every surface that text lies on."""
    for surface in SURFACES:
        assert contrast(palette.hex_of(token), palette.hex_of(surface)) >= 4.45, surface


@pytest.mark.parametrize("palette", [DARK_256, LIGHT_256], ids=lambda palette: palette.name)
def test_256_colours_are_sent_by_the_index_of_the_table(palette: Palette) -> None:
    """Where there are 256 colours each token is sent as its own index, even by a program that believes in more."""
    column = 3 if palette.is_light else 2
    for token, row in TABLE.items():
        sent = palette.style(token, "base").render("x", color_system=ColorSystem.TRUECOLOR)
        assert f"38;5;{row[column]};48;5;{TABLE['base'][column]}" in sent


def test_without_colour_no_colour_code_is_sent() -> None:
    """With NO_COLOR no token sends any colour, on any surface (SCREENS "Without colour")."""
    for token in TABLE:
        for surface in ("base", "raised", "select", "error.fill"):
            style = NO_COLOUR.style(token, surface, "b")
            assert style.color is None
            assert style.bgcolor is None


@pytest.mark.parametrize(
    ("fg", "bg", "attrs", "expected"),
    [
        ("text", "base", "", set()),
        ("text.muted", "base", "", {"dim"}),
        ("call.llm.rest", "base", "", {"dim"}),
        ("rule", "base", "", {"dim"}),
        ("text.muted", "base", "b", {"bold"}),
        ("text.strong", "base", "b", {"bold"}),
        ("on.lit", "call.code.lit", "", {"reverse"}),
        ("on.lit", "error.fill", "b", {"reverse", "bold"}),
        ("text", "select", "", set()),
        ("text.strong", "base", "bu", {"bold", "underline"}),
    ],
)
def test_without_colour_tokens_are_attributes(fg: str, bg: str, attrs: str, expected: set[str]) -> None:
    """Muted and resting becomes dim, lit surfaces reverse; bold wins over dim."""
    style = NO_COLOUR.style(fg, bg, attrs)
    assert {name for name in ("bold", "dim", "underline", "reverse") if getattr(style, name)} == expected


@pytest.mark.parametrize("palette", [DARK, NO_COLOUR], ids=lambda palette: palette.name)
def test_an_unknown_token_is_a_mistake(palette: Palette) -> None:
    """A token that is not in the table is never drawn in some default colour."""
    with pytest.raises((KeyError, AssertionError)):
        palette.style("text.faint")


def test_styles_are_made_once() -> None:
    """The same tokens give the same object, so that equal neighbours can be told by identity."""
    assert DARK.style("text", "base", "b") is DARK.style("text", "base", "b")


def test_the_choice_of_palette() -> None:
    """Theme and number of colours choose one of five palettes."""
    assert choose_palette("dark", "truecolor") is DARK
    assert choose_palette("light", "truecolor") is LIGHT
    assert choose_palette("dark", "256") is DARK_256
    assert choose_palette("light", "256") is LIGHT_256
    assert choose_palette("light", "none") is NO_COLOUR


def test_duration_and_energy_have_their_classes() -> None:
    """Durations are coloured by EVENT-7, energy by GRAPH-4."""
    assert [took_token(ms) for ms in (None, 999, 1000, 2000, 3000)] == [
        "took.missing",
        "took.blue",
        "took.yellow",
        "took.orange",
        "took.red",
    ]
    assert [energy_token(energy) for energy in (None, 0.09, 0.1, 0.3, 0.6)] == [
        "text",
        "energy.grey",
        "energy.blue",
        "energy.orange",
        "energy.yellow",
    ]
