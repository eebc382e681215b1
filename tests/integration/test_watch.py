"""`connectome watch` in a real pseudo-terminal: a growing file, a pipe, a Unix socket (RUN-5, RUN-6)."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectome_tui.samples import sample_path
from scripts.benchmark.terminal import Terminal
from tests.integration.command_line import PROGRAM, environment

SECONDS = 20
LINES = sample_path("run").read_bytes().splitlines(keepends=True)
HALF = b"".join(LINES[:30])
REST = b"".join(LINES[30:])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: the path of a socket has about a hundred bytes."""
    made = Path(tempfile.mkdtemp(prefix="cw-"))
    yield made
    shutil.rmtree(made)


def leave(terminal: Terminal) -> None:
    terminal.send(b"q")
    assert terminal.wait_for_end(SECONDS) == 0


def test_a_run_through_a_socket(folder: Path) -> None:
    """Units and counts follow what comes, whoever sends it; at the end the socket is taken away."""
    path = folder / "new" / "run.sock"
    arguments = [*PROGRAM, "watch", "--no-record", f"unix:{path}"]
    with Terminal(arguments, environment=environment()) as terminal:
        terminal.wait_until(lambda screen: f"unix:{path}" in screen and "Waiting" in screen, SECONDS)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(HALF)
            terminal.wait_until(lambda screen: "● 3/10  ◐ 3  ○ 4" in screen and "30 events" in screen, SECONDS)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(REST)
            terminal.wait_until(lambda screen: "● 7/10  ✗ 1  ⊘ 2" in screen and "53 events" in screen, SECONDS)
        leave(terminal)
    assert not path.exists()


def test_a_run_in_a_file_that_grows(folder: Path) -> None:
    """What is in the file is shown, and what is added; a bad line is no event and disturbs nothing."""
    path = folder / "run.jsonl"
    path.write_bytes(HALF)
    with Terminal([*PROGRAM, "watch", "--no-record", str(path)], environment=environment()) as terminal:
        terminal.wait_until(lambda screen: "● 3/10" in screen and "30 events" in screen, SECONDS)
        with path.open("ab") as file:
            file.write(b"{no JSON\n" + REST)
        terminal.wait_until(lambda screen: "● 7/10" in screen and "53 events" in screen, SECONDS)
        leave(terminal)


def test_a_run_from_a_pipe(folder: Path) -> None:
    """With `-` the records come from standard input while keys work."""
    path = folder / "run.jsonl"
    path.write_bytes(HALF + REST)
    script = f'cat "{path}" | {" ".join(PROGRAM)} watch --no-record -'
    with Terminal(["sh", "-c", script], environment=environment()) as terminal:
        terminal.wait_until(lambda screen: "● 7/10" in screen and "53 events" in screen, SECONDS)
        leave(terminal)


def test_a_socket_in_use_is_one_line(folder: Path) -> None:
    """A path at which a live process listens is refused with one line, before the screen is taken."""
    path = folder / "run.sock"
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(path))
        taken.listen()
        with Terminal([*PROGRAM, "watch", "--no-record", f"unix:{path}"], environment=environment()) as terminal:
            assert terminal.wait_for_end(SECONDS) == 2
            assert "in use by another process" in terminal.received.decode()
    assert path.exists()
