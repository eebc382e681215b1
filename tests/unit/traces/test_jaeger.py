"""Jaeger's JSON in all its shapes (SPAN-1, FORMATS.md)."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.traces.jaeger import decode_jaeger, open_jaeger
from connectome_tui.traces.piece_file import UnreadableError
from connectome_tui.traces.span import Span, SpanEvent, SpanLink
from tests.readers import NOW_NS, SPAN, TRACE, MemoryContent, all_spans

NOW_US = NOW_NS // 1000


def jaeger_span(**fields: Any) -> dict[str, Any]:
    """A span as Jaeger writes it; `fields` override."""
    return {
        "traceID": TRACE,
        "spanID": SPAN,
        "operationName": "GET /stock",
        "references": [],
        "startTime": NOW_US,
        "duration": 12_000,
        "tags": [{"key": "span.kind", "type": "string", "value": "server"}],
        "logs": [],
        "processID": "p1",
        "warnings": None,
    } | fields


def jaeger_trace(*spans: Any) -> dict[str, Any]:
    """A trace with one process."""
    tags = [{"key": "hostname", "type": "string", "value": "h1"}]
    return {"traceID": TRACE, "spans": list(spans), "processes": {"p1": {"serviceName": "api", "tags": tags}}}


def only_span(**fields: Any) -> Span:
    """The span that a trace of one span gives."""
    data = json.dumps({"data": [jaeger_trace(jaeger_span(**fields))]}).encode()
    (span,) = decode_jaeger(data).spans
    return span


def test_a_span_carries_everything() -> None:
    """Every field of a span arrives; microseconds become exact nanoseconds."""
    span = only_span(
        references=[{"refType": "CHILD_OF", "traceID": TRACE, "spanID": "00f067aa0ba902b7"}],
        tags=[
            {"key": "span.kind", "type": "string", "value": "client"},
            {"key": "error", "type": "bool", "value": True},
            {"key": "otel.status_description", "type": "string", "value": "no stock"},
            {"key": "otel.scope.name", "type": "string", "value": "flask"},
            {"key": "n", "type": "int64", "value": "7"},
            {"key": "f", "type": "float64", "value": 2},
        ],
        logs=[{"timestamp": NOW_US + 1, "fields": [{"key": "event", "value": "retry"}, {"key": "n", "value": 2}]}],
    )
    assert span == Span(
        key=f"{TRACE}:{SPAN}",
        trace_id=TRACE,
        span_id=SPAN,
        parent_id="00f067aa0ba902b7",
        name="GET /stock",
        kind="client",
        start_ns=NOW_US * 1000,
        end_ns=NOW_US * 1000 + 12_000_000,
        attributes={
            "span.kind": "client",
            "error": True,
            "otel.status_description": "no stock",
            "otel.scope.name": "flask",
            "n": 7,
            "f": 2.0,
        },
        resource=span.resource,
        scope="flask",
        status="error",
        status_message="no stock",
        events=(SpanEvent("retry", (NOW_US + 1) * 1000, {"n": 2}),),
    )
    assert span.resource.service == "api"
    assert span.resource.attributes == {"service.name": "api", "hostname": "h1"}


@pytest.mark.parametrize(
    "document",
    [
        {"data": [jaeger_trace(jaeger_span())], "total": 0, "limit": 0, "offset": 0, "errors": None},
        jaeger_trace(jaeger_span()),
        [jaeger_trace(jaeger_span())],
        [jaeger_span(process={"serviceName": "api", "tags": []})],
        jaeger_span(process={"serviceName": "api", "tags": []}),
    ],
    ids=["answer", "trace", "traces", "bare spans", "bare span"],
)
def test_every_wrapping_gives_the_same_span(document: Any) -> None:
    """An answer, a bare trace and bare spans give the same span."""
    (span,) = decode_jaeger(json.dumps(document).encode()).spans
    assert (span.key, span.kind, span.resource.service, span.notes) == (f"{TRACE}:{SPAN}", "server", "api", ())


@pytest.mark.parametrize(
    ("references", "parent", "links"),
    [
        (None, "", ()),
        ([{"refType": "CHILD_OF", "traceID": TRACE, "spanID": "0000000000000000"}], "", ()),
        ([{"refType": "FOLLOWS_FROM", "traceID": TRACE, "spanID": "aa"}], "aa", (SpanLink(TRACE, "aa"),)),
        (
            [
                {"refType": "FOLLOWS_FROM", "traceID": "ff", "spanID": "aa"},
                {"refType": "CHILD_OF", "traceID": TRACE, "spanID": "bb"},
                {"refType": "CHILD_OF", "traceID": TRACE, "spanID": "cc"},
            ],
            "bb",
            (SpanLink("ff", "aa"), SpanLink(TRACE, "cc")),
        ),
        ([{"refType": "CHILD_OF", "traceID": "ff", "spanID": "aa"}], "", (SpanLink("ff", "aa"),)),
    ],
    ids=["missing", "zeros", "follows", "several", "another trace"],
)
def test_references(references: Any, parent: str, links: tuple[SpanLink, ...]) -> None:
    """The first reference within the trace is the parent, `CHILD_OF` before `FOLLOWS_FROM`; the others are links."""
    span = only_span(references=references)
    assert (span.parent_id, span.links, span.notes) == (parent, links, ())


def test_the_old_parent_field() -> None:
    """`parentSpanID`, which older versions write, names the parent."""
    assert only_span(references=None, parentSpanID="AB").parent_id == "ab"


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ([], "unset"),
        ([{"key": "error", "value": "true"}], "error"),
        ([{"key": "error", "type": "bool", "value": False}], "unset"),
        ([{"key": "otel.status_code", "value": "ERROR"}], "error"),
        ([{"key": "otel.status_code", "value": "OK"}], "ok"),
        ({"error": True}, "error"),
        (None, "unset"),
    ],
)
def test_status_lives_in_tags(tags: Any, status: str) -> None:
    """Error and status come from the tags, in every notation."""
    assert only_span(tags=tags).status == status


def test_a_missing_process_is_noted() -> None:
    """A span whose process is not there is kept, of the service `?`, with a note."""
    span = only_span(processID="p9")
    assert (span.resource.service, span.notes) == ("?", ("unknown: process is missing",))


def test_warnings_become_notes() -> None:
    """What Jaeger did to a span, such as moving its times, is told."""
    assert only_span(warnings=["clock skew adjustment"]).notes == ("warning: clock skew adjustment",)


def test_a_negative_duration_is_kept() -> None:
    """A duration below zero is kept as measured (EVENT-5)."""
    span = only_span(duration=-3)
    assert span.end_ns == NOW_US * 1000 - 3000


def test_what_is_no_time_is_noted() -> None:
    """A start or a duration that is no number leaves the span, with a note."""
    assert only_span(startTime="2025-01-01", duration=1).notes == (
        "unknown: start time is no number",
        "unknown: start time is missing, the duration is 1000 ns",
    )
    assert only_span(duration="12ms").notes == ("unknown: duration is no number",)


def test_a_log_without_an_event_field_has_a_name() -> None:
    """A log's name is its event, else its message, else `log`."""
    logs = [{"fields": [{"key": "message", "value": "hello"}]}, {"timestamp": 0, "fields": None}, "text"]
    assert [event.name for event in only_span(logs=logs).events] == ["hello", "log", "text"]


