"""Source, engine and store together."""

import subprocess
import sys
from pathlib import Path

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.events.flow import BadLine, ReadReport
from connectome_tui.session import export_recording, release_all, start_session
from connectome_tui.sources.open import open_recording
from connectome_tui.store.state import SourceStatus
from tests.factories import ListRecording, ListSequence, make_event, make_flow

COUNTS = {
    "traces/shop.otlp.jsonl": 311,
    "traces/shop.zipkin.json": 311,
    "traces/shop-skew.otlp.jsonl": 284,
    "traces/shop-missing-parent.otlp.jsonl": 224,
    "agents/pydantic-ai-trip-planner.otlp.jsonl": 33,
    "agents/langgraph-research.otlp.jsonl": 29,
    "agents/openai-client.otlp.jsonl": 14,
}


def test_a_session_begins_with_what_the_source_says() -> None:
    """SPAN-2: name and unreadable lines of the source, topology and total of the flow are in the state."""
    flow = make_flow(3)
    report = ReadReport(format="test", bad_lines=(BadLine(12, "cut"), BadLine(40, "cut")))
    session = start_session(ListRecording([flow], "shop.jsonl", report), "flow", clock=ManualClock())
    state = session.store.state
    assert state.source == SourceStatus("shop.jsonl", (12, 40), None)
    assert (state.topology, state.flow, state.script_total) == (flow.topology, flow.summary, 3)
    assert session.engine.dispatch_runtime_command(NextStep()).status == "released"


def test_an_unknown_flow_is_a_key_error() -> None:
    """A flow that is not there is the caller's error, told before anything is made."""
    with pytest.raises(KeyError):
        start_session(ListRecording([make_flow()]), "other", clock=ManualClock())


def test_releasing_stops_at_a_limit_and_at_the_end() -> None:
    """Each release is one commit; the end is said and ends it."""
    session = start_session(ListRecording([make_flow(5)]), "flow", clock=ManualClock())
    assert [result.status for result in release_all(session, 2)] == ["released", "released"]
    assert (session.store.state.cursor, session.store.state.commit_id) == (2, 3)
    assert len(list(release_all(session))) == 3
    assert session.store.state.ended


def test_the_total_comes_with_the_end_of_indexing() -> None:
    """While a file is indexed the share is told; once it is complete total and topology are, and steps stay."""
    events = [make_event(1), make_event(2, to_node_id="service:late")]
    sequence = ListSequence(events, readable=1)
    session = start_session(ListRecording([make_flow(events, sequence=sequence)]), "flow", clock=ManualClock())
    for _ in release_all(session):
        pass
    session.update_source(0.61)
    assert session.store.state.source.indexing_0_1 == 0.61
    assert session.store.state.script_total is None
    sequence.readable = None
    before = session.store.state
    session.update_source(1.0)
    after = session.store.state
    assert (after.source.indexing_0_1, after.script_total, after.cursor) == (None, 2, 1)
    assert after.topology is before.topology
    assert len(list(release_all(session))) == 1


@pytest.mark.parametrize("name", COUNTS)
def test_real_recordings_export_1_to_1_and_again_to_the_same_bytes(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    """SPAN-2, STORE-12: as many lines as events in the file, and the export of the export is the same."""
    recording = open_recording([str(shared_data / name)])
    lines = list(export_recording(recording, "all", "jsonl"))
    recording.close()
    assert len(lines) == 1 + COUNTS[name]
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(lines))
    again = open_recording([str(path)])
    assert list(export_recording(again, "all", "jsonl")) == lines
    again.close()


def test_one_flow_of_a_recording_is_exported_alone(shared_data: Path) -> None:
    """SPAN-7: with a flow id only its events are written, under its own title."""
    recording = open_recording([str(shared_data / "traces/shop.otlp.jsonl")])
    chosen = max(recording.flows, key=lambda flow: flow.events)
    lines = list(export_recording(recording, chosen.id, "jsonl"))
    recording.close()
    assert len(lines) == 1 + chosen.events
    assert chosen.title in lines[0].decode()


def test_a_session_needs_no_screen() -> None:
    """STORE-13, STORE-14: store, engine, session and health load neither Textual nor Rich."""
    program = (
        "import sys, connectome_tui.session, connectome_tui.health.run, connectome_tui.health.watch;"
        "sys.exit(bool({'textual', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
