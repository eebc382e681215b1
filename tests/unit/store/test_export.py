"""Export: the ledger 1:1, as JSON lines and as text."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import Restart
from connectome_tui.events.flow import EventDetail, Flow
from connectome_tui.events.model import CALL_TYPES, STATUSES, TRIGGERS, FlowEvent
from connectome_tui.session import SteppedSession, export_lines, export_recording, release_all, start_session
from connectome_tui.sources.open import open_recording
from connectome_tui.store.json_lines import event_line
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.text_lines import event_text, time_text
from tests.factories import ListRecording, make_event, make_flow

TEXTS = st.text(min_size=1, max_size=12)
MAYBE = st.none() | TEXTS
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.builds(
    FlowEvent,
    id=TEXTS,
    at_ms=FLOATS,
    from_node_id=st.sampled_from(["service:a", "service:b"]),
    to_node_id=st.sampled_from(["service:b", "store:c"]),
    trigger=st.sampled_from(TRIGGERS),
    call_type=st.sampled_from(CALL_TYPES),
    label=TEXTS,
    duration_ms=st.none() | FLOATS,
    payload_summary=MAYBE,
    rate_hint=MAYBE,
    step_key=MAYBE,
    energy_delta=st.none() | FLOATS,
    notes=MAYBE,
    status=st.sampled_from(STATUSES),
    flow_id=MAYBE,
    source_id=MAYBE,
    parent_event_id=MAYBE,
    link_event_ids=st.lists(TEXTS, max_size=2).map(tuple),
    sentence=MAYBE,
)
FLOWS = st.lists(EVENTS, min_size=1, max_size=6, unique_by=lambda event: event.id)


def stepped(flow: Flow) -> SteppedSession:
    session = start_session(ListRecording([flow]), flow.summary.id, clock=ManualClock(7.0))
    for _ in release_all(session):
        pass
    return session


def lines_of(session: SteppedSession, **options: Any) -> list[bytes]:
    return list(export_lines(session.store.state.ledger, "jsonl", **options))


def reopened(folder: Path, lines: list[bytes], **options: Any) -> list[bytes]:
    """The lines of an export, written, opened and exported again."""
    path = folder / "export.jsonl"
    path.write_bytes(b"".join(lines))
    recording = open_recording([str(path)])
    try:
        return list(export_recording(recording, "all", "jsonl", **options))
    finally:
        recording.close()


@given(FLOWS, VALUES)
def test_an_export_opens_again_and_exports_to_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, events: list[FlowEvent], value: Any
) -> None:
    """EVENT-2, STORE-12: whatever an event holds, reading an export back and exporting it changes no byte."""
    details = {0: EventDetail(attributes={"value": value}, resource={"service.name": "a"}, identity={"scope": "x"})}
    lines = lines_of(stepped(make_flow(events, details=details)))
    assert reopened(tmp_path_factory.mktemp("export"), lines) == lines


@given(FLOWS)
def test_an_export_holds_every_event_as_it_was_released(events: list[FlowEvent]) -> None:
    """STORE-12: header first, then one line for each entry, in order, with all fields."""
    session = stepped(make_flow(events))
    header, *lines = [json.loads(line) for line in lines_of(session)]
    assert (header["type"], header["events"]) == ("session", len(events))
    assert [line["id"] for line in lines] == [event.id for event in events]
    for line, event in zip(lines, events, strict=True):
        for name in ("at_ms", "from_node_id", "to_node_id", "trigger", "call_type", "label"):
            assert line[name] == getattr(event, name)
        assert line.get("duration_ms") == event.duration_ms
        assert line.get("notes") == event.notes


def test_a_log_with_restarts_has_a_header_for_each_session(tmp_path: Path) -> None:
    """STORE-12: boundaries are headers and nothing else; each session opens again as a flow of its own."""
    session = stepped(make_flow(3))
    session.engine.dispatch_runtime_command(Restart())
    for _ in release_all(session, 2):
        pass
    lines = lines_of(session)
    headers = [json.loads(line) for line in lines if b'"type":"session"' in line]
    assert [header["events"] for header in headers] == [3, 2]
    assert [header["flow_id"] for header in headers] == ["flow", "flow#2"]
    assert len({header["session_id"] for header in headers}) == 2
    assert len(lines) == 2 + 5
    assert reopened(tmp_path, lines) == lines


def test_the_header_reopens_the_flow(tmp_path: Path) -> None:
    """STORE-12: an export opens again with its title, times, zones and edges."""
    flow = make_flow(3, title="POST /checkout")
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(lines_of(stepped(flow))))
    recording = open_recording([str(path)])
    [summary] = recording.flows
    again = recording.flow(summary.id)
    recording.close()
    assert (summary.title, summary.started_at_ms, summary.duration_ms) == ("POST /checkout", 1010.0, 20.0)
    assert (summary.events, summary.errors) == (3, 0)
    assert again.topology == flow.topology


def test_the_session_id_comes_from_the_content() -> None:
    """STORE-12: the same flow exports under the same id in every process, another flow under another."""
    ids = [json.loads(lines_of(stepped(make_flow(count)))[0])["session_id"] for count in (3, 3, 4)]
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


def test_attributes_and_the_raw_record_are_written_when_asked_for() -> None:
    """EVENT-8: attributes unless they are left out, the record as it came only with `raw`."""
    detail = EventDetail(attributes={"http.route": "/a"}, identity={"scope": "x"}, raw={"name": "span"})
    session = stepped(make_flow(1, details={0: detail}))
    with_them = json.loads(lines_of(session)[1])
    assert with_them["attributes"] == {"http.route": "/a"}
    assert with_them["identity"] == {"scope": "x"}
    assert "resource" not in with_them
    assert "raw_payload" not in with_them
    without = json.loads(lines_of(session, attributes=False, raw=True)[1])
    assert "attributes" not in without
    assert without["raw_payload"] == {"name": "span"}


def test_a_raw_record_of_a_live_event_is_left_out_too() -> None:
    """EVENT-8: `raw_payload` that an event carries itself is written only with `raw`."""
    event = make_event(1, raw_payload={"a": 1})
    assert b"raw_payload" not in event_line(event)
    assert json.loads(event_line(event, raw=True))["raw_payload"] == {"a": 1}


def test_a_filter_hides_lines_only_when_asked() -> None:
    """With a filter only what passes is written, and counted; without one everything is."""
    session = stepped(make_flow(4))

    def even(ledger: Ledger, index: int) -> bool:
        return ledger[index].event.id in {"e2", "e4"}

    header, *lines = [json.loads(line) for line in lines_of(session, passing=even)]
    assert (header["events"], [line["id"] for line in lines]) == (2, ["e2", "e4"])
    assert len(lines_of(session)) == 5


@pytest.mark.parametrize("text", ["\x1b[31m", "\x9b31m", "\u202egnp", "\u2028", "a\nb", "\x7f", "\u2066", "\ud800"])
def test_controls_are_escaped_and_one_event_is_one_line(text: str) -> None:
    """LOG-5: no control reaches a terminal that prints an export, in either format; JSON still reads the same."""
    event = make_event(1, label=text)
    written = event_line(event, EventDetail(attributes={text: text}))
    assert written.count(b"\n") == 1
    for line in (written.decode(), event_text(event)):
        assert not any(mark in line.rstrip("\n") for mark in "\x1b\x9b\u202e\u2028\x7f\u2066\ud800\n")
    assert json.loads(written)["label"] == ("\ufffd" if text == "\ud800" else text)


def test_values_that_are_no_json_are_written_as_text() -> None:
    """A value of a strange type or nested without end costs neither the line nor the program."""
    deep: Any = None
    for _ in range(5000):
        deep = [deep]
    written = json.loads(event_line(make_event(1), EventDetail(attributes={"deep": deep, "odd": object, "big": 2**90})))
    assert "nested too deeply" in json.dumps(written["attributes"]["deep"])
    assert "object" in written["attributes"]["odd"]
    assert written["attributes"]["big"] == 2**90


def test_a_text_line_has_the_form_of_the_log() -> None:
    """LOG-4: time, trigger, call type, duration, edge, label, and summary, rate and notes where there are any."""
    event = make_event(
        1,
        at_ms=1_763_644_413_248.75,
        trigger="async",
        call_type="graphLink",
        duration_ms=4.1,
        label="run/tasks.charge",
        payload_summary="3 items",
        rate_hint="2/s",
        notes="skew -2 ms",
    )
    assert event_text(event) == (
        "[2025-11-20T13:13:33.248Z] [async] [graphLink] [4.1ms] service:api→store:db "
        "run/tasks.charge — 3 items — 2/s — skew -2 ms"
    )
    assert event_text(make_event(1)) == "[1010.000ms] [direct] [code] [?] service:api→store:db call 1"


@pytest.mark.parametrize("at_ms", [-5.0, 0.0, 1e300])
def test_any_time_has_a_text(at_ms: float) -> None:
    """A time that is no date is written as an offset and never raises."""
    assert time_text(at_ms).endswith("ms")


def test_the_text_export_has_a_line_for_each_entry() -> None:
    """STORE-12: a header line for the session, then one line for each event."""
    lines = [line.decode() for line in export_lines(stepped(make_flow(3)).store.state.ledger, "text")]
    assert lines[0].startswith("# session s-")
    assert [line.rsplit(" ", 1)[1] for line in lines[1:]] == ["1\n", "2\n", "3\n"]
