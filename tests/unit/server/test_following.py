"""How windows come to where all others are: baselines, replays, resume, and what becomes of slow ones."""

from itertools import pairwise

import msgspec
import pytest

from connectome_tui.clock import HeldClock
from connectome_tui.net.frames import (
    Ack,
    CommandFrame,
    CommitsBaseline,
    CommitsReplay,
    ErrorFrame,
    FromServer,
    NotifyCommits,
    Resume,
    SessionGoodbye,
    SessionSelect,
    SessionWelcome,
)
from connectome_tui.server.limits import Limits
from connectome_tui.store.deltas import Baseline, CommitDelta
from connectome_tui.store.state import HealthBadge, ViewState
from tests.hosting import MemoryKeeper, Stage, hello, stepped
from tests.links import Caller


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.host()
    return stage


def step(caller: Caller, *intents: str, session: str = "checkout") -> None:
    for intent in intents:
        caller.say(CommandFrame(intent_id=intent, session=session, session_id="", kind="next_step"))


def revisions(frames: list[FromServer]) -> list[str]:
    """The revisions of all deltas among what was heard; each follows the one before."""
    found: list[CommitDelta] = []
    for frame in frames:
        if isinstance(frame, NotifyCommits):
            found += [msgspec.json.decode(raw, type=CommitDelta) for raw in frame.deltas]
    assert all(one.revision == other.base for one, other in pairwise(found))
    return [delta.revision for delta in found]


def baseline(caller: Caller) -> tuple[CommitsBaseline, Baseline]:
    (frame,) = caller.hear_only(CommitsBaseline)
    return frame, msgspec.json.decode(frame.data, type=Baseline)


def test_a_late_window_gets_the_whole_and_then_every_commit(stage: Stage) -> None:
    """Attaching late shows everything, and what comes follows on it without a hole (SERVER-3)."""
    ada = stage.window()
    step(ada, "a", "b")
    bob = stage.window("bob", session="")
    bob.say(SessionSelect(id=7, session="checkout"))
    ack, whole = bob.hear()
    assert isinstance(ack, Ack)
    assert isinstance(whole, CommitsBaseline)
    assert (ack.id, ack.revision, whole.revision, whole.why) == (7, "3", "3", "select")
    data = msgspec.json.decode(whole.data, type=Baseline)
    assert (data.end, [entry.event.id for entry in data.page.entries]) == (2, ["e1", "e2"])
    assert [entry.actor for entry in data.page.entries] == ["ada~1", "ada~1"]
    step(ada, "c")
    assert revisions(bob.hear()) == ["4"]


def test_a_select_from_a_revision_gets_the_deltas_behind_it(stage: Stage) -> None:
    """Who has a revision already is told what is lacking, nothing more (SERVER-4)."""
    ada, bob = stage.window(), stage.window("bob")
    step(ada, "a", "b", "c")
    assert bob.ask(SessionSelect(id=1, session=""), Ack).accepted
    step(ada, "d")
    assert bob.hear_only(NotifyCommits) == []
    bob.say(SessionSelect(id=2, session="checkout", revision="3"))
    heard = bob.hear()
    assert isinstance(heard[0], Ack)
    assert revisions(heard) == ["4", "5"]


def test_a_session_without_commits_is_followed_by_name_alone(stage: Stage) -> None:
    """`ctl` is present and told nothing (SERVER-4)."""
    script = stage.window("ci", session="")
    script.say(SessionSelect(id=2, session="checkout", commits=False))
    step(stage.window(), "a")
    assert [type(frame) for frame in script.hear()] == [Ack]
    assert stage.core.services.presence.here("checkout") == 2


def test_sessions_do_not_leak_into_each_other(stage: Stage) -> None:
    """Who selects another session hears of that alone, and others stay where they are (CLIENT-5)."""
    stage.host("login")
    ada, bob = stage.window(), stage.window("bob")
    bob.say(SessionSelect(id=1, session="login"))
    bob.hear()
    step(ada, "a")
    assert revisions(bob.hear()) == []
    step(bob, "b", session="login")
    assert [frame.session for frame in bob.hear_only(NotifyCommits)] == ["login"]
    assert len(revisions(ada.hear())) == 1


def resume_of(welcome: SessionWelcome, revision: str) -> Resume:
    return Resume(token=welcome.resume_token, epoch=welcome.epoch, session="checkout", revision=revision)


def dropped(stage: Stage, name: str = "ada") -> SessionWelcome:
    """Somebody who followed and lost the connection; what they were welcomed with."""
    caller = stage.caller()
    welcome = caller.ask(hello(name), SessionWelcome)
    caller.say(SessionSelect(id=1, session="checkout"))
    caller.drop()
    return welcome


