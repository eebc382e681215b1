"""Exported sessions, opened again (STORE-12, STORE-15, EVENT-3)."""

import os
from pathlib import Path

import msgspec
import pytest

from connectome_tui.events.flow import ALL_FLOWS, Cancelled, Progress, SourceError, no_progress
from connectome_tui.sources import session_file
from connectome_tui.sources.options import OpenOptions
from connectome_tui.sources.session_index import SLICE
from connectome_tui.sources.spool import open_content
from tests.factories import make_event
from tests.readers import MemoryContent
from tests.sessions import HEADER, event_line, open_lines, opened


def test_header_tells_of_the_flow() -> None:
    """Title, times, topology and session id are those of the header; events are counted."""
    recording = open_lines(HEADER, event_line(make_event(1, status="error")), event_line(make_event(2)))
    flow = recording.flow("f1")
    assert flow.session_id == "s-1"
    assert (flow.summary.title, flow.summary.started_at_ms, flow.summary.duration_ms) == ("POST /checkout", 1000, 90)
    assert (flow.summary.events, flow.summary.errors) == (2, 1)
    assert [node.title for node in flow.topology.nodes] == ["The API", "db"]
    assert not flow.waits_on_clock


def test_events_come_as_they_were_written() -> None:
    """Every field, attribute, resource and identity of a line comes back (EVENT-8)."""
    event = make_event(1, duration_ms=4.0, link_event_ids=("a", "b"), sentence="api asked db", raw_payload={"x": [1]})
    rows = (
        open_lines(
            HEADER,
            event_line(event, attributes={"n": 1, "ä": [True]}, resource={"service.name": "api"}, identity={"i": "x"}),
        )
        .flow("f1")
        .events
    )
    assert rows[0] == event
    detail = rows.detail(0)
    assert detail.attributes == {"n": 1, "ä": [True]}
    assert (detail.resource, detail.identity) == ({"service.name": "api"}, {"i": "x"})


def test_several_headers_are_several_flows_in_the_order_of_the_file() -> None:
    """A restarted log opens as several flows; a second run of a flow that has no id of its own gets its session's."""
    second = HEADER.replace(b'"s-1"', b'"s-2"')
    recording = open_lines(
        HEADER, event_line(make_event(1)), second, event_line(make_event(1)), event_line(make_event(2))
    )
    assert [(flow.id, flow.events) for flow in recording.flows] == [("f1", 1), ("s-2", 2)]
    everything = recording.flow(ALL_FLOWS)
    assert [everything.events[row].id for row in range(3)] == ["e1", "e1", "e2"]
    assert everything.summary.events == len(everything.events) == 3


def test_the_only_flow_is_all_flows() -> None:
    """With one session, all flows are that one, under its own id, so that it exports to the same bytes."""
    recording = open_lines(HEADER, event_line(make_event(1)))
    assert recording.flow(ALL_FLOWS).summary.id == "f1"


def test_unknown_flow_is_a_key_error() -> None:
    """A flow that is not there is never another one."""
    with pytest.raises(KeyError):
        open_lines(HEADER, event_line(make_event(1))).flow("f2")


def test_bare_events_open_with_a_derived_topology() -> None:
    """Without a header, nodes come from ids, edges from events, and the title from the first event."""
    inner = make_event(3, to_node_id="service:api", step_key="check", energy_delta=0.5)
    recording = open_lines(
        event_line(make_event(1, call_type="llm")), event_line(make_event(2, call_type="llm")), event_line(inner)
    )
    flow = recording.flow(recording.flows[0].id)
    assert flow.summary.title == "call 1"
    assert [(node.id, node.zone, node.steps, node.has_energy) for node in flow.topology.nodes] == [
        ("service:api", "BACKEND", ("check",), True),
        ("store:db", "GRAPH", (), False),
    ]
    assert [(edge.id, edge.call_type, edge.events) for edge in flow.topology.edges] == [
        ("service:api→store:db", "llm", 2)
    ]
    assert (flow.summary.started_at_ms, flow.summary.duration_ms) == (1010, 20)


