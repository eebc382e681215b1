"""Headers that the user adds to a request (`--header`): values may come from the environment and are never shown."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import visible

OPTION: Final = "--header"
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VARIABLE: Final = re.compile(r"\$(?:(\$)|\{(\w+)\}|([A-Za-z_]\w*))", re.ASCII)
_WHOLE: Final = "env:"
_OWN: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "te", "upgrade", "expect"}
)


class RequestHeader:
    """A name and a value; the value goes on the wire and nowhere else."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def __repr__(self) -> str:
        return f"{self.name}: •••"

    def on_the_wire(self) -> tuple[bytes, bytes]:
        """Name and value as they are sent."""
        return self.name.encode("ascii"), self._value.encode("latin-1")


def parse_header(text: str, environment: Mapping[str, str]) -> RequestHeader:
    """A header from `Name: value`.

    In the value `$NAME` and `${NAME}` stand for variables, `$$` for a dollar sign; a value `env:NAME` is
    the variable as a whole. `SourceError` names the header, never its value.
    """
    name, colon, value = text.partition(":")
    name = name.strip()
    if not colon or not _NAME.fullmatch(name):
        raise SourceError(OPTION, "expected 'Name: value', the name without blanks")
    place = f"{OPTION} {name}"
    if name.lower() in _OWN:
        raise SourceError(place, "is set by the program itself")
    value = _expanded(value.strip(), environment, place).strip()
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise SourceError(place, "expected a value in Latin-1") from None
    if not value or any((ord(character) < 0x20 and character != "\t") or ord(character) == 0x7F for character in value):
        raise SourceError(place, "expected a value of one line, and not an empty one")
    return RequestHeader(name, value)


def parse_headers(texts: Iterable[str], environment: Mapping[str, str]) -> tuple[RequestHeader, ...]:
    """All headers, in order."""
    return tuple(parse_header(text, environment) for text in texts)


def _expanded(value: str, environment: Mapping[str, str], place: str) -> str:
    def variable(name: str) -> str:
        if name not in environment:
            raise SourceError(place, f"the environment has no variable {visible(name)}")
        return environment[name]

    if value.startswith(_WHOLE):
        return variable(value.removeprefix(_WHOLE).strip())
    return _VARIABLE.sub(lambda match: match[1] or variable(match[2] or match[3]), value)
