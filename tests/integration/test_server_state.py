"""Servers that are killed and started again, as processes (SERVER-6, SERVER-7)."""

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectome_tui.clock import SystemClock
from connectome_tui.server.keeper import open_keeper
from tests.integration.command_line import environment, run_connectome, the_one_line
from tests.integration.receiving import JSON, request_json, span_json
from tests.integration.sharing import Served, free_port, serving

KEEPER = """
import sys
from pathlib import Path
from connectome_tui.clock import SystemClock
from connectome_tui.server.keeper import open_keeper
from connectome_tui.server.keeping import Actor, KeptCommit
kept = open_keeper(Path(sys.argv[1]), SystemClock())
ada = Actor("ada~1", "ada")
kept.issue_resume_token(ada)
session = kept.session("shop", "f")
revision = session.revision
while True:
    revision += 1
    session.keep(KeptCommit(revision, float(revision), ada, f"i{revision}", {"kind": "next_step"}))
    print(revision, flush=True)
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_no_commit_that_was_told_is_lost(tmp_path: Path) -> None:
    """SERVER-7: killed in the middle of writing, again and again: whatever was said to be kept is, with its intent."""
    for told_before_the_end in (1, 700, 1300):
        command = [sys.executable, "-P", "-c", KEEPER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(told_before_the_end)][-1]
            writer.kill()
            whole, _, _cut_off = writer.stdout.read().rpartition("\n")
            told = int(whole.rpartition("\n")[2] or told)
        kept = open_keeper(tmp_path, SystemClock())
        session = kept.session("shop", "f")
        revisions = [commit.revision for commit in session.history()]
        assert session.revision >= told
        assert revisions == list(range(1, session.revision + 1))
        answer = session.answer("ada~1", f"i{told}")
        assert answer is not None
        assert answer.revision == str(told)
        assert not kept.notices
        kept.close()


def test_a_server_that_was_killed_goes_on_where_it_was(state: Path) -> None:
    """SERVER-7: the same log, the same place, and the next step is the next one; in the same epoch."""
    place = f"127.0.0.1:{free_port()}"
    with serving(state, "sample:tale", "--listen", place) as server:
        assert server.answer("next", "--count", "3")["done"] == 3
        before, log = server.answer("state"), server.ctl("log", "--json").stdout
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    with serving(state, "sample:tale", "--listen", place) as server:
        assert not [line for line in server.lines if "epoch" in line]
        after = server.answer("state")
        assert server.ctl("log", "--json").stdout == log
        assert (after["session_id"], after["cursor"]) == (before["session_id"], 3)
        assert int(server.answer("next")["revision"]) > int(before["revision"])
        assert server.answer("state")["cursor"] == 4


def test_two_servers_never_share_their_state(state: Path) -> None:
    """SERVER-7: the second one at the same place is told in one line."""
    with serving(state, "sample:tale", "--listen", "127.0.0.1:0") as server:
        (folder,) = (state / "servers").iterdir()
        address = server.address.removeprefix("ws://")
        assert folder.name.startswith("127.0.0.1-")
        ended = run_connectome("serve", "sample:tale", "--listen", address, CONNECTOME_STATE=str(state))
        assert "in use" in the_one_line(ended)


def post(receiver: str, name: str, number: int) -> None:
    """A trace of one span; it is acknowledged."""
    connection = http.client.HTTPConnection(receiver, timeout=20)
    connection.request("POST", "/v1/traces", request_json(span_json(trace=f"{number:032x}", name=name)), JSON)
    assert connection.getresponse().status == 200
    connection.close()


def shown(server: Served) -> list[dict[str, Any]]:
    """The events of the log."""
    lines = [json.loads(line) for line in server.ctl("log", "--json").stdout.splitlines()]
    return [line for line in lines if line.get("type") != "session"]


def test_what_a_server_received_is_there_when_it_was_killed(state: Path) -> None:
    """SERVER-7: spans that were shown before the end stand in the log again, before new ones."""
    place, receiver = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    options = (f"live=listen:{receiver}", "--settle", "0", "--listen", place)
    with serving(state, *options) as server:
        post(receiver, "first", 1)
        while not shown(server):
            pass
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    with serving(state, *options) as server:
        first, away = shown(server)
        assert first["label"] == "first"
        assert "the server was away for" in away["payload_summary"]
        post(receiver, "second", 2)
        while len(shown(server)) < 3:
            pass
        assert shown(server)[2]["label"] == "second"
        assert server.end() == 0


def test_who_changed_what_is_in_the_audit_log(state: Path) -> None:
    """SERVER-6: `audit` shows every command with its actor, also when the server has ended."""
    with serving(state, "sample:tale", "--listen", "127.0.0.1:0") as server:
        server.ctl("next", "--as", "reviewer", "--origin", "agent")
        server.ctl("mode", "realtime", "--as", "ada")
        assert server.end() == 0
    lines = [
        json.loads(line)
        for line in run_connectome("audit", "tale", "--json", CONNECTOME_STATE=str(state)).stdout.splitlines()
    ]
    assert [line["actor"]["name"] for line in lines if line["key"] == "command/next_step"] == ["reviewer"]
    assert {"playback/session/mode"} <= {line["key"] for line in lines if line["actor"]["name"] == "ada"}
    assert "reviewer (agent)" in run_connectome("audit", "tale", CONNECTOME_STATE=str(state)).stdout.decode()
    assert "expected one of tale" in the_one_line(run_connectome("audit", "nothing", CONNECTOME_STATE=str(state)))


async def test_a_scenario_makes_a_session_that_comes_back(state: Path, tmp_path: Path) -> None:
    """CLIENT-7, SERVER-7: made by a window, stepped, and there again when the server was killed."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "tale.yaml").write_text("title: The tale\nsource: sample:tale\nsession: story\n")
    options = ("--scenarios", tmp_path / "scenarios", "--listen", f"127.0.0.1:{free_port()}")
    with serving(state, *options) as server:
        async with server.here() as window:
            await window.send(type="session.create", id=1, scenario="tale")
            made = await window.get("ack")
            assert (made["accepted"], made["message"]) == (True, "story")
        async with server.here("story") as window:
            await window.send(type="command", intent_id="a", session="story", session_id="", kind="next_step")
            assert (await window.get("ack"))["accepted"]
        server.end(signal.SIGKILL)
    with serving(state, *options) as server:
        assert server.lines[0].startswith("serving story")
        async with server.here("story") as window:
            assert window.baseline["data"]["end"] == 1
            await window.send(type="snapshot.get", id=2, topic="scenarios")
            (item,) = (await window.get("snapshot"))["data"]
            assert (item["name"], item["made"]) == ("tale", True)
