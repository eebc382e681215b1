"""OTLP/JSON as it is found in the wild (SPAN-1, FORMATS.md)."""

import base64
import json
from typing import Any

import pytest

from connectome_tui.events.flow import BadLine, Cancelled, Progress, SourceError, no_progress
from connectome_tui.traces.otlp import decode_otlp_json, open_otlp_json
from connectome_tui.traces.span import Resource, Span, SpanEvent, SpanLink
from tests.readers import NOW_NS, SPAN, TRACE, MemoryContent, all_spans, request, resource_spans, wire_span


def only_span(**fields: Any) -> Span:
    """The span that a request of one span gives."""
    (span,) = decode_otlp_json(request(wire_span(**fields))).spans
    return span


def test_a_span_carries_everything() -> None:
    """Every field of a span arrives, times to the nanosecond (SPAN-1)."""
    span = only_span(
        parentSpanId="00f067aa0ba902b7",
        flags=768,
        traceState="a=b",
        status={"code": 2, "message": "no stock"},
        attributes=[{"key": "http.status_code", "value": {"intValue": "404"}}],
        events=[
            {
                "name": "exception",
                "timeUnixNano": str(NOW_NS + 1),
                "attributes": [{"key": "exception.type", "value": {"stringValue": "KeyError"}}],
            }
        ],
        links=[{"traceId": "a" * 32, "spanId": "b" * 16}],
    )
    assert span == Span(
        key=f"{TRACE}:{SPAN}",
        trace_id=TRACE,
        span_id=SPAN,
        parent_id="00f067aa0ba902b7",
        name="GET /stock",
        kind="server",
        start_ns=NOW_NS,
        end_ns=NOW_NS + 12_000_000,
        attributes={"http.status_code": 404, "w3c.tracestate": "a=b"},
        resource=Resource(service="api", attributes={"service.name": "api"}),
        scope="flask",
        status="error",
        status_message="no stock",
        events=(SpanEvent("exception", NOW_NS + 1, {"exception.type": "KeyError"}),),
        links=(SpanLink("a" * 32, "b" * 16),),
        flags=768,
    )


@pytest.mark.parametrize(
    "document",
    [
        {"resourceSpans": [resource_spans(wire_span())]},
        {"batches": [resource_spans(wire_span())]},
        {"result": {"resourceSpans": [resource_spans(wire_span())]}},
        {"trace": {"resourceSpans": [resource_spans(wire_span())]}},
        [{"resourceSpans": [resource_spans(wire_span())]}],
        resource_spans(wire_span()),
        {
            "resourceSpans": [
                {
                    "resource": resource_spans()["resource"],
                    "instrumentationLibrarySpans": [
                        {"instrumentationLibrary": {"name": "flask"}, "spans": [wire_span()]}
                    ],
                }
            ]
        },
        {
            "resource_spans": [
                {
                    "resource": resource_spans()["resource"],
                    "scope_spans": [
                        {
                            "scope": {"name": "flask"},
                            "spans": [
                                {
                                    "trace_id": TRACE,
                                    "span_id": SPAN,
                                    "name": "GET /stock",
                                    "kind": 2,
                                    "start_time_unix_nano": str(NOW_NS),
                                    "end_time_unix_nano": str(NOW_NS + 12_000_000),
                                }
                            ],
                        }
                    ],
                }
            ]
        },
    ],
    ids=["request", "Tempo", "Jaeger v3", "Tempo v2", "array", "resource", "instrumentationLibrary", "snake case"],
)
def test_every_wrapping_gives_the_same_span(document: Any) -> None:
    """Each of the shapes in which requests are stored gives the same span."""
    data = json.dumps(document).encode()
    decoded = decode_otlp_json(data)
    assert [(span.key, span.scope, span.resource.service, span.end_ns) for span in decoded.spans] == [
        (f"{TRACE}:{SPAN}", "flask", "api", NOW_NS + 12_000_000)
    ]


@pytest.mark.parametrize(
    ("written", "trace"),
    [
        (TRACE.upper(), TRACE),
        (base64.b64encode(bytes.fromhex(TRACE)).decode(), TRACE),
        (base64.urlsafe_b64encode(bytes.fromhex(TRACE)).decode().rstrip("="), TRACE),
        ("5982fe77008310cc", "5982fe77008310cc"),
    ],
)
def test_ids_come_to_one_form(written: str, trace: str) -> None:
    """Hex in either case and base64 become lower-case hex, so that one span has one key."""
    span = only_span(traceId=written, spanId=base64.b64encode(bytes.fromhex(SPAN)).decode())
    assert (span.key, span.notes) == (f"{trace}:{SPAN}", ())


