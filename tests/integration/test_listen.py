"""`connectome listen` in a real pseudo-terminal, and what is there of it afterwards."""

import http.client
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.benchmark.terminal import Terminal
from tests.integration.command_line import PROGRAM, environment, run_connectome
from tests.integration.receiving import JSON, request_json, span_json

SECONDS = 30
TRACE = "%032x"
ENDPOINT = re.compile(r"ENDPOINT=http://127\.0\.0\.1:(\d+) ")


class Listening:
    """The program, listening on a port that it chose."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        terminal.wait_until(lambda screen: ENDPOINT.search(screen) is not None, SECONDS)
        found = ENDPOINT.search(terminal.text())
        assert found
        self.port = int(found[1])
        self._number = 0

    def post(self, count: int = 1) -> None:
        """So many traces of one span each; every one is acknowledged."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        for _ in range(count):
            self._number += 1
            span = span_json(trace=TRACE % self._number, name=f"work {self._number}")
            connection.request("POST", "/v1/traces", request_json(span), JSON)
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"{}")
        connection.close()

    def wait_for(self, *texts: str) -> None:
        """Wait until all of these are on the screen."""
        self.terminal.wait_until(lambda screen: all(text in screen for text in texts), SECONDS)


@contextmanager
def listening(folder: Path, *options: str) -> Iterator[Listening]:
    command = [*PROGRAM, "listen", "--http", "127.0.0.1:0", "--settle", "0", *options]
    with Terminal(command, environment=environment(CONNECTOME_RECORDINGS=str(folder))) as terminal:
        yield Listening(terminal)


def listed(folder: Path) -> list[dict[str, object]]:
    listed = json.loads(run_connectome("sessions", "--json", CONNECTOME_RECORDINGS=str(folder)).stdout)
    assert isinstance(listed, list)
    return listed


def test_spans_arrive_pause_and_resume_and_the_recording_stays(tmp_path: Path) -> None:
    """What comes is shown; `p` lets it wait, and again drains it; after q it is listed, informs, exports and goes."""
    with listening(tmp_path) as program:
        program.post(2)
        program.wait_for("2 events", "work 2")
        program.terminal.send(b"p")
        program.wait_for("paused")
        program.post(3)
        program.wait_for("waiting 3")
        assert "2 events" in program.terminal.text()
        program.terminal.send(b"p")
        program.wait_for("5 events", "work 5")
        program.terminal.send(b"q")
        assert program.terminal.wait_for_end(SECONDS) == 0
    (recording,) = listed(tmp_path)
    assert (recording["events"], recording["is_live"]) == (5, False)
    path = Path(str(recording["path"]))
    assert (path.stat().st_mode & 0o777, [one.name for one in tmp_path.iterdir()]) == (0o600, [path.name])
    info = run_connectome("info", "--json", "session:last", CONNECTOME_RECORDINGS=str(tmp_path))
    assert json.loads(info.stdout)["spans"] == 5
    exported = run_connectome("export", str(path), "--format", "text").stdout.decode()
    assert [line.count(f"work {n}") for n, line in enumerate(exported.splitlines())] == [0, 1, 1, 1, 1, 1]
    pruned = run_connectome("sessions", "prune", "--keep", "0", CONNECTOME_RECORDINGS=str(tmp_path))
    assert (pruned.returncode, list(tmp_path.iterdir())) == (0, [])


def test_what_comes_can_be_stepped(tmp_path: Path) -> None:
    """With `--stepper` spans wait in the background, and each Next releases one."""
    with listening(tmp_path, "--stepper") as program:
        program.post(3)
        program.wait_for("waiting 3")
        program.terminal.send(b" ")
        program.wait_for("work 1", "waiting 2")
        program.terminal.send(b" ")
        program.wait_for("Step 2", "2 events", "waiting 1")
        program.terminal.send(b"q")
        assert program.terminal.wait_for_end(SECONDS) == 0


def test_after_kill_9_everything_acknowledged_is_there(tmp_path: Path) -> None:
    """Killed in the middle: the receiving process ends, and what was acknowledged is listed and opens."""
    with listening(tmp_path) as program:
        program.post(20)
        os.kill(program.terminal.pid, signal.SIGKILL)
        program.terminal.wait_for_end(SECONDS)
        (recording,) = listed(tmp_path)
        assert recording["events"] == 20
    info = run_connectome("info", "--json", "session:last", CONNECTOME_RECORDINGS=str(tmp_path))
    assert json.loads(info.stdout)["spans"] == 20
    command = [*PROGRAM, "open", "session:last", "--flow", "all", "--at", "20"]
    with Terminal(command, environment=environment(CONNECTOME_RECORDINGS=str(tmp_path))) as terminal:
        terminal.wait_until(lambda screen: "20 of 20" in screen and "work 20" in screen, SECONDS)
        terminal.send(b"q")
        assert terminal.wait_for_end(SECONDS) == 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the receiving process as Linux lists it")
def test_a_killed_receiving_process_is_said_and_started_again(tmp_path: Path) -> None:
    """The session goes on: what had come stays, the port is the same, and what comes next is shown."""
    with listening(tmp_path) as program:
        program.post(2)
        program.wait_for("2 events")
        pid = program.terminal.pid
        children = {
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        }
        (receiving,) = [child for child in children if "receiver" in Path(f"/proc/{child}/cmdline").read_text()]
        os.kill(receiving, signal.SIGKILL)
        program.wait_for("the receiving process ended")
        program.terminal.wait_until(lambda screen: "the receiving process ended" not in screen, SECONDS)
        program.post(1)
        program.wait_for("3 events", "work 3")
        program.terminal.send(b"q")
        assert program.terminal.wait_for_end(SECONDS) == 0
    (recording,) = listed(tmp_path)
    assert (recording["events"], recording["is_live"]) == (3, False)


def test_nothing_is_kept_with_no_record(tmp_path: Path) -> None:
    """`--no-record` leaves no file behind."""
    with listening(tmp_path, "--no-record") as program:
        program.post()
        program.wait_for("1 event")
        program.terminal.send(b"q")
        assert program.terminal.wait_for_end(SECONDS) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    """A second one on the same port ends with one line and status 2, and leaves no recording."""
    with listening(tmp_path / "one") as program:
        command = [*PROGRAM, "listen", "--http", f"127.0.0.1:{program.port}"]
        with Terminal(command, environment=environment(CONNECTOME_RECORDINGS=str(tmp_path / "two"))) as second:
            assert second.wait_for_end(SECONDS) == 2
            assert "the port is in use" in second.received.decode()
    assert list((tmp_path / "two").iterdir()) == []


def test_another_address_needs_a_token(tmp_path: Path) -> None:
    """What other machines can reach is not opened without a token, and says where one may come from."""
    command = [*PROGRAM, "listen", "--http", "0.0.0.0:0"]
    with Terminal(command, environment=environment(CONNECTOME_RECORDINGS=str(tmp_path))) as terminal:
        assert terminal.wait_for_end(SECONDS) == 2
        assert "senders have to show a token" in terminal.received.decode()
