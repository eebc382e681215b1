"""Which requests there are: paths, methods, content types (FORMATS: receivers)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectome_tui.receiver.answers import Answer, refusal
from connectome_tui.receiver.decoding import Encoding, Signal
from connectome_tui.receiver.gate import Gate, Headers, values_of
from connectome_tui.receiver.inflate import GzipBody, PlainBody, body_for
from connectome_tui.receiver.options import ReceiverLimits

_OTLP: Final[Mapping[str, Encoding]] = {
    "application/x-protobuf": "otlp-protobuf",
    "application/protobuf": "otlp-protobuf",
    "application/json": "otlp-json",
}
_ZIPKIN: Final[Mapping[str, Encoding]] = {"application/json": "zipkin-json"}

_ROUTES: Final[Mapping[bytes, tuple[Signal, Mapping[str, Encoding]]]] = {
    b"/v1/traces": ("spans", _OTLP),
    b"/v1/logs": ("log records", _OTLP),
    b"/v1/metrics": ("metrics", _OTLP),
    b"/api/v2/spans": ("spans", _ZIPKIN),
}


@dataclass(frozen=True, slots=True)
class Route:
    """What a request brings, and what takes its body."""

    signal: Signal
    encoding: Encoding
    body: PlainBody | GzipBody
    length: int
    """As the sender says; 0 when it does not."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A request that is answered before its body is read; `reason` is a short name to count by."""

    answer: Answer
    reason: str


def route(method: bytes, target: bytes, headers: Headers, gate: Gate, limits: ReceiverLimits) -> Route | Rejection:
    """What is to be done with a request, by its head alone."""
    denial = gate.denial(headers)
    if denial is not None:
        challenge = (("WWW-Authenticate", "Bearer"),) if denial.status == 401 else ()
        return Rejection(refusal(denial.status, denial.message, None, challenge), denial.reason)
    found = _ROUTES.get(target.partition(b"?")[0])
    if found is None:
        return _rejection(404, f"there is no such path; expected one of {_paths()}", "path")
    signal, encodings = found
    if method != b"POST":
        return _rejection(405, "expected POST", "method", (("Allow", "POST"),))
    encoding = encodings.get(_content_type(headers))
    if encoding is None:
        return _rejection(415, f"expected a Content-Type of {' or '.join(encodings)}", "content type")
    packings = values_of(headers, b"content-encoding")
    body = body_for(b",".join(packings), limits.body_bytes)
    if body is None:
        accepted = (("Accept-Encoding", "gzip"),)
        return _rejection(415, "expected no Content-Encoding, or gzip", "content encoding", accepted)
    length = int((values_of(headers, b"content-length") or [b"0"])[0])  # h11 has checked it
    if length > limits.body_bytes:
        return Rejection(too_large(encoding, limits), "too large")
    return Route(signal, encoding, body, length)


def too_large(encoding: Encoding, limits: ReceiverLimits) -> Answer:
    """The answer to a body over the bound."""
    return refusal(413, f"a body may have {limits.body_bytes} bytes, also when it is unpacked", encoding)


def _rejection(status: int, message: str, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> Rejection:
    return Rejection(refusal(status, message, None, headers), reason)


def _content_type(headers: Headers) -> str:
    """The one content type, without its parameters; empty when there is none or more."""
    found = values_of(headers, b"content-type")
    return found[0].partition(b";")[0].strip().lower().decode("latin-1") if len(found) == 1 else ""


def _paths() -> str:
    return ", ".join(path.decode() for path in _ROUTES)
