"""`serve` and `ctl`, as they are used in two terminals."""

import json
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.integration.command_line import run_connectome, the_one_line
from tests.integration.sharing import free_port, serving
from tests.unit.test_imports import SCRIPT, modules_loaded_by

SAMPLE = "sample:tale"
HERE = ("--listen", "127.0.0.1:0")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_two_lines_are_enough(state: Path) -> None:
    """`serve` says what to paste; `ctl` finds the token by itself, steps, and sees what it did (SERVER-9)."""
    with serving(state, SAMPLE, *HERE) as server:
        assert server.lines[0] == "serving tale (recording, 20 steps)"
        assert f"connectome attach {server.address}" in server.lines
        first = server.ctl("next")
        assert (first.returncode, first.stderr) == (0, b"")
        assert first.stdout.startswith(b"accepted, revision ")
        assert server.answer("next", "--count", "3")["done"] == 3
        shown = server.answer("state")
        assert (shown["cursor"], shown["script_total"], shown["entries"], shown["mode"]) == (4, 20, 4, "stepper")
        line = server.ctl("state").stdout.decode()
        assert line.startswith("tale · step 4 of 20 · stepper · speed pause · ")
        assert shown["current_explanation"]["sentence"] in line
        assert server.answer("restart")["accepted"]
        again = server.answer("state")
        assert again["cursor"] == 0
        assert again["session_id"] != shown["session_id"]


def test_the_log_is_that_of_an_export(state: Path) -> None:
    """Stepped to its end, the log of the server is byte for byte what `export` writes (STORE-12)."""
    with serving(state, SAMPLE, *HERE) as server:
        assert server.answer("next", "--count", "20")["accepted"]
        for form, option in (("jsonl", ["--json"]), ("text", [])):
            exported = run_connectome("export", SAMPLE, "--format", form).stdout
            assert exported
            assert server.ctl("log", *option).stdout == exported


def test_a_log_of_many_pages_and_a_restart(state: Path, tmp_path: Path) -> None:
    """More than one page, over a Restart, is written whole and in order, and opens again."""
    path = tmp_path / "long.jsonl"
    nodes = [{"id": "service:a", "title": "a", "kind": "service", "zone": "BACKEND"}]
    header = {"type": "session", "session_id": "s-1", "started_at_ms": 0.0, "title": "t", "duration_ms": 1.0}
    header |= {"events": 2500, "errors": 0, "nodes": nodes, "edges": []}
    event = {"from_node_id": "service:a", "to_node_id": "service:a", "trigger": "direct", "call_type": "code"}
    lines = [header, *({"id": f"e{n}", "at_ms": float(n), **event, "label": f"x{n}"} for n in range(2500))]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    with serving(state, path, *HERE) as server:
        assert server.answer("next", "--count", "2200")["accepted"]
        assert server.answer("restart")["accepted"]
        assert server.answer("next", "--count", "2")["accepted"]
        log = [json.loads(line) for line in server.ctl("log", "--json").stdout.splitlines()]
    assert [line["events"] for line in log if line.get("type") == "session"] == [2200, 2]
    labels = [line["label"] for line in log if "label" in line]
    assert labels == [*(f"x{n}" for n in range(2200)), "x0", "x1"]
    copy = tmp_path / "copy.jsonl"
    copy.write_text("".join(f"{json.dumps(line)}\n" for line in log))
    assert json.loads(run_connectome("info", copy, "--json").stdout)["events"] == 2202


def test_a_long_log_is_read_in_turns(state: Path, tmp_path: Path) -> None:
    """A log that is longer than a server gives at once is written whole all the same."""
    path = tmp_path / "lines.jsonl"
    event = {"from_node_id": "service:a", "to_node_id": "service:a", "trigger": "direct", "call_type": "code"}
    path.write_text(
        "".join(f"{json.dumps({'id': f'e{n}', 'at_ms': 1.0, **event, 'label': 'x'})}\n" for n in range(13000))
    )
    with serving(state, f"live=follow:{path}", *HERE) as server:
        while server.answer("state")["entries"] < 13000:
            pass
        lines = server.ctl("log", "--json").stdout.splitlines()
    assert len(lines) == 13001
    assert json.loads(lines[-1])["id"] == "e12999"