@pytest.mark.parametrize("written", ["", "0000000000000000", None, "AAAAAAAAAAA="])
def test_a_root_has_no_parent(written: str | None) -> None:
    """An empty, absent or zero parent id, in hex or base64, is that of a root, and nothing to note."""
    span = only_span(parentSpanId=written)
    assert (span.parent_id, span.notes) == ("", ())


def test_bad_ids_are_kept_with_a_note() -> None:
    """An id that is no hex stays as text; the span is not lost."""
    span = only_span(spanId="Span-1", parentSpanId="root!")
    assert (span.span_id, span.parent_id) == ("span-1", "root!")
    assert span.notes == ("unknown: span id is no hex", "unknown: parent id is no hex")


def test_spans_without_ids_have_keys_of_their_own() -> None:
    """Spans without an id are all kept, under keys that differ and stay the same when read again (EVENT-4)."""
    file = open_otlp_json(MemoryContent(request(wire_span(spanId=""), wire_span(spanId="0" * 16), wire_span())))
    spans = all_spans(file)
    assert len({span.key for span in spans}) == 3
    assert [span.span_id for span in spans] == ["?", "?", SPAN]
    assert spans[0].notes == ("unknown: span id is missing",)


@pytest.mark.parametrize(
    ("written", "start_ns"),
    [
        (str(NOW_NS), NOW_NS),
        (NOW_NS, NOW_NS),
        ("0", None),
        (0, None),
        ("", None),
        (None, None),
        (f"{NOW_NS}.0", NOW_NS),
    ],
)
def test_times_are_exact(written: Any, start_ns: int | None) -> None:
    """Nanoseconds as text or as a number above 2^53 are exact; nothing and zero are no time."""
    span = only_span(startTimeUnixNano=written)
    assert (span.start_ns, span.notes) == (start_ns, ())


def test_a_time_with_a_point_does_not_go_through_a_float() -> None:
    """A bare number that is written with a point keeps its last digit."""
    data = request(wire_span(startTimeUnixNano=1)).replace(
        b'"startTimeUnixNano": 1', b'"startTimeUnixNano": %d.0' % NOW_NS
    )
    assert decode_otlp_json(data).spans[0].start_ns == NOW_NS


@pytest.mark.parametrize("written", ["soon", -5, "99999999999999999999999", [1], True])
def test_what_is_no_time_is_noted(written: Any) -> None:
    """A start that is no time leaves the span with a note and without a start."""
    span = only_span(startTimeUnixNano=written)
    assert span.start_ns is None
    assert [note.startswith("unknown: start time") for note in span.notes] == [True]


@pytest.mark.parametrize(
    ("written", "kind"),
    [(3, "client"), ("SPAN_KIND_CONSUMER", "consumer"), ("4", "producer"), (None, "unspecified"), (0, "unspecified")],
)
def test_kinds(written: Any, kind: str) -> None:
    """A kind is a number or a name."""
    assert only_span(kind=written).kind == kind


@pytest.mark.parametrize("written", [9, "SPAN_KIND_X", {"a": 1}, -1])
def test_an_unknown_kind_is_noted(written: Any) -> None:
    """A kind that there is not does not cost the span."""
    span = only_span(kind=written)
    assert (span.kind, span.notes) == ("unspecified", ("unknown: span kind",))


