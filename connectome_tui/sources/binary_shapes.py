"""Telling binary content apart: OTLP protobuf, and what is named to be refused."""

from typing import Final

from connectome_tui.traces.content import Content
from connectome_tui.traces.protobuf_wire import LENGTH, WireError, fields, varint

PROBE: Final = 64 << 10
REQUEST_FIELD: Final = 1
"""Traces, logs and metrics requests alike are made of their first field."""

RESOURCE_FIELDS: Final = frozenset((1, 2, 3))
FRAME_HEAD: Final = 4

_MAGIC: Final = {
    b"PK\x03\x04": "a ZIP archive, to be unpacked first",
    b"BZh": "packed with bzip2, to be unpacked first",
    b"\xfd7zXZ": "packed with xz, to be unpacked first",
    b"\x04\x22\x4d\x18": "packed with lz4, to be unpacked first",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"\x7fELF": "a program",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "UTF-16 text, to be written as UTF-8 first",
    b"\xfe\xff": "UTF-16 text, to be written as UTF-8 first",
}


def binary_name(head: bytes) -> str:
    """What content that is no text is; empty for text."""
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    if head[257:262] == b"ustar":
        return "a tar archive, to be unpacked first"
    return "not text" if b"\0" in head else ""


def is_protobuf(content: Content) -> bool:
    """Whether this is the body of an OTLP request: its first field, again and again."""
    head = content.read(0, PROBE)
    return _is_body(head, content.size)


def is_framed_protobuf(content: Content) -> bool:
    """Whether this is what the collector's file exporter writes: bodies, each after its length in four bytes."""
    length = int.from_bytes(content.read(0, FRAME_HEAD), "big")
    head = content.read(FRAME_HEAD, min(length, PROBE))
    return bool(head) and length <= content.size * 2 and _is_body(head, length)


def _is_body(head: bytes, size: int) -> bool:
    """Whether `head` begins a message of `size` bytes that is an OTLP request."""
    if not head or head[0] != REQUEST_FIELD << 3 | LENGTH:
        return False
    try:
        length, start = varint(head, 1)
        if start + length <= len(head):
            return _is_resource_message(head, start, start + length) and _goes_on(head, start + length, size)
    except WireError:
        return False
    return _begins_resource_message(head, start)


def _is_resource_message(head: bytes, start: int, end: int) -> bool:
    try:
        found = list(fields(head, start, end))
    except WireError:
        return False
    return all(number in RESOURCE_FIELDS and wire_type == LENGTH for number, wire_type, _, _ in found)


def _goes_on(head: bytes, position: int, size: int) -> bool:
    return position >= size or position >= len(head) or head[position] == REQUEST_FIELD << 3 | LENGTH


def _begins_resource_message(head: bytes, start: int) -> bool:
    """For a first message that is longer than what was read: its own first field, and no text."""
    tags = {number << 3 | LENGTH for number in RESOURCE_FIELDS}
    return start < len(head) and head[start] in tags and _is_binary(head)


def _is_binary(head: bytes) -> bool:
    try:
        head[:-3].decode()
    except UnicodeDecodeError:
        return True
    return b"\0" in head
