"""Files of runs as recordings: what they hold, how they export, and how units stand at any entry (RUN-5, RUN-6)."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import Inspect, NextStep, Restart
from connectome_tui.events.flow import ALL_FLOWS, Recording, SourceError
from connectome_tui.runs import RunStore
from connectome_tui.samples import sample_path
from connectome_tui.session import SteppedSession, export_recording, release_all, start_session
from connectome_tui.sources import run_lines
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.options import OpenOptions
from connectome_tui.store.run_selectors import select_run
from tests.unit.runs.records import record, started

SAMPLE = sample_path("run")


Opener = Callable[..., Recording]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens recordings, the sample by default, and closes them in the end."""
    with ExitStack() as stack:

        def open_one(path: str = str(SAMPLE), *, keep_raw: bool = False) -> Recording:
            recording = open_recording([path], options=OpenOptions(keep_raw=keep_raw))
            stack.callback(recording.close)
            return recording

        yield open_one


def write(path: Path, *lines: object) -> str:
    written = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    path.write_bytes(b"".join(line + b"\n" for line in written))
    return str(path)


def exported(recording: Recording) -> bytes:
    return b"".join(export_recording(recording, ALL_FLOWS, "jsonl"))


def stepped_to_the_end(recording: Recording) -> SteppedSession:
    session = start_session(recording, ALL_FLOWS, clock=ManualClock())
    for _ in release_all(session):
        pass
    return session


def test_a_run_is_counted_like_any_recording(opened: Opener) -> None:
    """One event a line; nodes are the run and its units, edges its dependencies; the flow has title and result."""
    recording = opened()
    report, flow = recording.report, recording.flows[0]
    assert (report.format, report.flows, report.events, report.nodes, report.edges) == ("run", 1, 53, 11, 13)
    assert (report.errors, report.duration_ms) == (2, pytest.approx(23_800))
    assert (flow.title, flow.result, flow.id) == ("shop build", "failed", "run-1")


def test_an_export_opens_again_and_exports_to_the_same_bytes(tmp_path: Path, opened: Opener) -> None:
    """States, columns and dependencies survive the export (STORE-12)."""
    once = exported(opened())
    path = tmp_path / "export.jsonl"
    path.write_bytes(once)
    again = opened(str(path))
    assert exported(again) == once
    first, second = opened().flow(ALL_FLOWS), again.flow(ALL_FLOWS)
    assert second.topology == first.topology
    assert [second.events[row].unit_state for row in range(53)] == [first.events[row].unit_state for row in range(53)]


def test_units_stand_at_every_entry_as_a_run_store_says(opened: Opener) -> None:
    """Looking back at any entry gives the states and counts of a store that was fed so far and no further (RUN-4)."""
    ledger = stepped_to_the_end(opened()).store.state.ledger
    store = RunStore()
    for index, line in enumerate(SAMPLE.read_text().splitlines()):
        store.handle_event(json.loads(line))
        snapshot = store.snapshot()
        for unit in snapshot.units:
            standing = ledger.unit_standing(f"unit:{unit.id}", index)
            assert (standing.state if standing else "pending") == unit.status
        counts = ledger.unit_counts(index)._asdict()
        assert counts == {name: snapshot.summary[name] for name in counts}


def test_the_summary_follows_what_is_looked_at(opened: Opener) -> None:
    """Before the first step all is pending; looking back it is as it was; a restart begins anew (ENGINE-8, STORE-9)."""
    session = start_session(opened(), ALL_FLOWS, clock=ManualClock())
    reading = select_run(session.store.state)
    assert reading is not None
    assert (reading.total, reading.pending) == (10, 10)
    for _ in release_all(session):
        pass
    session.engine.dispatch_runtime_command(Inspect(5))
    looked_at = select_run(session.store.state)
    assert looked_at is not None
    assert (looked_at.counts.complete, looked_at.pending) == (1, 9)
    session.engine.dispatch_runtime_command(Inspect(None))
    head = select_run(session.store.state)
    assert head is not None
    assert (head.counts.complete, head.counts.failed, head.counts.blocked) == (7, 1, 2)
    session.engine.dispatch_runtime_command(Restart())
    session.engine.dispatch_runtime_command(NextStep())
    anew = select_run(session.store.state)
    assert anew is not None
    assert anew.pending == 10


