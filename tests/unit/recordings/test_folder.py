"""The folder of recordings: names, list, prune, limit, what is live (issue item 6)."""

import os
import sqlite3
from pathlib import Path

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import ALL_FLOWS, SourceError
from connectome_tui.recordings.cap import FolderCap, size_of, size_text
from connectome_tui.recordings.folder import create_recording, list_recordings, prune, remove_if_empty
from connectome_tui.recordings.lock import hold, is_in_use
from connectome_tui.recordings.names import FOLDER_VARIABLE, find, new_id, path_of, recordings_folder
from connectome_tui.recordings.writer import RecordingWriter
from connectome_tui.sources.open import open_recording
from tests.unit.recordings.made import NOW_MS, SOON, event, events, reopened

DAY_MS = 86_400_000.0


def made(folder: Path, days_ago: float, count: int = 3) -> RecordingWriter:
    """A live recording that began so many days ago."""
    writer = create_recording(folder, "follow x", "events", ManualClock(NOW_MS - days_ago * DAY_MS))
    writer.append(events(0, count)).result(SOON)
    return writer


def at_rest(folder: Path, days_ago: float, count: int = 3) -> str:
    writer = made(folder, days_ago, count)
    writer.close()
    return writer.about.id


def test_recordings_are_found_by_id_beginning_and_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`session:ID` takes a whole id, the beginning of one, or `last`; what is none or several is said."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(SourceError, match="there are no recordings"):
        find("session:last", recordings_folder())
    old, new = at_rest(tmp_path, 40), at_rest(tmp_path, 0)
    assert find(f"session:{old}", tmp_path) == path_of(old, tmp_path)
    assert find(f"session:{old[:8]}", tmp_path) == path_of(old, tmp_path)
    assert find("session:last", tmp_path) == path_of(new, tmp_path)
    for name in ("session:x", "session:", "session:../../etc/passwd", "session:*"):
        with pytest.raises(SourceError, match="no such recording"):
            find(name, tmp_path)
    with pytest.raises(SourceError, match="2 recordings begin so"):
        find("session:20", tmp_path)
    recording = open_recording(["session:last"])
    assert (recording.name, len(recording.flow(ALL_FLOWS).events)) == (f"{new}.connectome", 3)
    recording.close()


def test_the_list_says_what_is_there(tmp_path: Path) -> None:
    """Oldest first, with size, time, source and events; live ones are marked, and what cannot be read says why."""
    assert list_recordings(tmp_path / "none") == []
    done, live = at_rest(tmp_path, 2, 5), made(tmp_path, 1)
    (tmp_path / "30000101-000000-0000.connectome").write_bytes(b"")
    (tmp_path / "other.txt").write_text("mine")
    first, second, third = list_recordings(tmp_path)
    assert (first.id, first.events, first.source, first.is_live) == (done, 5, "follow x", False)
    assert first.started_at_ms == first.ended_at_ms == NOW_MS - 2 * DAY_MS
    assert first.bytes == size_of(path_of(done, tmp_path)) > 0
    assert (second.id, second.events, second.is_live, second.ended_at_ms) == (live.about.id, 3, True, None)
    assert "no recording" in third.trouble
    live.close()
    assert not list_recordings(tmp_path)[1].is_live


@pytest.mark.parametrize(
    ("choice", "staying"),
    [
        ({"keep": 2}, [1, 0]),
        ({"keep": 9}, [9, 3, 1, 0]),
        ({"older_than_ms": 2 * DAY_MS}, [1, 0]),
        ({"max_bytes": 0}, []),
    ],
)
def test_prune_removes_the_oldest(choice: dict[str, float], staying: list[int], tmp_path: Path) -> None:
    """Each way to prune removes what it says, oldest first, and nothing else in the folder."""
    ids = {days: at_rest(tmp_path, days) for days in (9, 3, 1, 0)}
    (tmp_path / "other.txt").write_text("mine")
    removed = prune(tmp_path, NOW_MS, **choice)  # type: ignore[arg-type]
    assert [one.id for one in list_recordings(tmp_path)] == [ids[days] for days in staying]
    assert [one.id for one in removed] == [ids[days] for days in (9, 3, 1, 0) if days not in staying]
    assert (tmp_path / "other.txt").exists()


def test_ids_stand_in_the_order_of_their_time() -> None:
    """Of two recordings that begin within one second, the later one has the later id."""
    ids = [new_id(NOW_MS + step) for step in (0, 1, 2, 500, 999, 1000)]
    assert ids == sorted(ids)
    assert len({new_id(NOW_MS) for _ in range(40)}) > 20