def test_nodes_that_the_header_forgot_are_added() -> None:
    """An event to a node that no header declares still has a node and an edge to be drawn."""
    recording = open_lines(HEADER, event_line(make_event(1, to_node_id="store:new")))
    topology = recording.flow("f1").topology
    assert [node.id for node in topology.nodes] == ["service:api", "store:db", "store:new"]
    assert "service:api→store:new" in topology.edge_by_id


@pytest.mark.parametrize(
    ("fields", "expected", "note"),
    [
        ({"trigger": "push"}, {"trigger": "direct"}, "unknown: trigger push"),
        ({"call_type": 7}, {"call_type": "code"}, "unknown: call_type 7"),
        ({"label": ""}, {"label": "?"}, "unknown: no label"),
        ({"to_node_id": None}, {"to_node_id": "?"}, "unknown: no to_node_id"),
        ({"at_ms": "soon"}, {"at_ms": 1000.0}, "unknown: at_ms soon"),
        ({"duration_ms": [1]}, {"duration_ms": None}, "unknown: duration_ms [1]"),
        ({"status": "bad"}, {"status": "unset"}, "unknown: status bad"),
        ({"payload_summary": {"a": 1}}, {"payload_summary": '{"a": 1}'}, None),
    ],
)
def test_wrong_fields_are_noted_and_nothing_is_dropped(fields: dict, expected: dict, note: str | None) -> None:
    """A value of the wrong kind leaves a gap and a note; the event stays (EVENT-3)."""
    line = msgspec.json.encode(msgspec.to_builtins(make_event(1)) | fields)
    recording = open_lines(HEADER, event_line(make_event(0)), line, event_line(make_event(2)))
    event = recording.flow("f1").events[1]
    assert {key: getattr(event, key) for key in expected} == expected
    assert event.notes == note
    assert recording.report.bad_lines == ()
    assert recording.report.events == 3


def test_an_object_that_is_no_event_is_kept_as_unknown() -> None:
    """`{}` and an event without an id become events of their own with an id that is always the same (EVENT-4)."""
    recording = open_lines(HEADER, b'{"colour":"red"}', b"{}")
    rows = recording.flow("f1").events
    assert (rows[0].label, rows[0].call_type, rows[0].tone) == ("?", "code", "unknown")
    assert rows.detail(0).attributes == {"colour": "red"}
    ids = [rows[0].id, rows[1].id]
    assert len(set(ids)) == 2
    again = open_lines(HEADER, b'{"colour":"red"}', b"{}").flow("f1").events
    assert ids == [again[0].id, again[1].id]


def test_bad_lines_are_named_and_the_rest_opens() -> None:
    """Lines that are no JSON objects are reported with their numbers; blank ones are not; a cut last line is."""
    recording = open_lines(HEADER, b"nonsense", b"", event_line(make_event(1)), b"[1]", event_line(make_event(2))[:-20])
    assert [bad.line for bad in recording.report.bad_lines] == [2, 5, 6]
    assert "object" in recording.report.bad_lines[1].reason
    assert recording.report.events == 1


