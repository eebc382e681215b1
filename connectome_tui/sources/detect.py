"""What a file holds, told from its content and never from its name (SPAN-1)."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.schema import is_recording
from connectome_tui.sources.binary_shapes import binary_name, is_framed_protobuf, is_protobuf
from connectome_tui.sources.json_shapes import Kind, RefusedError, UnknownShapeError, kind_of
from connectome_tui.traces.content import MAX_RECORD, Content, lines, whole
from connectome_tui.traces.json_text import BOM
from connectome_tui.traces.piece_file import UnreadableError

HEAD: Final = 64 << 10
PROBED_LINES: Final = 100
"""Among how many lines the first that can be recognised is looked for, when those before it cannot."""

UTF8_MAX: Final = 4

EXPECTED: Final = (
    "OTLP (JSON or protobuf), Jaeger JSON, Zipkin v2 JSON, a step script, an exported session or a recording"
)

_YAML = re.compile(r"(?:^|\n)(?:---(?:\s|$)|%YAML|[A-Za-z_][\w -]*:(?:\s|$))")


@dataclass(frozen=True, slots=True)
class Found:
    """The kind of a file. `is_document`: all of it is one JSON value; else it has one a line."""

    kind: Kind | Literal["otlp-protobuf", "otlp-protobuf-framed", "recording"]
    is_document: bool = False


def detect(content: Content) -> Found:
    """The kind of a content; `SourceError` that says what it is instead when it is none that can be opened."""
    head = content.read(0, HEAD)
    if not head:
        raise SourceError(content.name, content.damage or f"is empty: expected {EXPECTED}")
    if is_recording(head):
        return Found("recording")
    if is_framed_protobuf(content):
        return Found("otlp-protobuf-framed")
    if is_protobuf(content):
        return Found("otlp-protobuf")
    if name := binary_name(head):
        raise SourceError(content.name, f"is {name}: expected {EXPECTED}", "byte 0")
    first = next(_written_lines(content), None)
    if first is None:
        raise SourceError(content.name, f"holds only white space: expected {EXPECTED}")
    number, line = first
    if line.lstrip()[:1] in (b"{", b"["):
        return _json(content, number, line)
    return _text(content, head)


def _json(content: Content, number: int, line: bytes) -> Found:
    """JSON: one value, or one a line; what its first line does not tell, the whole or a later line may."""
    is_document = next(islice(_written_lines(content), 1, None), None) is None
    place = f"line {number}"
    try:
        return Found(kind_of(line), is_document=is_document)
    except UnknownShapeError as unknown:
        reason, is_readable = f"{unknown}: expected {EXPECTED}", True
    except RefusedError as refused:
        raise SourceError(content.name, f"is {refused}") from None
    except UnreadableError as unreadable:
        reason, is_readable = str(unreadable), False
    if not is_document and not is_readable and content.size <= MAX_RECORD:
        try:
            return Found(kind_of(whole(content)), is_document=True)
        except UnknownShapeError as unknown:
            reason, place = f"{unknown}: expected {EXPECTED}", ""
        except RefusedError as refused:
            raise SourceError(content.name, f"is {refused}") from None
        except UnreadableError as unreadable:
            reason, place = str(unreadable), ""
    if not is_document and (kind := _kind_of_some_line(content)):
        return Found(kind)
    raise SourceError(
        content.name, f"{content.damage}, and nothing before can be read" if content.damage else reason, place
    )


def _text(content: Content, head: bytes) -> Found:
    """Text that does not begin like JSON: lines of JSON after other lines, a script in YAML, or nothing known."""
    kind = _kind_of_some_line(content)
    if kind in ("otlp-json", "session", "run"):
        return Found(kind)
    text = _decoded(head)
    if text is None:
        raise SourceError(content.name, f"is not text: expected {EXPECTED}", "byte 0")
    if text.lstrip().startswith("<"):
        raise SourceError(content.name, f"is HTML or XML: expected {EXPECTED}", "line 1")
    if _YAML.search(text):
        return Found("script")
    raise SourceError(content.name, f"is text, but neither JSON nor YAML: expected {EXPECTED}", "line 1")


def _written_lines(content: Content) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, without a BOM, as `(number from 1, bytes)`."""
    for number, _, line in lines(content):
        stripped = line.removeprefix(BOM) if number == 1 else line
        if stripped and not stripped.isspace():
            yield number, stripped


def _kind_of_some_line(content: Content) -> Kind | None:
    """The kind of the first line that has one, among the first ones."""
    for _, line in islice(_written_lines(content), PROBED_LINES):
        if line.lstrip()[:1] in (b"{", b"["):
            with suppress(RefusedError, UnreadableError):
                return kind_of(line)
    return None


def _decoded(head: bytes) -> str | None:
    """The beginning as text; None when it is none. A character may be cut off at its end."""
    try:
        return head.removeprefix(BOM).decode()
    except UnicodeDecodeError as problem:
        return head[: problem.start].decode() if problem.start >= len(head) - UTF8_MAX else None
