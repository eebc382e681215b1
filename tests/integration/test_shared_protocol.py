"""The protocol over real sockets, spoken by hand: what is wrong hurts nobody else, nothing is lost or done twice."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.integration.sharing import Served, Window, free_port, open_files, serving

SAMPLE = "sample:tale"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "state", SAMPLE, "--listen", "127.0.0.1:0") as served:
        yield served


async def next_step(window: Window, intent: str, session_id: str = "") -> dict[str, Any]:
    await window.send(type="command", intent_id=intent, session="tale", session_id=session_id, kind="next_step")
    return await window.get("ack")


async def test_a_client_is_written_from_the_page_alone(server: Served) -> None:
    """Hello, select, a step, and its commit: the ack comes first, the commit names who and which intent (SERVER-4)."""
    async with server.here("tale", actor="Ada", origin="agent") as ada, server.here("tale", actor="Ben") as ben:
        assert ada.welcome["sessions"] == ["tale"]
        await ada.send(type="command", intent_id="i-1", session="tale", session_id="", kind="next_step")
        ack = await ada.get("ack", "notify.commits")
        assert (ack["type"], ack["accepted"], ack["intent_id"]) == ("ack", True, "i-1")
        for window in (ada, ben):
            (delta,) = (await window.get("notify.commits"))["deltas"]
            assert delta["actor_id"] == ada.welcome["actor_id"]
            assert delta["intent_id"] == "i-1"
            assert delta["revision"] == ack["revision"]
            assert delta["base"] == window.baseline["revision"]
            assert len(delta["events"]) == 1


async def test_two_steps_at_the_same_moment_are_two_steps(server: Served) -> None:
    """Two Nexts from two windows at once are two events, in one order, for all (SERVER-5)."""
    async with server.here("tale") as one, server.here("tale") as two, server.here("tale") as third:
        run = one.baseline["data"]["changes"]["session_id"]
        acks = await asyncio.gather(next_step(one, "a", run), next_step(two, "b", run))
        assert all(ack["accepted"] for ack in acks)
        told = []
        for window in (one, two, third):
            deltas: list[dict[str, Any]] = []
            while len(deltas) < 2:
                deltas += (await window.get("notify.commits"))["deltas"]
            told.append([(delta["revision"], delta["intent_id"], delta["events"][0]["id"]) for delta in deltas])
        assert told[0] == told[1] == told[2]
        assert {intent for _, intent, _ in told[0]} == {"a", "b"}


async def test_an_intent_is_done_once_and_a_stale_run_is_refused(server: Served) -> None:
    """The same intent again is answered and not done again; after a Restart what was meant for before is refused."""
    async with server.here("tale") as window:
        run = window.baseline["data"]["changes"]["session_id"]
        first = await next_step(window, "once", run)
        again = await next_step(window, "once", run)
        assert again == {**first, "repeated": True}
        await window.send(type="command", intent_id="r", session="tale", session_id=run, kind="restart")
        assert (await window.get("ack"))["accepted"]
        stale = await next_step(window, "late", run)
        assert (stale["accepted"], stale["code"]) == (False, "session.stale")
    assert server.answer("state")["cursor"] == 0


BEFORE_HELLO: list[tuple[str | bytes, str, str]] = [
    ("", "frame.malformed", "stays"),
    ("{", "frame.malformed", "stays"),
    ("[]", "frame.malformed", "stays"),
    ("null", "frame.malformed", "stays"),
    (b"\xff\xfe", "frame.malformed", "stays"),
    ("[" * 100_000, "frame.malformed", "stays"),
    ('{"type": "leap"}', "frame.unknown_type", "stays"),
    ('{"type": 7}', "frame.malformed", "stays"),
    ('{"type": "session.hello"}', "frame.malformed", "stays"),
    ('{"type": "session.hello", "protocol": 1, "actor": 7, "auth": ""}', "frame.malformed", "stays"),
    ('{"type": "session.list", "id": 1}', "frame.out_of_order", "stays"),
    ('{"type": "ack", "accepted": true}', "frame.unknown_type", "stays"),
    ('{"type": "session.hello", "protocol": 2, "actor": "a", "auth": "x", "new": 1}', "protocol.version", "ends"),
    ('{"type": "session.hello", "protocol": 1, "actor": "a", "auth": ""}', "auth.missing", "ends"),
    ('{"type": "session.hello", "protocol": 1, "actor": "a", "auth": "wrong"}', "auth.refused", "ends"),
    ("x" * 300_000, "frame.too_long", "ends"),
]


@pytest.mark.parametrize(("message", "code", "then"), BEFORE_HELLO, ids=lambda value: str(value)[:40])
async def test_what_is_wrong_gets_a_code_for_that_client_alone(
    server: Served, message: str | bytes, code: str, then: str
) -> None:
    """Each wrong frame gets its code and one line; it ends that connection at most, and never another (SERVER-8)."""
    async with server.here("tale") as other, server.raw() as connection:
        await connection.send(message)
        error = json.loads(await connection.recv())
        assert (error["type"], error["code"]) == ("error", code)
        assert error["message"]
        assert "\n" not in error["message"]
        assert "wrong" not in error["message"]
        if then == "ends":
            with pytest.raises(ConnectionClosed):
                await connection.recv()
        else:
            token = server.token_files[0].read_text().strip()
            hello = {"type": "session.hello", "protocol": 1, "actor": "Ada", "auth": token}
            await connection.send(json.dumps(hello))
            assert json.loads(await connection.recv())["type"] == "session.welcome"
        assert (await next_step(other, "still"))["accepted"]


async def test_what_is_wrong_later_is_answered_as_well(server: Served) -> None:
    """A second hello, sessions that are not there, wrong fields, records that are not: each has a code and its id."""
    frames: list[tuple[dict[str, Any], str, int]] = [
        ({"type": "session.hello", "protocol": 1, "actor": "a", "auth": "x" * 20}, "frame.out_of_order", 0),
        ({"type": "session.select", "id": 11, "session": "nix"}, "session.unknown", 11),
        ({"type": "session.select", "id": 12, "session": "tale", "revision": "99999"}, "resume.refused", 12),
        ({"type": "session.select", "id": 13, "session": "tale", "revision": "007"}, "resume.refused", 13),
        ({"type": "ledger.page", "id": 14, "first": "x", "behind": 1}, "frame.malformed", 14),
        ({"type": "commits.replay", "id": 15, "revision": "-1"}, "resume.refused", 15),
        ({"type": "session.create", "id": 16, "scenario": "nix"}, "scenario.unknown", 16),
    ]
    async with server.here("tale") as window:
        for frame, code, number in frames:
            await window.send(**frame)
            answer = await window.get("error", "ack")
            assert (answer["code"], answer.get("id", 0)) == (code, number), frame
        intents: list[tuple[dict[str, Any], str]] = [
            ({"type": "command", "session": "nix", "session_id": "", "kind": "next_step"}, "session.unknown"),
            ({"type": "command", "session": "tale", "session_id": "", "kind": "set_mode"}, "command.invalid"),
            ({"type": "command", "session": "tale", "session_id": "old", "kind": "next_step"}, "session.stale"),
            ({**_record("speed", "2x", "0")}, "state.conflict"),
            ({**_record("speed", "9x", _version(window, "speed"))}, "state.invalid"),
            ({**_record("nix", 1, "1")}, "state.invalid"),
        ]
        for number, (frame, code) in enumerate(intents):
            await window.send(intent_id=f"i{number}", **frame)
            ack = await window.get("ack")
            assert (ack["accepted"], ack["intent_id"], ack["code"]) == (False, f"i{number}", code), frame
        assert (await next_step(window, "good"))["accepted"]


def _version(window: Window, key: str) -> str:
    (version,) = [record["version"] for record in window.baseline["data"]["records"] if record["key"] == key]
    assert isinstance(version, str)
    return version


def _record(key: str, value: object, version: str) -> dict[str, Any]:
    record = {"scope": "playback", "target": "session", "key": key, "value": value, "base_version": version}
    return {"type": "state.update", "session": "tale", **record}


async def test_nothing_follows_a_goodbye(server: Served) -> None:
    """Behind its goodbye nothing of a client is done any more, and the connection ends."""
    async with server.here("tale") as window, server.here("tale") as other:
        await window.send(type="session.goodbye")
        await window.send(type="command", intent_id="late", session="tale", session_id="", kind="next_step")
        assert "ack" not in await window.types_to_the_end()
        (delta,) = (await _after(other, "mine"))["deltas"]
        assert delta["intent_id"] == "mine"


async def _after(window: Window, intent: str) -> dict[str, Any]:
    assert (await next_step(window, intent))["accepted"]
    return await window.get("notify.commits")


async def test_who_comes_back_gets_what_was_missed(server: Served) -> None:
    """With the token of the last welcome a window goes on without a gap and without a repeat (SERVER-7)."""
    async with server.here("tale") as window:
        welcome, revision = window.welcome, window.baseline["revision"]
    assert server.answer("next", "--count", "3")["accepted"]
    resume = {"token": welcome["resume_token"], "epoch": welcome["epoch"], "session": "tale", "revision": revision}
    async with server.here(resume=resume) as back:
        assert (back.welcome["resumed"], back.welcome["session"]) == ("replayed", "tale")
        assert back.welcome["actor_id"] == welcome["actor_id"]
        deltas = (await back.get("notify.commits"))["deltas"]
        assert [delta["base"] for delta in deltas] == [revision, *(delta["revision"] for delta in deltas[:-1])]
        assert len(deltas) == 3
        (delta,) = (await _after(back, "x"))["deltas"]
        assert delta["base"] == deltas[-1]["revision"]
    async with server.here(resume={**resume, "token": "of nobody"}) as other:
        assert other.welcome["resumed"] == "refused"
        assert other.welcome.get("session", "") == ""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_server_that_is_started_again_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    """Killed in the middle and started again, the session is as it was, and windows resume without a gap (SERVER-7)."""
    where = ("--listen", f"127.0.0.1:{free_port()}")
    state = tmp_path / "state"
    with serving(state, SAMPLE, *where) as server:
        async with server.here("tale") as window:
            acks = [await next_step(window, f"i{number}") for number in range(5)]
            before, log = server.answer("state"), server.ctl("log", "--json").stdout
            _, types = await asyncio.gather(asyncio.to_thread(server.end, how), window.types_to_the_end())
            assert ("session.goodbye" in types) == (how == signal.SIGTERM)
        welcome, revision = window.welcome, acks[2]["revision"]
    resume = {"token": welcome["resume_token"], "epoch": welcome["epoch"], "session": "tale", "revision": revision}
    with serving(state, SAMPLE, *where) as server:
        again = server.answer("state")
        assert server.ctl("log", "--json").stdout == log
        assert {**again, "server_now_ms": 0, "revision": ""} == {**before, "server_now_ms": 0, "revision": ""}
        assert int(again["revision"]) >= int(before["revision"])
        async with server.here(resume=resume) as back:
            assert back.welcome["actor_id"] == welcome["actor_id"]
            assert back.welcome["resumed"] in {"replayed", "baseline"}
            frame = await back.get("notify.commits", "commits.baseline")
            newest = frame["deltas"][-1] if "deltas" in frame else frame
            assert int(newest["revision"]) >= int(acks[-1]["revision"])
            repeated = await next_step(back, "i4")
            assert repeated["repeated"]
            assert server.answer("state")["cursor"] == 5


async def test_a_window_that_sleeps_holds_up_nobody(tmp_path: Path) -> None:
    """A window that reads nothing while thousands of steps go by costs the others nothing, and ends up equal."""
    count = 1200
    nodes = [{"id": "service:a", "title": "a", "kind": "service", "zone": "BACKEND"}]
    header = {"type": "session", "session_id": "s-1", "started_at_ms": 0.0, "title": "t", "duration_ms": 1.0}
    header |= {"events": count, "errors": 0, "nodes": nodes, "edges": []}
    event = {"from_node_id": "service:a", "to_node_id": "service:a", "trigger": "direct", "call_type": "code"}
    lines = [header, *({"id": f"e{n}", "at_ms": float(n), **event, "label": "x" * 15_000} for n in range(count))]
    path = tmp_path / "tale.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    with serving(tmp_path / "state", path, "--listen", "127.0.0.1:0") as server:
        async with server.here("tale") as sleeper, server.here("tale") as awake:
            sleeper.connection.transport.pause_reading()
            stepping = asyncio.create_task(asyncio.to_thread(server.answer, "next", "--count", str(count)))
            seen = 0
            while seen < count:
                seen += len((await awake.get("notify.commits"))["deltas"])
            assert (await stepping)["done"] == count
            sleeper.connection.transport.resume_reading()
            await sleeper.send(type="session.list", id=99)
            revision, lagged = sleeper.baseline["revision"], False
            newest = server.answer("state")["revision"]
            while revision != newest:
                frame = await sleeper.get("notify.commits", "commits.baseline")
                if frame["type"] == "commits.baseline":
                    assert int(frame["revision"]) > int(revision)
                    assert frame["why"] == "lagging"
                    revision, lagged = frame["revision"], True
                for delta in frame.get("deltas", ()):
                    assert delta["base"] == revision
                    revision = delta["revision"]
            assert lagged


async def test_nothing_is_left_of_those_who_came_and_went(server: Served) -> None:
    """After a hundred windows came and went, politely or not, the server has no file more open (CLIENT-9)."""
    async with server.here() as first:
        await first.get("notify.presence")
        before = open_files(server.process)
        for number in range(100):
            async with server.here("tale") as window:
                if number % 2:
                    window.connection.transport.abort()
        here = 101
        while here > 1:
            await first.send(type="snapshot.get", id=1, topic="presence")
            here = len((await first.get("snapshot"))["data"])
        assert open_files(server.process) == before
    async with server.here() as window:
        await window.send(type="snapshot.get", id=1, topic="presence")
        items = (await window.get("snapshot"))["data"]
        assert [item["actor_id"] for item in items] == [window.welcome["actor_id"]]


async def test_a_pipe_is_followed_and_shared(tmp_path: Path) -> None:
    """A live source is a session as well: what comes is told to all, and the server ends with all of it closed."""
    path = tmp_path / "lines.jsonl"
    path.touch()
    with serving(tmp_path / "state", f"live=follow:{path}", "--listen", "127.0.0.1:0") as server:
        assert server.lines[0] == "serving live (live)"
        async with server.here("live") as window:
            event = {"id": "e1", "at_ms": 0.0, "from_node_id": "service:a", "to_node_id": "service:b"}
            event |= {"trigger": "direct", "call_type": "code", "label": "hello"}
            with path.open("a") as file:
                file.write(f"{json.dumps(event)}\n")
            while True:
                deltas = (await window.get("notify.commits"))["deltas"]
                labels = [event["label"] for delta in deltas for event in delta.get("events", ())]
                if labels:
                    assert labels == ["hello"]
                    break
        assert server.end() == 0
