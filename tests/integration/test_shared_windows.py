"""Windows on a shared session, each in a pseudo-terminal of its own, as people meet them."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from scripts.benchmark.terminal import Terminal
from tests.integration.command_line import PROGRAM, environment, run_connectome, the_one_line
from tests.integration.sharing import Served, free_port, serving

SECONDS = 30
SAMPLE = "sample:tale"


def attached(server: Served, name: str, *options: str | Path, address: str = "") -> Terminal:
    """A window of this user."""
    command = [*PROGRAM, "attach", address or server.address, "--name", name, *map(str, options)]
    own = environment(CONNECTOME_STATE=str(server.state), CONNECTOME_DIAGNOSTICS=str(server.state / f"{name}.sqlite"))
    return Terminal(command, environment=own)


def shows(*texts: str) -> Callable[[str], bool]:
    return lambda screen: all(text in screen for text in texts)


def wait(window: Terminal, *texts: str) -> None:
    window.wait_until(shows(*texts), SECONDS)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_a_step_in_one_window_is_a_step_in_all(state: Path) -> None:
    """Space in one window, Restart in the other and `ctl` are seen in both; each sees who is here (SERVER-1)."""
    with (
        serving(state, SAMPLE, "--listen", "127.0.0.1:0") as server,
        attached(server, "Ada") as ada,
        attached(server, "Ben") as ben,
    ):
        for window in (ada, ben):
            wait(window, "Press Space", "2 here")
        ada.send(b" ")
        for window in (ada, ben):
            wait(window, "Step 1 of 20")
        assert server.ctl("next", "--count", "3").returncode == 0
        for window in (ada, ben):
            wait(window, "Step 4 of 20")
        ben.send(b"h")
        wait(ben, "Ada", "Ben", "you")
        ben.send(b"r")
        wait(ada, "Press Space")
        ada.send(b"q")
        assert ada.wait_for_end(SECONDS) == 0
        wait(ben, "Step 0 of 20")
        ben.send(b"q")
        assert ben.wait_for_end(SECONDS) == 0


def test_who_comes_late_sees_the_whole_session(state: Path, tmp_path: Path) -> None:
    """A window that attaches after many steps, over a Unix socket, shows the same step and log at once."""
    path = tmp_path / "s"
    with serving(state, SAMPLE, "--unix", path) as server:
        assert server.ctl("next", "--count", "7").returncode == 0
        with attached(server, "Ada", address=f"unix:{path}#tale") as ada:
            wait(ada, "Step 7 of 20", "submit", 'say "open the door"')


def test_who_may_only_look_cannot_step(state: Path) -> None:
    """A window with the lesser token, or that asked for it, sees every step and makes none (SERVER-9)."""
    with serving(state, SAMPLE, "--listen", "127.0.0.1:0") as server:
        lesser = server.token_files[1]
        with attached(server, "Ada", "--token-file", lesser) as ada, attached(server, "Ben", "--read-only") as ben:
            for window in (ada, ben):
                wait(window, "read-only")
                window.send(b" ")
            assert server.ctl("next").returncode == 0
            for window in (ada, ben):
                wait(window, "Step 1 of 20")
        assert server.answer("state")["cursor"] == 1


def test_a_server_killed_in_the_middle_and_its_windows(state: Path) -> None:
    """Killed, the window says so and keeps what it saw; started again, it goes on where all were (SERVER-7)."""
    where = ("--listen", f"127.0.0.1:{free_port()}")
    with serving(state, SAMPLE, *where) as server, attached(server, "Ada") as ada:
        wait(ada, "Press Space")
        ada.send(b"3 ")
        wait(ada, "Step 3 of 20")
        server.end(signal.SIGKILL)
        wait(ada, "Connection lost", "You see step 3")
        with serving(state, SAMPLE, *where) as again:
            assert again.ctl("next").returncode == 0
            ada.send(b"\x12")
            ada.wait_until(lambda screen: "Step 4 of 20" in screen and "Connection lost" not in screen, SECONDS)
            ada.send(b" ")
            wait(ada, "Step 5 of 20")
            assert again.answer("state")["cursor"] == 5
            assert again.end() == 0
            wait(ada, "Connection lost", "You see step 5")
        ada.send(b"q")
        assert ada.wait_for_end(SECONDS) == 0


def test_a_window_that_is_suspended_comes_back_equal(state: Path) -> None:
    """A window stopped while the others step finds itself where all are when it goes on, and steps again."""
    with (
        serving(state, SAMPLE, "--listen", "127.0.0.1:0") as server,
        attached(server, "Ada") as ada,
        attached(server, "Ben") as ben,
    ):
        for window in (ada, ben):
            wait(window, "Press Space", "2 here")
        os.kill(ada.pid, signal.SIGSTOP)
        ben.send(b"9 ")
        wait(ben, "Step 9 of 20")
        assert server.ctl("restart").returncode == 0
        assert server.ctl("next", "--count", "5").returncode == 0
        wait(ben, "Step 5 of 20")
        os.kill(ada.pid, signal.SIGCONT)
        wait(ada, "Step 5 of 20")
        ada.send(b" ")
        for window in (ada, ben):
            wait(window, "Step 6 of 20")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["ws://127.0.0.1:1"], "attach needs a terminal; without one, ask for the state as text: connectome ctl"),
        (["http://127.0.0.1:1"], "expected ws://HOST:PORT"),
        (["ws://a:b@127.0.0.1:1"], "--token-file"),
    ],
)
def test_what_attach_needs(state: Path, arguments: list[str], expected: str) -> None:
    """Without a terminal, or with an address that is none, one line says what is wanted."""
    assert expected in the_one_line(run_connectome("attach", *arguments, CONNECTOME_STATE=str(state)))


def test_what_happened_is_in_the_diagnostics(state: Path) -> None:
    """What a window noted of its connection is printed by `diagnostics`, without any secret (CLIENT-8)."""
    with serving(state, SAMPLE, "--listen", "127.0.0.1:0") as server:
        with attached(server, "Ada") as ada:
            wait(ada, "Press Space")
            ada.send(b" ")
            wait(ada, "Step 1 of 20")
            ada.send(b"q")
            assert ada.wait_for_end(SECONDS) == 0
        token = server.token_files[0].read_text().strip().encode()
        noted = str(state / "Ada.sqlite")
        ended = run_connectome("diagnostics", CONNECTOME_DIAGNOSTICS=noted)
        assert ended.returncode == 0
        assert b"] connection " in ended.stdout
        assert token not in ended.stdout
        lines = run_connectome("diagnostics", "--json", CONNECTOME_DIAGNOSTICS=noted).stdout
        assert len(lines.splitlines()) == len(ended.stdout.splitlines())


def test_who_did_what_is_in_the_audit_log(state: Path) -> None:
    """Every step and change stands in the audit log under the name of who did it, also when the server is gone."""
    with serving(state, SAMPLE, "--listen", "127.0.0.1:0") as server:
        assert server.ctl("next", "--as", "Ada", "--origin", "agent").returncode == 0
        assert server.ctl("speed", "2x", "--as", "Ben").returncode == 0
        server.end()
    text = run_connectome("audit", "tale", CONNECTOME_STATE=str(state)).stdout.decode()
    assert re.search(r"Ada \(agent\) command/next_step", text)
    assert re.search(r"Ben \(script\) playback/session/speed: pause → 2x", text)
    json_lines = run_connectome("audit", "tale", "--json", CONNECTOME_STATE=str(state)).stdout.splitlines()
    assert len(json_lines) == len(text.splitlines())
    missing = run_connectome("audit", "nix", CONNECTOME_STATE=str(state))
    assert "there is no audit log of this session: expected one of tale" in the_one_line(missing)


def test_diagnostics_are_followed(tmp_path: Path) -> None:
    """`diagnostics --follow` prints what there is, waits for more, and ends with Ctrl+C."""
    command = [*PROGRAM, "diagnostics", "--follow"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=environment(CONNECTOME_DIAGNOSTICS=str(tmp_path / "d"))
    ) as following:
        from connectome_tui.client.diagnostics import Diagnostics
        from connectome_tui.clock import ManualClock

        notes = Diagnostics(tmp_path / "d", ManualClock(1_700_000_000_000.0))
        notes.note("connection", "opened", {"address": "ws://127.0.0.1:1"})
        notes.close()
        assert following.stdout is not None
        assert b"connection opened (service) address=ws://127.0.0.1:1" in following.stdout.readline()
        following.send_signal(signal.SIGINT)
        assert following.wait(SECONDS) == 130


def test_the_stepper_shares_itself(state: Path, tmp_path: Path) -> None:
    """`open --share` prints how to attach, steps like any window, and the server ends with it (SERVER-1)."""
    path = tmp_path / "s"
    own = environment(CONNECTOME_STATE=str(state), CONNECTOME_DIAGNOSTICS=str(tmp_path / "notes"))
    command = [*PROGRAM, "open", SAMPLE, "--share", "--unix", str(path), "--at", "3"]
    with Terminal(command, environment=own) as sharer:
        wait(sharer, "Step 3 of 20")
        assert f"connectome attach unix:{path}".encode() in sharer.received
        ended = run_connectome("ctl", f"unix:{path}", "next", CONNECTOME_STATE=str(state))
        assert ended.returncode == 0
        wait(sharer, "Step 4 of 20")
        sharer.send(b"q")
        assert sharer.wait_for_end(SECONDS) == 0
        assert not path.exists()


def test_a_server_does_not_outlive_who_shares(state: Path, tmp_path: Path) -> None:
    """However the sharing window ends, its server ends as well."""
    path = tmp_path / "s"
    own = environment(CONNECTOME_STATE=str(state), CONNECTOME_DIAGNOSTICS=str(tmp_path / "notes"))
    with Terminal([*PROGRAM, "open", SAMPLE, "--share", "--unix", str(path)], environment=own) as sharer:
        wait(sharer, "Press Space")
        os.kill(sharer.pid, signal.SIGKILL)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(SECONDS)
        with suppress(FileNotFoundError, ConnectionError):
            probe.connect(str(path))
            assert probe.recv(1) == b""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([SAMPLE, "--listen", "127.0.0.1:0"], "go with --share"),
        ([SAMPLE, "sample:run", "--share"], "--share takes one source"),
        (["-", "--share"], "connectome serve -"),
    ],
)
def test_what_cannot_be_shared(arguments: list[str], expected: str) -> None:
    """Options that go only together, several sources and a pipe are one line that says what does it."""
    assert expected in the_one_line(run_connectome("open", *arguments))


def test_why_sharing_did_not_begin(state: Path) -> None:
    """What the server says before it serves is what `open --share` ends with."""
    command = [*PROGRAM, "open", "/nonexistent", "--share", "--listen", "127.0.0.1:0"]
    with Terminal(command, environment=environment(CONNECTOME_STATE=str(state)), width=200) as sharer:
        assert sharer.wait_for_end(SECONDS) == 2
        assert "connectome: /nonexistent: " in sharer.text()
        assert "Traceback" not in sharer.text()
