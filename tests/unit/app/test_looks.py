"""Colours and glyphs, from the user's environment."""

import pytest

from connectome_tui.app.looks import colours_of, terminal_encoding


@pytest.mark.parametrize(
    ("environ", "encoding"),
    [
        ({"LC_ALL": "C"}, "ascii"),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "ascii"),
        ({"LANG": "POSIX"}, "ascii"),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, "utf-8"),
        ({"LANG": "de_CH.UTF-8"}, "utf-8"),
        ({}, "utf-8"),
    ],
)
def test_the_c_locale_means_ascii(environ: dict[str, str], encoding: str) -> None:
    """`LANG=C` is the user's word for a terminal without other characters, whatever Python makes of it."""
    assert terminal_encoding(environ, "utf-8") == encoding


@pytest.mark.parametrize(
    ("system", "environ", "colours"),
    [
        ("truecolor", {}, "truecolor"),
        ("256", {}, "256"),
        ("standard", {}, "256"),
        ("truecolor", {"NO_COLOR": "1"}, "none"),
        (None, {}, "none"),
    ],
)
def test_as_many_colours_as_there_are(system: str | None, environ: dict[str, str], colours: str) -> None:
    """True colour where the terminal has it, else indexes; none with NO_COLOR."""
    assert colours_of(system, environ) == colours
