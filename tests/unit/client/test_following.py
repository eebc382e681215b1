"""How commits come in whole, in order and once, over a real server core (SERVER-3, SERVER-7, CLIENT-2)."""

import msgspec
import pytest

from connectome_tui.client.intents import Answer
from connectome_tui.client.requests import Failure
from connectome_tui.client.window import WindowClient
from connectome_tui.engine.commands import NextStep, Restart, SetSpeed
from connectome_tui.events.topology import Node
from connectome_tui.net.frames import CommitsBaseline, CommitsReplay, NotifyCommits, SessionSelect, decode_from_window
from connectome_tui.store.baselines import baseline_of
from connectome_tui.store.delta_wire import encode
from connectome_tui.store.deltas import CommitDelta, TopologyPatch
from tests.hosting import MemoryKeeper, Stage
from tests.shared_windows import check_equal
from tests.windows import CoreDialer, KeptNotes, make_client


class Window:
    """A window on a stage."""

    def __init__(self, stage: Stage, name: str = "ada", session: str = "checkout") -> None:
        self.stage = stage
        self.dialer = CoreDialer(stage.core)
        self.notes = KeptNotes()
        self.client: WindowClient = make_client(self.dialer, stage.clock, name, session=session, notes=self.notes)
        self.revisions: list[int] = []
        self.client.store.subscribe(lambda _old, new: self.revisions.append(new.commit_id))
        self.client.connect()
        self.dialer.deliver()

    def step(self) -> list[Answer]:
        """Next, and what came of it."""
        answers: list[Answer] = []
        assert isinstance(self.client.send(NextStep(), answers.append), str)
        return answers

    def pass_time(self, ms: float) -> None:
        """Let time go by for the window alone."""
        self.stage.clock.advance(ms)
        self.client.serve_deadline()
        self.dialer.deliver()

    def asked(self, kind: type) -> list[object]:
        """What waits to go to the server, of one kind."""
        frames = [decode_from_window(message) for message in self.dialer.wire.to_server]
        return [frame for frame in frames if isinstance(frame, kind)]


def test_what_comes_twice_is_applied_once() -> None:
    """Every message delivered twice: the state is the server's, no commit was applied again, no answer told twice."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    answers = window.step()
    wire = window.dialer.wire
    wire.one_to_server()
    while wire.to_window:
        wire.to_window.insert(1, wire.to_window[0])
        wire.one_to_window()
        wire.one_to_window()
    assert len(answers) == 1
    check_equal(hosted.state, window.client.store.state)
    assert sorted(set(window.revisions)) == window.revisions


def test_a_hole_is_asked_for_once_and_filled_in_order() -> None:
    """A commit that is lost on the way is asked for with one question, and nothing is skipped (SERVER-3)."""
    stage = Stage()
    hosted = stage.host()
    window, other = Window(stage), Window(stage, "bob")
    other.step()
    other.dialer.deliver()
    window.dialer.wire.to_window.clear()
    for _ in range(3):
        other.step()
        other.dialer.deliver()
    while window.dialer.wire.to_window:
        window.dialer.wire.one_to_window()
    assert len(window.asked(CommitsReplay)) == 1
    window.dialer.deliver()
    check_equal(hosted.state, window.client.store.state)
    assert window.revisions[-4:] == list(range(hosted.revision - 3, hosted.revision + 1))


def test_commits_that_overtake_one_another_end_in_the_same_state() -> None:
    """Reordered commits are put right by a replay; the window never goes back (SERVER-3)."""
    stage = Stage()
    hosted = stage.host()
    window, other = Window(stage), Window(stage, "bob")
    for _ in range(4):
        other.step()
        other.dialer.deliver()
    waiting = window.dialer.wire.to_window
    waiting.reverse()
    window.dialer.deliver()
    check_equal(hosted.state, window.client.store.state)
    assert window.revisions == sorted(window.revisions)


def test_a_loss_that_nothing_follows_is_found_by_the_heartbeat() -> None:
    """The newest commit is lost and no other comes: the question of the heartbeat brings it (SERVER-3)."""
    stage = Stage()
    hosted = stage.host()
    window, other = Window(stage), Window(stage, "bob")
    other.step()
    other.dialer.deliver()
    window.dialer.wire.to_window.clear()
    window.pass_time(15_000)
    check_equal(hosted.state, window.client.store.state)


def test_a_baseline_that_is_lost_is_asked_for_by_the_heartbeat() -> None:
    """The state of a session that was selected never comes: the question of the heartbeat asks for it (SERVER-3)."""
    stage = Stage()
    hosted = stage.host()
    dialer = CoreDialer(stage.core)
    client = make_client(dialer, stage.clock, session="checkout")
    client.connect()
    wire = dialer.wire
    while client.connection.active_session is None:
        wire.one_to_server()
        wire.one_to_window()
    assert not client.connection.ready
    wire.to_window.clear()
    stage.clock.advance(15_000)
    client.serve_deadline()
    dialer.deliver()
    assert client.connection.ready
    check_equal(hosted.state, client.store.state)


def test_what_the_graph_becomes_is_noted_seldom() -> None:
    """Each baseline is noted, and that the graph grew, but not with every commit (CLIENT-8)."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    store, before = window.client.store, window.client.store.state
    for number in range(1, 4):
        node = Node(id=f"service:n{number}", title="n", kind="service", zone="BACKEND")
        delta = CommitDelta(
            revision=str(before.commit_id + number),
            base=str(before.commit_id + number - 1),
            topology=TopologyPatch(nodes=(node,)),
        )
        store.apply_server_commit(delta)
        stage.clock.advance(6000)
    topology = hosted.state.topology
    noted = [payload for type_, _event, payload, _source in window.notes.notes if type_ == "topology"]
    assert window.notes.events("topology") == ["baseline", "changed", "changed"]
    assert noted[0]["nodes"] == len(topology.nodes)
    assert [payload["nodes"] for payload in noted[1:]] == [len(topology.nodes) + 1, len(topology.nodes) + 3]


