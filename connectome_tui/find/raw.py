"""Finding a query in lines of JSON without decoding them.

A text in JSON can be written in several ways. Lines that hold none of the escapes that allow for a
choice are searched as they are, many as one piece; in others these escapes are replaced first. What
is found is a candidate: nothing that matches is missed, and only a `certain` query needs no second look.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from connectome_tui.events.topology import Topology
from connectome_tui.find.bounded import found_in
from connectome_tui.find.query import Query, fold
from connectome_tui.find.required import required_literals

MOST_NEEDLES: Final = 24
"""With more, it is quicker to decode every line."""

_ESCAPE: Final = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)", re.DOTALL
)
_FOLDS_TO_ASCII: Final = re.compile(b"\xe2\x84\xaa|\xc5\xbf|\xc4[\xb0\xb1]")
"""K, ſ, İ and ı: where case does not count, each is the same as a letter of ASCII."""
_NUMBER: Final = frozenset("0123456789+-.eE")
_BETWEEN: Final = frozenset("{}[]:, \t")
_OUTSIDE: Final = _NUMBER | _BETWEEN | frozenset("truefalsenull")
"""All characters of JSON that stand outside of strings."""
_BACKSLASH: Final = ord("\\")
_NO_STATUS: Final = "unset"
"""It may be written, but is no text of an event."""

Verdict = Literal["yes", "no", "look"]


@dataclass(frozen=True, slots=True)
class LineShape:
    """What is known of the lines: their own keys, those with values of any shape in them, and those of times.

    Keys of a line, and its times, are no text of an event.
    """

    keys: tuple[str, ...]
    nested: tuple[bytes, ...]
    times: tuple[bytes, ...]

    def is_nested(self, line: bytes, place: int) -> bool:
        """Whether keys and numbers at `place` may be those of attributes."""
        return any(line.find(key, 0, place) >= 0 for key in self.nested)

    def is_time(self, line: bytes, place: int) -> bool:
        """Whether the number at `place` is a time of the event."""
        return line.endswith(self.times, 0, line.rfind(b'"', 0, place) + 1) and not self.is_nested(line, place)


@dataclass(frozen=True, slots=True)
class RawQuery:
    """How a query shows in JSON. A line without any of the `needles` does not match.

    `in_text`: the first needle can be found in a string only, `in_number`: in a number too. `key_forms`
    are the keys of the format that hold it, each in its quotes, with the place of the needle in it.
    """

    needles: tuple[str, ...]
    needle_bytes: tuple[bytes, ...]
    folded: bool
    in_text: bool
    in_number: bool
    key_forms: tuple[tuple[bytes, int], ...]
    shape: LineShape
    pattern: re.Pattern[str] | None = None
    """The regular expression, when all its needles can be found in strings that are no keys of the format only."""

    @property
    def certain(self) -> bool:
        """Whether a line that holds the first needle, not behind a backslash, does match."""
        return self.in_text and not self.key_forms

    def verdict(self, line: bytes, place: int) -> Verdict:
        """Whether a line matches that holds the first needle, at `place` for the first time; `look`: decode it."""
        if not (self.in_text or self.in_number):
            return "look"
        needle = self.needle_bytes[0]
        last_key = -1
        while place >= 0:
            if self._is_key(line, place):
                last_key = place
            elif line[place - 1] == _BACKSLASH:
                return "look"
            elif self.in_text or not _outside_of_strings(line, place):
                return "yes"
            elif not self.shape.is_time(line, place):
                return "look"
            place = line.find(needle, place + 1)
        return "look" if last_key >= 0 and self.shape.is_nested(line, last_key) else "no"

    def says(self, line: bytes, place: int) -> bool:
        """Whether the string that holds a needle at `place` matches the expression by itself; False when unsure."""
        if self.pattern is None:
            return False
        begin, end = line.rfind(b'"', 0, place) + 1, line.find(b'"', place)
        string = line[begin:end]
        if b"\\" in string or line[begin - 2 : begin - 1] == b"\\":
            return False
        return found_in(self.pattern, string.decode("utf-8", "replace"))

    def _is_key(self, line: bytes, place: int) -> bool:
        for form, start in self.key_forms:
            begin = place - start
            if line.startswith(form, begin) and line[begin + len(form) :].lstrip()[:1] == b":":
                return True
        return False

    def searchable(self, lines: bytes) -> bytes | None:
        """The lines in a form in which the needles can be looked for as bytes; None if each needs `may_match`."""
        # One byte is found ten times as fast as two: most lines hold no backslash at all.
        if b"\\" in lines and (b"\\u" in lines or b"\\/" in lines):
            return None
        if not self.folded:
            return lines
        if not lines.isascii() and (
            _FOLDS_TO_ASCII.search(lines) or not all(needle.isascii() for needle in self.needles)
        ):
            return None
        return lines.lower()

    def may_match(self, line: bytes) -> bool:
        """Whether a line holds a needle, however it is written."""
        line = plain_escapes(line)
        if not self.folded:
            return any(needle in line for needle in self.needle_bytes)
        text = fold(line.decode("utf-8", "replace"))
        return any(needle in text for needle in self.needles) or _FOLDS_TO_ASCII.search(line) is not None


def raw_query(query: Query, topology: Topology, shape: LineShape) -> RawQuery | None:
    """How to look for a query in lines of this shape; None when nothing is known of what a line must hold."""
    literals = (query.needle,) if query.pattern is None else required_literals(query.text[1:-1])
    if literals is None or (query.folded and query.pattern is not None and not all(map(str.isascii, literals))):
        return None
    texts = [fold(literal) if query.folded else literal for literal in literals]
    titled = _titled(query, topology)
    needles = [*map(_escaped, texts), *titled]
    if len(needles) > MOST_NEEDLES:
        return None
    in_text = all(map(_only_in_text, texts))
    key_forms = [
        (f'"{key}"'.encode(), match.start() + 1)
        for text in texts
        for key in shape.keys
        for match in re.finditer(f"(?={re.escape(text)})", key)
    ]
    return RawQuery(
        needles=tuple(needles),
        needle_bytes=tuple(needle.encode() for needle in needles),
        folded=query.folded,
        in_text=query.pattern is None and in_text,
        in_number=query.pattern is None and _NUMBER.issuperset(texts[0]),
        key_forms=tuple(key_forms),
        pattern=query.pattern if in_text and not (key_forms or titled) else None,
        shape=shape,
    )


def plain_escapes(line: bytes) -> bytes:
    """JSON with every character written in the one way in which this program writes it."""
    if b"\\u" not in line and b"\\/" not in line:
        return line
    return _ESCAPE.sub(_plain_escape, line)


def _plain_escape(match: re.Match[bytes]) -> bytes:
    high, low, single = match.groups()
    if high:
        code = 0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)
    elif single:
        code = int(single, 16)
    else:
        return b"/" if match[0] == b"\\/" else match[0]
    # Half a surrogate pair is read as the replacement character.
    return msgspec.json.encode("\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code))[1:-1]


def _titled(query: Query, topology: Topology) -> list[str]:
    """The ids, as they stand in JSON, of nodes whose title is meant although the id does not say it."""
    ids = [node.id for node in topology.nodes if query.matches(node.title) and not query.matches(node.id)]
    return [f'"{_escaped(fold(node_id) if query.folded else node_id)}"' for node_id in ids]


def _escaped(text: str) -> str:
    return msgspec.json.encode(text.encode("utf-8", "replace").decode())[1:-1].decode()


def _only_in_text(needle: str) -> bool:
    """Whether it can be found in strings of JSON only: it is no part of a number, a word, or what lies between."""
    if not needle.isprintable() or "\\" in needle or '"' in needle or needle in _NO_STATUS:
        return False
    if not _OUTSIDE.issuperset(needle):
        return True
    return not _BETWEEN.intersection(needle) and not _NUMBER.issuperset(needle) and needle not in "null"


def _outside_of_strings(line: bytes, place: int) -> bool:
    """Whether the number at `place` may stand outside of a string; in doubt it does."""
    before = line[line.rfind(b'"', 0, place) + 1 : place].lstrip()
    return before[:1] in (b":", b",", b"[", b"]", b"}", b"{")
