"""The audit log (SERVER-6)."""

import json
import stat
from pathlib import Path

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import SourceError
from connectome_tui.server.audit import LONGEST_VALUE, OLD_FILES, AuditLog, read_audit
from connectome_tui.server.keeping import Actor, AuditLine

ADA = Actor("ada~1", "ada")


def line(number: int = 1, session: str = "shop", **fields: object) -> AuditLine:
    values = {"scope": "playback", "key": "playback/session/speed", "old": "1x", "new": "2x", "at_ms": 5.0} | fields
    return AuditLine(session=session, actor=ADA, revision=number, **values)  # type: ignore[arg-type]


def test_what_was_written_is_read_back_in_order(tmp_path: Path) -> None:
    """SERVER-6: every change with actor, scope, key, both values, version and time, oldest first."""
    log = AuditLog(tmp_path / "here", ManualClock())
    written = [line(number, new={"deep": [number, None]}) for number in range(5)]
    for one in written:
        log.write(one)
    log.write(line(session="other"))
    log.close()
    again = AuditLog(tmp_path / "here", ManualClock())
    again.write(line(9))
    assert list(read_audit("shop", tmp_path)) == [*written, line(9)]


def test_it_is_rotated_by_size_and_the_oldest_files_go(tmp_path: Path) -> None:
    """SERVER-10: a log that is written for ever stays bounded, and what is left has no hole."""
    log = AuditLog(tmp_path / "here", ManualClock(), max_bytes=1000)
    for number in range(200):
        log.write(line(number))
    files = sorted((tmp_path / "here" / "audit").iterdir())
    assert len(files) == 1 + OLD_FILES
    assert all(file.stat().st_size <= 1000 for file in files)
    read = [one.revision for one in read_audit("shop", tmp_path)]
    assert read == list(range(read[0], 200))
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_what_controls_a_terminal_is_escaped(tmp_path: Path) -> None:
    """SERVER-6, LOG-5: a line is one line of ASCII, whatever somebody calls themselves or writes."""
    log = AuditLog(tmp_path / "here", ManualClock())
    bad = "\x1b[2J\n\u202e\u2028\ud800"
    log.write(AuditLine("shop", Actor("x~1", bad), "view", bad, bad, {bad: bad}, 1, 0.0))
    data = (tmp_path / "here" / "audit" / "shop.jsonl").read_bytes()
    assert data.count(b"\n") == 1
    assert data.isascii()
    assert b"\x1b" not in data
    (read,) = read_audit("shop", tmp_path)
    assert (read.key, read.actor.name) == (bad, bad)


def test_a_value_that_is_long_is_cut(tmp_path: Path) -> None:
    """One write cannot push all others out of the log."""
    log = AuditLog(tmp_path / "here", ManualClock())
    log.write(line(new="x" * 1_000_000))
    assert (tmp_path / "here" / "audit" / "shop.jsonl").stat().st_size < 2 * LONGEST_VALUE


def test_a_line_that_was_cut_off_is_left_out_and_harms_no_other(tmp_path: Path) -> None:
    """The machine may fail in the middle of a line."""
    log = AuditLog(tmp_path / "here", ManualClock())
    log.write(line(1))
    log.write(line(2))
    log.close()
    path = tmp_path / "here" / "audit" / "shop.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    again = AuditLog(tmp_path / "here", ManualClock())
    again.write(line(3))
    assert [one.revision for one in read_audit("shop", tmp_path)] == [1, 3]
    assert [json.loads(part)["revision"] for part in path.read_bytes().splitlines()[::2]] == [1, 3]


def test_names_cannot_leave_the_folder(tmp_path: Path) -> None:
    """A session may be called anything: its log lies in the folder of logs."""
    log = AuditLog(tmp_path / "here", ManualClock())
    log.write(line(session="../../evil"))
    assert [one.session for one in read_audit("../../evil", tmp_path)] == ["../../evil"]
    assert len(list((tmp_path / "here" / "audit").iterdir())) == 1


def test_a_session_that_there_is_not_names_those_there_are(tmp_path: Path) -> None:
    """Bad input of `connectome audit` is one line that helps."""
    with pytest.raises(SourceError, match="nothing was changed by anybody yet"):
        read_audit("shop", tmp_path)
    for server, session in (("a", "shop"), ("b", "till")):
        AuditLog(tmp_path / server, ManualClock()).write(line(session=session))
    with pytest.raises(SourceError, match="expected one of shop, till"):
        read_audit("nothing", tmp_path)


def test_more_sessions_than_files_may_be_open(tmp_path: Path) -> None:
    """Files are closed and opened again; no line is lost."""
    log = AuditLog(tmp_path / "here", ManualClock())
    for number in range(3):
        for session in range(50):
            log.write(line(number, session=f"s{session}"))
    assert [one.revision for one in read_audit("s0", tmp_path)] == [0, 1, 2]
