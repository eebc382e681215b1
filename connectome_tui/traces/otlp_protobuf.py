"""OTLP spans in protobuf (SPAN-1): a request's body, and the length-framed bodies of the collector's file exporter."""

import sys
from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from opentelemetry.proto.trace.v1 import trace_pb2

from connectome_tui.events.model import UNKNOWN
from connectome_tui.traces import ids
from connectome_tui.traces.content import Content
from connectome_tui.traces.otlp_spans import KIND_BY_NUMBER, NO_RESOURCE, STATUS_BY_CODE
from connectome_tui.traces.piece_file import Decoded, Piece, PieceFile, UnreadableError
from connectome_tui.traces.protobuf_mend import with_mended_text
from connectome_tui.traces.protobuf_signals import signal_and_records
from connectome_tui.traces.protobuf_wire import WireError, varint
from connectome_tui.traces.span import Resource, Span, SpanEvent, SpanLink
from connectome_tui.traces.values import MAX_DEPTH, MAX_NS, bytes_value, text

FORMAT: Final = "otlp-protobuf"
FRAME_HEAD: Final = 4
TAG: Final = 0x0A
"""What a request is made of: its first field, with a length."""

HEAD_MAX: Final = 11
"""The longest tag and length together."""

_Message = Any
"""A generated message, which brings no types."""


def open_otlp_protobuf(content: Content, *, is_framed: bool = False, keep_raw: bool = False) -> PieceFile:
    """A file with the body of a request, or with many, each after its length in four bytes.

    A piece is what one resource sent; places are counted in those.
    """

    def pieces(source: Content) -> Iterator[Piece]:
        bodies = _frames(source) if is_framed else iter([(0, source.size)])
        number = 1
        for start, end in bodies:
            for piece in _body_pieces(source, start, end, number):
                yield piece
                number += 1

    def decode(data: bytes, batch: int) -> Decoded:
        return decode_resource_spans(data, batch, keep_raw=keep_raw)

    return PieceFile(content, FORMAT, pieces, decode)


def decode_resource_spans(data: bytes, batch: int = 0, *, keep_raw: bool = False) -> Decoded:
    """The spans that one resource sent; its logs and metrics are counted. `UnreadableError` when it is neither."""
    decoded = Decoded()
    try:
        signal, records = signal_and_records(data)
        if signal != "spans":
            decoded.skip(signal, records)
            return decoded
        message = _parsed(data, trace_pb2.ResourceSpans)
    except (WireError, DecodeError) as problem:
        raise UnreadableError(f"no OTLP spans in protobuf: {problem}") from None
    maker = _SpanMaker(batch, keep_raw=keep_raw)
    resource = _resource(message)
    for scope in message.scope_spans:
        decoded.spans.extend([maker.span(span, resource, scope.scope.name) for span in scope.spans])
    return decoded


def decode_otlp_request(data: bytes, batch: int = 0, *, keep_raw: bool = False) -> Decoded:
    """The spans of the body of a request for traces; `UnreadableError` when it is none."""
    decoded = Decoded()
    try:
        message = _parsed(data, trace_pb2.TracesData)
    except (WireError, DecodeError) as problem:
        raise UnreadableError(f"no OTLP spans in protobuf: {problem}") from None
    maker = _SpanMaker(batch, keep_raw=keep_raw)
    for part in message.resource_spans:
        resource = _resource(part)
        for scope in part.scope_spans:
            name = scope.scope.name
            decoded.spans.extend([maker.span(span, resource, name) for span in scope.spans])
    return decoded


def _frames(content: Content) -> Iterator[tuple[int, int]]:
    """Where the bodies lie; the last one may be cut off, and its pieces say so."""
    position = 0
    while head := content.read(position, FRAME_HEAD):
        start = position + FRAME_HEAD
        end = start + int.from_bytes(head, "big")
        yield start, end
        position = end


def _body_pieces(content: Content, start: int, end: int, number: int) -> Iterator[Piece]:
    """The messages of a body that lies at `start` to `end`."""
    position, last = start, min(end, content.size)
    while position < end:
        first, stop = _message_at(content.read(position, min(HEAD_MAX, end - position)), position)
        if not first or stop > last:
            why = "cut off: the message ends early" if first or position >= last else "no OTLP request"
            yield Piece(position, 0, number, b"", problem=f"{why}, at byte {last if first else position}")
            return
        yield Piece(first, stop - first, number, content.read(first, stop - first))
        position, number = stop, number + 1