def test_what_is_live_is_never_pruned(tmp_path: Path) -> None:
    """A recording that is written, or held by the session that shows it, stays; once let go it can go."""
    writer = made(tmp_path, 9)
    path = writer.path
    assert prune(tmp_path, NOW_MS, keep=0) == []
    held = hold(path)
    writer.close()
    assert is_in_use(path)
    assert prune(tmp_path, NOW_MS, max_bytes=0) == []
    held.release()
    assert not is_in_use(path)
    assert [one.path for one in prune(tmp_path, NOW_MS, keep=0)] == [path]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_was_left_over_holds_nothing(tmp_path: Path) -> None:
    """The file of a lock whose process is gone does not make a recording live."""
    path = path_of(at_rest(tmp_path, 0), tmp_path)
    Path(f"{path}.lock").touch()
    assert not is_in_use(path)
    assert not Path(f"{path}.lock").exists()


def bulk(start: int, count: int) -> list[object]:
    return [
        event(number, flow_id=f"t{number // 50}", payload_summary=os.urandom(500).hex(), status="error")
        for number in range(start, start + count)
    ]


def test_the_oldest_recordings_make_room(tmp_path: Path) -> None:
    """When all recordings together reach the limit, the oldest that nobody uses go, and it is said."""
    old, live = at_rest(tmp_path, 9, 2000), made(tmp_path, 8)
    kept = at_rest(tmp_path, 7)
    writer = made(tmp_path, 0)
    told: list[str] = []
    cap = FolderCap(tmp_path, max_bytes=900_000, every_bytes=100_000, tell=told.append)
    writer.limit(cap)
    start = 3
    while path_of(old, tmp_path).exists():
        assert start < 5000, "nothing was removed"
        writer.append(bulk(start, 100)).result(SOON)  # type: ignore[arg-type]
        start += 100
    assert writer.flush(SOON)
    ids = {one.id for one in list_recordings(tmp_path)}
    assert old not in ids
    assert {live.about.id, writer.about.id} <= ids
    assert kept in ids or "2 oldest" in writer.status.notice
    assert "to keep all of them within 900 kB" in writer.status.notice
    assert told[-1] == writer.status.notice
    live.close()
    writer.close()


def test_a_recording_that_reaches_the_limit_alone_loses_its_oldest_events(tmp_path: Path) -> None:
    """It stops growing, says so, and what stays opens with exact counts and a gap at its beginning."""
    writer = made(tmp_path, 0)
    writer.limit(FolderCap(tmp_path, max_bytes=2_000_000, every_bytes=200_000))
    for start in range(3, 6003, 100):
        writer.append(bulk(start, 100)).result(SOON)  # type: ignore[arg-type]
    writer.close()
    assert "left the recording to stay within 2 MB" in writer.status.notice
    assert writer.path.stat().st_size < 2_600_000
    recording = reopened(writer.path)
    rows = recording.flow(ALL_FLOWS).events
    first = int(rows[0].id[1:])
    assert 0 < first < 6002 - 500
    assert [rows[row].id for row in range(len(rows))] == [f"e{number}" for number in range(first, 6003)]
    assert recording.report.events == recording.report.errors == sum(flow.events for flow in recording.flows)
    assert all(len(recording.flow(flow.id).events) == flow.events for flow in recording.flows)
    assert recording.gaps[0].row == 0
    recording.close()


def test_a_recording_from_a_crash_is_brought_to_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a recording of ours that was left with a log writes the log back, so that one file remains."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    writer = made(tmp_path, 0)
    path = writer.path
    left = {name: Path(f"{path}{name}").read_bytes() for name in ("", "-wal")}
    writer.close()
    for name, data in left.items():
        Path(f"{path}{name}").write_bytes(data)
    recording = open_recording([str(path)])
    assert len(recording.flow(ALL_FLOWS).events) == 3
    recording.close()
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_recording_in_which_nothing_came_is_removed(tmp_path: Path) -> None:
    """Nothing is left of a session without an event; one that is live, holds a body, a gap or an event stays."""
    writer = create_recording(tmp_path, "follow x", "events", ManualClock(NOW_MS))
    assert not remove_if_empty(writer.path)
    writer.close()
    assert remove_if_empty(writer.path)
    assert list(tmp_path.glob("*.connectome*")) == []
    assert not remove_if_empty(writer.path)
    full = at_rest(tmp_path, 1)
    received = create_recording(tmp_path, "listen x", "spans", ManualClock(NOW_MS + 1))
    received.keep(b"body", "otlp-json").result(SOON)
    received.close()
    with_gap = create_recording(tmp_path, "follow x", "events", ManualClock(NOW_MS + 2))
    with_gap.append((), gap="5 lines dropped").result(SOON)
    with_gap.close()
    for path in (path_of(full, tmp_path), received.path, with_gap.path):
        assert not remove_if_empty(path)
        assert path.exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file in the way of the folder is one clear error."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourceError, match="cannot hold recordings"):
        create_recording(tmp_path / "file" / "recordings", "x", "events", ManualClock(NOW_MS))


@pytest.mark.parametrize(
    ("count", "text"), [(12, "12 B"), (2_000, "2 kB"), (14_210_000, "14.2 MB"), (2 * 10**9, "2 GB")]
)
def test_sizes_are_written_for_people(count: int, text: str) -> None:
    """A size has one unit and at most one decimal."""
    assert size_text(count) == text
