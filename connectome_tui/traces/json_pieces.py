"""Finding the pieces of a JSON file: its lines, or the elements of one long array."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from connectome_tui.traces.content import Content, lines, whole
from connectome_tui.traces.json_text import BOM, STRICT_ERRORS
from connectome_tui.traces.piece_file import Piece, PieceSource

PIECE_BYTES: Final = 256 << 10
"""Elements of an array are taken together up to this size."""

_GAP = re.compile(rb"[\s,]*")


def line_pieces(content: Content) -> Iterator[Piece]:
    """Every line that is not blank."""
    for number, offset, line in lines(content, _start(content)):
        if line and not line.isspace():
            yield Piece(offset, len(line), number, line)


def document_pieces(names: tuple[str, ...] = (), ignored: frozenset[str] = frozenset()) -> PieceSource:
    """The whole content as one document, taken apart when it is long and is an array, or has one under a name.

    It stays whole when the object has other members than that and those `ignored`, so that nothing
    beside the array is lost.
    """

    def pieces(content: Content) -> Iterator[Piece]:
        start = _start(content)
        data = whole(content, start)
        found = _find_array(data, names, ignored) if len(data) > PIECE_BYTES else None
        if found is None:
            yield Piece(start, len(data), 1, data)
        else:
            yield from _elements(data, start, *found)

    return pieces


def _start(content: Content) -> int:
    return len(BOM) if content.read(0, len(BOM)) == BOM else 0


def _find_array(data: bytes, names: tuple[str, ...], ignored: frozenset[str]) -> tuple[int, list[int]] | None:
    """Where the elements start, and their lengths; None when there is no such array or the JSON is not strict."""
    value: bytes | msgspec.Raw = data
    start = len(data) - len(data.lstrip())
    try:
        if data[start : start + 1] == b"{":
            members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
            found = [
                name for name in members if name not in ignored and bytes(memoryview(members[name])[:5]) != b"null"
            ]
            if len(found) != 1 or found[0] not in names:
                return None
            value = members[found[0]]
            start = _position(data, found[0], value, start)
        elements = msgspec.json.decode(value, type=list[msgspec.Raw])
    except STRICT_ERRORS:
        return None
    return start + 1, [len(memoryview(element)) for element in elements]


def _position(data: bytes, name: str, value: msgspec.Raw, start: int) -> int:
    """Where the value of the member `name` of the object at `start` lies: a `Raw` does not say."""
    view = memoryview(value)
    for match in re.compile(rb'"%b"\s*:\s*' % re.escape(name.encode())).finditer(data, start):
        if all(
            data.startswith(view[part : part + PIECE_BYTES], match.end() + part)
            for part in range(0, len(view), PIECE_BYTES)
        ):
            return match.end()
    raise ValueError(f"{name} is written with escapes")


def _elements(data: bytes, start: int, first: int, lengths: list[int]) -> Iterator[Piece]:
    """Neighbouring elements of an array taken together."""
    position = begin = end = _skip_gap(data, first)
    line, counted = 1, 0
    for number, length in enumerate(lengths, 1):
        end = position + length
        if end - begin >= PIECE_BYTES or number == len(lengths):
            line, counted = line + data.count(b"\n", counted, begin), begin
            yield Piece(start + begin, end - begin, line, data[begin:end], is_elements=True)
            begin = _skip_gap(data, end)
        position = _skip_gap(data, end)


def _skip_gap(data: bytes, position: int) -> int:
    match = _GAP.match(data, position)
    return match.end() if match else position