def test_bad_lines_beyond_all_measure_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of nothing but bad lines fills no memory with them, and still says how many there are."""
    monkeypatch.setattr("connectome_tui.sources.session_index.MOST_BAD_LINES", 2)
    report = open_lines(HEADER, *[b"nonsense"] * 5).report
    assert [bad.line for bad in report.bad_lines] == [2, 3]
    assert report.skipped == {"bad lines that are not listed": 3}


def test_a_bad_field_of_a_header_is_reported_and_the_rest_holds() -> None:
    """A header with nodes of the wrong kind still begins its session."""
    recording = open_lines(HEADER.replace(b'"BACKEND"', b'"CELLAR"'), event_line(make_event(1)))
    assert recording.flows[0].title == "POST /checkout"
    assert [bad.line for bad in recording.report.bad_lines] == [1]
    assert "nodes" in recording.report.bad_lines[0].reason


def test_strange_bytes_cost_nothing_else() -> None:
    """NaN, half surrogate pairs and bytes that are no UTF-8 are replaced, the rest of the line is read."""
    line = event_line(make_event(1, label="x"), attributes={"a": 1})
    odd = line.replace(b'"label":"x"', b'"label":"\\ud800\xff"').replace(b'"a":1', b'"a":NaN')
    rows = open_lines(HEADER, odd).flow("f1").events
    assert rows[0].label == "\ufffd\ufffd"
    assert rows.detail(0).attributes == {"a": "NaN"}


def test_a_byte_order_mark_is_no_bad_line() -> None:
    """A file that an editor of another system saved opens."""
    recording = open_lines(b"\xef\xbb\xbf" + HEADER, event_line(make_event(1)))
    assert recording.report.bad_lines == ()
    assert recording.flows[0].id == "f1"


def test_deep_nesting_is_a_bad_line() -> None:
    """A line nested ten thousand deep is reported; it neither hangs nor ends the program."""
    deep = b'{"id":"x","attributes":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    recording = open_lines(HEADER, deep, event_line(make_event(1)))
    assert [(bad.line, bad.reason) for bad in recording.report.bad_lines] == [(2, "nested too deeply")]


def test_a_line_of_megabytes_opens() -> None:
    """An event with an attribute of 10 MB can be read and so can its neighbours."""
    big = event_line(make_event(2), attributes={"body": "x" * 10_000_000})
    rows = open_lines(HEADER, event_line(make_event(1)), big, event_line(make_event(3))).flow("f1").events
    assert [rows[row].id for row in range(3)] == ["e1", "e2", "e3"]
    assert len(rows.detail(1).attributes["body"]) == 10_000_000


@pytest.mark.parametrize("data", [b"nonsense\n", b"\n\n", b"[1]\n[2]\n"])
def test_nothing_to_read_is_an_error(data: bytes) -> None:
    """A file without any line of a session is one clear error."""
    with pytest.raises(SourceError, match="expected the lines of a session"):
        session_file.open_session_file(MemoryContent(data), "x", progress=no_progress)


def test_damage_of_the_packing_is_reported() -> None:
    """What could be unpacked of a damaged file opens, and where it ended is said."""
    content = MemoryContent(HEADER + b"\n" + event_line(make_event(1)) + b"\n", damage="truncated gzip")
    recording = session_file.open_session_file(content, "x", progress=no_progress)
    assert [(bad.line, bad.reason) for bad in recording.report.bad_lines] == [(3, "truncated gzip")]


def test_parents_by_id_whatever_the_order() -> None:
    """Parents before and behind their children, missing ones and the event itself as its own parent."""
    events = [
        make_event(1, parent_event_id="e3"),
        make_event(2, parent_event_id="e1"),
        make_event(3),
        make_event(4, parent_event_id="e1"),
        make_event(5, parent_event_id="nowhere"),
        make_event(6, parent_event_id="e6"),
    ]
    rows = open_lines(HEADER, *map(event_line, events)).flow("f1").events
    assert [rows.parent_row(row) for row in range(6)] == [2, 0, None, 0, None, None]
    assert [list(rows.child_rows(row)) for row in range(6)] == [[1, 3], [], [0], [], [], []]


def test_parents_stay_within_their_session() -> None:
    """The same ids in two sessions of a file do not meet."""
    lines = [event_line(make_event(1)), event_line(make_event(2, parent_event_id="e1"))]
    recording = open_lines(HEADER, *lines, HEADER.replace(b'"f1"', b'"f2"'), *lines)
    assert recording.flow("f2").events.parent_row(1) == 0
    everything = recording.flow(ALL_FLOWS).events
    assert [everything.parent_row(row) for row in range(4)] == [None, 0, None, 2]
    assert list(everything.child_rows(2)) == [3]


def test_two_ids_with_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parent that only has the hash of the one that is meant is none."""
    monkeypatch.setattr("builtins.hash", lambda _value: 7)
    rows = open_lines(HEADER, event_line(make_event(1)), event_line(make_event(2, parent_event_id="e0"))).flow("f1")
    assert rows.events.parent_row(1) is None


