"""Several flows in one recording, shared by real processes (SPAN-7), and the health of what is shared (HEALTH-2)."""

import json
import signal
from pathlib import Path

import pytest

from tests.integration.sharing import free_port, serving

NODES = [{"id": f"service:{name}", "title": name, "kind": "service", "zone": "BACKEND"} for name in "ab"]
WELL = {"state_store": "OK", "runtime_engine": "OK", "sources": "OK"}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """An export of two sessions."""
    lines: list[dict[str, object]] = []
    for name, count in (("one", 4), ("two", 3)):
        header = {"type": "session", "session_id": name, "started_at_ms": 1000.0 * count, "title": f"GET /{name}"}
        lines.append({**header, "duration_ms": 1.0, "events": count, "errors": 0, "nodes": NODES, "edges": []})
        for number in range(count):
            event = {"id": f"{name}{number}", "at_ms": float(number), "label": f"{name} {number}"}
            ends = {"from_node_id": "service:a", "to_node_id": "service:b", "trigger": "direct", "call_type": "code"}
            lines.append(event | ends)
    path = tmp_path / "two.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_a_flow_is_opened_by_a_script_and_there_again_when_the_server_was_killed(
    tmp_path: Path, recording: Path
) -> None:
    """Listed, opened for all with who did it in the audit log, refused with a reason, and kept (SERVER-6, SERVER-7)."""
    state, here = tmp_path / "state", ("--listen", f"127.0.0.1:{free_port()}")
    with serving(state, recording, *here) as server:
        listed = server.answer("flows")
        assert (listed["flow"], [flow["title"] for flow in listed["flows"]]) == ("all", ["GET /one", "GET /two"])
        shown = server.answer("state")
        assert shown["script_total"] == 7
        assert {module: badge["status"] for module, badge in shown["health_badges"].items()} == WELL
        chosen = listed["flows"][1]["id"]
        assert server.answer("open", chosen, "--as", "reviewer")["accepted"]
        assert server.answer("next")["accepted"]
        assert [line[0] for line in server.ctl("flows").stdout.decode().splitlines()] == [" ", " ", "*"]
        refused = server.ctl("open", "nosuch")
        assert (refused.returncode, refused.stdout) == (1, b"")
        assert refused.stderr.startswith(b"connectome: refused: two.jsonl has no flow 'nosuch' (flow.unknown)")
        assert server.ctl("open").returncode == 2
        audit = state.rglob("two.jsonl")
        lines = [json.loads(line) for path in audit for line in path.read_text().splitlines()]
        (opened,) = [line for line in lines if line["key"] == "command/open_flow"]
        assert (opened["actor"]["name"], opened["old"]["flow"], opened["new"]["flow"]) == ("reviewer", "all", chosen)
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    with serving(state, recording, *here) as server:
        again = server.answer("state")
        assert (again["cursor"], again["script_total"]) == (1, 3)
        assert {module: badge["status"] for module, badge in again["health_badges"].items()} == WELL
        assert server.answer("open", "all")["accepted"]
        assert server.answer("state")["script_total"] == 7