def test_a_long_answer_is_taken_apart() -> None:
    """An answer with many traces gives the same spans in several batches."""
    traces = [jaeger_trace(jaeger_span(spanID=f"{n:016x}", operationName="x" * 5000)) for n in range(1, 201)]
    data = json.dumps({"data": traces, "total": 0, "errors": None}, indent=1).encode()
    file = open_jaeger(MemoryContent(data), is_document=True)
    assert len(all_spans(file)) == 200
    assert len(list(open_jaeger(MemoryContent(data), is_document=True).batches(lambda _: None))) > 2


def test_errors_of_an_answer_are_reported() -> None:
    """What Jaeger reports beside the traces is among the bad lines, and the traces are read."""
    answer = {"data": [jaeger_trace(jaeger_span(), 7)], "errors": [{"code": 404, "msg": "trace not found"}]}
    file = open_jaeger(MemoryContent(json.dumps(answer).encode()), is_document=True)
    assert len(all_spans(file)) == 1
    assert [bad.reason for bad in file.bad_lines] == ["Jaeger reports: trace not found", "a span that is no object"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*jaeger_span(), "process", "parentSpanID"]), JSON))
def test_no_value_costs_a_span(fields: dict[str, Any]) -> None:
    """Whatever stands in a span's fields, it gives one span, the same each time (SPAN-2, EVENT-3)."""
    data = json.dumps({"data": [jaeger_trace(jaeger_span(), fields)]}).encode()
    decoded = decode_jaeger(data)
    assert len(decoded.spans) == 2
    assert repr(decoded) == repr(decode_jaeger(data))


@given(JSON | st.dictionaries(st.sampled_from(["data", "spans", "processes", "spanID", "errors"]), JSON))
def test_any_json_is_read_or_refused(value: Any) -> None:
    """JSON of any shape is read or refused with a reason, and nothing else is raised."""
    data = json.dumps(value).encode()
    with suppress(UnreadableError):
        decode_jaeger(data)
