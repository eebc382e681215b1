"""Commands and writes of records (SERVER-2, SERVER-5)."""

import msgspec
import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.net.frames import Ack, CommandFrame, CommandKind, FromServer, NotifyCommits, StateUpdate
from connectome_tui.net.record_keys import (
    FOCUS_SELECTION,
    PLAYBACK_MODE,
    PLAYBACK_PAUSE,
    PLAYBACK_SPEED,
    SESSION_RUN,
    VIEW_CENTRE,
    VIEW_LEVEL,
    VIEW_LOG,
    RecordKey,
    actor_name,
)
from connectome_tui.server.limits import Limits
from connectome_tui.store.deltas import CommitDelta
from tests.hosting import LOOK_TOKEN, Stage
from tests.links import Caller


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.host()
    return stage


def command(intent_id: str, kind: CommandKind = "next_step", session_id: str = "", **payload: object) -> CommandFrame:
    return CommandFrame(
        intent_id=intent_id, session="checkout", session_id=session_id, kind=kind, payload=dict(payload)
    )


def write(intent_id: str, key: RecordKey, value: object, base: str) -> StateUpdate:
    return StateUpdate(
        intent_id=intent_id,
        session="checkout",
        scope=key.scope,
        target=key.target,
        key=key.key,
        value=value,
        base_version=base,
    )


def deltas(frames: list[FromServer]) -> list[CommitDelta]:
    """Every commit among what was heard."""
    return [
        msgspec.json.decode(raw, type=CommitDelta)
        for frame in frames
        if isinstance(frame, NotifyCommits)
        for raw in frame.deltas
    ]


def test_the_ack_comes_before_the_notify_which_names_intent_and_actor(stage: Stage) -> None:
    """Whoever asked knows that it is done before it is told of it, and all know who did it (SERVER-4)."""
    ada, bob = stage.window(), stage.window("bob")
    ada.say(command("i1"))
    heard = ada.hear()
    assert [type(frame) for frame in heard] == [Ack, NotifyCommits]
    (delta,) = deltas(heard)
    assert isinstance(heard[0], Ack)
    assert (heard[0].accepted, heard[0].revision) == (True, delta.revision)
    assert (delta.intent_id, actor_name(delta.actor_id)) == ("i1", "ada")
    assert deltas(bob.hear()) == [delta]


def test_two_nexts_from_two_windows_are_two_events_in_one_order_for_all(stage: Stage) -> None:
    """Two who press Next at the same moment release two events (SERVER-5)."""
    ada, bob = stage.window(), stage.window("bob")
    ada.say(command("i1"))
    bob.say(command("i1"))
    first, second = deltas(ada.hear()), deltas(bob.hear())
    assert first == second
    assert [event.id for delta in first for event in delta.events] == ["e1", "e2"]
    assert [actor_name(delta.actor_id) for delta in first] == ["ada", "bob"]


def test_a_repeated_intent_is_answered_and_not_done_again(stage: Stage) -> None:
    """A command that was sent twice, because its answer was lost, is one event (SERVER-5)."""
    ada = stage.window()
    first = ada.ask(command("i1"), Ack)
    again = ada.ask(command("i1"), Ack)
    assert again == msgspec.structs.replace(first, repeated=True)
    assert stage.core.sessions["checkout"].state.cursor == 1
    assert ada.ask(command("i2"), Ack).repeated is False


def test_a_refusal_is_repeated_too(stage: Stage) -> None:
    """What was blocked is not done later by its repeat (SERVER-5)."""
    ada = stage.window()
    ada.say(command("m", "set_mode", mode="realtime"))
    assert ada.ask(command("i1"), Ack).code == "command.blocked"
    ada.say(command("s", "set_mode", mode="stepper"))
    again = ada.ask(command("i1"), Ack)
    assert (again.code, again.repeated) == ("command.blocked", True)


def test_what_the_engine_refuses_is_answered_with_its_reason(stage: Stage) -> None:
    """Blocked and at the end are told apart, each in the engine's own words (ENGINE-4, ENGINE-5)."""
    ada = stage.window()
    blocked = ada.ask(command("p", "set_local_pause", paused=True), Ack)
    assert (blocked.code, "stepper" in blocked.message) == ("command.blocked", True)
    for number in range(5):
        assert ada.ask(command(f"n{number}"), Ack).accepted
    end = ada.ask(command("n5"), Ack)
    assert (end.accepted, end.code) == (False, "command.end_of_script")
    assert "end" in end.message