@pytest.mark.parametrize(
    ("written", "status"),
    [
        (None, "unset"),
        ({}, "unset"),
        ({"code": 0}, "unset"),
        ({"code": 1}, "ok"),
        ({"code": 2}, "error"),
        ({"code": "STATUS_CODE_ERROR"}, "error"),
        ({"code": "2"}, "error"),
        ("error", "error"),
    ],
)
def test_status(written: Any, status: str) -> None:
    """A status is absent, empty, a number or a name."""
    assert only_span(status=written).status == status


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"stringValue": "a"}, "a"),
        ({"intValue": "9007199254740993"}, 9007199254740993),
        ({"intValue": 7}, 7),
        ({"intValue": "many"}, "many"),
        ({"boolValue": False}, False),
        ({"doubleValue": 1.5}, 1.5),
        ({"doubleValue": "Infinity"}, float("inf")),
        ({"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "b"}, {}]}}, [1, "b", None]),
        ({"arrayValue": {}}, []),
        ({"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}}, {"k": True}),
        ({"bytesValue": "aGk="}, "aGk="),
        ({}, None),
        (None, None),
        ({"stringValue": 5}, 5),
        ("bare", "bare"),
    ],
)
def test_values(written: Any, value: Any) -> None:
    """Every kind of attribute value, in every notation that exporters have for it."""
    assert only_span(attributes=[{"key": "a", "value": written}]).attributes == {"a": value}


def test_a_very_deep_value_is_kept_as_text() -> None:
    """A value nested a hundred levels is shown as JSON where it gets too deep; nothing is lost."""
    value: dict[str, Any] = {"stringValue": "core"}
    for _ in range(100):
        value = {"arrayValue": {"values": [value]}}
    (found,) = only_span(attributes=[{"key": "a", "value": value}]).attributes.values()
    depth = 0
    while isinstance(found, list):
        (found,), depth = found, depth + 1
    assert depth < 50
    assert "core" in found


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (b"", b"\xef\xbb\xbf", "GET /stock"),
        (b"GET /stock", b"GET \\ud800!", "GET �!"),
        (b"GET /stock", b"caf\xe9", "caf�"),
        (b'"kind": 2', b'"kind": 2, "x": NaN', "GET /stock"),
        (b"GET /stock", b"a\tb", "a\tb"),
    ],
    ids=["BOM", "lone surrogate", "Latin-1", "NaN", "a control character"],
)
def test_what_a_strict_decoder_refuses_is_read(old: bytes, new: bytes, name: str) -> None:
    """Bytes that strict JSON does not allow cost nothing but themselves."""
    (span,) = decode_otlp_json(request(wire_span()).replace(old, new, 1)).spans
    assert (span.name, span.start_ns, span.kind) == (name, NOW_NS, "server")
    span.name.encode()


def test_wrong_types_cost_a_field_and_never_a_span() -> None:
    """Fields of the wrong type are brought to theirs or left out, and the span beside is untouched."""
    broken = wire_span(name=5, attributes={"a": 1}, events="x", links=3, status=[], flags="f")
    first, second = decode_otlp_json(request(broken, wire_span())).spans
    assert (first.name, first.attributes, [event.name for event in first.events]) == ("5", {"a": 1}, ["x"])
    assert second == only_span()


def test_logs_and_metrics_are_counted() -> None:
    """Logs and metrics between the spans are counted and make no events, however they look."""
    logs: dict[str, Any] = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{}, {"body": 1}]}]}]}
    metrics = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "m"}]}]}, 7]}
    lines = [json.dumps(logs).encode(), request(wire_span()), json.dumps(metrics).encode(), b'{"resourceLogs": 5}']
    file = open_otlp_json(MemoryContent(b"\n".join(lines)))
    assert len(all_spans(file)) == 1
    assert (dict(file.skipped), list(file.bad_lines)) == ({"log records": 2, "metrics": 1}, [])


def test_only_metrics_is_an_empty_flow() -> None:
    """A file that holds metrics and nothing else opens, with no spans."""
    file = open_otlp_json(MemoryContent(b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{}]}]}]}'))
    assert all_spans(file) == []
    assert dict(file.skipped) == {"metrics": 1}


def test_bad_lines_are_reported_and_the_rest_is_read() -> None:
    """Each line that cannot be read is named with its number and the reason; blank lines are none."""
    good = request(wire_span())
    lines = [b"nonsense", b"", good, b'{"users": []}', good[:80], b"[" * 10_000, good]
    file = open_otlp_json(MemoryContent(b"\n".join(lines) + b"\n"))
    assert len(all_spans(file)) == 2
    assert list(file.bad_lines) == [
        BadLine(1, "no JSON: expecting value, at byte 0"),
        BadLine(4, "no OTLP request: an object with users"),
        BadLine(5, "cut off: the JSON ends early, at byte 80"),
        BadLine(6, "nested too deeply to be read"),
    ]