def test_a_resume_gets_all_deltas_in_order_and_the_same_actor(stage: Stage) -> None:
    """Who lost the connection goes on without a hole and without a repeat, as who they were (SERVER-7)."""
    welcome = dropped(stage)
    step(stage.window("bob"), "a", "b")
    again = stage.caller()
    again.say(hello(resume=resume_of(welcome, "1")))
    heard = again.hear()
    assert isinstance(heard[0], SessionWelcome)
    assert (heard[0].resumed, heard[0].session) == ("replayed", "checkout")
    assert heard[0].actor_id == welcome.actor_id
    assert heard[0].resume_token != welcome.resume_token
    assert revisions(heard) == ["2", "3"]
    step(again, "c")
    assert revisions(again.hear()) == ["4"]


def test_a_resume_with_nothing_lacking_sends_nothing(stage: Stage) -> None:
    """Nothing is told twice (SERVER-7)."""
    welcome = dropped(stage)
    again = stage.caller()
    again.say(hello(resume=resume_of(welcome, "1")))
    assert [type(frame) for frame in again.hear()] == [SessionWelcome]


def test_a_resume_behind_the_ring_gets_a_baseline() -> None:
    """When deltas are gone there is the whole instead of a hole (SERVER-7)."""
    stage = Stage(limits=Limits(ring_commits=2))
    stage.host()
    welcome = dropped(stage)
    step(stage.window("bob"), "a", "b", "c")
    again = stage.caller()
    again.say(hello(resume=resume_of(welcome, "1")))
    heard = again.hear()
    assert isinstance(heard[0], SessionWelcome)
    assert isinstance(heard[1], CommitsBaseline)
    assert (heard[0].resumed, heard[1].why, heard[1].revision) == ("baseline", "resume", "4")


def test_a_resume_of_another_epoch_gets_a_baseline(stage: Stage) -> None:
    """Revisions of a server that lost its counters mean nothing any more (SERVER-7)."""
    welcome = dropped(stage)
    again = stage.caller()
    again.say(hello(resume=msgspec.structs.replace(resume_of(welcome, "1"), epoch="older")))
    heard = again.hear()
    assert isinstance(heard[0], SessionWelcome)
    assert heard[0].resumed == "baseline"
    assert isinstance(heard[1], CommitsBaseline)


def test_an_intent_is_remembered_over_reconnect_and_restart(stage: Stage) -> None:
    """A command whose answer was lost with the connection, or the server, is not done again (SERVER-5)."""
    ada = stage.caller()
    welcome = ada.ask(hello(), SessionWelcome)
    ada.say(SessionSelect(id=1, session="checkout"))
    step(ada, "a")
    ada.drop()
    again = stage.caller()
    again.say(hello(resume=resume_of(welcome, "1")))
    step(again, "a")
    assert [ack.repeated for ack in again.hear_only(Ack)] == [True]
    other = Stage(keeper=stage.keeper)
    hosted = other.host()
    late = other.caller()
    late.say(hello(resume=resume_of(welcome, "1")))
    step(late, "a")
    assert [ack.repeated for ack in late.hear_only(Ack)] == [True]
    assert hosted.state.cursor == 0


def test_a_restarted_server_counts_on(stage: Stage) -> None:
    """Revisions never go back, also when the server begins again from what it kept (SERVER-7)."""
    step(stage.window(), "a", "b")
    before = stage.core.sessions["checkout"].revision
    other = Stage(keeper=stage.keeper)
    hosted = other.host()
    assert hosted.revision == before + 1
    ada = other.window()
    step(ada, "c")
    assert revisions(ada.hear()) == [str(before + 2)]


def test_the_window_that_comes_back_ends_its_dead_connection(stage: Stage) -> None:
    """A connection that the network has not given up yet does not stay as a ghost (CLIENT-9)."""
    ada = stage.caller()
    welcome = ada.ask(hello(), SessionWelcome)
    again = stage.caller()
    again.say(hello(resume=resume_of(welcome, "1")))
    assert isinstance(ada.hear()[-1], SessionGoodbye)
    assert ada.link.closed_why is not None
    assert len(stage.core.services.presence) == 1


SLOW = Limits(waiting_bytes=20_000, baselines_at_once=2)


