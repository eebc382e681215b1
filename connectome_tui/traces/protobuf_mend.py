"""Protobuf in which some text is no UTF-8: the library refuses the whole message for it, this mends the text."""

import codecs
from collections.abc import Iterator
from typing import Any, Final

from connectome_tui.traces.protobuf_wire import LENGTH, WireError, fields

HANDLER: Final = "connectome-same-length"
MAX_DEPTH: Final = 100
"""As deep as the library itself goes."""


def _question_marks(problem: UnicodeError) -> tuple[str, int]:
    """As many question marks as there are bad bytes, so that no length in the message changes."""
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    return "?" * (problem.end - problem.start), problem.end


codecs.register_error(HANDLER, _question_marks)


def with_mended_text(data: bytes, descriptor: Any) -> bytes:
    """The message with every bad byte in its text replaced; `descriptor` tells what is text."""
    mended = bytearray(data)
    for start, end in _texts(data, (0, len(data)), descriptor, 0):
        mended[start:end] = data[start:end].decode(errors=HANDLER).encode()
    return bytes(mended)


def _texts(data: bytes, span: tuple[int, int], descriptor: Any, depth: int) -> Iterator[tuple[int, int]]:
    """Where the text in a message lies."""
    if depth > MAX_DEPTH:
        raise WireError("nested too deeply")
    for number, wire_type, start, end in fields(data, *span):
        field = descriptor.fields_by_number.get(number)
        if field is None or wire_type != LENGTH:
            continue
        if field.message_type is not None:
            yield from _texts(data, (start, end), field.message_type, depth + 1)
        elif field.type == field.TYPE_STRING:
            yield start, end
