"""JSON that looks like a recording and cannot be opened: it is named, so that a user knows what to look for."""

from collections.abc import Set as AbstractSet
from typing import Final

JAEGER_HINT: Final = "expected the JSON that Jaeger's own page downloads, or its API answers"

_OBJECTS: Final[tuple[tuple[AbstractSet[str], str], ...]] = (
    ({"traceEvents"}, "a Chrome trace (traceEvents)"),
    ({"hits"}, f"Elasticsearch documents (an answer with hits): {JAEGER_HINT}"),
    ({"_source"}, f"an Elasticsearch document (_source): {JAEGER_HINT}"),
    ({"spans", "traceName"}, f"the model of Jaeger's page (traceName): {JAEGER_HINT}"),
    ({"TraceSegments"}, "an AWS X-Ray trace"),
    ({"Traces", "UnprocessedTraceIds"}, "AWS X-Ray traces"),
    ({"segments", "traceId"}, "SkyWalking segments"),
    ({"log", "entries"}, "an HTTP archive (HAR)"),
    ({"context", "start_time", "end_time"}, "what OpenTelemetry's console exporter prints: expected OTLP/JSON"),
    ({"Name", "SpanContext"}, "what OpenTelemetry's console exporter prints: expected OTLP/JSON"),
)
_ELEMENTS: Final[tuple[tuple[AbstractSet[str], str], ...]] = (
    ({"trace_id", "span_id", "resource", "service"}, "Datadog spans"),
    ({"ph", "ts", "pid"}, "a Chrome trace (ph, ts, pid)"),
    ({"_source"}, f"Elasticsearch documents (_source): {JAEGER_HINT}"),
    ({"context", "start_time", "end_time"}, "what OpenTelemetry's console exporter prints: expected OTLP/JSON"),
)


def refused_object(names: AbstractSet[str]) -> str:
    """What an object with these members is, when it is known and cannot be opened; else empty."""
    return _first(_OBJECTS, names)


def refused_element(names: AbstractSet[str]) -> str:
    """What an array is whose first element has these members, when it is known and cannot be opened."""
    return _first(_ELEMENTS, names)


def refused_span(names: AbstractSet[str], *, has_text_durations: bool, has_endpoints: bool) -> str:
    """What spans with these members are, when they are known and cannot be opened; else empty."""
    if "traceIdLow" in names:
        return f"Jaeger spans as thrift-JSON (traceIdLow, signed integers): {JAEGER_HINT}"
    if names & {"startTimeMillis", "_source"}:
        return f"Jaeger spans as Elasticsearch documents (startTimeMillis): {JAEGER_HINT}"
    if names & {"relativeStartTime", "childSpanIds", "subsidiarilyReferencedBy"}:
        return f"the model of Jaeger's page (relativeStartTime): {JAEGER_HINT}"
    if names >= {"traceId", "spanId"} and ("operationName" in names or has_text_durations):
        return f"Jaeger spans as protobuf-JSON (base64 ids, durations as text): {JAEGER_HINT}"
    if names >= {"traceId", "id"} and ("binaryAnnotations" in names or has_endpoints):
        return "Zipkin v1 (binaryAnnotations, or annotations with an endpoint): expected Zipkin v2"
    if names >= {"traceId", "spanId"}:
        return "bare OTLP spans: expected them within a request (resourceSpans)"
    return ""


def _first(table: tuple[tuple[AbstractSet[str], str], ...], names: AbstractSet[str]) -> str:
    return next((reason for wanted, reason in table if wanted <= names), "")
