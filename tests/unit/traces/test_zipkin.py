"""Zipkin v2 (SPAN-1, FORMATS.md)."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.flow import SourceError
from connectome_tui.traces.span import Span, SpanEvent, SpanLink
from connectome_tui.traces.zipkin import decode_zipkin, open_zipkin
from connectome_tui.traces.zipkin_ids import SharedIds
from tests.readers import NOW_NS, SPAN, TRACE, MemoryContent, all_spans, spans_of

NOW_US = NOW_NS // 1000


def zipkin_span(**fields: Any) -> dict[str, Any]:
    """A span as Zipkin writes it; `fields` override."""
    return {
        "traceId": TRACE,
        "id": SPAN,
        "name": "get /stock",
        "kind": "SERVER",
        "timestamp": NOW_US,
        "duration": 12_000,
        "localEndpoint": {"serviceName": "api"},
    } | fields


def read(*spans: Any) -> list[Span]:
    """The spans of a file that holds these."""
    return all_spans(open_zipkin(MemoryContent(json.dumps(spans).encode()), SharedIds(), is_document=True))


def test_a_span_carries_everything() -> None:
    """Every field of a span arrives; microseconds become exact nanoseconds."""
    (span,) = read(
        zipkin_span(
            parentId="00F067AA0BA902B7",
            kind="CLIENT",
            localEndpoint={"serviceName": "api", "ipv4": "10.0.0.1", "port": 80},
            remoteEndpoint={"serviceName": "redis", "ipv4": "10.0.0.2", "port": 6379},
            tags={"error": "no stock", "otel.scope.name": "flask", "otlp.link.0": "AA|BB|state"},
            annotations=[{"timestamp": NOW_US + 1, "value": "retry"}],
        )
    )
    assert span == Span(
        key=f"{TRACE}:{SPAN}",
        trace_id=TRACE,
        span_id=SPAN,
        parent_id="00f067aa0ba902b7",
        name="get /stock",
        kind="client",
        start_ns=NOW_US * 1000,
        end_ns=NOW_US * 1000 + 12_000_000,
        attributes={
            "error": "no stock",
            "otel.scope.name": "flask",
            "otlp.link.0": "AA|BB|state",
            "network.peer.address": "10.0.0.2",
            "network.peer.port": 6379,
            "peer.service": "redis",
        },
        resource=span.resource,
        scope="flask",
        status="error",
        status_message="no stock",
        events=(SpanEvent("retry", (NOW_US + 1) * 1000, {}),),
        links=(SpanLink("aa", "bb"),),
    )
    assert span.resource.service == "api"
    assert span.resource.attributes["network.local.address"] == "10.0.0.1"


def test_a_pair_that_shares_an_id_has_two_keys() -> None:
    """A client and a server span of one id are two spans; their keys name kind and service (EVENT-4)."""
    client = zipkin_span(kind="CLIENT", localEndpoint={"serviceName": "web"})
    spans = read(client, zipkin_span(), zipkin_span(id="0000000000000001"))
    assert [span.key for span in spans] == [
        f"{TRACE}:{SPAN}:client:web",
        f"{TRACE}:{SPAN}:server:api",
        f"{TRACE}:0000000000000001",
    ]


def test_the_halves_of_a_pair_may_lie_in_two_files() -> None:
    """Files that are read together agree on keys, whichever comes first (SPAN-10)."""
    shared = SharedIds()
    client = json.dumps([zipkin_span(kind="CLIENT", localEndpoint={"serviceName": "web"})]).encode()
    files = [open_zipkin(MemoryContent(data), shared) for data in (client, json.dumps(zipkin_span()).encode())]
    assert [span.key for file in files for span in all_spans(file)] == [
        f"{TRACE}:{SPAN}:client:web",
        f"{TRACE}:{SPAN}:server:api",
    ]


def test_a_span_that_comes_twice_has_one_key() -> None:
    """The same span twice keeps one key, so that it can be counted as a duplicate."""
    first, second = read(zipkin_span(), zipkin_span())
    assert first.key == second.key == f"{TRACE}:{SPAN}"


def test_what_may_be_missing() -> None:
    """A span without times, endpoint and kind is kept, as far as it is known."""
    (span,) = read({"traceId": "1", "id": "2"})
    assert (span.key, span.start_ns, span.end_ns, span.kind) == ("1:2", None, None, "unspecified")
    assert (span.resource.service, span.notes) == ("?", ())


@pytest.mark.parametrize(
    ("tags", "status", "message"),
    [
        ({}, "unset", ""),
        ({"error": ""}, "error", ""),
        ({"error": "true"}, "error", ""),
        ({"error": "false"}, "unset", ""),
        ({"error": "boom"}, "error", "boom"),
        ({"otel.status_code": "ERROR"}, "error", ""),
        ({"otel.status_code": "OK"}, "ok", ""),
    ],
)
def test_status_lives_in_tags(tags: dict[str, str], status: str, message: str) -> None:
    """A tag `error` marks failure, and so does the status of a bridge alone."""
    (span,) = read(zipkin_span(tags=tags))
    assert (span.status, span.status_message) == (status, message)


@pytest.mark.parametrize(
    ("value", "event"),
    [
        ("sent", SpanEvent("sent", None, {})),
        ('{"exception": {"exception.type": "KeyError"}}', SpanEvent("exception", None, {"exception.type": "KeyError"})),
        ('exception|{"exception.type": "KeyError"}|0', SpanEvent("exception", None, {"exception.type": "KeyError"})),
        ('{"a": 1}', SpanEvent('{"a": 1}', None, {})),
        ("{cut", SpanEvent("{cut", None, {})),
    ],
)
def test_annotations_are_span_events(value: str, event: SpanEvent) -> None:
    """An annotation is an event; what OpenTelemetry packs into one is unpacked, anything else is its name."""
    (span,) = read(zipkin_span(annotations=[{"value": value}]))
    assert span.events == (event,)


def test_every_wrapping_gives_the_same_span() -> None:
    """An array, one object, an array of traces and an object a line give the same span."""
    span = zipkin_span()
    documents = [json.dumps(value).encode() for value in ([span], span, [[span]])]
    found = [all_spans(open_zipkin(MemoryContent(data), SharedIds(), is_document=True)) for data in documents]
    lines = all_spans(open_zipkin(MemoryContent(json.dumps(span).encode() + b"\n\n"), SharedIds()))
    assert found == [lines] * 3


def test_a_long_array_is_taken_apart() -> None:
    """An array of many spans gives the same spans in several batches, each element whole."""
    spans = [zipkin_span(id=f"{n:016x}", name="], [" * 300) for n in range(1, 1001)]
    data = json.dumps(spans, indent=2).encode()
    file = open_zipkin(MemoryContent(data), SharedIds(), is_document=True)
    assert [span.span_id for span in all_spans(file)] == [f"{n:016x}" for n in range(1, 1001)]
    assert len(list(open_zipkin(MemoryContent(data), SharedIds(), is_document=True).batches(lambda _: None))) > 2


def test_zipkin_equals_otlp(shared_data: Path) -> None:
    """The same recording in both formats gives the same spans: ids, times to the microsecond, status (SPAN-1)."""

    def told(span: Span) -> tuple[Any, ...]:
        return span.key, span.parent_id, span.name, span.status == "error", span.resource.service

    zipkin = spans_of(shared_data / "traces" / "shop.zipkin.json")
    otlp = spans_of(shared_data / "traces" / "shop.otlp.jsonl")
    assert len(zipkin) == 299
    assert sorted(map(told, zipkin)) == sorted(map(told, otlp))
    times = {span.key: (span.start_ns or 0, span.end_ns or 0) for span in otlp}
    for span in zipkin:
        start_ns, end_ns = times[span.key]
        assert abs((span.start_ns or 0) - start_ns) <= 1000
        assert abs((span.end_ns or 0) - end_ns) <= 2000
    assert sum(len(span.events) for span in zipkin) == 12
    assert {event.name for span in zipkin for event in span.events} == {"exception"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*zipkin_span(), "tags", "annotations", "remoteEndpoint", "shared"]), JSON))
def test_no_value_costs_a_span(fields: dict[str, Any]) -> None:
    """Whatever stands in a span's fields, it gives one span, the same each time (SPAN-2, EVENT-3)."""
    data = json.dumps([zipkin_span(), {"id": "1"} | fields]).encode()
    assert len(decode_zipkin(data, 0, SharedIds()).spans) == 2
    assert repr(decode_zipkin(data, 0, SharedIds())) == repr(decode_zipkin(data, 0, SharedIds()))


@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    """JSON of any shape is read or refused with a reason, and nothing else is raised."""
    data = json.dumps(value).encode()
    with suppress(SourceError):
        all_spans(open_zipkin(MemoryContent(data), SharedIds()))
