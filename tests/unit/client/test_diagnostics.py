"""What happened to a window, kept in SQLite (CLIENT-8)."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectome_tui.client import diagnostics
from connectome_tui.client.diagnostics import (
    FILE_VARIABLE,
    KEPT,
    MAX_PAYLOAD,
    MAX_WAITING,
    Diagnostics,
    DiagnosticsError,
    diagnostics_path,
    read_diagnostics,
)
from connectome_tui.clock import ManualClock


def test_notes_are_read_as_they_were_taken(tmp_path: Path) -> None:
    """Id, time, type, event, source, payload: all of it comes back, in order; `after_id` gives what is new."""
    path = tmp_path / "state" / "diagnostics.sqlite"
    clock = ManualClock(5000)
    notes = Diagnostics(path, clock)
    notes.note("connection", "connected", {"actor_id": "ada~1"})
    clock.advance(10)
    notes.note("command", "next_step", {"accepted": True}, "scenario")
    notes.close()
    first, second = read_diagnostics(path)
    assert (first.timestamp, first.type, first.event, first.source, first.payload) == (
        5000,
        "connection",
        "connected",
        "service",
        {"actor_id": "ada~1"},
    )
    assert (second.timestamp, second.source) == (5010, "scenario")
    assert read_diagnostics(path, after_id=first.id) == [second]
    assert read_diagnostics(path, last=1) == [second]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_last_two_hundred_are_kept(tmp_path: Path) -> None:
    """Older ones go, also over several openings; numbers go on (CLIENT-8)."""
    path = tmp_path / "d.sqlite"
    for run in range(3):
        notes = Diagnostics(path, ManualClock())
        for number in range(150):
            notes.note("catalog", f"{run}-{number}", {})
        notes.close()
    kept = read_diagnostics(path, last=1000)
    assert len(kept) == KEPT
    assert (kept[0].event, kept[-1].event) == ("1-100", "2-149")
    assert kept[-1].id == 450


def test_no_secret_and_nothing_long_is_kept(tmp_path: Path) -> None:
    """Tokens are left out by name, a payload has a bound, and whatever it holds can be written."""
    notes = Diagnostics(tmp_path / "d.sqlite", ManualClock())
    notes.note("connection", "x", {"auth": "open-sesame", "token": "t", "resume_token": "r", "why": "y" * 9000})
    notes.note("connection", "y", {"odd": {1, 2}, "thing": object(), "text": "\ud800"})
    notes.close()
    first, second = notes.read()
    assert "open-sesame" not in str(first.payload)
    assert len(str(first.payload)) < MAX_PAYLOAD + 100
    assert second.event == "y"


def test_a_broken_file_is_told_and_ends_nothing(tmp_path: Path) -> None:
    """No database, another program's database, a folder in its place: a line, and the window goes on (CLIENT-8)."""
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is no database at all, but long enough to be read as one" * 20)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    folder = tmp_path / "folder.sqlite"
    folder.mkdir()
    for path in (broken, other, folder):
        notes = Diagnostics(path, ManualClock())
        notes.note("connection", "x", {})
        assert notes.flush(10)
        assert str(path) in notes.trouble
        assert "\n" not in notes.trouble
        assert notes.dropped == 1
        notes.close()
    with pytest.raises(DiagnosticsError):
        read_diagnostics(broken)
    with pytest.raises(DiagnosticsError):
        read_diagnostics(other)
    with sqlite3.connect(other) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    connection.close()


def test_a_full_disk_is_told_and_forgotten_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written is counted and said once; the next that can be written ends the trouble."""
    said: list[str] = []
    notes = Diagnostics(tmp_path / "d.sqlite", ManualClock(), on_trouble=said.append)
    write = diagnostics._write

    def full(_connection: object, _rows: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(diagnostics, "_write", full)
    notes.note("connection", "lost", {})
    assert notes.flush(10)
    assert "disk is full" in notes.trouble
    notes.note("connection", "lost", {})
    assert notes.flush(10)
    assert said == [notes.trouble]
    with pytest.raises(DiagnosticsError, match="disk is full"):
        notes.read()
    monkeypatch.setattr(diagnostics, "_write", write)
    notes.note("connection", "connected", {})
    assert notes.flush(10)
    assert (notes.trouble, notes.dropped) == ("", 2)
    notes.close()
    assert [entry.event for entry in notes.read()] == ["connected"]


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that hangs holds nobody up: the oldest notes go, and are counted."""
    notes = Diagnostics(tmp_path / "d.sqlite", ManualClock())
    monkeypatch.setattr("threading.Thread.start", lambda _thread: None)
    for number in range(MAX_WAITING + 7):
        notes.note("command", str(number), {})
    assert notes.dropped == 7


def test_nothing_is_written_without_a_note_and_none_after_the_end(tmp_path: Path) -> None:
    """No file and no thread before the first note; after closing, notes go nowhere; closing twice is harmless."""
    path = tmp_path / "d.sqlite"
    notes = Diagnostics(path, ManualClock())
    notes.close()
    notes.close()
    notes.note("connection", "late", {})
    assert not path.exists()
    assert read_diagnostics(path) == ()


def test_several_windows_write_one_file(tmp_path: Path) -> None:
    """Four processes at once: no note is lost, no trouble, the newest two hundred stay (CLIENT-8)."""
    path = tmp_path / "d.sqlite"
    program = (
        "import sys; from pathlib import Path; from connectome_tui.client.diagnostics import Diagnostics;"
        "from connectome_tui.clock import SystemClock; notes = Diagnostics(Path(sys.argv[1]), SystemClock());"
        "[(notes.note('command', f'{sys.argv[2]}-{n}', {}), notes.flush()) for n in range(30)];"
        "notes.close(); sys.exit(notes.trouble or 0)"
    )
    windows = [subprocess.Popen([sys.executable, "-c", program, str(path), str(number)]) for number in range(4)]
    assert [window.wait(60) for window in windows] == [0, 0, 0, 0]
    kept = read_diagnostics(path)
    assert len({entry.event for entry in kept}) == 120


def test_the_place_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`CONNECTOME_DIAGNOSTICS` names the file, else it is in the user's folder for state."""
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    assert diagnostics_path().name == "diagnostics.sqlite"
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "mine.sqlite"))
    assert diagnostics_path() == tmp_path / "mine.sqlite"


@pytest.mark.parametrize(("code", "tries"), [(sqlite3.SQLITE_BUSY, 3), (sqlite3.SQLITE_READONLY, 1)])
def test_windows_that_start_together_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, tries: int
) -> None:
    """A file that another window is just making is tried again, one that cannot be written is not (CLIENT-8)."""
    tried = 0

    class Connection(sqlite3.Connection):
        def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
            nonlocal tried
            if "journal_mode" in query:
                tried += 1
                if tried < 3:
                    failure = sqlite3.OperationalError("no")
                    failure.sqlite_errorcode = code
                    raise failure
            return super().execute(query, *values)

    monkeypatch.setattr(
        diagnostics, "_connect", lambda path, _: sqlite3.connect(path, isolation_level=None, factory=Connection)
    )
    notes = Diagnostics(tmp_path / "d.sqlite", ManualClock())
    notes.note("connection", "connected", {})
    notes.flush()
    notes.close()
    assert tried == tries
    assert notes.dropped == (0 if tries == 3 else 1)
