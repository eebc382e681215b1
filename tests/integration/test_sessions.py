"""`connectome sessions` as a user runs it (issue item 6)."""

import json
from pathlib import Path

import pytest

from connectome_tui.clock import SystemClock
from connectome_tui.events.model import FlowEvent
from connectome_tui.recordings.folder import create_recording
from connectome_tui.recordings.writer import RecordingWriter
from tests.integration.command_line import run_connectome, the_one_line


def recorded(folder: Path, count: int) -> RecordingWriter:
    """A live recording of a stream."""
    writer = create_recording(folder, "follow \x1b[31mx", "events", SystemClock())
    event = FlowEvent(
        id="e", at_ms=1.0, from_node_id="a:a", to_node_id="b:b", trigger="direct", call_type="code", label="x"
    )
    writer.append([event] * count).result(20)
    return writer


def test_recordings_are_listed_opened_and_pruned(tmp_path: Path) -> None:
    """The list names what `info` and `export` take; prune removes all but what is live."""
    folder = str(tmp_path)
    assert b"no recordings in" in run_connectome("sessions", CONNECTOME_RECORDINGS=folder).stdout
    done = recorded(tmp_path, 3)
    done.close()
    live = recorded(tmp_path, 2)
    listed = run_connectome("sessions", CONNECTOME_RECORDINGS=folder).stdout.decode()
    assert f"session:{done.about.id}" in listed
    assert "3 events" in listed
    assert "live" in listed
    assert "\x1b" not in listed
    rows = json.loads(run_connectome("sessions", "--json", CONNECTOME_RECORDINGS=folder).stdout)
    assert [(row["id"], row["events"], row["is_live"]) for row in rows] == [
        (done.about.id, 3, False),
        (live.about.id, 2, True),
    ]
    info = json.loads(run_connectome("info", "--json", f"session:{done.about.id}", CONNECTOME_RECORDINGS=folder).stdout)
    assert (info["format"], info["events"]) == ("recording", 3)
    first = run_connectome(
        "export", f"session:{live.about.id}", "-o", tmp_path / "x.jsonl", CONNECTOME_RECORDINGS=folder
    )
    assert (first.returncode, (tmp_path / "x.jsonl").read_bytes().count(b"\n")) == (0, 3)
    again = run_connectome("export", tmp_path / "x.jsonl", CONNECTOME_RECORDINGS=folder)
    assert again.stdout == (tmp_path / "x.jsonl").read_bytes()
    pruned = run_connectome("sessions", "prune", "--keep", "0", CONNECTOME_RECORDINGS=folder).stdout.decode()
    assert pruned.startswith(f"removed session:{done.about.id}")
    assert pruned.endswith(", 1 live\n")
    live.close()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("prune",), "say what is to stay"),
        (("prune", "--older-than", "soon"), "expected a duration like 7d"),
        (("prune", "--max-size", "much"), "expected a size like 2GB"),
        (("prune", "--keep", "-1"), "--keep"),
    ],
)
def test_what_cannot_be_pruned_by_is_said(arguments: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    """Without a choice, or with one that cannot be read, nothing is removed and one line says why."""
    assert expected in the_one_line(run_connectome("sessions", *arguments, CONNECTOME_RECORDINGS=str(tmp_path)))


def test_a_recording_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """`session:` with an unknown id says how to find the others."""
    message = the_one_line(run_connectome("info", "session:none", CONNECTOME_RECORDINGS=str(tmp_path)))
    assert "there are no recordings" in message