def test_a_slow_window_gets_a_baseline_instead_of_a_backlog() -> None:
    """What waits for a stalled window is bounded; the others hear everything; then it is even again (SERVER-9)."""
    stage = Stage(limits=SLOW)
    hosted = stage.host(events=200)
    slow, quick = stage.window("slow"), stage.window("quick")
    for number in range(150):
        step(quick, f"i{number}")
        assert len(revisions(quick.hear())) == 1
    assert slow.link.waiting_bytes < 25_000
    told = revisions(slow.hear())
    assert 0 < len(told) < 150
    slow.link.read_all()
    slow.user.writable()
    (whole,) = slow.hear_only(CommitsBaseline)
    assert (whole.why, whole.revision) == ("lagging", str(hosted.revision))
    step(quick, "last")
    assert revisions(slow.hear()) == [str(hosted.revision)]


def test_a_slow_window_that_never_says_that_it_can_write_is_asked() -> None:
    """Nobody is left behind because one word of the transport was missed (SERVER-7)."""
    stage = Stage(limits=SLOW)
    hosted = stage.host(events=200)
    slow, quick = stage.window("slow"), stage.window("quick")
    for number in range(150):
        step(quick, f"i{number}")
    slow.hear()
    stage.pass_time(600)
    (whole,) = slow.hear_only(CommitsBaseline)
    assert whole.revision == str(hosted.revision)


def test_baselines_are_rationed() -> None:
    """Who reads a little again and again does not have the whole encoded and sent each time (SERVER-9)."""
    stage = Stage(limits=SLOW)
    stage.host()
    window = stage.window()
    for number in range(20):
        window.say(SessionSelect(id=number, session="checkout"))
    heard = window.hear()
    assert sum(isinstance(frame, Ack) for frame in heard) == 20
    assert sum(isinstance(frame, CommitsBaseline) for frame in heard) == 1
    stage.pass_time(1100)
    assert len(window.hear_only(CommitsBaseline)) == 1


def test_a_stalled_window_at_its_end_notes_how_far_it_was_told() -> None:
    """The cursor that is kept of a window that lags is what it was told, not where the session is (SERVER-7)."""
    stage = Stage(limits=SLOW)
    hosted = stage.host(events=200)
    slow, quick = stage.window("slow"), stage.window("quick")
    for number in range(150):
        step(quick, f"i{number}")
        quick.hear()
    slow.drop()
    quick.drop()
    cursors = {actor.partition("~")[0]: revision for (actor, _), revision in stage.keeper.cursors.items()}
    assert cursors["quick"] == hosted.revision
    assert 1 < cursors["slow"] < hosted.revision


def test_cursors_are_noted_now_and_then(stage: Stage) -> None:
    """A crash of the server costs no more than the last seconds of cursors (SERVER-7)."""
    ada = stage.window()
    step(ada, "a")
    assert stage.keeper.cursors == {}
    stage.pass_time(10_001)
    assert stage.keeper.cursors == {("ada~1", "checkout"): 2}


def test_a_replay_is_the_deltas_behind_a_revision(stage: Stage) -> None:
    """A window that finds a hole asks, and gets what is lacking, or nothing (SERVER-3)."""
    ada = stage.window()
    step(ada, "a", "b", "c")
    ada.hear()
    ada.say(CommitsReplay(id=1, revision="2"))
    assert revisions(ada.hear()) == ["3", "4"]
    ada.say(CommitsReplay(id=2, revision="4"))
    assert [frame.deltas for frame in ada.hear_only(NotifyCommits)] == [()]
    error = ada.ask(CommitsReplay(id=3, revision="77"), ErrorFrame)
    assert (error.code, error.id) == ("resume.refused", 3)


def test_a_replay_of_what_is_gone_is_a_baseline() -> None:
    """A hole that cannot be filled ends with the whole (SERVER-3)."""
    stage = Stage(limits=Limits(ring_commits=1))
    stage.host()
    ada = stage.window()
    step(ada, "a", "b", "c")
    ada.hear()
    ada.say(CommitsReplay(id=1, revision="2"))
    frame, whole = baseline(ada)
    assert (frame.why, whole.revision) == ("asked", "4")


def test_another_session_under_the_same_name_begins_with_a_baseline(stage: Stage) -> None:
    """A flow opened in place of another: commits count on, all windows begin from the whole (SERVER-3)."""
    hosted = stage.core.sessions["checkout"]
    ada = stage.window()
    step(ada, "a", "b")
    ada.hear()
    before = hosted.revision
    clock = HeldClock(stage.clock)
    hosted.replace(stepped(9, clock))
    frame, whole = baseline(ada)
    assert (frame.why, int(frame.revision) > before) == ("replaced", True)
    assert (whole.end, whole.changes.script_total) == (0, 9)
    step(ada, "c")
    assert revisions(ada.hear()) == [str(hosted.revision)]
    assert [commit.command for commit in stage.keeper.session("checkout").commits] == [
        {"kind": "open", "flow": "flow", "run": 1},
        {"kind": "next_step"},
    ]
    step(ada, "a")
    assert [ack.repeated for ack in ada.hear_only(Ack)] == [True]


