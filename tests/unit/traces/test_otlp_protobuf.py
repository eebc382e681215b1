"""OTLP in protobuf: bodies of requests, and the collector's length-framed files (SPAN-1)."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from connectome_tui.events.flow import SourceError, no_progress
from connectome_tui.traces.otlp_protobuf import decode_resource_spans, open_otlp_protobuf
from connectome_tui.traces.piece_file import UnreadableError
from connectome_tui.traces.span import Span, SpanEvent, SpanLink
from tests.readers import NOW_NS, SPAN, TRACE, MemoryContent, all_spans, opened, spans_of


def make_request(name: str = "GET /stock", spans: int = 1) -> ExportTraceServiceRequest:
    """A request with spans that carry everything."""
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "api"
    scope = resource.scope_spans.add()
    scope.scope.name = "flask"
    for number in range(spans):
        span = scope.spans.add(name=name, kind=2, flags=256, start_time_unix_nano=NOW_NS)
        span.trace_id = bytes.fromhex(TRACE)
        span.span_id = (int(SPAN, 16) + number).to_bytes(8)
        span.end_time_unix_nano = NOW_NS + 5
        span.status.code = 2  # type: ignore[assignment]
        span.status.message = "no stock"
        span.attributes.add(key="n").value.int_value = 404
        values = span.attributes.add(key="l").value.array_value.values
        values.add().double_value = 0.5
        values.add().bytes_value = b"hi"
        span.attributes.add(key="m").value.kvlist_value.values.add(key="k").value.bool_value = True
        span.attributes.add(key="none")
        span.events.add(name="exception", time_unix_nano=NOW_NS + 1)
        span.links.add(trace_id=b"\xaa" * 16, span_id=b"\xbb" * 8)
    return message


def test_a_span_carries_everything() -> None:
    """Every field of a span arrives, ids as hex and times to the nanosecond."""
    file = open_otlp_protobuf(MemoryContent(make_request().SerializeToString()))
    (span,) = all_spans(file)
    assert span == Span(
        key=f"{TRACE}:{SPAN}",
        trace_id=TRACE,
        span_id=SPAN,
        name="GET /stock",
        kind="server",
        start_ns=NOW_NS,
        end_ns=NOW_NS + 5,
        attributes={"n": 404, "l": [0.5, "aGk="], "m": {"k": True}, "none": None},
        resource=span.resource,
        scope="flask",
        status="error",
        status_message="no stock",
        events=(SpanEvent("exception", NOW_NS + 1, {}),),
        links=(SpanLink("aa" * 16, "bb" * 8),),
        flags=256,
    )
    assert (span.resource.service, dict(span.resource.attributes)) == ("api", {"service.name": "api"})


def test_a_framed_file_holds_many_requests(tmp_path: Path) -> None:
    """What the collector's file exporter writes is recognised and read, body after body."""
    bodies = [make_request(f"span {n}").SerializeToString() for n in range(3)]
    path = tmp_path / "frames"
    path.write_bytes(b"".join(len(body).to_bytes(4, "big") + body for body in bodies))
    assert [span.name for span in spans_of(path)] == ["span 0", "span 1", "span 2"]


@pytest.mark.parametrize("is_framed", [False, True])
def test_a_cut_body_is_read_as_far_as_it_goes(*, is_framed: bool) -> None:
    """Of a body that is cut off, the whole messages are read and the rest is reported."""
    message = make_request()
    message.resource_spans.append(make_request("second").resource_spans[0])
    body = message.SerializeToString()
    data = (len(body).to_bytes(4, "big") + body if is_framed else body)[:-10]
    file = open_otlp_protobuf(MemoryContent(data), is_framed=is_framed)
    assert [span.name for span in all_spans(file)] == ["GET /stock"]
    (bad,) = file.bad_lines
    assert (bad.line, bad.reason.startswith("cut off")) == (2, True)


def test_text_that_is_no_utf8_costs_its_bytes() -> None:
    """A name with bytes that are no UTF-8 is mended; the library alone would refuse the whole request."""
    body = make_request("caf\u00e9!").SerializeToString().replace("caf\u00e9!".encode(), b"caf\xe9\xff!")
    (span,) = all_spans(open_otlp_protobuf(MemoryContent(body)))
    assert span.name == "caf??!"


