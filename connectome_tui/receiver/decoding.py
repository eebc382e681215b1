"""Bodies of requests as spans. What is no span is counted; what is too much is refused before it becomes objects."""

import zlib
from typing import Final, Literal, get_args

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
ENCODINGS: Final[tuple[Encoding, ...]] = get_args(Encoding)
Signal = Literal["spans", "log records", "metrics"]

SPANS: Final = "spans"


class TooManyError(Exception):
    """A request holds more records than the bound."""


class BodyDecoder:
    """Decodes bodies one after the other; of Zipkin's it remembers which ids were used."""

    def __init__(self, limits: ReceiverLimits, *, keep_raw: bool = False) -> None:
        self._limits = limits
        self._keep_raw = keep_raw
        self._zipkin_ids = LiveIds()

    def decode(self, encoding: Encoding, signal: Signal, body: bytes) -> Decoded:
        """What a body holds: its spans, and how many records it has that are none.

        `UnreadableError` when it is not what it says, `TooManyError` over the bound on records. The
        checksum of the body names spans without an id, so that the same body gives the same names.
        """
        number, keep_raw = zlib.crc32(body), self._keep_raw
        match encoding:
            case "otlp-protobuf" if signal == SPANS:
                decoded = decode_otlp_request(body, number, keep_raw=keep_raw)
            case "otlp-protobuf":
                decoded = _counted(body, signal)
            case "otlp-json":
                decoded = decode_otlp_json(body, number, keep_raw=keep_raw)
            case "zipkin-json":
                decoded = decode_zipkin(body, number, self._zipkin_ids, keep_raw=keep_raw)
        return _bounded(decoded, self._limits)


def _counted(body: bytes, signal: Signal) -> Decoded:
    decoded = Decoded()
    try:
        decoded.skip(signal, count_records(body))
    except WireError as problem:
        raise UnreadableError(f"no OTLP {signal} in protobuf: {problem}") from None
    return decoded


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