def test_each_run_of_a_file_is_a_flow(tmp_path: Path, opened: Opener) -> None:
    """A second `orch.started` begins another flow, with its own parts; all flows together begin units anew."""
    path = write(
        tmp_path / "runs",
        started({"build": []}, at=0, name="first"),
        record("unit.completed", "build", at=1),
        record("orch.completed", at=2),
        started({"docs": [], "build": []}, at=10),
        record("unit.failed", "docs", at=11, error="x"),
    )
    recording = opened(path)
    assert [(flow.title, flow.result) for flow in recording.flows] == [("first", "completed"), ("run of 2 units", "")]
    assert [node.title for node in recording.flow("run-2").topology.nodes] == ["run", "docs", "build"]
    session = stepped_to_the_end(recording)
    ledger = session.store.state.ledger
    assert ledger.unit_standing("unit:build", 2) is not None
    assert ledger.unit_standing("unit:build", 4) is None
    assert ledger.unit_counts(4)._asdict() == {"ready": 0, "in_progress": 0, "complete": 0, "failed": 1, "blocked": 0}


def test_bad_lines_are_skipped_and_counted(tmp_path: Path, opened: Opener) -> None:
    """What is no JSON object, or too long, costs its own line alone, with its number (RUN-5)."""
    path = write(
        tmp_path / "run",
        started({"build": []}),
        b"{not JSON",
        b"[1, 2]",
        b"",
        b'{"type": "x", "payload": {"text": "' + b"x" * run_lines.LONGEST_LINE + b'"}}',
        record("unit.started", "build"),
    )
    report = opened(path).report
    assert report.events == 2
    assert [bad.line for bad in report.bad_lines] == [2, 3, 5]
    assert report.bad_lines[2].reason == "longer than 1 MiB"


def test_lines_across_pieces_are_whole(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a piece of the file ends, the same records are read."""
    whole = exported(opened())
    for size in (1, 7, 100, 6413):
        monkeypatch.setattr(run_lines, "CHUNK", size)
        assert exported(opened()) == whole


def test_a_file_that_begins_in_the_middle(tmp_path: Path, opened: Opener) -> None:
    """Without a start the units are known by their events alone; nothing is lost and nothing has a state (RUN-3)."""
    path = write(tmp_path / "run", record("unit.started", "build"), record("task.started", "build"), record("x"))
    recording = opened(path)
    flow = recording.flow(ALL_FLOWS)
    assert recording.report.events == 3
    assert flow.events[0].unit_state is None
    assert [node.id for node in flow.topology.nodes] == ["unit:build", "orchestrator:run"]


def test_records_are_kept_when_asked_for(opened: Opener) -> None:
    """With `--raw` each event has its record as it came (EVENT-8)."""
    plain = opened().flow(ALL_FLOWS).events[1]
    kept = opened(keep_raw=True).flow(ALL_FLOWS).events[1]
    assert plain.raw_payload is None
    assert kept.raw_payload == json.loads(SAMPLE.read_text().splitlines()[1])


def test_a_run_opens_alone(tmp_path: Path) -> None:
    """Together with another file it is refused, by name."""
    other = write(tmp_path / "other", record("orch.started"))
    with pytest.raises(SourceError, match="opens alone"):
        open_recording([str(SAMPLE), other])


def test_watched_lines_give_the_events_of_the_file(opened: Opener) -> None:
    """The same lines, opened as a file or watched in any blocks, are the same events (RUN-6)."""
    flow = opened().flow(ALL_FLOWS)
    store = RunStore()
    watched = run_lines.RunLines(store)
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    blocks = [b"".join(lines[at : at + 7]) for at in range(0, len(lines), 7)]
    read = [watched.read(block, 1.0) for block in blocks]
    assert [event for one in read for event in one.events] == [flow.events[row] for row in range(len(lines))]
    assert [node for one in read for node in one.nodes] == list(flow.topology.nodes)
    assert read[0].waits == {0: "start"}
    assert store.snapshot().status == "failed"