def test_what_is_refused_says_why(state: Path) -> None:
    """A command that the engine refuses ends with status 1 and its reason; `--json` has code and message (SERVER-5).

    What the reason advises is a command of `ctl`, not the key of a window.
    """
    with serving(state, SAMPLE, *HERE) as server:
        assert server.answer("mode", "realtime")["accepted"]
        refused = server.ctl("next", "--json")
        assert refused.returncode == 1
        assert refused.stderr.startswith(b"connectome: refused: ")
        assert refused.stderr.endswith(b": `mode stepper` goes back (command.blocked)\n")
        answer = json.loads(refused.stdout)
        assert "mode stepper" in answer["message"]
        assert (answer["accepted"], answer["code"]) == (False, "command.blocked")
        assert server.answer("pause")["accepted"]
        assert server.answer("state")["local_pause"] is True
        assert server.answer("pause")["accepted"]
        assert server.answer("pause", "off")["accepted"]
        assert server.answer("speed", "3x")["accepted"]
        assert server.answer("mode", "stepper")["accepted"]
        assert (server.answer("state")["speed"], server.answer("state")["mode"]) == ("3x", "stepper")
        ended = server.ctl("next", "--count", "100")
        assert ended.returncode == 1
        assert b" of 100: " in ended.stderr
        assert b"(command.end_of_script)" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["mode", "fast"], "stepper, realtime"),
        (["speed"], "pause, 1x, 2x, 3x"),
        (["next", "3"], "takes no value"),
        (["restart", "--count", "2"], "--count"),
        (["leap"], "'leap'"),
        (["next", "--session", "nix"], "there is no session 'nix'; there are tale"),
        (["next", "--token-file", "/nonexistent"], "the token cannot be read"),
    ],
)
def test_bad_input_is_one_line(state: Path, arguments: list[str], expected: str) -> None:
    """What cannot be meant is one line and status 2."""
    with serving(state, SAMPLE, *HERE) as server:
        assert expected in the_one_line(server.ctl(*arguments))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ws://127.0.0.1:1", "a token is needed"),
        ("http://127.0.0.1:1", "expected ws://HOST:PORT"),
        ("ws://me:secret@127.0.0.1:1", "no secret stands in an address"),
        ("unix:/nonexistent/s", "a token is needed"),
    ],
)
def test_where_there_is_no_server(state: Path, address: str, expected: str) -> None:
    """An address at which nothing is, or that is none, is one line and status 2."""
    message = the_one_line(run_connectome("ctl", address, "next", CONNECTOME_STATE=str(state)))
    assert expected in message
    assert "secret@" not in message


def test_nobody_listens_there(state: Path) -> None:
    """With a token and without a server, one line says so."""
    address = f"ws://127.0.0.1:{free_port()}"
    ended = run_connectome("ctl", address, "next", CONNECTOME_STATE=str(state), CONNECTOME_TOKEN="x" * 20)
    assert "nobody listens there: is `connectome serve` running?" in the_one_line(ended)


def test_a_wrong_token_opens_nothing(state: Path) -> None:
    """A wrong token is refused in one line without it, with status 2; the lesser one only looks (SERVER-9)."""
    with serving(state, SAMPLE, *HERE) as server:
        message = the_one_line(server.ctl("next", CONNECTOME_TOKEN="wrong-but-long-enough"))
        assert "this token opens nothing here" in message
        assert "wrong-but" not in message
        lesser = server.token_files[1]
        assert server.ctl("state", "--token-file", lesser).returncode == 0
        assert server.ctl("log", "--token-file", lesser).returncode == 0
        refused = server.ctl("next", "--token-file", lesser)
        assert refused.returncode == 1
        assert b"(auth.read_only)" in refused.stderr
        assert server.answer("state")["cursor"] == 0


def test_the_token_file_is_the_users_alone(state: Path, tmp_path: Path) -> None:
    """`--token-file` makes a file of mode 0600; one that others may read ends the start in one line (SERVER-9)."""
    token = tmp_path / "token"
    with serving(state, SAMPLE, *HERE, "--token-file", token) as server:
        assert token.stat().st_mode & 0o777 == 0o600
        assert f"connectome attach {server.address} --token-file {token}" in server.lines
        assert server.ctl("next").returncode == 2
        assert server.ctl("next", "--token-file", token).returncode == 0
        assert token.read_text().strip() not in "\n".join(server.lines)
    token.chmod(0o644)
    ended = run_connectome("serve", SAMPLE, *HERE, "--token-file", token, CONNECTOME_STATE=str(state))
    assert "others may read this token" in the_one_line(ended)


def test_others_get_in_only_with_a_token_that_was_handed_out(state: Path) -> None:
    """At an address that others can reach it does not start without a token of somebody's choice (SERVER-9)."""
    ended = run_connectome("serve", SAMPLE, "--listen", "0.0.0.0:0", CONNECTOME_STATE=str(state))
    message = the_one_line(ended)
    assert "other machines can reach this address" in message
    assert "--token-file" in message