def test_bad_ids_and_times_are_noted() -> None:
    """A span without ids and with a time that cannot be is kept with notes."""
    message = ResourceSpans()
    message.scope_spans.add().spans.add(name="x", start_time_unix_nano=(1 << 64) - 1, kind=99, span_id=b"\x01")
    (span,) = decode_resource_spans(message.SerializeToString()).spans
    assert span.notes == (
        "unknown: trace id is missing",
        "unknown: span kind",
        "unknown: start time is out of range",
    )
    assert (span.start_ns, span.kind, span.trace_id, span.span_id) == (None, "unspecified", "?", "01")


def test_logs_and_metrics_are_told_from_spans() -> None:
    """Bodies of logs and metrics have the same shape on the wire; they are counted, not read as spans."""
    logs = ExportLogsServiceRequest()
    records = logs.resource_logs.add().scope_logs.add().log_records
    records.add(time_unix_nano=1).body.string_value = "a"
    records.add(observed_time_unix_nano=1)
    records.add(severity_text="WARN")
    metrics = ExportMetricsServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="requests", unit="1")
    metric.sum.data_points.add(as_int=1)
    body = logs.SerializeToString() + metrics.SerializeToString() + make_request(spans=2).SerializeToString()
    file = open_otlp_protobuf(MemoryContent(body))
    assert len(all_spans(file)) == 2
    assert dict(file.skipped) == {"log records": 3, "metrics": 1}


def test_raw_records_are_kept_when_asked_for() -> None:
    """With `keep_raw` a span brings its record in protobuf's own JSON (EVENT-8)."""
    file = open_otlp_protobuf(MemoryContent(make_request().SerializeToString()), keep_raw=True)
    assert all_spans(file)[0].raw["startTimeUnixNano"] == str(NOW_NS)


def test_no_protobuf_is_an_error() -> None:
    """A body of which nothing can be read is an error that says so."""
    file = open_otlp_protobuf(MemoryContent(b"\x0a\xff"))
    with pytest.raises(SourceError, match="memory, line 1: cut off"):
        list(file.batches(no_progress))


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Arbitrary bytes are read or refused with a reason, and nothing else is raised (EVENT-3)."""

    def outcome() -> str:
        try:
            return repr(decode_resource_spans(data))
        except UnreadableError as problem:
            return str(problem)

    assert outcome() == outcome()


@given(st.data())
def test_a_flipped_byte_is_read_or_refused(data: st.DataObject) -> None:
    """A body with one byte changed anywhere is read or refused with a reason."""
    body = bytearray(make_request().SerializeToString())
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    file = open_otlp_protobuf(MemoryContent(bytes(body)))
    with suppress(SourceError):
        assert all_spans(file) or file.bad_lines or file.skipped


def test_the_recorded_bodies(shared_data: Path) -> None:
    """The bodies that six services sent: 299 spans, logs and metrics counted, the same spans as the JSON file has."""
    paths = sorted((shared_data / "replay" / "shop-pb-gzip").glob("*.pb"))
    files = opened(*paths)
    spans = [span for file in files for span in all_spans(file)]
    skipped = {name for file in files for name in file.skipped}
    bad = [bad for file in files for bad in file.bad_lines]
    for file in files:
        file.close()
    assert (len(spans), sum(len(span.events) for span in spans)) == (299, 12)
    assert (skipped, bad) == ({"log records", "metrics"}, [])
    index = [json.loads(line) for line in (shared_data / "replay/shop-pb-gzip/index.jsonl").read_text().splitlines()]
    traces = {entry["file"] for entry in index if entry["path"] == "/v1/traces"}
    assert {path.name for path, file in zip(paths, files, strict=True) if not file.skipped} == traces


def test_packed_bodies_are_the_same(shared_data: Path) -> None:
    """A body packed with gzip gives the same spans as the plain one (SPAN-1)."""
    folder = shared_data / "replay" / "shop-pb-gzip"
    assert spans_of(folder / "000036-traces.pb.gz") == spans_of(folder / "000036-traces.pb")
