"""Headers of the user: values from the environment, never shown."""

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.sources.request_headers import parse_header, parse_headers

ENVIRONMENT = {"TOKEN": "s3cret", "BROKEN": "a\r\nHost: evil", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("X-Plain: as it is", b"as it is"),
        ("X-Plain:no blank", b"no blank"),
        ("Authorization: Bearer $TOKEN", b"Bearer s3cret"),
        ("Authorization: Bearer ${TOKEN}x", b"Bearer s3cretx"),
        ("Authorization: env:TOKEN", b"s3cret"),
        ("X-Price: $$5 or 5$", b"$5 or 5$"),
    ],
)
def test_values(text: str, value: bytes) -> None:
    """`$NAME`, `${NAME}` and `env:NAME` stand for variables, `$$` for a dollar."""
    assert parse_header(text, ENVIRONMENT).on_the_wire()[1] == value


@pytest.mark.parametrize(
    "text",
    ["no colon", ": x", "A B: x", "X: ", "X: $MISSING", "X: env:MISSING", "X: $BROKEN", "X: $EMPTY", "Host: h", "X: ✓"],
)
def test_what_is_no_header_is_refused_in_one_line(text: str) -> None:
    """A bad name, a missing variable, a value over lines or of none, and the program's own headers are errors."""
    with pytest.raises(SourceError) as caught:
        parse_header(text, ENVIRONMENT)
    assert "\n" not in str(caught.value)
    assert "evil" not in str(caught.value)


def test_values_are_not_shown() -> None:
    """The representation of a header has its name alone."""
    headers = parse_headers(["Authorization: Bearer $TOKEN", "X: literal"], ENVIRONMENT)
    assert [repr(header) for header in headers] == ["Authorization: •••", "X: •••"]