def test_a_window_comes_back_without_a_gap_and_without_a_repeat() -> None:
    """What was committed meanwhile comes as commits, in order, and each once (SERVER-7)."""
    stage = Stage()
    hosted = stage.host()
    window, other = Window(stage), Window(stage, "bob")
    actor = window.client.connection.actor_id
    window.dialer.wire.cut()
    assert window.client.connection.active_session is None
    for _ in range(3):
        other.step()
        other.dialer.deliver()
    before = list(window.revisions)
    window.pass_time(1000)
    assert window.client.connection.actor_id == actor
    assert window.client.connection.active_session == "checkout"
    assert window.revisions[len(before) :] == list(range(before[-1] + 1, hosted.revision + 1))
    check_equal(hosted.state, window.client.store.state)


def test_an_intent_without_an_answer_is_sent_again_and_done_once() -> None:
    """The answer is lost with the connection: the same intent id is answered, and nothing is done again (SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    answers = window.step()
    window.dialer.wire.one_to_server()
    assert hosted.state.cursor == 1
    window.dialer.wire.cut()
    window.pass_time(1000)
    assert hosted.state.cursor == 1
    assert [(answer.accepted, answer.repeated) for answer in answers] == [(True, True)]
    check_equal(hosted.state, window.client.store.state)


def test_an_intent_that_never_arrived_is_done_when_the_window_is_back() -> None:
    """The question itself is lost: it is sent again with its id, and done once (SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    answers = window.step()
    window.dialer.wire.cut()
    window.pass_time(1000)
    assert hosted.state.cursor == 1
    assert [(answer.accepted, answer.repeated) for answer in answers] == [(True, False)]


def test_an_old_intent_is_not_done_long_after() -> None:
    """Nobody expects a Next of a minute ago: it is told that nobody knows whether it was done."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    answers = window.step()
    window.dialer.wire.cut()
    window.dialer.is_down = True
    for _ in range(9):
        window.pass_time(10_000)
    window.dialer.is_down = False
    window.client.retry_now()
    window.dialer.deliver()
    assert hosted.state.cursor == 0
    assert [answer.code for answer in answers] == ["client.unknown"]


def test_a_server_that_forgot_who_this_was_gets_no_intent_again() -> None:
    """With another actor id the server could not tell a repeat from a new one: it is not sent (SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    answers = window.step()
    window.dialer.wire.cut()
    stage.keeper.tokens.clear()
    window.pass_time(1000)
    assert hosted.state.cursor == 0
    assert [answer.code for answer in answers] == ["client.unknown"]
    assert window.client.connection.active_session == "checkout"
    check_equal(hosted.state, window.client.store.state)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_server_of_a_new_epoch_begins_anew_for_the_window(*, is_known: bool) -> None:
    """The counters were lost: what is here is forgotten, the lower revision is no step back (SERVER-7)."""
    stage = Stage()
    stage.host()
    window = Window(stage)
    for _ in range(4):
        window.step()
        window.dialer.deliver()
    ahead = window.client.store.revision
    window.dialer.wire.cut()
    anew = Stage(keeper=MemoryKeeper("epoch-2"))
    if is_known:
        anew.keeper.tokens.update(stage.keeper.tokens)
    hosted = anew.host()
    window.dialer.port = anew.core
    window.pass_time(1000)
    assert hosted.revision < ahead
    assert window.client.connection.active_session == "checkout"
    check_equal(hosted.state, window.client.store.state)


def test_another_session_leaves_nothing_of_the_one_before() -> None:
    """Selecting changes this window alone; store, records and pages of the other are gone (CLIENT-5)."""
    stage = Stage()
    stage.host()
    other_session = stage.host("billing", events=2)
    window, bob = Window(stage), Window(stage, "bob")
    window.client.write_record("view", "log", "index", 0)
    window.dialer.deliver()
    told: list[Failure | None] = []
    assert window.client.select("billing", told.append) is None
    assert window.client.connection.active_session == "checkout", "until the server has agreed"
    window.dialer.deliver()
    assert told == [None]
    assert window.client.connection.active_session == "billing"
    assert bob.client.connection.active_session == "checkout"
    check_equal(other_session.state, window.client.store.state)
    record = window.client.store.record("view", "log", "index")
    assert record is None or record.value is None


def test_commits_of_the_session_before_are_not_applied_to_the_new_one() -> None:
    """What was on its way when the window went over belongs to nothing any more (CLIENT-5)."""
    stage = Stage()
    first = stage.host()
    second = stage.host("billing", events=2)
    window, bob = Window(stage), Window(stage, "bob")
    bob.step()
    bob.dialer.deliver()
    late = list(window.dialer.wire.to_window)
    assert late
    window.client.select("billing")
    window.dialer.deliver()
    for message in late:
        assert window.dialer.wire.window is not None
        window.dialer.wire.window.received(message)
    check_equal(second.state, window.client.store.state)
    assert first.state.cursor == 1


def test_a_baseline_of_another_session_is_nobodys() -> None:
    """The state of a session that this window does not follow is not taken for its own (CLIENT-5)."""
    stage = Stage()
    hosted = stage.host()
    other = stage.host("billing", events=2)
    window = Window(stage)
    data = msgspec.Raw(encode(baseline_of(other.state, flow=None)))
    wire = window.dialer.wire
    assert wire.window is not None
    frame = CommitsBaseline(session="billing", revision=str(other.state.commit_id), data=data)
    wire.window.received(msgspec.json.encode(frame))
    check_equal(hosted.state, window.client.store.state)
    assert window.client.connection.active_session == "checkout"


def test_a_session_that_does_not_exist_is_refused_and_the_one_in_hand_stays() -> None:
    """The server has the last word on what exists; a refusal changes nothing (CLIENT-5)."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    told: list[Failure | None] = []
    window.client.select("nowhere", told.append)
    window.dialer.deliver()
    assert told[0] is not None
    assert told[0].code == "session.unknown"
    assert window.client.connection.active_session == "checkout"
    window.step()
    window.dialer.deliver()
    check_equal(hosted.state, window.client.store.state)


def test_a_session_that_is_wanted_and_not_there_is_told() -> None:
    """`attach` to a session that the server does not have: connected, no session, the reason in words (CLIENT-5)."""
    stage = Stage()
    stage.host()
    window = Window(stage, session="nowhere")
    now = window.client.connection
    assert (now.status, now.active_session, now.ready) == ("connected", None, True)
    assert now.last_error_code == "session.unknown"
    assert isinstance(window.client.send(NextStep()), Failure)


def test_the_last_of_two_choices_counts() -> None:
    """Two sessions chosen in one moment: the first is told that it was superseded, the second is in hand."""
    stage = Stage()
    stage.host()
    stage.host("billing")
    stage.host("third")
    window = Window(stage)
    told: list[object] = []
    window.client.select("billing", lambda failure: told.append(("billing", failure and failure.code)))
    window.client.select("third", lambda failure: told.append(("third", failure and failure.code)))
    window.dialer.deliver()
    assert told == [("billing", "client.superseded"), ("third", None)]
    assert window.client.connection.active_session == "third"
    check_equal(stage.core.sessions["third"].state, window.client.store.state)


def test_a_restart_by_another_refuses_what_was_meant_for_the_run_before() -> None:
    """A Next pressed before the news of a Restart came is refused with the reason (SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    window, bob = Window(stage), Window(stage, "bob")
    bob.client.send(Restart())
    bob.dialer.deliver()
    answers = window.step()
    window.dialer.deliver()
    assert [answer.code for answer in answers] == ["session.stale"]
    assert hosted.state.cursor == 0
    check_equal(hosted.state, window.client.store.state)


@pytest.mark.parametrize(
    "change",
    [
        b'"nonsense"',
        b'{"revision":"x","base":"1"}',
        b'{"revision":"03","base":"1"}',
        b"{}",
        b'{"revision":"99","base":"BASE","first_index":"a"}',
        b'{"revision":"99","base":"BASE","gone":[[0,900000000]],"topology":{"nodes":[1]}}',
    ],
)
def test_commits_that_make_no_sense_are_made_good_by_a_baseline(change: bytes) -> None:
    """A commit that cannot be read: it is told, the session is selected anew, nothing is half applied (CLIENT-8)."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    before = window.client.store.state
    wire = window.dialer.wire
    assert wire.window is not None
    raw = msgspec.Raw(change.replace(b"BASE", str(before.commit_id).encode()))
    wire.window.received(msgspec.json.encode(NotifyCommits(session="checkout", deltas=(raw,))))
    assert window.client.connection.last_error_code == "frame.malformed"
    assert window.client.store.state is before
    assert len(window.asked(SessionSelect)) == 1
    window.dialer.deliver()
    window.step()
    window.dialer.deliver()
    check_equal(hosted.state, window.client.store.state)


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_commit_that_this_window_cannot_read_stops_it_for_a_moment_only(*, is_cut: bool) -> None:
    """A commit that is unknown here, and more behind it: no replay brings it again, a baseline ends it (SERVER-3)."""
    stage = Stage()
    hosted = stage.host()
    window, other = Window(stage), Window(stage, "bob")
    for _ in range(3):
        other.step()
        other.dialer.deliver()
    waiting = window.dialer.wire.to_window
    waiting[0] = waiting[0].replace(b'"base":"', b'"base":"x')
    while waiting:
        window.dialer.wire.one_to_window()
    assert window.asked(CommitsReplay) == []
    if is_cut:
        window.dialer.wire.cut()
        window.pass_time(1000)
    window.dialer.deliver()
    assert window.client.connection.ready
    assert window.client.connection.generation == 1 + is_cut
    check_equal(hosted.state, window.client.store.state)
    other.step()
    other.dialer.deliver()
    window.dialer.deliver()
    check_equal(hosted.state, window.client.store.state)


def test_a_server_that_goes_on_making_no_sense_is_left_for_a_while() -> None:
    """Nonsense in place of the baseline as well: the window stands back instead of asking for ever."""
    stage = Stage()
    stage.host()
    window = Window(stage)
    wire = window.dialer.wire
    assert wire.window is not None
    nonsense = CommitsBaseline(session="checkout", revision="9", data=msgspec.Raw(b'{"revision":"9"}'))
    wire.window.received(msgspec.json.encode(nonsense))
    wire.window.received(msgspec.json.encode(nonsense))
    assert window.client.connection.status == "reconnecting"
    assert window.client.connection.active_session is None


def test_a_listener_that_fails_is_not_taken_for_nonsense() -> None:
    """What a pane raises goes on its way; it is no fault of the server, and the commit stands."""
    stage = Stage()
    stage.host()
    window = Window(stage)

    def fails(_old: object, _new: object) -> None:
        raise ValueError("a pane failed")

    window.client.store.subscribe(fails)
    window.step()
    with pytest.raises(ValueError, match="a pane failed"):
        window.dialer.deliver()
    assert window.client.connection.last_error == ""
    assert window.client.store.state.cursor == 1


def test_an_answer_that_does_not_come_is_asked_for_again() -> None:
    """The answer alone is lost on a connection that stands: the intent is sent again after a while, and done once."""
    stage = Stage()
    hosted = stage.host()
    window = Window(stage)
    answers: list[Answer] = []
    window.client.send(SetSpeed("3x"), answers.append)
    window.dialer.wire.one_to_server()
    window.dialer.wire.to_window.clear()
    window.pass_time(10_000)
    assert [(answer.accepted, answer.repeated) for answer in answers] == [(True, True)]
    window.pass_time(15_000)
    check_equal(hosted.state, window.client.store.state)


def test_a_session_that_is_not_there_after_a_restart_leaves_none_in_hand() -> None:
    """The server comes back without it: no active session, and commands are refused (CLIENT-2)."""
    stage = Stage()
    stage.host()
    window = Window(stage)
    window.step()
    window.dialer.deliver()
    other = Stage(keeper=stage.keeper, clock=stage.clock)
    other.host("billing")
    window.dialer.port = other.core
    window.dialer.wire.cut()
    window.pass_time(1000)
    connection = window.client.connection
    assert (connection.status, connection.active_session) == ("connected", None)
    assert connection.last_error_code == "session.unknown"
    assert isinstance(window.client.send(NextStep()), Failure)