def test_a_command_for_the_run_before_a_restart_is_refused(stage: Stage) -> None:
    """A Next that crossed a Restart on its way does not step the new run (SERVER-5)."""
    ada, bob = stage.window(), stage.window("bob")
    hosted = stage.core.sessions["checkout"]
    run = hosted.state.session_id
    assert ada.ask(command("r", "restart", run), Ack).accepted
    late = bob.ask(command("n", session_id=run), Ack)
    assert (late.accepted, late.code) == (False, "session.stale")
    assert hosted.state.cursor == 0
    assert bob.ask(command("n2", session_id=hosted.state.session_id), Ack).accepted


def test_read_only_may_look_and_change_nothing(stage: Stage) -> None:
    """The role of the token holds, and a hello may ask for less than its token allows (SERVER-9)."""
    for window in (stage.window("eve", auth=LOOK_TOKEN), stage.window("cy", role="read-only")):
        assert window.ask(command("i"), Ack).code == "auth.read_only"
        assert window.ask(write("w", PLAYBACK_MODE, "realtime", "1"), Ack).code == "auth.read_only"
    hosted = stage.core.sessions["checkout"]
    assert (hosted.state.cursor, hosted.state.mode) == (0, "stepper")


def test_a_token_to_look_cannot_ask_for_more(stage: Stage) -> None:
    """A role is never raised by a hello (SERVER-9)."""
    window = stage.window("eve", auth=LOOK_TOKEN, role="full")
    assert window.ask(command("i"), Ack).code == "auth.read_only"


def test_a_record_is_written_from_its_version(stage: Stage) -> None:
    """A write that names the version in force makes a commit, whose id is the record's version (SERVER-5)."""
    ada, bob = stage.window(), stage.window("bob")
    ada.say(write("w1", VIEW_CENTRE, "service:api", "1"))
    heard = ada.hear()
    assert isinstance(heard[0], Ack)
    (delta,) = deltas(heard)
    (record,) = delta.records
    assert (record.scope, record.target, record.key, record.value) == ("view", "graph", "centre", "service:api")
    assert record.version == delta.revision == heard[0].revision
    assert (actor_name(record.actor_id), record.origin) == ("ada", "user")
    assert deltas(bob.hear())[0].records == (record,)


def test_a_stale_version_is_a_conflict_and_changes_nothing(stage: Stage) -> None:
    """Of two who write from the same version the second is refused, and told by whom it was changed (SERVER-5)."""
    ada, bob = stage.window(), stage.window("bob")
    hosted = stage.core.sessions["checkout"]
    first = ada.ask(write("w1", VIEW_LEVEL, 2, "1"), Ack)
    second = bob.ask(write("w2", VIEW_LEVEL, 3, "1"), Ack)
    assert (second.accepted, second.code, second.revision) == (False, "state.conflict", first.revision)
    assert "ada" in second.message
    assert hosted.state.shared.graph_level == 2
    assert str(hosted.revision) == first.revision


def test_an_equal_value_is_accepted_and_makes_no_version(stage: Stage) -> None:
    """Writing what is there already changes nothing, whatever the engine would say to it (SERVER-5)."""
    ada, bob = stage.window(), stage.window("bob")
    for key, value in ((PLAYBACK_MODE, "stepper"), (PLAYBACK_PAUSE, False), (VIEW_LOG, None)):
        ack = ada.ask(write(f"w{key}", key, value, "1"), Ack)
        assert (ack.accepted, ack.revision) == (True, "1")
    assert deltas(bob.hear()) == []


def test_versions_follow_what_commands_change(stage: Stage) -> None:
    """A record changed by a command has that commit as its version, with who gave it (SERVER-2)."""
    ada = stage.window()
    hosted = stage.core.sessions["checkout"]
    ack = ada.ask(command("m", "set_mode", mode="realtime"), Ack)
    for key, value in ((PLAYBACK_MODE, "realtime"), (PLAYBACK_SPEED, "1x")):
        record = hosted.records.get(key)
        assert record is not None
        assert (record.value, record.version, actor_name(record.actor_id)) == (value, ack.revision, "ada")
    assert ada.ask(write("w", PLAYBACK_MODE, "stepper", "1"), Ack).code == "state.conflict"
    assert ada.ask(write("x", PLAYBACK_MODE, "stepper", ack.revision), Ack).accepted


def test_versions_follow_what_a_restart_changes(stage: Stage) -> None:
    """The run is a record too, which a Restart writes (SERVER-2)."""
    ada = stage.window()
    hosted = stage.core.sessions["checkout"]
    before = hosted.records.get(SESSION_RUN)
    ack = ada.ask(command("r", "restart"), Ack)
    record = hosted.records.get(SESSION_RUN)
    assert record is not None
    assert before is not None
    assert (record.version, record.value) == (ack.revision, hosted.state.session_id)
    assert before.value != record.value