def test_what_a_local_user_looks_at_is_nobodys_business(stage: Stage) -> None:
    """Commits of a view alone are not told, and make no hole in what is (STORE-13)."""
    hosted = stage.core.sessions["checkout"]
    ada = stage.window()
    step(ada, "a")
    hosted.running.store.set_view(ViewState(detail_open=True))
    hosted.running.store.set_view(ViewState(detail_open=False))
    step(ada, "b")
    heard = ada.hear()
    assert revisions(heard) == ["2", "5"]
    late = stage.window("bob", session="")
    hosted.running.store.set_view(ViewState(detail_open=True))
    late.say(SessionSelect(id=1, session="checkout"))
    frame, whole = baseline(late)
    assert (frame.revision, whole.revision) == ("5", "5")
    hosted.running.store.set_health_badges({"sources": HealthBadge("OK")})
    assert revisions(late.hear()) == ["7"]


def test_the_server_says_goodbye_to_all(stage: Stage) -> None:
    """At its end everybody is told why, and nobody comes in any more (SERVER-4)."""
    ada, stranger = stage.window(), stage.caller()
    stage.core.close("back soon")
    assert [frame.reason for frame in ada.hear_only(SessionGoodbye)] == ["back soon"]
    assert [frame.reason for frame in stranger.hear_only(SessionGoodbye)] == ["back soon"]
    assert stage.core.connections == 0
    late = stage.caller()
    assert [frame.code for frame in late.hear_only(ErrorFrame)] == ["server.closing"]
    assert late.link.closed_why is not None


def test_nothing_is_left_of_a_hundred_windows(stage: Stage) -> None:
    """After a hundred attach and detach cycles nothing of them is held (CLIENT-9)."""
    hosted = stage.core.sessions["checkout"]
    for number in range(100):
        window = stage.window(f"w{number}")
        if number % 3 == 0:
            window.drop()
        elif number % 3 == 1:
            window.say(SessionGoodbye())
            window.link.close()
        else:
            window.say(SessionGoodbye())
            stage.pass_time(1100)
    core = stage.core
    assert core.connections == len(core.services.presence) == len(hosted.teller.broadcaster) == 0
    assert not core._lagging
    assert not core._reading


def test_a_resume_after_the_server_began_again_is_a_baseline_of_a_newer_revision() -> None:
    """The ring does not outlive the server: its windows get the whole, and never go back (SERVER-7)."""
    keeper = MemoryKeeper()
    stage = Stage(keeper=keeper)
    stage.host()
    welcome = dropped(stage)
    step(stage.window("bob"), "a", "b")
    other = Stage(keeper=keeper)
    other.host()
    again = other.caller()
    again.say(hello(resume=resume_of(welcome, "3")))
    heard = again.hear()
    assert isinstance(heard[0], SessionWelcome)
    assert isinstance(heard[1], CommitsBaseline)
    assert (heard[0].resumed, int(heard[1].revision) > 3) == ("baseline", True)


def test_a_commit_is_encoded_once_for_all(stage: Stage) -> None:
    """All followers are sent the very same bytes, of a commit and of a baseline's content (SERVER-9)."""
    windows = [stage.window(f"w{number}") for number in range(5)]
    hosted = stage.core.sessions["checkout"]
    step(windows[0], "a")
    windows[0].hear()
    hosted.running.store.set_health_badges({"sources": HealthBadge("OK")})
    assert len({id(window.link.sent[-1]) for window in windows}) == 1
    made: list[bytes] = []
    encode = hosted.teller._encode_baseline

    def count() -> bytes:
        made.append(encode())
        return made[-1]

    hosted.teller._encode_baseline = count
    for window in windows:
        window.say(SessionSelect(id=1, session="checkout"))
    assert len(made) == 1


def test_a_link_that_fails_is_that_windows_alone(stage: Stage) -> None:
    """A transport that breaks while a commit is told costs its own window, and nobody else anything (SERVER-8)."""
    broken, ada = stage.window("broken"), stage.window()

    def fail(message: bytes) -> None:
        raise RuntimeError(f"the transport is broken: {len(message)}")

    broken.link.send = fail  # type: ignore[method-assign]
    step(ada, "a")
    assert revisions(ada.hear()) == ["2"]
    assert broken.link.closed_why is not None
    assert [item.actor for item in stage.core.services.presence.items().values()] == ["ada"]
    assert stage.core.troubles.count == 1
