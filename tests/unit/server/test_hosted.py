"""A hosted session: what is kept, what goes wrong, who released what, live sources, deadlines."""

from collections.abc import Iterator

import msgspec
import pytest

from connectome_tui.clock import HeldClock, ManualClock
from connectome_tui.engine.commands import NextStep, SetMode
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import ConnectionStatus
from connectome_tui.net.frames import (
    Ack,
    CommandFrame,
    CommitsBaseline,
    LedgerPage,
    LedgerReply,
    NotifyCommits,
    NotifySource,
)
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server import hosted as hosting
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeping import Actor, KeptCommit
from connectome_tui.server.releases import Releases
from connectome_tui.session import LiveSession, start_live_session, start_session
from connectome_tui.store.deltas import CommitDelta, Page
from connectome_tui.store.state import SourceStatus
from tests.factories import ListRecording, make_event, make_flow
from tests.hosting import MemorySessionKeeper, Stage, acted, stepped
from tests.links import Caller
from tests.live_sources import FakeSource

ADA, BOB = Actor("ada~1", "ada"), Actor("bob~2", "bob")


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.host()
    return stage


def deltas(caller: Caller) -> list[CommitDelta]:
    return [
        msgspec.json.decode(raw, type=CommitDelta) for frame in caller.hear_only(NotifyCommits) for raw in frame.deltas
    ]


def test_a_disk_that_is_full_ends_no_session(stage: Stage) -> None:
    """What cannot be kept is told all the same, a badge says so to all, once, and keeping is tried on (SERVER-10)."""
    hosted, kept, ada = stage.core.sessions["checkout"], stage.keeper.session("checkout"), stage.window()
    heard: list[str] = []
    stage.core.troubles.on_trouble(lambda trouble: heard.append(str(trouble)))
    kept.trouble = OSError(28, "No space left on device")
    acted(hosted, NextStep(), ADA)
    assert [delta.events[0].id for delta in deltas(ada)] == ["e1"]
    stage.pass_time(1000)
    (shown,) = deltas(ada)
    badge = hosted.state.health_badges["server"]
    assert shown.changes.health_badges == {"server": badge}
    assert (badge.status, "No space left" in badge.tooltip) == ("ERROR", True)
    assert heard
    acted(hosted, NextStep(), ADA)
    stage.pass_time(1000)
    assert len(deltas(ada)) == 1
    kept.trouble = None
    acted(hosted, NextStep(), ADA)
    assert kept.revision == hosted.revision