def test_a_selection_is_shared(stage: Stage) -> None:
    """What one selects is selected for all that follow, as plain data that any client can write (SERVER-2)."""
    ada = stage.window()
    hosted = stage.core.sessions["checkout"]
    value = {"kind": "node", "arrival_index": -1, "element_id": "store:db"}
    assert ada.ask(write("w", FOCUS_SELECTION, {"kind": "node", "element_id": "store:db"}, "1"), Ack).accepted
    record = hosted.records.get(FOCUS_SELECTION)
    assert record is not None
    assert record.value == value
    selection = hosted.state.shared.selection
    assert selection is not None
    assert selection.element_id == "store:db"
    assert ada.ask(write("x", FOCUS_SELECTION, None, record.version), Ack).accepted
    assert hosted.state.shared.selection is None


def test_every_change_is_audited(stage: Stage) -> None:
    """The audit log says who did what, from which value to which, in which version (SERVER-6)."""
    ada = stage.window()
    ada.say(command("m", "set_speed", speed="2x"))
    ada.say(write("w", VIEW_LEVEL, 1, "1"))
    ada.say(command("n"))
    ada.say(command("o", "set_speed", speed="2x"))
    hosted = stage.core.sessions["checkout"]
    run = hosted.state.session_id
    ada.say(command("p", "restart"))
    begun = {"session_id": hosted.state.session_id}
    kept = stage.keeper.session("checkout")
    lines = [(line.actor.name, line.key, line.old, line.new, line.revision) for line in kept.lines]
    assert lines == [
        ("ada", "playback/session/speed", "pause", "2x", 2),
        ("ada", "command/set_speed", {"speed": "pause"}, {"speed": "2x"}, 2),
        ("ada", "view/graph/level", None, 1, 3),
        ("ada", "command/next_step", {"cursor": 0}, {"cursor": 1}, 4),
        ("ada", "command/set_speed", None, {"speed": "2x"}, 5),
        ("ada", "session/session/session_id", run, hosted.state.session_id, 6),
        ("ada", "command/restart", begun | {"session_id": run, "cursor": 1}, begun | {"cursor": 0}, 6),
    ]


def test_what_is_told_was_kept_before(stage: Stage) -> None:
    """A commit is on disk when the first window hears of it, with the input that made it (SERVER-7)."""
    ada = stage.window()
    kept = stage.keeper.session("checkout")
    known: list[int] = []
    send = ada.link.send

    def watch(message: bytes) -> None:
        known.append(kept.revision)
        send(message)

    ada.link.send = watch  # type: ignore[method-assign]
    ada.say(command("i1"))
    assert known == [2, 2]
    commit = kept.commits[-1]
    assert (commit.command, commit.intent_id, commit.actor.name) == ({"kind": "next_step"}, "i1", "ada")
    assert commit.at_ms == stage.clock.now_ms()


def test_a_recording_that_fails_is_told_to_whoever_asked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changed meanwhile ends neither the session nor the connection (STORE-15, SERVER-8)."""
    ada = stage.window()
    hosted = stage.core.sessions["checkout"]

    def fail(_command: object) -> None:
        raise SourceError("trace.json", "the file changed")

    monkeypatch.setattr(hosted.running.engine, "dispatch_runtime_command", fail)
    ack = ada.ask(command("i"), Ack)
    assert (ack.code, "the file changed" in ack.message) == ("server.failed", True)
    monkeypatch.undo()
    assert ada.ask(command("j"), Ack).accepted


def test_commands_need_not_follow(stage: Stage) -> None:
    """A script may give a command to a session by its name, and be told nothing else of it (SERVER-4)."""
    script: Caller = stage.window("ci", session="", origin="script")
    assert script.ask(command("i"), Ack).accepted
    assert deltas(script.hear()) == []
    record = stage.keeper.session("checkout").commits[-1]
    assert record.actor.origin == "script"


def test_runs_that_begin_count_as_several_frames() -> None:
    """Each Restart stays in the log for ever: one window cannot fill it, and may do all else meanwhile (SERVER-9)."""
    stage = Stage(limits=Limits(frames_at_once=55, frames_a_second=10))
    hosted = stage.host()
    window, other = stage.window(), stage.window("bob")
    answers = [window.ask(command(f"r{number}", "restart"), Ack) for number in range(5)]
    assert [ack.code for ack in answers] == ["", "", "", "limit.rate", "limit.rate"]
    assert window.ask(command("n"), Ack).accepted
    assert other.ask(command("r", "restart"), Ack).accepted
    assert len(hosted.state.ledger.sessions) == 5
    stage.pass_time(2000)
    assert window.ask(command("r4", "restart"), Ack).accepted, "a refusal by the rate is not kept"
