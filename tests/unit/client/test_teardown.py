"""What a window began ends with it (CLIENT-9)."""

import asyncio
import gc
import threading
import weakref
from pathlib import Path

from connectome_tui.client.diagnostics import Diagnostics
from connectome_tui.client.intents import Answer
from connectome_tui.client.notes import NoNotes
from connectome_tui.client.requests import Failure
from connectome_tui.client.scenarios import ScenarioRunner
from connectome_tui.client.window import WindowClient
from connectome_tui.engine.commands import NextStep
from connectome_tui.net.frames import TOPICS, SessionGoodbye
from tests.hosting import Stage
from tests.windows import ClientRig, CoreDialer, make_client

CYCLES = 100


async def go_on(dialer: CoreDialer, turns: int = 12) -> None:
    """Let messages and tasks go on."""
    for _ in range(turns):
        await asyncio.sleep(0)
        dialer.deliver()


async def test_a_hundred_windows_come_and_leave_nothing(tmp_path: Path) -> None:
    """A hundred attach, step, search and leave: no task, thread, subscriber or connection is left (CLIENT-9)."""
    stage = Stage()
    hosted = stage.host(events=3)
    windows: list[weakref.ref[WindowClient]] = []
    tasks, threads = len(asyncio.all_tasks()), threading.active_count()
    listeners = len(hosted.running.store._listeners)
    for cycle in range(CYCLES):
        dialer = CoreDialer(stage.core)
        notes = Diagnostics(tmp_path / "d.sqlite", stage.clock) if cycle % 10 == 0 else NoNotes()
        client = make_client(dialer, stage.clock, session="checkout", topics=TOPICS, notes=notes)
        runner = ScenarioRunner(client, lambda: None)
        client.subscribe(lambda _change: None)
        client.connect()
        await go_on(dialer)
        assert client.connection.ready
        client.send(NextStep())
        client.find("search", "call", 0, lambda _answer, _last: None)
        client.detach()
        client.fetch_all(lambda _page, _through, _total: None, lambda _failure: None, detail=True)
        if cycle % 3:
            await go_on(dialer, cycle % 5)
        if cycle % 4 == 0:
            dialer.wire.cut()
        runner.close()
        client.teardown()
        client.teardown()
        if isinstance(notes, Diagnostics):
            notes.close()
        assert client.next_deadline_ms() is None
        assert client.in_flight == client._values.tasks
        await go_on(dialer)
        assert client.in_flight == 0
        assert not [wire for wire in dialer.wires if wire.is_open]
        windows.append(weakref.ref(client))
        del client, dialer, runner
    assert len(asyncio.all_tasks()) == tasks
    assert threading.active_count() == threads
    assert len(hosted.running.store._listeners) == listeners
    assert stage.core.connections == 0
    gc.collect()
    assert not [window for window in windows if window() is not None]


def test_who_waits_for_an_answer_is_told_that_none_comes() -> None:
    """Nobody is left hanging: each callback of a window that is torn down is called once (CLIENT-9)."""
    stage = Stage()
    stage.host()
    dialer = CoreDialer(stage.core)
    client = make_client(dialer, stage.clock, session="checkout")
    client.connect()
    dialer.deliver()
    answers: list[Answer] = []
    found: list[object] = []
    done: list[Failure | None] = []
    selected: list[Failure | None] = []
    client.send(NextStep(), answers.append)
    client.find("search", "x", 0, lambda answer, _last: found.append(answer))
    client.write_record("view", "log", "index", 1, answers.append)
    client.write_record("view", "log", "index", 2, answers.append)
    client.select("checkout", selected.append)
    client.teardown()
    assert len(answers) == 3
    assert not any(answer.accepted for answer in answers)
    assert len(found) == len(selected) == 1
    assert done == []
    assert not client.retry_now()


def test_a_window_that_is_being_connected_can_leave_at_once() -> None:
    """Teardown in each status ends the dialling and says goodbye only where somebody listens (CLIENT-9)."""
    idle = ClientRig()
    idle.client.teardown()
    trying = ClientRig()
    trying.client.connect()
    trying.client.teardown()
    assert trying.server.cancelled == 1
    trying.server.open()
    assert trying.server.closed_why == "too late"
    waiting = ClientRig()
    waiting.client.connect()
    waiting.server.fail()
    waiting.client.teardown()
    waiting.pass_time(60_000)
    assert len(waiting.server.attempts) == 1
    standing = ClientRig()
    standing.client.connect()
    standing.server.welcome()
    standing.server.heard()
    standing.client.teardown()
    assert standing.server.heard_only(SessionGoodbye)
    for rig in (idle, trying, waiting, standing):
        assert rig.client.connection.status == "disconnected"
        assert rig.client.connection.active_session is None
        assert rig.client.next_deadline_ms() is None


def test_nothing_is_told_after_the_end() -> None:
    """Listeners of a window that was torn down hear nothing of its teardown, nor anything later."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.welcome()
    rig.changes.clear()
    rig.client.teardown()
    assert rig.changes == []
