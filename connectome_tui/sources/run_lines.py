"""Lines of a run's records (RUN-5): newline-delimited JSON, from a file, a pipe or a socket."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectome_tui.events.flow import BadLine
from connectome_tui.sources.session_lines import read_object
from connectome_tui.traces.content import CHUNK, Content
from connectome_tui.traces.json_text import BOM

LONGEST_LINE: Final = 1 << 20
"""Bytes of a line; a longer one is bad."""


def read_run_line(line: bytes) -> Mapping[str, Any] | None:
    """The object in a line, None for a blank one; `ValueError` says why there is none."""
    if not line or line.isspace():
        return None
    if len(line) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE >> 20} MiB")
    return read_object(line)


def run_records(content: Content) -> Iterator[tuple[int, Mapping[str, Any] | BadLine]]:
    """Every line that is not blank, with the offset behind it: its object, or why there is none.

    However long a line is, no more than a piece of it is held.
    """
    number = position = 0
    held = b""
    overlong = False
    while chunk := content.read(position, CHUNK):
        position += len(chunk)
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            number += 1
            yield from _record(held + line, number, position, overlong=overlong)
            held, overlong = b"", False
        held += rest
        if len(held) > LONGEST_LINE:
            held, overlong = b"", True
    if held or overlong:
        yield from _record(held, number + 1, position, overlong=overlong)
        number += 1
    if content.damage:
        yield position, BadLine(number + 1, content.damage)


def _record(
    line: bytes, number: int, position: int, *, overlong: bool
) -> Iterator[tuple[int, Mapping[str, Any] | BadLine]]:
    if overlong:
        yield position, BadLine(number, f"longer than {LONGEST_LINE >> 20} MiB")
        return
    try:
        record = read_run_line(line.removeprefix(BOM) if number == 1 else line)
    except ValueError as problem:
        yield position, BadLine(number, str(problem))
        return
    if record is not None:
        yield position, record
