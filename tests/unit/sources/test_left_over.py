"""Spans that a killed receiver had acknowledged (SPAN-9, crash safety)."""

from pathlib import Path

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import ALL_FLOWS, Recording
from connectome_tui.recordings.folder import list_recordings
from connectome_tui.recordings.lock import hold
from connectome_tui.recordings.names import FOLDER_VARIABLE
from connectome_tui.recordings.writer import RecordingWriter
from connectome_tui.sources.open import open_recording
from tests.readers import request, wire_span

SOON = 20.0
STARTED_MS = 1000.0


def left_by_a_crash(folder: Path) -> Path:
    """A recording with the root of a trace as an event, and bodies with the root, a child, and rubbish."""
    path = folder / "20260101-000000-abcd.connectome"
    clock = ManualClock(STARTED_MS)
    writer = RecordingWriter.create(path, recording_id=path.stem, source="listen x", kind="spans", clock=clock)
    root = wire_span(spanId="00000000000000a1")
    child = wire_span(spanId="00000000000000a2", parentSpanId="00000000000000a1")
    writer.keep(request(root), "otlp-json").result(SOON)
    clock.advance(5)
    writer.keep(request(child), "otlp-json").result(SOON)
    writer.keep(b"rubbish", "otlp-json").result(SOON)
    (folder / "root.json").write_bytes(request(root))
    file = open_recording([str(folder / "root.json")])
    writer.append([file.flow(ALL_FLOWS).events[0]]).result(SOON)
    file.close()
    writer.close()
    return path


def ids_of(recording: Recording) -> list[str]:
    rows = recording.flow(ALL_FLOWS).events
    return [rows[row].id[-2:] for row in range(len(rows))]


def test_acknowledged_spans_become_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening records what was kept and no event yet, none twice; what cannot be read is counted and stays."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    path = left_by_a_crash(tmp_path)
    for _ in range(2):
        recording = open_recording([str(path)])
        assert ids_of(recording) == ["a1", "a2"]
        assert recording.report.spans == 2
        assert dict(recording.report.skipped) == {"requests whose spans were not settled": 1}
        recording.close()
    (listed,) = list_recordings(tmp_path)
    assert listed.ended_at_ms == STARTED_MS + 5


def test_a_recording_in_use_is_left_to_its_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a session holds the recording, its receiver will settle them: nobody else does."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    path = left_by_a_crash(tmp_path)
    with hold(path):
        recording = open_recording([str(path)])
        assert ids_of(recording) == ["a1"]
        recording.close()


def test_a_foreign_recording_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside the folder of recordings nothing is added to a file; how much is left is counted."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "other"))
    path = left_by_a_crash(tmp_path)
    before = path.read_bytes()
    recording = open_recording([str(path)])
    assert ids_of(recording) == ["a1"]
    assert dict(recording.report.skipped) == {"requests whose spans were not settled": 3}
    recording.close()
    assert path.read_bytes() == before