def test_an_address_in_use_is_one_line(state: Path, tmp_path: Path) -> None:
    """A port or a socket at which another listens ends the start in one line; a dead socket is replaced."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run_connectome("serve", SAMPLE, "--listen", f"127.0.0.1:{port}", CONNECTOME_STATE=str(state))
        assert "the port is in use" in the_one_line(ended)
    path = tmp_path / "s"
    with serving(state, SAMPLE, "--unix", path) as server:
        ended = run_connectome("serve", SAMPLE, "--unix", path, CONNECTOME_STATE=str(state))
        assert "in use by another process" in the_one_line(ended)
        assert server.end(signal.SIGKILL) < 0
    assert path.is_socket()
    with serving(state, SAMPLE, "--unix", path) as server:
        assert server.ctl("next").returncode == 0
        assert server.end() == 0
    assert not path.exists()


def test_a_unix_socket_is_the_users_alone(state: Path, tmp_path: Path) -> None:
    """The folder that it makes has mode 0700, the socket 0600, and two lines are enough there as well."""
    path = tmp_path / "new" / "s"
    with serving(state, SAMPLE, "--unix", path) as server:
        assert server.address == f"unix:{path}"
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_mode & 0o777 == 0o600
        assert server.ctl("next").returncode == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(state: Path, how: signal.Signals) -> None:
    """SIGTERM and Ctrl+C end it with status 0 and no word; the token of a port by chance goes with it."""
    with serving(state, SAMPLE, *HERE) as server:
        assert server.token_files[0].exists()
        assert server.end(how) == 0
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""
        assert not server.token_files[0].exists()
        assert not server.token_files[1].exists()


def test_several_sessions_are_told_apart(state: Path) -> None:
    """With several sessions `ctl` asks which; an address or `--session` names one, and the others stay (CLIENT-5)."""
    with serving(state, SAMPLE, "sample:checkout", *HERE) as server:
        assert "say which session; there are" in the_one_line(server.ctl("next"))
        assert server.answer("next", "--session", "tale")["session"] == "tale"
        ended = run_connectome("ctl", f"{server.address}/tale", "next", CONNECTOME_STATE=str(state))
        assert ended.returncode == 0
        assert server.answer("state", "--session", "tale")["cursor"] == 2
        assert server.answer("state", "--session", "checkout")["cursor"] == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], "say what to serve"), (["/nonexistent"], "/nonexistent"), (["sample:nix"], "no such sample")],
)
def test_what_cannot_be_served(state: Path, arguments: list[str], expected: str) -> None:
    """Nothing to serve, or what cannot be opened, is one line, and leaves neither socket nor token."""
    ended = run_connectome("serve", *arguments, *HERE, CONNECTOME_STATE=str(state))
    assert expected in the_one_line(ended)
    assert not list(state.glob("tokens/*"))


def test_neither_side_loads_the_screen(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` and `ctl` run without Textual and Rich; `ctl` loads no reader and no server (STORE-14)."""
    screen, report = {"textual", "rich"}, tmp_path / "report"
    monkeypatch.setenv("CONNECTOME_STATE", str(state))
    program = ["sh", "-c", f'exec "$@" 3>{report}', "sh", sys.executable, "-c", SCRIPT]
    with serving(state, SAMPLE, *HERE, program=program) as server:
        for command in (["next"], ["state"], ["log"]):
            loaded = modules_loaded_by(["ctl", server.address, *command], tmp_path / "ctl")
            assert not loaded & {*screen, "pydantic", "yaml", "google"}
            assert not any(name.startswith(("connectome_tui.server.", "connectome_tui.traces")) for name in loaded)
        for command in (["audit", "tale"], ["diagnostics"]):
            assert not modules_loaded_by(command, tmp_path / "ctl") & screen
        assert server.end() == 0
    status, modules = json.loads(report.read_text())
    assert status == 0
    assert not set(modules) & screen


def test_a_folder_that_is_taken_away_is_told(state: Path) -> None:
    """The session goes on without its state folder, the badge says it, and the end is one line (SERVER-10)."""
    with serving(state, SAMPLE, *HERE) as server:
        token = server.token_files[0].read_text().strip()
        (state / "servers").rename(state / "away")
        badge = {"status": "", "tooltip": ""}
        while badge["status"] != "ERROR":
            assert server.ctl("restart", CONNECTOME_TOKEN=token).returncode == 0
            shown = json.loads(server.ctl("state", "--json", CONNECTOME_TOKEN=token).stdout)
            badge = shown["health_badges"].get("server", badge)
        assert "was taken away meanwhile" in badge["tooltip"]
        assert server.end() == 0
        assert server.process.stdout is not None
        said = server.process.stdout.read()
    assert said.count("was taken away meanwhile") == said.count("\n") == 2
