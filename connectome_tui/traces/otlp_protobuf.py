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
from connectome_tui.traces.otlp_spans import KIND_BY_NUMBER, STATUS_BY_CODE
from connectome_tui.traces.piece_file import Decoded, Piece, PieceFile, UnreadableError
from connectome_tui.traces.protobuf_lean import KnownParts, LeanRequest, LeanResourceSpans
from connectome_tui.traces.protobuf_mend import with_mended_text
from connectome_tui.traces.protobuf_signals import signal_and_records
from connectome_tui.traces.protobuf_wire import WireError, varint
from connectome_tui.traces.span import Resource, Span, SpanEvent, SpanLink
from connectome_tui.traces.values import MAX_NS

FORMAT: Final = "otlp-protobuf"
FRAME_HEAD: Final = 4
TAG: Final = 0x0A
"""What a request is made of: its first field, with a length."""

HEAD_MAX: Final = 11
"""The longest tag and length together."""

TRACE_BYTES: Final = 16
SPAN_BYTES: Final = 8

_Message = Any
"""A generated message, which brings no types."""

_known: Final = KnownParts()


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
        if signal == "spans":
            _SpanMaker(batch, keep_raw=keep_raw).read(_lean(data, LeanResourceSpans, trace_pb2.ResourceSpans), decoded)
        else:
            decoded.skip(signal, records)
    except (WireError, DecodeError) as problem:
        raise UnreadableError(f"no OTLP spans in protobuf: {problem}") from None
    return decoded


def decode_otlp_request(data: bytes, batch: int = 0, *, keep_raw: bool = False) -> Decoded:
    """The spans of the body of a request for traces; `UnreadableError` when it is none."""
    decoded = Decoded()
    maker = _SpanMaker(batch, keep_raw=keep_raw)
    try:
        for part in _lean(data, LeanRequest, trace_pb2.TracesData).resource_spans:
            maker.read(part, decoded)
    except (WireError, DecodeError) as problem:
        raise UnreadableError(f"no OTLP spans in protobuf: {problem}") from None
    return decoded


def _lean(data: bytes, lean: Any, whole: Any) -> _Message:
    """The message, mended when text in it is no UTF-8; `whole` is the class that knows all of its text."""
    try:
        return lean.FromString(data)
    except DecodeError:
        return lean.FromString(with_mended_text(data, whole.DESCRIPTOR))


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


class _SpanMaker:
    def __init__(self, batch: int, *, keep_raw: bool) -> None:
        self._batch = batch
        self._keep_raw = keep_raw
        self._without_id = 0

    def read(self, part: _Message, decoded: Decoded) -> None:
        """Append the spans that one resource sent; `DecodeError` or `WireError` when they are none."""
        resource = _known.resource(part.resource)
        for scope in part.scope_spans:
            name = _known.scope(scope.scope)
            decoded.spans.extend([self._span(span, resource, name) for span in scope.spans])

    def _span(self, message: _Message, resource: Resource, scope: str) -> Span:
        notes: list[str] = []
        trace, span, parent = _ids(message, notes)
        kind, status = KIND_BY_NUMBER.get(message.kind), message.status
        code = STATUS_BY_CODE.get(status.code)
        if kind is None:
            notes.append("unknown: span kind")
        if code is None:
            notes.append("unknown: status code")
        attributes = _known.attributes(message.attributes)
        if message.trace_state:
            attributes.setdefault("w3c.tracestate", message.trace_state)
        start, end = message.start_time_unix_nano, message.end_time_unix_nano
        return Span(
            key=f"{trace}:{span}" if not notes else self._key(trace, span),
            trace_id=trace,
            span_id=span,
            parent_id=parent,
            name=message.name,
            kind=kind or "unspecified",
            start_ns=start if 0 < start <= MAX_NS else _time(start, "start time", notes),
            end_ns=end if 0 < end <= MAX_NS else _time(end, "end time", notes),
            attributes=attributes,
            resource=resource,
            scope=scope,
            status=code or "unset",
            status_message=status.message,
            events=tuple([_event(event, notes) for event in message.events]) if message.events else (),
            links=tuple([SpanLink(link.trace_id.hex(), link.span_id.hex()) for link in message.links])
            if message.links
            else (),
            flags=message.flags,
            notes=tuple(notes),
            raw=MessageToDict(trace_pb2.Span.FromString(message.SerializeToString())) if self._keep_raw else None,
        )

    def _key(self, trace: str, span: str) -> str:
        if UNKNOWN in {trace, span}:
            self._without_id += 1
        return ids.span_key(trace, span, f"{self._batch}/{self._without_id}")


def _time(value: int, what: str, notes: list[str]) -> int | None:
    if value > MAX_NS:
        notes.append(f"unknown: {what} is out of range")
        return None
    return value or None


def _ids(message: _Message, notes: list[str]) -> tuple[str, str, str]:
    """The ids of trace, span and parent, in hex when they are as they should be."""
    trace, span, parent = message.trace_id, message.span_id, message.parent_span_id
    return (
        trace.hex() if len(trace) == TRACE_BYTES and any(trace) else ids.trace_id(trace.hex(), notes),
        span.hex() if len(span) == SPAN_BYTES and any(span) else ids.span_id(span.hex(), notes),
        (parent.hex() if len(parent) == SPAN_BYTES and any(parent) else ids.parent_id(parent.hex(), notes))
        if parent
        else "",
    )


def _event(message: _Message, notes: list[str]) -> SpanEvent:
    at_ns = _time(message.time_unix_nano, "time of an event", notes)
    return SpanEvent(name=message.name, at_ns=at_ns, attributes=_known.attributes(message.attributes))
