"""`connectome export`: where it writes, and what is left when it cannot."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.integration.command_line import PROGRAM, environment, run_connectome, the_one_line
from tests.integration.test_bad_input import SPAN


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "spans.jsonl"
    path.write_bytes(SPAN + b"\n")
    return path


def test_an_export_opens_again_and_exports_to_the_same_bytes(recording: Path, tmp_path: Path) -> None:
    """An exported file is a recording like any other, and nothing is lost on the way (STORE-12)."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert run_connectome("export", recording, "-o", first).returncode == 0
    assert run_connectome("export", first, "-o", second).returncode == 0
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().count(b"\n") == 2


def test_sessions_stay_apart(recording: Path, tmp_path: Path) -> None:
    """An export of several sessions, as a log that was restarted is copied, exports to the same bytes (STORE-12)."""
    both, again = tmp_path / "both.jsonl", tmp_path / "again.jsonl"
    both.write_bytes(run_connectome("export", recording).stdout + run_connectome("export", "sample:tale").stdout)
    assert run_connectome("export", both, "-o", again).returncode == 0
    assert again.read_bytes() == both.read_bytes()


def test_a_pipe_and_a_file_get_the_same(recording: Path, tmp_path: Path) -> None:
    """Standard output, `-o -` and a file hold the same bytes, and standard input reads like a file."""
    path = tmp_path / "out.jsonl"
    run_connectome("export", recording, "-o", path)
    assert run_connectome("export", recording).stdout == path.read_bytes()
    assert run_connectome("export", recording, "-o", "-").stdout == path.read_bytes()
    assert run_connectome("export", "-", stdin=recording.read_bytes()).stdout == path.read_bytes()


def test_text_is_the_line_of_the_log(recording: Path) -> None:
    """The text form has a line for the session and one for the event (LOG-4)."""
    lines = run_connectome("export", "--format", "text", recording).stdout.decode().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("# session ")
    assert "[direct] [code] [2.0ms]" in lines[1]


def test_a_folder_that_is_not_there_is_one_line(recording: Path, tmp_path: Path) -> None:
    """An export into no folder says so and makes nothing."""
    target = tmp_path / "nowhere" / "out.jsonl"
    message = the_one_line(run_connectome("export", recording, "-o", target))
    assert str(target) in message
    assert "there is no folder" in message


def test_a_folder_in_the_place_of_the_file_is_one_line(recording: Path, tmp_path: Path) -> None:
    """An export onto a folder says so."""
    assert "is a folder" in the_one_line(run_connectome("export", recording, "-o", tmp_path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line(recording: Path) -> None:
    """Without room the export fails with a line, to a file and to standard output alike."""
    assert "no space left" in the_one_line(run_connectome("export", recording, "-o", "/dev/full"))
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*PROGRAM, "export", str(recording)], stdout=full, stderr=subprocess.PIPE, check=False, env=environment()
        )
    assert ended.returncode == 2
    assert ended.stderr.decode() == "connectome: standard output: cannot be written: no space left on device\n"


def test_a_reader_that_had_enough_ends_it_quietly(shared_data: Path) -> None:
    """`connectome export … | head -1` writes one line and nothing on standard error."""
    source = shared_data / "traces" / "shop.otlp.jsonl"
    script = f'{" ".join(PROGRAM)} export "{source}" | head -1 | cut -c1-17'
    ended = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, env=environment())
    assert ended.stdout == '{"type":"session"\n'
    assert ended.stderr == ""


def test_a_failed_export_leaves_what_was_there(recording: Path, tmp_path: Path) -> None:
    """The old file stays as it was until the new one is complete."""
    target = tmp_path / "out.jsonl"
    target.write_text("old")
    the_one_line(run_connectome("export", tmp_path / "missing", "-o", target))
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "spans.jsonl"]
    assert recording.exists()


def test_a_new_file_has_the_usual_permissions_and_links_stay(recording: Path, tmp_path: Path) -> None:
    """The written file obeys the umask, keeps the mode of the one before, and a link stays a link."""
    target, link = tmp_path / "out.jsonl", tmp_path / "link.jsonl"
    link.symlink_to(target)
    before = os.umask(0o027)
    try:
        run_connectome("export", recording, "-o", link)
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    target.chmod(0o600)
    run_connectome("export", recording, "-o", target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
