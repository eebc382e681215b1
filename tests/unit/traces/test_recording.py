"""The recording: read once, spans never kept, read again on demand (SPAN-7, SPAN-10, EVENT-8)."""

from dataclasses import dataclass, field

import pytest

from connectome_tui.events.flow import ALL_FLOWS, BadLine, Cancelled, Progress, no_progress
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.recording import TraceRecording
from connectome_tui.traces.span import SpanEvent
from tests.unit.traces.spans import START, ListedSpans, make_span


@dataclass
class Options:
    """As little as a recording asks for."""

    nodes: list[NodeOverride] = field(default_factory=list)


def opened(*files: ListedSpans, options: Options | None = None) -> TraceRecording:
    recording = TraceRecording(files, "spans.jsonl", options or Options())
    recording.finish(no_progress)
    return recording


def two_traces() -> ListedSpans:
    """Trace `t2` begins first; `t1` has an error and lies in two batches, child before parent."""
    return ListedSpans(
        [
            [make_span("b", "a", 11, trace_id="t1", status="error"), make_span("x", at_ms=5, trace_id="t2")],
            [make_span("a", at_ms=10, took_ms=4, trace_id="t1", kind="server", name="GET /x",
                       attributes={"http.status_code": 502, "http.method": "GET"})],
        ]
    )  # fmt: skip


def test_flows_are_listed_in_order_of_start() -> None:
    """Each trace is a flow with title, start, duration, counts and the outcome of its root (SPAN-7)."""
    first, second = opened(two_traces()).flows
    assert (first.id, first.title, first.result, first.events) == ("t2", "work x", "", 1)
    assert (second.id, second.title, second.result) == ("t1", "GET /x", "502")
    assert (second.events, second.errors, second.duration_ms) == (2, 1, 4.0)
    assert second.started_at_ms == START / 1e6 + 10


def test_nothing_is_there_before_it_was_read() -> None:
    """`finish` does the reading; before it the recording is empty and says so."""
    recording = TraceRecording([two_traces()], "spans.jsonl", Options())
    assert (recording.complete, list(recording.flows), recording.report.spans) == (False, [], 0)
    recording.finish(no_progress)
    assert (recording.complete, len(recording.flows), recording.report.spans) == (True, 2, 3)


def test_reading_that_was_cancelled_leaves_nothing_behind() -> None:
    """The user ends the reading; it can begin anew, and counts nothing twice."""

    class Cancelling(ListedSpans):
        def batches(self, progress):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            for batch in super().batches(progress):
                yield batch
                progress(Progress("reading"))

    def cancel(_progress: Progress) -> None:
        raise Cancelled

    recording = TraceRecording([Cancelling([[make_span("a")]])], "spans.jsonl", Options())
    with pytest.raises(Cancelled):
        recording.finish(cancel)
    assert not recording.complete
    recording.finish(no_progress)
    assert (recording.complete, recording.report.spans) == (True, 1)


def test_a_flow_reads_only_its_own_batches_and_each_once() -> None:
    """Spans are not kept: a flow loads the batches that hold it, and stepping on loads nothing again."""
    file = two_traces()
    recording = opened(file)
    assert file.loaded == []
    events = recording.flow("t2").events
    assert file.loaded == [0]
    for flow_id in ("t2", "t1", ALL_FLOWS):
        events = recording.flow(flow_id).events
        [events[row] for row in range(len(events))]
        events.detail(0)
    assert file.loaded[:3] == [0, 1, 0]
    assert len(file.loaded) <= 4


def test_all_flows_stand_one_after_the_other() -> None:
    """Rows, parents and children go on counting over the traces; a row outside is an error (SPAN-7)."""
    flow = opened(two_traces()).flow(ALL_FLOWS)
    assert [flow.events[row].id for row in range(len(flow.events))] == ["t2:x", "t1:a", "t1:b"]
    assert [flow.events.parent_row(row) for row in range(3)] == [None, None, 1]
    assert [list(flow.events.child_rows(row)) for row in range(3)] == [[], [2], []]
    assert (flow.summary.events, flow.summary.errors, flow.summary.title) == (3, 1, "All flows")
    for row in (-1, 3):
        with pytest.raises(IndexError):
            flow.events[row]


def test_files_given_together_are_merged_by_trace() -> None:
    """A trace that lies in two files is one flow, and a span that is in both is one event (SPAN-10)."""
    first = ListedSpans([[make_span("a"), make_span("b", "a")]])
    second = ListedSpans([[make_span("b", "a"), make_span("c", "b", service="worker")]])
    recording = opened(first, second)
    (flow,) = recording.flows
    assert flow.events == 3
    report = recording.report
    assert (report.spans, report.duplicates, report.nodes, report.edges) == (3, 1, 2, 1)
    assert report.skipped == {"metrics": 4}


def test_detail_comes_from_the_file() -> None:
    """Attributes, resource and identity of a span and of an event within it (EVENT-8)."""
    moment = SpanEvent("log", START, {"level": "warn"})
    span = make_span("a", attributes={"k": 1}, events=(moment,), scope="lib", status_message="sorry")
    events = opened(ListedSpans([[span]])).flow(span.trace_id).events
    detail = events.detail(0)
    assert (detail.attributes, detail.resource) == ({"k": 1}, {"telemetry.sdk.language": "python"})
    assert detail.identity == {
        "trace": span.trace_id, "span": "a", "name": "work a", "kind": "internal", "scope": "lib", "message": "sorry",
    }  # fmt: skip
    assert events.detail(1).attributes == {"level": "warn"}


def test_the_report_holds_what_the_readers_could_not_read() -> None:
    """Bad lines and records that are no spans are part of the report."""
    bad = BadLine(3, "cut off")
    report = opened(ListedSpans([[make_span("a")]], [bad])).report
    assert (report.format, report.bad_lines, report.skipped) == ("otlp-json", (bad,), {"metrics": 2})
    assert (report.started_at_ms, report.duration_ms) == (START / 1e6, 1.0)


def test_a_file_without_spans_has_no_flows() -> None:
    """Metrics only: nothing to step, said plainly, and no error."""
    recording = opened(ListedSpans([]))
    assert (len(recording.flows), recording.report.events, recording.report.started_at_ms) == (0, 0, None)
    assert len(recording.flow(ALL_FLOWS).events) == 0
    with pytest.raises(KeyError):
        recording.flow("nowhere")


def test_overrides_hold_for_flows_summaries_and_all() -> None:
    """A title from the configuration stands wherever the node is named (SPAN-6)."""
    options = Options([NodeOverride("api", title="The API")])
    recording = opened(ListedSpans([[make_span("a")]]), options=options)
    assert recording.flows[0].through == ("The API",)
    for flow_id in (recording.flows[0].id, ALL_FLOWS):
        assert [node.title for node in recording.flow(flow_id).topology.nodes] == ["The API"]


def test_raw_time_order_is_there_for_the_asking() -> None:
    """A skewed child stands before its parent when times decide (SPAN-4)."""
    spans = [make_span("a", at_ms=2000), make_span("b", "a", at_ms=300)]
    recording = opened(ListedSpans([spans]))
    flow_id = recording.flows[0].id
    for raw, order in ((False, ["a", "b"]), (True, ["b", "a"])):
        events = recording.flow(flow_id, raw_time_order=raw).events
        assert [events[row].id[-1] for row in range(2)] == order


def test_closing_closes_the_files() -> None:
    """Files are released with the recording."""
    file = two_traces()
    opened(file).close()
    assert file.closed