def test_what_cannot_be_encoded_is_made_good_by_a_baseline(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that no delta can carry leaves no window behind: all get the whole (SERVER-8)."""
    hosted, ada = stage.core.sessions["checkout"], stage.window()

    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError("no words for it")

    monkeypatch.setattr(hosting, "commit_delta", fail)
    acted(hosted, NextStep(), ADA)
    (whole,) = ada.hear_only(CommitsBaseline)
    assert (whole.why, whole.revision) == ("replaced", str(hosted.revision))
    monkeypatch.undo()
    acted(hosted, NextStep(), ADA)
    assert [delta.base for delta in deltas(ada)] == [whole.revision]
    stage.pass_time(10)
    assert hosted.state.health_badges["server"].status == "ERROR"


def test_a_projection_that_fails_ends_no_session(stage: Stage) -> None:
    """What only looks on may break, loudly, and nobody else feels it (SERVER-10)."""
    hosted, ada = stage.core.sessions["checkout"], stage.window()

    def fail(*_states: object) -> None:
        raise RuntimeError("broken")

    hosted.on_commit(fail)
    acted(hosted, NextStep(), ADA)
    assert len(deltas(ada)) == 1
    stage.pass_time(10)
    assert "broken" in hosted.state.health_badges["server"].tooltip


def test_entries_know_who_released_them(stage: Stage) -> None:
    """A page says of each entry who released it, nobody for what the engine released by itself (SERVER-2)."""
    hosted, window = stage.core.sessions["checkout"], stage.window()
    acted(hosted, NextStep(), ADA)
    acted(hosted, NextStep(), BOB)
    acted(hosted, NextStep(), ADA)
    acted(hosted, SetMode("realtime"), ADA)
    stage.pass_time(1000)
    answer = window.ask(LedgerPage(id=1, first=0, behind=10), LedgerReply)
    page = msgspec.json.decode(answer.data, type=Page)
    assert [entry.actor for entry in page.entries] == ["ada~1", "bob~2", "ada~1", ""]


def test_who_released_what_is_known_after_a_restart() -> None:
    """What was kept says it again (SERVER-7); one line stands for as many in a row as are of the same actor."""
    kept = [KeptCommit(revision, 0.0, actor) for revision, actor in ((3, ADA), (4, ADA), (7, BOB), (9, ADA))]
    releases = Releases(kept)
    releases.note(10, "server")
    assert [releases.actor_of(revision) for revision in (2, 3, 4, 7, 9, 10)] == [
        "",
        *["ada~1"] * 2,
        "bob~2",
        "ada~1",
        "",
    ]
    assert len(releases._actors) == 4


def test_a_deadline_is_kept_as_an_input_of_its_own_time(stage: Stage) -> None:
    """What plays by itself can be done again exactly: the input, and the time at which the engine had it (ENGINE-6)."""
    hosted, ada = stage.core.sessions["checkout"], stage.window()
    acted(hosted, SetMode("realtime"), ADA)
    ada.hear()
    stage.pass_time(1000)
    (delta,) = deltas(ada)
    assert (delta.actor_id, delta.intent_id) == ("", "")
    commit = stage.keeper.session("checkout").commits[-1]
    assert (commit.command, commit.at_ms, commit.actor.origin) == (
        {"kind": "serve_deadline"},
        stage.clock.now_ms(),
        "server",
    )


class Ticking(ManualClock):
    """A clock that goes on each time it is read."""

    def now_ms(self) -> float:
        self.advance(0.25)
        return super().now_ms()


def test_a_history_played_again_gives_the_same_bytes() -> None:
    """The kept inputs at their kept times make the same ledger, with the same ids and times (SERVER-7)."""
    clock = HeldClock(Ticking(5000.0))
    keeper = MemorySessionKeeper()
    hosted = HostedSession("s", stepped(9, clock), clock=clock, keeper=keeper)
    for command in (NextStep(), NextStep()):
        acted(hosted, command, ADA)
    hosted.running.store.set_health_badges({})
    first = keeper.commits[0]
    assert first.command == {"kind": "open", "flow": "flow", "run": 1}
    assert first.at_ms == hosted.state.ledger.sessions[0].started_at_ms
    again = HeldClock(ManualClock())
    with again.hold(first.at_ms):
        session = start_session(ListRecording([make_flow(9)]), "flow", clock=again)
    for commit in keeper.commits[1:]:
        session.store.continue_from(commit.revision - 1)
        if commit.command is not None:
            with again.hold(commit.at_ms):
                session.engine.dispatch_runtime_command(NextStep())
    assert list(session.store.state.ledger) == list(hosted.state.ledger)
    assert session.store.state.ledger.sessions == hosted.state.ledger.sessions


def test_records_know_after_a_restart_who_wrote_them(stage: Stage) -> None:
    """A record that still has its kept value has its kept version and writer, another is the server's (SERVER-2)."""
    hosted = stage.core.sessions["checkout"]
    acted(hosted, SetMode("realtime"), ADA)
    version = str(hosted.revision)
    clock = HeldClock(stage.clock)
    restored = stepped(5, clock)
    restored.engine.dispatch_runtime_command(SetMode("realtime"))
    restored.store.continue_from(hosted.revision)
    other = HostedSession("checkout", restored, clock=clock, keeper=stage.keeper.session("checkout"))
    mode = other.records.get(RecordKey("playback", "session", "mode"))
    pin = other.records.get(RecordKey("focus", "session", "pin"))
    assert mode is not None
    assert pin is not None
    assert (mode.version, mode.actor_id) == (version, "ada~1")
    assert pin.actor_id == "server"


# Live sources


def drain(session: LiveSession) -> None:
    while session.drain():
        pass


@pytest.fixture
def live() -> Iterator[tuple[Stage, FakeSource, LiveSession, Caller]]:
    stage = Stage()
    clock = HeldClock(stage.clock)
    source = FakeSource("otlp")
    session = start_live_session(source, clock=clock, wake=lambda: None)
    stage.host("live", session)
    window = stage.window(session="live")
    drain(session)
    window.hear()
    yield stage, source, session, window
    session.close()


def test_what_live_sources_bring_is_told_at_once(live: tuple[Stage, FakeSource, LiveSession, Caller]) -> None:
    """Each drain is one commit for all windows, made by nobody (SERVER-3)."""
    _stage, source, session, window = live
    source.bring(30)
    drain(session)
    (delta,) = deltas(window)
    assert (len(delta.events), delta.actor_id) == (30, "")
    source.bring(2)
    drain(session)
    assert [len(delta.events) for delta in deltas(window)] == [2]


def test_the_connection_of_a_source_is_a_record(live: tuple[Stage, FakeSource, LiveSession, Caller]) -> None:
    """How a source stands is a record and a topic, written by the server alone (SERVER-2)."""
    stage, source, session, window = live
    source.give(status=ConnectionStatus("error", "connection refused"))
    drain(session)
    (delta,) = deltas(window)
    (record,) = [record for record in delta.records if record.key == "connection"]
    assert (record.scope, record.target, record.origin) == ("source", "otlp", "server")
    assert record.value == {"phase": "error", "message": "connection refused"}
    stage.pass_time(300)
    assert len(window.hear_only(NotifySource)) == 1
    line = stage.keeper.session("live").lines[-1]
    assert (line.actor.name, line.key, line.new) == ("server", "source/otlp/connection", record.value)
    assert line.old == {"phase": "listening", "message": "127.0.0.1:4318"}, "as it stood before (SERVER-6)"


def test_rates_are_a_record_about_once_a_second(live: tuple[Stage, FakeSource, LiveSession, Caller]) -> None:
    """Rates tell of whole seconds, so that not every batch writes a record (SERVER-2)."""
    stage, source, session, window = live
    rates: list[object] = []
    for _ in range(40):
        source.bring(3)
        drain(session)
        stage.pass_time(100)
        rates += [record.value for delta in deltas(window) for record in delta.records if record.key == "rates"]
    assert 2 <= len(rates) <= 5
    assert len(stage.keeper.session("live").lines) == 1, "the audit log has the connection alone"
    assert {value["events"] for value in rates} <= {0, 30}  # type: ignore[index]


def test_what_waits_of_a_live_session_is_released_by_deadlines(
    live: tuple[Stage, FakeSource, LiveSession, Caller],
) -> None:
    """A pause is for all; what came meanwhile is released behind it, for all (ENGINE-5)."""
    stage, source, session, window = live
    pause = CommandFrame(intent_id="p", session="live", session_id="", kind="set_local_pause", payload={"paused": True})
    window.say(pause)
    source.give([make_event(number) for number in range(1, 900)])
    drain(session)
    assert session.store.state.cursor == 0
    window.say(msgspec.structs.replace(pause, intent_id="q", payload={"paused": False}))
    window.hear()
    stage.pass_time(10)
    assert sum(len(delta.events) for delta in deltas(window)) == 899


def test_a_stepped_session_that_indexes_is_told(stage: Stage) -> None:
    """What the recording says of itself reaches all windows (STORE-4)."""
    hosted, ada = stage.core.sessions["checkout"], stage.window()
    status = SourceStatus("trace.json", indexing_0_1=0.5)
    hosted.running.store.set_source_status(status)
    assert [delta.changes.source for delta in deltas(ada)] == [status]
    assert stage.keeper.session("checkout").commits[-1].command is None


def test_an_engine_that_fails_is_not_asked_again_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due and cannot be done is tried once a second, and said in a badge (SERVER-10)."""
    hosted = stage.core.sessions["checkout"]
    acted(hosted, SetMode("realtime"), ADA)
    asked: list[float] = []

    def fail() -> None:
        asked.append(stage.clock.now_ms())
        raise SourceError("trace.json", "the file changed")

    monkeypatch.setattr(hosted.running.engine, "serve_deadline", fail)
    stage.pass_time(3500)
    assert len(asked) == 3
    assert "the file changed" in hosted.state.health_badges["server"].tooltip
    monkeypatch.undo()
    stage.pass_time(2500)
    assert hosted.state.cursor >= 1


def test_a_commit_is_told_also_when_something_else_that_looks_on_fails(stage: Stage) -> None:
    """A pane of this program that breaks costs the command an error, and no window the commit (SERVER-8)."""
    hosted, ada = stage.core.sessions["checkout"], stage.window()

    def fail(*_states: object) -> None:
        raise RuntimeError("a pane broke")

    end = hosted.running.store.subscribe(fail)
    ack = ada.ask(CommandFrame(intent_id="i", session="checkout", session_id="", kind="next_step"), Ack)
    assert (ack.intent_id, ack.code) == ("i", "server.failed")
    end()
    stage.pass_time(1)
    assert [delta.intent_id for delta in deltas(ada) if delta.events] == ["i"]
