"""`connectome open` in a real pseudo-terminal, as a person meets it."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from scripts.benchmark.terminal import Terminal
from tests.integration.command_line import PROGRAM, environment
from tests.integration.test_bad_input import SPAN

SECONDS = 20
LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
SHOWN_CURSOR = b"\x1b[?25h"
STYLES = re.compile(rb"\x1b\[([0-9;:]*)m")
COLOURS = {*range(30, 50), *range(90, 108)}


def test_a_sample_is_stepped_and_left() -> None:
    """Without a file a sample opens; Space releases one event; q leaves the terminal as it was, status 0."""
    with Terminal(PROGRAM, environment=environment()) as terminal:
        terminal.wait_until(lambda screen: "Press Space" in screen, SECONDS)
        terminal.send(b" ")
        terminal.wait_until(lambda screen: "Step 1 of 20" in screen and "1 event" in screen, SECONDS)
        terminal.send(b"3n")
        terminal.wait_until(lambda screen: "Step 4 of 20" in screen and "4 events" in screen, SECONDS)
        terminal.resize(80, 24)
        terminal.wait_until(lambda screen: "Step 4 of 20" in screen.splitlines()[12], SECONDS)
        terminal.send(b"q")
        assert terminal.wait_for_end(SECONDS) == 0
        assert LEFT_ALTERNATE_SCREEN in terminal.received
        assert SHOWN_CURSOR in terminal.received


def test_a_start_after_some_steps() -> None:
    """`--at N` shows what N presses would: as many events, the same step."""
    with Terminal([*PROGRAM, "sample:tale", "--at", "7"], environment=environment()) as terminal:
        terminal.wait_until(lambda screen: "Step 7 of 20" in screen and "7 events" in screen, SECONDS)


def test_a_recording_comes_through_a_pipe_and_keys_from_the_terminal(tmp_path: Path) -> None:
    """With `-` standard input is the recording; the keys are taken from the terminal beside it."""
    path = tmp_path / "spans.json"
    path.write_bytes(SPAN)
    script = f'cat "{path}" | {" ".join(PROGRAM)} -'
    with Terminal(["sh", "-c", script], environment=environment()) as terminal:
        terminal.wait_until(lambda screen: "Press Space" in screen, SECONDS)
        terminal.send(b" ")
        terminal.wait_until(lambda screen: "Step 1 of 1" in screen, SECONDS)
        terminal.send(b"q")
        assert terminal.wait_for_end(SECONDS) == 0


def test_a_bad_file_is_one_line_on_a_restored_terminal(tmp_path: Path) -> None:
    """What is wrong with a file is said on the terminal as it was before, with status 2."""
    path = tmp_path / "bad.json"
    path.write_bytes(b'{"users": []}')
    with Terminal([*PROGRAM, str(path)], environment=environment(), width=200) as terminal:
        assert terminal.wait_for_end(SECONDS) == 2
        before, _, after = terminal.received.decode().rpartition("\x1b[?1049l")
        assert f"connectome: {path}" in after
        assert "Traceback" not in before + after


@pytest.mark.parametrize(
    "choice", [{"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"OPTION": "--ascii"}]
)
def test_ascii_where_nothing_else_can_be_shown(choice: dict[str, str]) -> None:
    """In a terminal without UTF-8, and with `--ascii`, every cell is ASCII."""
    options = [choice["OPTION"]] if "OPTION" in choice else []
    with Terminal([*PROGRAM, "sample:tale", "--at", "5", *options], environment=environment(**choice)) as terminal:
        terminal.wait_until(lambda screen: "Step 5 of 20" in screen, SECONDS)
        terminal.settle(0.1, 1)
        assert terminal.text().isascii()


def test_no_colour_code_is_sent_without_colour() -> None:
    """With NO_COLOR not a single colour code reaches the terminal, greys included."""
    with Terminal([*PROGRAM, "sample:tale", "--at", "5"], environment=environment(NO_COLOR="1")) as terminal:
        terminal.wait_until(lambda screen: "Step 5 of 20" in screen, SECONDS)
        terminal.send(b" ?")
        terminal.settle(0.1, 1)
        sent = {int(code) for style in STYLES.findall(terminal.received) for code in re.split(rb"[;:]", style) if code}
        assert sent
        assert not sent & COLOURS


def test_a_program_that_is_ended_gives_the_terminal_back() -> None:
    """What ends it with a signal (`kill`, a closed session) finds the terminal as it was before."""
    with Terminal([*PROGRAM, "sample:tale"], environment=environment()) as terminal:
        terminal.wait_until(lambda screen: "Press Space" in screen, SECONDS)
        terminal.kill(signal.SIGTERM)
        assert terminal.wait_for_end(SECONDS) == 128 + signal.SIGTERM
        assert LEFT_ALTERNATE_SCREEN in terminal.received
        assert SHOWN_CURSOR in terminal.received


@pytest.mark.parametrize("keys", [b"", b"m>>"])
def test_a_terminal_that_goes_away_without_a_signal_ends_the_program(keys: bytes) -> None:
    """Whether it rests or plays: without its terminal the program ends with status 129, also when nobody tells it."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    variables = {**os.environ, "TERM": "xterm-256color", **environment()}
    # A session of its own has no controlling terminal, and is not told of a hang-up.
    program = subprocess.Popen(
        [*PROGRAM, "sample:tale"], stdin=its, stdout=its, stderr=its, start_new_session=True, env=variables
    )
    os.close(its)
    try:
        seen = bytearray()
        while b"Press" not in seen:
            seen += os.read(mine, 1 << 16)
        if keys:
            os.write(mine, keys)
            seen += os.read(mine, 1 << 16)
        os.close(mine)
        assert program.wait(SECONDS) == 128 + signal.SIGHUP
    finally:
        program.kill()
        program.wait()
