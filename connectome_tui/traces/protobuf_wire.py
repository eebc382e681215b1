"""Protobuf on the wire, as far as it is needed to find messages without decoding them."""

from collections.abc import Iterator
from typing import Final

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
FIXED32: Final = 5

_MAX_VARINT: Final = 10


class WireError(Exception):
    """Not protobuf, or cut off."""


def varint(data: bytes, position: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = shift = 0
    for end in range(position, position + _MAX_VARINT):
        if end >= len(data):
            raise WireError("cut off within a number")
        value |= (data[end] & 0x7F) << shift
        if data[end] < 0x80:
            return value, end + 1
        shift += 7
    raise WireError("a number of more than 64 bits")


def fields(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int, int]]:
    """The fields of a message as `(number, wire type, start, end)` of their values; `WireError` at a bad end."""
    end = len(data) if end is None else end
    position = start
    while position < end:
        tag, position = varint(data, position)
        number, wire_type = tag >> 3, tag & 7
        match wire_type:
            case 0:
                _, stop = varint(data, position)
            case 1:
                stop = position + 8
            case 2:
                length, position = varint(data, position)
                stop = position + length
            case 5:
                stop = position + 4
            case _:
                raise WireError("a field of no known type")
        if not number or stop > end:
            raise WireError("cut off within a field" if number else "a field without a number")
        yield number, wire_type, position, stop
        position = stop
