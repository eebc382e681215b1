"""Bodies of requests as spans. What is no span is counted; what is too much is refused before it becomes objects."""

from typing import Final, Literal

import msgspec

from connectome_tui.receiver.options import ReceiverLimits
from connectome_tui.traces.otlp import decode_otlp_json
from connectome_tui.traces.otlp_protobuf import decode_otlp_request
from connectome_tui.traces.piece_file import Decoded, UnreadableError
from connectome_tui.traces.protobuf_signals import count_records
from connectome_tui.traces.protobuf_wire import WireError
from connectome_tui.traces.span import Span
from connectome_tui.traces.zipkin import decode_zipkin
from connectome_tui.traces.zipkin_ids import LiveIds

Encoding = Literal["otlp-protobuf", "otlp-json", "zipkin-json"]
Signal = Literal["spans", "log records", "metrics"]

SPANS: Final = "spans"


class TooManyError(Exception):
    """A request holds more records than the bound."""


def decode_body(encoding: Encoding, signal: Signal, body: bytes, number: int, limits: ReceiverLimits) -> Decoded:
    """What a body holds. `number` tells bodies apart, for spans without an id.

    `UnreadableError` when it is not what it says, `TooManyError` over the bound on records.
    """
    match encoding:
        case "otlp-protobuf" if signal == SPANS:
            decoded = decode_otlp_request(body, number)
        case "otlp-protobuf":
            decoded = Decoded()
            try:
                decoded.skip(signal, count_records(body))
            except WireError as problem:
                raise UnreadableError(f"no OTLP {signal} in protobuf: {problem}") from None
        case "otlp-json":
            decoded = decode_otlp_json(body, number)
        case "zipkin-json":
            decoded = decode_zipkin(body, number, LiveIds())
    return _bounded(decoded, limits)


def _bounded(decoded: Decoded, limits: ReceiverLimits) -> Decoded:
    spans, most = decoded.spans, limits.attributes
    if len(spans) + sum([len(span.events) for span in spans]) > limits.records:
        raise TooManyError(f"more than {limits.records} spans and span events in one request: send smaller batches")
    for place, span in enumerate(spans):
        if len(span.attributes) > most or len(span.links) > most:
            spans[place] = _cut(span, most)
    return decoded


def _cut(span: Span, most: int) -> Span:
    """The span with so many attributes and links as are kept, and a note of how many there were."""
    notes = [
        f"cut: {len(items)} {what}, the first {most} are kept"
        for what, items in (("attributes", span.attributes), ("links", span.links))
        if len(items) > most
    ]
    return msgspec.structs.replace(
        span,
        attributes=dict(list(span.attributes.items())[:most]),
        links=span.links[:most],
        notes=(*span.notes, *notes),
    )
