"""Recognising what a file holds, and naming what cannot be opened (SPAN-1, FORMATS.md)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.flow import SourceError
from connectome_tui.sources.detect import Found, detect
from tests.readers import TRACE, MemoryContent, request, resource_spans, wire_span

JAEGER_SPAN = {"traceID": "1", "spanID": "2", "operationName": "a", "processID": "p1", "startTime": 1, "duration": 2}
ZIPKIN_SPAN = {"traceId": "1", "id": "2", "name": "a"}
EVENT = {"id": "e1", "at_ms": 1, "from_node_id": "a", "to_node_id": "b", "trigger": "direct", "label": "x"}


def found(data: bytes) -> Found:
    return detect(MemoryContent(data))


def refused(data: bytes) -> str:
    with pytest.raises(SourceError) as problem:
        found(data)
    return str(problem.value)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


RECOGNISED = {
    "OTLP lines": (request() + b"\n" + request(), Found("otlp-json")),
    "OTLP, one line": (request(), Found("otlp-json", is_document=True)),
    "OTLP, written wide": (
        json.dumps({"resourceSpans": [resource_spans(wire_span())]}, indent=2).encode(),
        Found("otlp-json", is_document=True),
    ),
    "OTLP after a BOM and a blank line": (b"\xef\xbb\xbf\n" + request() + b"\n" + request(), Found("otlp-json")),
    "OTLP after a line of a log": (b"starting: exporter\n" + request() + b"\n", Found("otlp-json")),
    "OTLP after a cut line": (request()[9:] + b"\n" + request() + b"\n", Found("otlp-json")),
    "OTLP with NaN": (request().replace(b'"kind": 2', b'"kind": NaN') + b"\n" + request(), Found("otlp-json")),
    "Tempo": (dumped({"batches": []}), Found("otlp-json", is_document=True)),
    "Jaeger v3": (dumped({"result": {"resourceSpans": []}}), Found("otlp-json", is_document=True)),
    "only metrics": (dumped({"resourceMetrics": []}), Found("otlp-json", is_document=True)),
    "Jaeger answer": (
        dumped({"data": [{"traceID": "1", "spans": [JAEGER_SPAN], "processes": {}}]}),
        Found("jaeger", is_document=True),
    ),
    "Jaeger, nothing found": (dumped({"data": [], "total": 0, "errors": None}), Found("jaeger", is_document=True)),
    "Jaeger trace": (
        dumped({"traceID": "1", "spans": [JAEGER_SPAN], "processes": {}}),
        Found("jaeger", is_document=True),
    ),
    "Jaeger spans": (dumped([JAEGER_SPAN | {"process": {}}]), Found("jaeger", is_document=True)),
    "Zipkin": (dumped([ZIPKIN_SPAN]), Found("zipkin", is_document=True)),
    "Zipkin span": (dumped(ZIPKIN_SPAN), Found("zipkin", is_document=True)),
    "Zipkin traces": (dumped([[ZIPKIN_SPAN]]), Found("zipkin", is_document=True)),
    "Zipkin lines": (dumped(ZIPKIN_SPAN) + b"\n" + dumped(ZIPKIN_SPAN), Found("zipkin")),
    "session": (dumped({"type": "session", "nodes": []}) + b"\n" + dumped(EVENT), Found("session")),
    "bare events": (dumped(EVENT) + b"\n" + dumped(EVENT), Found("session")),
    "script in JSON": (dumped({"title": "t", "steps": []}), Found("script", is_document=True)),
    "script in YAML": (b"# a comment\n\ntitle: t\nsteps: []\n", Found("script")),
}


@pytest.mark.parametrize(("data", "expected"), RECOGNISED.values(), ids=RECOGNISED.keys())
def test_formats_are_told_from_content(data: bytes, expected: Found) -> None:
    """Every format that can be opened is recognised by its content alone (SPAN-1)."""
    assert found(data) == expected


REFUSED = {
    "empty": (b"", "is empty"),
    "white space": (b" \n\t\r\n \n", "holds only white space"),
    "an empty array": (b"[]", "an empty JSON array"),
    "an empty object": (b"{}", "an empty JSON object"),
    "another shape": (dumped({"users": [], "page": 1}), "line 1: a JSON object with page, users: expected OTLP"),
    "plain values": (b"[1, 2]", "a JSON array of plain values"),
    "cut JSON": (dumped({"resourceSpans": [{"a": "b"}]})[:-9], "line 1: cut off: the JSON ends early, at byte 22"),
    "cut JSON, written wide": (
        json.dumps({"resourceSpans": [resource_spans()]}, indent=2).encode()[:-4],
        "cut off: the JSON ends early",
    ),
    "bad JSON": (b'{"a": tru}', "line 1: no JSON: expecting value, at byte 6"),
    "nested too deeply": (b"[" * 10_000, "nested too deeply"),
    "nested objects": (b'{"a":' * 10_000, "nested too deeply"),
    "not text": (b"\x00\x01\x02\x03", "is not text"),
    "not UTF-8": (b"caf\xe9: yes", "is not text"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "UTF-16 text"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    "an archive": (b"PK\x03\x04....", "a ZIP archive"),
    "prose": (b"Dear reader\nhello\n", "is text, but neither JSON nor YAML"),
    "HTML": (b"<!doctype html>\n<p>title: x</p>", "is HTML or XML"),
    "Jaeger protobuf-JSON": (
        dumped({"spans": [{"traceId": "AAAA", "spanId": "AAE=", "operationName": "a", "duration": "22938000ns"}]}),
        "Jaeger spans as protobuf-JSON",
    ),
    "Jaeger thrift-JSON": (
        dumped([{"traceIdLow": -5, "traceIdHigh": 0, "spanId": -7, "operationName": "a"}]),
        "Jaeger spans as thrift-JSON",
    ),
    "Elasticsearch answer": (dumped({"took": 1, "hits": {"hits": []}}), "Elasticsearch documents"),
    "Elasticsearch document": (dumped({"_index": "jaeger-span", "_source": {}}), "an Elasticsearch document"),
    "Elasticsearch lines": (
        dumped(JAEGER_SPAN | {"startTimeMillis": 1}) + b"\n" + dumped(JAEGER_SPAN),
        "Jaeger spans as Elasticsearch documents",
    ),
    "the model of Jaeger's page": (
        dumped({"traceName": "a", "spans": [JAEGER_SPAN], "processes": {}, "endTime": 1}),
        "the model of Jaeger's page",
    ),
    "its spans": (dumped([JAEGER_SPAN | {"relativeStartTime": 0}]), "the model of Jaeger's page"),
    "Jaeger error": (
        dumped({"data": None, "errors": [{"code": 404, "msg": "trace not found"}]}),
        "Jaeger's answer holds an error in place of traces: trace not found",
    ),
    "Zipkin v1": (dumped([ZIPKIN_SPAN | {"binaryAnnotations": []}]), "Zipkin v1"),
    "Zipkin v1 by its annotations": (
        dumped([ZIPKIN_SPAN, ZIPKIN_SPAN | {"annotations": [{"value": "sr", "endpoint": {}}]}]),
        "Zipkin v1",
    ),
    "bare OTLP spans": (dumped([{"traceId": TRACE, "spanId": "1", "name": "a"}]), "bare OTLP spans"),
    "Chrome": (dumped({"traceEvents": []}), "a Chrome trace"),
    "console exporter": (
        json.dumps({"name": "a", "context": {"trace_id": "0x1"}, "start_time": "", "end_time": ""}, indent=4).encode(),
        "OpenTelemetry's console exporter",
    ),
    "Datadog": (dumped([[{"trace_id": 1, "span_id": 2, "resource": "", "service": ""}]]), "Datadog spans"),
}


@pytest.mark.parametrize(("data", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_opened_is_named(data: bytes, says: str) -> None:
    """One line says what the content is, where that shows, and what was expected."""
    message = refused(data)
    assert message.startswith("memory")
    assert says in message
    assert "\n" not in message


def test_damage_is_named_before_what_it_did() -> None:
    """When packed data ends early and nothing before can be read, the line says the former."""
    with pytest.raises(SourceError, match="cut off: the gzip data ends early, at byte 9, and nothing before"):
        detect(MemoryContent(b'{"resource', damage="cut off: the gzip data ends early, at byte 9"))


def test_one_long_record_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that is larger than the bound is refused, not read into memory."""
    data = b"{\n" + request()[1:]
    assert found(data).is_document
    monkeypatch.setattr("connectome_tui.traces.content.MAX_RECORD", 10)
    assert "is longer than 0 MiB" in refused(data)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "spans", "traceID", "spanID", "traceId", "id", "resourceSpans", "result", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JSON.map(dumped) | st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_anything_is_recognised_or_refused(data: bytes) -> None:
    """Any content has a kind or an error of one line, the same each time (EVENT-3)."""

    def outcome() -> str:
        try:
            return repr(found(data))
        except SourceError as problem:
            return str(problem)

    assert outcome() == outcome()
