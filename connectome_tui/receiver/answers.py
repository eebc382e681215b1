"""What senders are answered: OTLP in the form they asked in, Zipkin as its own server does."""

from dataclasses import dataclass, field
from typing import Final

import msgspec
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from connectome_tui.receiver.decoding import Encoding
from connectome_tui.receiver.pipeline import Outcome

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"
_MAX_MESSAGE: Final = 500
_UTF8: Final = "replace"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of HTTP."""

    status: int
    content_type: str = TEXT
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


def answer_to(outcome: Outcome, encoding: Encoding, retry_after_seconds: int) -> Answer:
    """The response for what became of a body.

    Overload is 503 rather than 429: both allow another try, but some exporters take 429 for a final no.
    """
    if outcome.unable:
        headers = (("Retry-After", str(retry_after_seconds)),)
        return refusal(503, outcome.message, encoding, headers)
    if not outcome.kept:
        return refusal(413 if outcome.too_many else 400, outcome.message, encoding)
    if encoding == "zipkin-json":
        return Answer(202)
    return Answer(200, _content_type(encoding), accepted_body(outcome, encoding))


def refusal(status: int, message: str, encoding: Encoding | None, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An error, with its reason in the form that the sender reads: OTLP asks for a `Status`."""
    text = message[:_MAX_MESSAGE]
    match encoding:
        case "otlp-protobuf":
            return Answer(status, PROTOBUF, status_message(0, text), headers)
        case "otlp-json":
            return Answer(status, JSON, msgspec.json.encode({"message": text}), headers)
        case _:
            return Answer(status, TEXT, f"{text}\n".encode(errors=_UTF8), headers)


def accepted_body(outcome: Outcome, encoding: Encoding) -> bytes:
    """The message that says that a body was taken, and what of it could not be read.

    The three signals have the same message, under other names.
    """
    rejected = outcome.rejected
    if encoding == "otlp-json":
        partial = {"rejectedSpans": str(rejected), "errorMessage": outcome.message[:_MAX_MESSAGE]}
        return msgspec.json.encode({"partialSuccess": partial} if rejected else {})
    response = trace_service_pb2.ExportTraceServiceResponse()
    if rejected:
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = outcome.message[:_MAX_MESSAGE]
    data: bytes = response.SerializeToString()
    return data


def status_message(code: int, text: str, details: bytes = b"") -> bytes:
    """A `google.rpc.Status`: code, message and, packed as `Any` already, one detail."""
    data = text.encode(errors=_UTF8)
    coded = b"\x08" + varint_bytes(code) if code else b""
    detailed = b"\x1a" + varint_bytes(len(details)) + details if details else b""
    return coded + b"\x12" + varint_bytes(len(data)) + data + detailed


def varint_bytes(number: int) -> bytes:
    """A number as protobuf writes it."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _content_type(encoding: Encoding) -> str:
    return PROTOBUF if encoding == "otlp-protobuf" else JSON