def test_one_stranger_in_an_array_costs_no_spans() -> None:
    """What is no request among requests is reported, the requests beside it are read; an empty request is fine."""
    good = json.loads(request(wire_span()))
    file = open_otlp_json(MemoryContent(json.dumps([good, {"users": []}, good]).encode() + b"\n{}\n"))
    assert len(all_spans(file)) == 2
    assert list(file.bad_lines) == [BadLine(1, "1 of 3 in an array are no OTLP requests")]


def test_spans_that_are_no_objects_are_reported() -> None:
    """What stands in the place of a span and is none is a bad line, the spans beside it are read."""
    file = open_otlp_json(MemoryContent(request(None, 5, wire_span())))
    assert len(all_spans(file)) == 1
    assert list(file.bad_lines) == [BadLine(1, "2 of 3 spans are no objects")]


def test_nothing_readable_is_an_error() -> None:
    """A file of which no line can be read is an error that names the first."""
    file = open_otlp_json(MemoryContent(b"nonsense\nmore"))
    with pytest.raises(SourceError, match="memory, line 1: no JSON"):
        list(file.batches(no_progress))


def test_damage_of_the_packed_file_is_a_bad_line() -> None:
    """What was readable of a file that could not be unpacked to its end is kept, and the rest reported."""
    good = request(wire_span())
    file = open_otlp_json(MemoryContent(good + b"\n" + good[:50], damage="cut off: the gzip data ends early"))
    assert len(all_spans(file)) == 1
    assert list(file.bad_lines) == [BadLine(2, "cut off: the gzip data ends early")]


def test_an_attribute_of_ten_megabytes() -> None:
    """A very long value is read whole."""
    span = only_span(attributes=[{"key": "a", "value": {"stringValue": "x" * 10_000_000}}])
    assert len(span.attributes["a"]) == 10_000_000


def test_a_long_document_is_taken_apart() -> None:
    """One document of many resources gives the same spans in several batches, strict JSON or not."""
    parts = [resource_spans(wire_span(spanId=f"{n:016x}", name="x" * 2000)) for n in range(1, 501)]
    data = json.dumps({"resourceSpans": parts}, indent=1).encode()
    file = open_otlp_json(MemoryContent(data), is_document=True)
    batches = [len(batch) for batch in file.batches(no_progress)]
    assert sum(batches) == 500
    assert len(batches) > 2
    lenient = open_otlp_json(MemoryContent(data.replace(b'"kind": 2', b'"kind": 2, "x": NaN', 1)), is_document=True)
    assert all_spans(lenient) == all_spans(open_otlp_json(MemoryContent(data), is_document=True))


def test_members_beside_a_long_array_are_not_lost() -> None:
    """A document that also holds logs is not taken apart, so that they are counted."""
    parts = [resource_spans(wire_span(name="x" * 300_000))]
    logs: list[Any] = [{"scopeLogs": [{"logRecords": [{}]}]}]
    data = json.dumps({"resourceSpans": parts, "resourceLogs": logs}).encode()
    file = open_otlp_json(MemoryContent(data), is_document=True)
    assert len(all_spans(file)) == 1
    assert dict(file.skipped) == {"log records": 1}


def test_raw_records_are_kept_when_asked_for() -> None:
    """With `keep_raw` each span brings its record, and is otherwise the same (EVENT-8)."""
    wire = wire_span(attributes=[{"key": "a", "value": {"intValue": "1"}}])
    (span,) = decode_otlp_json(request(wire), keep_raw=True).spans
    assert span.raw == wire
    assert only_span(**wire).raw is None


def test_progress_tells_counts_and_can_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress has a fraction and a text that counts, and what it raises ends the reading."""
    now_s = iter(range(1000))
    monkeypatch.setattr("connectome_tui.traces.throttle.monotonic", lambda: next(now_s))
    data = b"\n".join([request(wire_span(spanId=f"{n:016x}")) for n in range(1, 5)])
    told: list[Progress] = []
    list(open_otlp_json(MemoryContent(data)).batches(told.append))
    assert told[0].text == "1 spans of about 4 · 1 flows"
    assert told[0].fraction is not None
    assert 0.2 < told[0].fraction < 0.3
    assert told[-1] == Progress("4 spans · 1 flows", 1.0)

    def cancel(_progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(open_otlp_json(MemoryContent(data)).batches(cancel))
