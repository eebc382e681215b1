"""Recordings and the death of the program that writes them (issue: crash safety)."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import ALL_FLOWS
from connectome_tui.recordings.folder import list_recordings, prune
from connectome_tui.recordings.names import FOLDER_VARIABLE
from connectome_tui.recordings.writer import RecordingWriter
from connectome_tui.sources.open import open_recording

WRITES_FOR_EVER = """
import sys
from pathlib import Path
from connectome_tui.clock import SystemClock
from connectome_tui.events.model import FlowEvent
from connectome_tui.recordings.folder import create_recording

writer = create_recording(Path(sys.argv[1]), "listen x", "spans", SystemClock())
row = 0
while True:
    events = [
        FlowEvent(id=f"e{row + n}", at_ms=float(row + n), from_node_id="service:a", to_node_id="service:b",
                  trigger="direct", call_type="code", label="x", flow_id=f"t{(row + n) // 20}",
                  parent_event_id=None if (row + n) % 20 == 0 else f"e{row + n - 1}")
        for n in range(int(sys.argv[2]))
    ]
    body = writer.keep(f"body of {row}".encode(), "otlp-json").result()
    row = writer.append(events, settles=[body]).result().end
    print(row, flush=True)
"""


def killed_after(folder: Path, lines: int, size: int) -> int:
    """Kill a process that writes without warning; how many events it had said were kept."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES_FOR_EVER, str(folder), str(size)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(lines)]
    assert [one.is_live for one in list_recordings(folder)] == [True]
    assert prune(folder, 0.0, keep=0) == []
    process.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().splitlines()]
    process.wait()
    process.stdout.close()
    return acknowledged[-1]


@pytest.mark.parametrize(("lines", "size"), [(1, 1), (20, 7), (60, 130)])
def test_what_was_acknowledged_survives_a_kill(
    lines: int, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After kill -9 the recording is whole, holds every event that was acknowledged, and opens by itself."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    acknowledged = killed_after(tmp_path, lines, size)
    (listed,) = list_recordings(tmp_path)
    assert (listed.is_live, listed.ended_at_ms) == (False, None)
    recording = open_recording(["session:last"])
    rows = recording.flow(ALL_FLOWS).events
    assert acknowledged <= len(rows) <= acknowledged + size
    assert [rows[row].id for row in range(len(rows))] == [f"e{number}" for number in range(len(rows))]
    assert recording.report.events == sum(flow.events for flow in recording.flows) == len(rows)
    assert [rows.parent_row(row) for row in range(min(25, len(rows)))] == [
        None if row % 20 == 0 else row - 1 for row in range(min(25, len(rows)))
    ]
    recording.close()
    assert [path.name for path in tmp_path.iterdir()] == [listed.path.name]
    with sqlite3.connect(listed.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert [one.path for one in prune(tmp_path, 0.0, keep=0)] == [listed.path]


def test_a_recording_goes_on_after_a_kill(tmp_path: Path) -> None:
    """Another process takes a killed one's recording over, finds what was not settled, and adds to it (SPAN-9)."""
    acknowledged = killed_after(tmp_path, 10, 9)
    (listed,) = list_recordings(tmp_path)
    writer = RecordingWriter.resume(listed.path, clock=ManualClock(0.0))
    left = list(writer.pending())
    assert len(left) <= 1
    first = writer.append([], settles=[batch.number for batch in left]).result(20).first
    assert acknowledged <= first <= acknowledged + 9
    assert list(writer.pending()) == []
    writer.close()
