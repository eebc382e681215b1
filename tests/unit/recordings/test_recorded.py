"""Recordings opened again: flows, order, parents, parts, counts (SPAN-2, SPAN-7, STORE-12, STORE-15)."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import ALL_FLOWS, Recording, SourceError
from connectome_tui.events.listed import ListedEvents
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.runs.run_topology import RUN_NODE
from connectome_tui.session import release_all, start_session
from connectome_tui.sources.open import open_recording
from connectome_tui.store.export import export_jsonl
from tests.unit.recordings.made import NOW_MS, SOON, detail, event, events, reopened, writer_at, written


def exported(recording: Recording, flow_id: str = ALL_FLOWS) -> bytes:
    session = start_session(recording, flow_id, clock=ManualClock(NOW_MS))
    for _ in release_all(session):
        pass
    return b"".join(export_jsonl(session.store.state.ledger))


@pytest.mark.parametrize("name", ["shop.otlp.jsonl", "shop-skew.otlp.jsonl", "shop-missing-parent.otlp.jsonl"])
def test_a_recorded_trace_is_the_trace(name: str, tmp_path: Path, shared_data: Path) -> None:
    """Spans that were recorded give the same events, parents, details, parts and counts as their file (SPAN-9)."""
    original = open_recording([str(shared_data / "traces" / name)])
    writer = writer_at(tmp_path / "r", "spans")
    for summary in original.flows:
        flow = original.flow(summary.id)
        rows = range(len(flow.events))
        done = writer.append(
            [flow.events[row] for row in rows], [flow.events.detail(row) for row in rows], nodes=flow.topology.nodes
        )
    done.result(SOON)
    writer.close()
    copy = open_recording([str(tmp_path / "r")])
    for counted in (
        "flows",
        "spans",
        "span_events",
        "events",
        "nodes",
        "edges",
        "orphans",
        "skewed",
        "errors",
        "links",
    ):
        assert getattr(copy.report, counted) == getattr(original.report, counted), counted
    assert [(flow.id, flow.title, flow.result, flow.errors, flow.through) for flow in copy.flows] == [
        (flow.id, flow.title, flow.result, flow.errors, flow.through) for flow in original.flows
    ]
    for summary in original.flows:
        ours, theirs = copy.flow(summary.id), original.flow(summary.id)
        assert ours.summary.duration_ms == pytest.approx(theirs.summary.duration_ms, abs=0.01)
        assert ours.topology.edges == theirs.topology.edges
        assert [(node.id, node.steps) for node in ours.topology.nodes] == [
            (node.id, node.steps) for node in theirs.topology.nodes
        ]
        assert len(ours.events) == len(theirs.events)
        for row in range(len(theirs.events)):
            assert ours.events[row] == theirs.events[row]
            assert ours.events.detail(row) == theirs.events.detail(row)
            assert ours.events.parent_row(row) == theirs.events.parent_row(row)
            assert list(ours.events.child_rows(row)) == list(theirs.events.child_rows(row))
    copy.close()
    original.close()


def test_an_export_of_a_recording_opens_to_the_same_bytes(tmp_path: Path) -> None:
    """What is exported from a recording, opened and exported again gives the same bytes (STORE-12)."""
    what = [
        event(number, flow_id=f"t{number % 3}", parent_event_id=f"e{number - 3}" if number > 2 else None)
        for number in range(700)
    ]
    path = written(tmp_path / "r", what, [detail(number) for number in range(700)], "spans")
    for flow_id in (ALL_FLOWS, "t1"):
        recording = open_recording([str(path)])
        first = exported(recording, flow_id)
        recording.close()
        (tmp_path / "x.jsonl").write_bytes(first)
        again = open_recording([str(tmp_path / "x.jsonl")])
        assert exported(again) == first
        again.close()


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[FlowEvent], list[int]]:
    """Events of a few flows, in any order of parents and children, and the sizes in which they come."""
    count = draw(st.integers(1, 60))
    made = []
    for number in range(count):
        flow = draw(st.sampled_from([None, "t1", "t2"]))
        parent = draw(st.none() | st.integers(0, count))
        step = draw(st.booleans())
        made.append(
            event(
                number,
                flow_id=flow,
                parent_event_id=None if parent is None else f"e{parent}",
                to_node_id="service:a" if step else draw(st.sampled_from(["service:b", "database:c"])),
                step_key="s" if step else None,
                status=draw(st.sampled_from(["ok", "error"])),
            )
        )
    return made, draw(st.lists(st.integers(1, 20), min_size=1, max_size=8))


@given(arrived=arrivals())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flows_are_what_their_events_say(arrived: tuple[list[FlowEvent], list[int]], tmp_path: Path) -> None:
    """Whatever comes in whatever groups: every flow has its events in order, with their parents, and counts add up."""
    made, sizes = arrived
    path = tmp_path / f"r{len(list(tmp_path.iterdir()))}"
    writer = writer_at(path, "spans")
    start = turn = 0
    while start < len(made):
        size = sizes[turn % len(sizes)]
        writer.append(made[start : start + size]).result(SOON)
        start, turn = start + size, turn + 1
    writer.close()
    recording = reopened(path)
    assert recording.report.events == len(made) == sum(flow.events for flow in recording.flows)
    assert recording.report.errors == sum(one.status == "error" for one in made)
    for flow in recording.flows:
        expected = ListedEvents([one for one in made if (one.flow_id or "20260921-130000-abcd") == flow.id])
        rows = recording.flow(flow.id).events
        assert [rows[row] for row in range(len(rows))] == [expected[row] for row in range(len(expected))]
        assert [rows.parent_row(row) for row in range(len(rows))] == [
            expected.parent_row(row) for row in range(len(rows))
        ]
        assert [list(rows.child_rows(row)) for row in range(len(rows))] == [
            list(expected.child_rows(row)) for row in range(len(rows))
        ]
    everything = recording.flow(ALL_FLOWS).events
    assert [everything[row] for row in range(len(everything))] == made
    for row in range(len(everything)):
        parent = everything.parent_row(row)
        assert parent is None or made[parent].id == made[row].parent_event_id
        assert parent is None or row in everything.child_rows(parent)
    recording.close()


def test_events_without_a_flow_are_one_called_after_their_source(tmp_path: Path) -> None:
    """A stream, whose events name no flow, is one flow with the name of what was followed."""
    recording = reopened(written(tmp_path / "r", events(0, 5)))
    (flow,) = recording.flows
    assert (flow.id, flow.title, flow.events) == ("20260921-130000-abcd", "follow x", 5)
    assert recording.flow(ALL_FLOWS).summary == flow
    with pytest.raises(KeyError):
        recording.flow("other")
    recording.close()


def test_one_that_is_being_written_shows_what_is_there(tmp_path: Path) -> None:
    """A live recording opens with what was committed until then, and stays so while more comes."""
    writer = writer_at(tmp_path / "r")
    writer.append(events(0, 300)).result(SOON)
    recording = open_recording([str(tmp_path / "r")])
    rows = recording.flow(ALL_FLOWS).events
    writer.append(events(300, 500)).result(SOON)
    assert (len(rows), recording.report.events) == (300, 300)
    assert [rows[row].id for row in range(300)] == [f"e{number}" for number in range(300)]
    again = open_recording([str(tmp_path / "r")])
    assert len(again.flow(ALL_FLOWS).events) == 500
    writer.close()
    recording.close()
    again.close()


def test_an_empty_recording_says_so(tmp_path: Path) -> None:
    """A recording without events opens, has no flow, and counts nothing."""
    writer_at(tmp_path / "r").close()
    recording = reopened(tmp_path / "r")
    assert (recording.flows, recording.report.events, recording.report.started_at_ms) == ([], 0, None)
    recording.close()


def test_a_file_that_changed_is_an_error(tmp_path: Path) -> None:
    """Reading from a recording at rest that somebody went on writing fails, and gives no other data (STORE-15)."""
    from connectome_tui.recordings.writer import RecordingWriter

    path = written(tmp_path / "r", events(0, 3))
    recording = reopened(path)
    writer = RecordingWriter.resume(path, clock=ManualClock(NOW_MS))
    writer.append(events(3, 6)).result(SOON)
    writer.close()
    with pytest.raises(SourceError, match="changed since it was opened"):
        recording.flow(ALL_FLOWS).events[0]
    recording.close()


def test_gaps_stand_where_something_is_missing(tmp_path: Path) -> None:
    """A gap is found at the row of the event behind it, also when it is the first or behind the last."""
    writer = writer_at(tmp_path / "r")
    writer.append(events(0, 2), gap="the start is missing")
    writer.append(events(2, 4), gap="5 events dropped")
    writer.append((), gap="the end is missing").result(SOON)
    writer.close()
    recording = reopened(tmp_path / "r")
    assert [(gap.row, gap.at_ms, gap.text) for gap in recording.gaps] == [
        (0, NOW_MS, "the start is missing"),
        (2, NOW_MS, "5 events dropped"),
        (4, NOW_MS, "the end is missing"),
    ]
    assert recording.flow(ALL_FLOWS).summary.gaps == {
        0: "the start is missing", 2: "5 events dropped", 4: "the end is missing",
    }  # fmt: skip
    recording.close()


def test_what_is_known_of_nodes_is_kept(tmp_path: Path) -> None:
    """Titles, zones and columns that a source told hold when it is opened again; the latest word stands."""
    writer = writer_at(tmp_path / "r", "run")
    node = Node(id="unit:deploy", title="Deploy", kind="unit", zone="BACKEND", column=1, after=("service:a",))
    writer.note_nodes([Node(id="unit:deploy", title="?", kind="unit", zone="BACKEND"), node])
    writer.append(events(0, 2)).result(SOON)
    writer.close()
    recording = reopened(tmp_path / "r")
    topology = recording.flow(ALL_FLOWS).topology
    assert topology.node_by_id["unit:deploy"] == node
    assert set(topology.edge_by_id) == {"service:a→service:b", "service:a→unit:deploy"}
    recording.close()


def test_counts_of_what_is_no_event(tmp_path: Path) -> None:
    """What was received and is no event is counted by name, and `duplicates` among the counts of a trace."""
    writer = writer_at(tmp_path / "r", "spans")
    writer.count({"duplicates": 2, "skipped: metrics": 3})
    writer.count({"skipped: metrics": 4})
    moment = event(1, call_type="moment", trigger="hook", to_node_id="service:a", notes="duplicate ×3; orphan: x")
    writer.append([event(0), moment]).result(SOON)
    writer.close()
    report = reopened(tmp_path / "r").report
    assert (report.spans, report.span_events, report.duplicates, report.orphans) == (1, 1, 4, 1)
    assert dict(report.skipped) == {"metrics": 7}


def test_spans_among_other_lines_are_counted(tmp_path: Path) -> None:
    """SPAN-2: a followed file with requests of OTLP counts its spans; other events of a flow are none."""
    of_span = (
        event(1, id="t1:a", flow_id="t1"),
        event(2, id="t1:a:e0", flow_id="t1", call_type="moment", trigger="hook"),
    )
    path = written(tmp_path / "r", [*of_span, event(3, flow_id="t1"), event(4)])
    recording = reopened(path)
    report = recording.report
    assert (report.spans, report.span_events, report.events) == (1, 1, 4)
    recording.close()


@pytest.mark.parametrize(("label", "title"), [("shop build started", "shop build"), ("run started", "run of 9 units")])
def test_a_run_is_called_as_in_its_file(label: str, title: str, tmp_path: Path) -> None:
    """RUN-6: a watched run has its title and its outcome in the list of flows, though no event is called so."""
    told = [
        event(1, label=label, to_node_id=RUN_NODE, unit_state="running", unit_detail="9 units", flow_id="run-1"),
        event(2, label="failed", to_node_id="unit:lint", unit_state="failed", flow_id="run-1", parent_event_id="e1"),
        event(3, label="run failed", to_node_id=RUN_NODE, unit_state="failed", flow_id="run-1", parent_event_id="e1"),
    ]
    recording = reopened(written(tmp_path / "r", told, kind="run"))
    (flow,) = recording.flows
    assert (flow.title, flow.result) == (title, "failed")
    recording.close()


def test_many_small_groups_read_like_few_large_ones(tmp_path: Path) -> None:
    """Events that were committed one by one are read page by page, in few reads."""
    writer = writer_at(tmp_path / "r")
    for number in range(400):
        done = writer.append([event(number)])
        if number % 7 == 0:
            done.result(SOON)
    done.result(SOON)
    writer.close()
    recording = reopened(tmp_path / "r")
    rows = recording.flow(ALL_FLOWS).events
    times = [rows[row].at_ms for row in range(400)]
    assert all(before < after for before, after in pairwise(times))
    assert recording._pages.events.cache_info().misses <= 4
    recording.close()