def _message_at(head: bytes, position: int) -> tuple[int, int]:
    """Where the message whose tag is at `position` starts and ends; zeros when there is none."""
    if not head or head[0] != TAG:
        return 0, 0
    try:
        length, size = varint(head, 1)
    except WireError:
        return (position + len(head), sys.maxsize) if len(head) < HEAD_MAX else (0, 0)
    return position + size, position + size + length


def _parsed(data: bytes, kind: _Message) -> _Message:
    """A message of this kind; text in it that is no UTF-8 costs its bad bytes and nothing else."""
    try:
        return kind.FromString(data)
    except DecodeError:
        return kind.FromString(with_mended_text(data, kind.DESCRIPTOR))


def _resource(message: _Message) -> Resource:
    attributes = _attributes(message.resource.attributes)
    if not attributes:
        return NO_RESOURCE
    return Resource(service=text(attributes.get("service.name")) or UNKNOWN, attributes=attributes)


class _SpanMaker:
    def __init__(self, batch: int, *, keep_raw: bool) -> None:
        self._batch = batch
        self._keep_raw = keep_raw
        self._without_id = 0

    def span(self, message: _Message, resource: Resource, scope: str) -> Span:
        notes: list[str] = []
        trace = ids.trace_id(message.trace_id.hex(), notes)
        span = ids.span_id(message.span_id.hex(), notes)
        kind = KIND_BY_NUMBER.get(message.kind)
        status = STATUS_BY_CODE.get(message.status.code)
        if kind is None:
            notes.append("unknown: span kind")
        if status is None:
            notes.append("unknown: status code")
        attributes = _attributes(message.attributes)
        if message.trace_state:
            attributes.setdefault("w3c.tracestate", message.trace_state)
        return Span(
            key=f"{trace}:{span}" if not notes else self._key(trace, span),
            trace_id=trace,
            span_id=span,
            parent_id=ids.parent_id(message.parent_span_id.hex(), notes),
            name=message.name,
            kind=kind or "unspecified",
            start_ns=_time(message.start_time_unix_nano, "start time", notes),
            end_ns=_time(message.end_time_unix_nano, "end time", notes),
            attributes=attributes,
            resource=resource,
            scope=scope,
            status=status or "unset",
            status_message=message.status.message,
            events=tuple([_event(event, notes) for event in message.events]),
            links=tuple([SpanLink(link.trace_id.hex(), link.span_id.hex()) for link in message.links]),
            flags=message.flags,
            notes=tuple(notes),
            raw=MessageToDict(message) if self._keep_raw else None,
        )

    def _key(self, trace: str, span: str) -> str:
        if UNKNOWN in {trace, span}:
            self._without_id += 1
        return ids.span_key(trace, span, f"{self._batch}/{self._without_id}")


def _event(message: _Message, notes: list[str]) -> SpanEvent:
    at_ns = _time(message.time_unix_nano, "time of an event", notes)
    return SpanEvent(name=message.name, at_ns=at_ns, attributes=_attributes(message.attributes))


def _time(value: int, what: str, notes: list[str]) -> int | None:
    if value > MAX_NS:
        notes.append(f"unknown: {what} is out of range")
        return None
    return value or None


def _attributes(pairs: _Message) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: _Message, depth: int = 0) -> Any:
    """An `AnyValue` as a Python value; None for an empty one."""
    which = value.WhichOneof("value")
    if which == "string_value":
        return value.string_value
    if which is None:
        return None
    if which == "bytes_value":
        return bytes_value(value.bytes_value)
    if which in {"array_value", "kvlist_value"}:
        if depth >= MAX_DEPTH:
            return text(MessageToDict(value))
        if which == "array_value":
            return [_value(item, depth + 1) for item in value.array_value.values]
        return {pair.key: _value(pair.value, depth + 1) for pair in value.kvlist_value.values}
    return getattr(value, which)