def big_file(folder: Path, events: int) -> Path:
    """A file larger than what is read at once."""
    path = folder / "big.jsonl"
    lines = [event_line(make_event(number), attributes={"pad": "x" * 300}) for number in range(events)]
    path.write_bytes(b"\n".join([HEADER.replace(b'"events":2', b'"events":%d' % events), *lines]) + b"\n")
    return path


def test_partial_opening_gives_the_first_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file can be stepped when its first slice is read; its header says how much there will be."""
    monkeypatch.setattr(session_file, "OPEN_AT_ONCE", SLICE)
    with opened(big_file(tmp_path, 1000), partial=True) as recording:
        flow = recording.flow("f1")
        assert not recording.complete
        assert not flow.events.complete
        assert 0 < len(flow.events) < 1000
        assert flow.summary.events == 1000
        assert flow.events[0].id == "e0"
        recording.finish(no_progress)
        assert recording.complete
        assert flow.events.complete
        assert len(flow.events) == 1000
        assert flow.events[999].id == "e999"


def test_indexing_can_be_cancelled_and_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape ends the indexing at once; what was read stays, and nothing is read twice."""
    monkeypatch.setattr(session_file, "OPEN_AT_ONCE", SLICE)

    def cancel(progress: Progress) -> None:
        assert progress.fraction is not None
        raise Cancelled

    with opened(big_file(tmp_path, 1000), partial=True) as recording:
        with pytest.raises(Cancelled):
            recording.finish(cancel)
        assert not recording.complete
        recording.finish(no_progress)
        assert recording.report.events == 1000


def test_a_changed_file_is_an_error(tmp_path: Path) -> None:
    """A file that was written to meanwhile gives an error and never other data (STORE-15)."""
    path = big_file(tmp_path, 200)
    with opened(path) as recording:
        rows = recording.flow("f1").events
        path.write_bytes(path.read_bytes().replace(b"call 1", b"cake 1"))
        os.utime(path, ns=(1, 1))
        with pytest.raises(SourceError, match="changed"):
            rows[150]


def test_rows_outside_are_index_errors() -> None:
    """Rows are counted from 0 and never from the end."""
    rows = open_lines(HEADER, event_line(make_event(1))).flow("f1").events
    for row in (-1, 1):
        for read in (rows.__getitem__, rows.parent_row, rows.child_rows, rows.detail):
            with pytest.raises(IndexError):
                read(row)


def test_report_counts_marks() -> None:
    """Orphans, skew, duplicates, links and errors are counted from the events."""
    recording = open_lines(
        HEADER,
        event_line(make_event(1, notes="orphan: parent x not in the file; skew −1.7 s")),
        event_line(make_event(2, notes="duplicate ×2", link_event_ids=("a", "b"), status="error")),
    )
    report = recording.report
    assert (report.format, report.flows, report.nodes, report.edges) == ("session", 1, 2, 1)
    assert (report.orphans, report.skewed, report.duplicates, report.links, report.errors) == (1, 1, 1, 2, 1)
    assert (report.started_at_ms, report.duration_ms) == (1000, 90)


def test_closing_releases_the_file(tmp_path: Path) -> None:
    """A recording that was closed holds no file open."""
    content = open_content(str(big_file(tmp_path, 3)), OpenOptions())
    recording = session_file.open_session_file(content, "x", progress=no_progress)
    recording.close()
    with pytest.raises(ValueError, match="closed"):
        content.fileno()
