"""What a window sends, and what it does not even send (CLIENT-6, SERVER-5, ENGINE-7)."""

from collections.abc import Callable

import pytest

from connectome_tui.client.commands import NO_SESSION, NOT_THERE_YET, READ_ONLY
from connectome_tui.client.intents import MAX_OPEN, Answer
from connectome_tui.client.port import RemotePort
from connectome_tui.client.requests import Failure
from connectome_tui.client.window import WindowClient
from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    RuntimeCommand,
    SetMode,
)
from connectome_tui.net.frames import Ack, CommandFrame, SessionSelect, StateUpdate, decode_from_window
from connectome_tui.net.record_keys import VIEW_LEVEL, VIEW_LOG
from tests.factories import make_event
from tests.hosting import LOOK_TOKEN, Stage
from tests.shared_windows import check_equal
from tests.windows import ClientRig, CoreDialer, make_client


def attached(stage: Stage, name: str = "ada", **more: object) -> tuple[WindowClient, CoreDialer]:
    """A window that follows the session `checkout`."""
    dialer = CoreDialer(stage.core)
    client = make_client(dialer, stage.clock, name, session="checkout", **more)
    client.connect()
    dialer.deliver()
    return client, dialer


def selected() -> ClientRig:
    """A window whose session was selected, and whose state has not come."""
    rig = ClientRig(session="checkout")
    rig.client.connect()
    rig.server.welcome()
    (select,) = rig.server.heard_only(SessionSelect)
    rig.server.say(Ack(accepted=True, id=select.id))
    return rig


def never() -> ClientRig:
    """A window that has not tried."""
    return ClientRig()


def waiting() -> ClientRig:
    """A window whose address nobody listens at."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.fail("nobody listens there")
    return rig


def trying() -> ClientRig:
    """A window that is being connected."""
    rig = ClientRig()
    rig.client.connect()
    return rig


def refused() -> ClientRig:
    """A window that was refused."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.fail("this token opens nothing here", final=True)
    return rig


def without_session() -> ClientRig:
    """A window that has chosen no session."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.welcome()
    return rig


def reader() -> ClientRig:
    """A window that may only look."""
    rig = ClientRig(session="checkout")
    rig.client.connect()
    rig.server.welcome(role="read-only")
    return rig


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (never, "Ctrl+R connects"),
        (waiting, "Not connected: next try in 1 s, Ctrl+R tries now (nobody listens there"),
        (trying, "is being tried"),
        (refused, "Not connected: Ctrl+R tries again (this token opens nothing here)"),
        (without_session, NO_SESSION.message),
        (selected, NOT_THERE_YET.message),
        (reader, READ_ONLY.message),
    ],
)
def test_what_cannot_be_is_refused_here_and_says_what_to_do(stands: Callable[[], ClientRig], said: str) -> None:
    """Not connected, no session, only looking: a line that says what to do, and no call to the server (CLIENT-6)."""
    rig = stands()
    rig.server.heard()
    answers: list[Answer] = []
    for refusal in (
        rig.client.send(NextStep(), answers.append),
        rig.client.write_record("view", "log", "index", 3, answers.append),
    ):
        assert isinstance(refusal, Failure)
        assert said in refusal.message
    assert rig.server.heard() == []
    assert answers == []
    assert rig.notes.notes[-1][0] == "command"


def test_each_command_says_for_which_run_it_was_meant() -> None:
    """A command carries its intent id, the session and the run in sight; ids are never used twice (SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    client, dialer = attached(stage)
    sent = [client.send(command) for command in (NextStep(), Restart(), SetMode("realtime"))]
    frames = [frame for frame in map(decoded, dialer.wire.to_server) if isinstance(frame, CommandFrame)]
    assert [frame.intent_id for frame in frames] == sent
    assert len(set(sent)) == 3
    assert {frame.session for frame in frames} == {"checkout"}
    assert {frame.session_id for frame in frames} == {hosted.state.session_id}
    assert frames[2].payload == {"mode": "realtime"}


def test_too_many_commands_without_an_answer_are_refused() -> None:
    """What waits for answers is bounded (SERVER-9)."""
    stage = Stage()
    stage.host()
    client, _dialer = attached(stage)
    for _ in range(MAX_OPEN):
        assert isinstance(client.send(NextStep()), str)
    refusal = client.send(NextStep())
    assert isinstance(refusal, Failure)
    assert refusal.code == "client.too_many"


def decoded(message: bytes) -> object:
    """A frame on its way to the server."""
    return decode_from_window(message)


def writes(dialer: CoreDialer) -> list[StateUpdate]:
    """Writes on their way to the server."""
    return [frame for frame in map(decoded, dialer.wire.to_server) if isinstance(frame, StateUpdate)]


def test_writes_of_one_record_follow_one_another_and_the_newest_counts() -> None:
    """Scrolling: values in between are never sent, each write names the version before, none conflicts (SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    client, dialer = attached(stage)
    answers: list[Answer] = []
    for level in range(5):
        assert client.write_record(*VIEW_LEVEL, level, answers.append) is None
    assert [write.value for write in writes(dialer)] == [0]
    dialer.deliver()
    assert [answer.code for answer in answers if not answer.accepted] == ["client.superseded"] * 3
    assert sum(answer.accepted for answer in answers) == 2
    assert hosted.state.shared.graph_level == 4
    check_equal(hosted.state, client.store.state)
    assert client.write_record(*VIEW_LEVEL, 1, answers.append) is None
    dialer.deliver()
    assert answers[-1].accepted
    assert hosted.state.shared.graph_level == 1


def test_a_conflict_is_told_with_its_reason_and_changes_nothing() -> None:
    """Two windows write at once: the second hears why it was refused, and sees the first one's value (SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    (ada, ada_dialer), (bob, bob_dialer) = attached(stage), attached(stage, "bob")
    told: list[Answer] = []
    ada.write_record(*VIEW_LOG, 3)
    bob.write_record(*VIEW_LOG, 4, told.append)
    bob.write_record(*VIEW_LOG, 5, told.append)
    ada_dialer.deliver()
    bob_dialer.deliver()
    assert [answer.code for answer in told] == ["state.conflict", "state.conflict"]
    assert told[0].message
    assert hosted.state.shared.log_index == 3
    check_equal(hosted.state, bob.store.state)
    bob.write_record(*VIEW_LOG, 5, told.append)
    bob_dialer.deliver()
    assert told[-1].accepted


def test_a_write_that_waits_is_dropped_with_the_connection() -> None:
    """After a reconnect nobody's old scrolling is written over what others did meanwhile (CLIENT-2)."""
    stage = Stage()
    hosted = stage.host()
    client, dialer = attached(stage)
    told: list[Answer] = []
    client.write_record(*VIEW_LEVEL, 1, told.append)
    client.write_record(*VIEW_LEVEL, 2, told.append)
    dialer.wire.cut()
    assert [answer.code for answer in told] == ["client.superseded"]
    stage.clock.advance(1000)
    client.serve_deadline()
    dialer.deliver()
    assert told[-1].accepted
    assert hosted.state.shared.graph_level == 1


def test_a_reader_may_look_and_the_server_says_so_too() -> None:
    """With a token of the read-only role the window sees everything; its commands end here (SERVER-9, CLIENT-6)."""
    stage = Stage()
    hosted = stage.host()
    client, _dialer = attached(stage, auth=lambda: LOOK_TOKEN)
    assert client.connection.mode == "read-only"
    check_equal(hosted.state, client.store.state)
    assert client.send(NextStep()) is READ_ONLY
    assert client.why_not(writes=False) is None


# The port


class Ported:
    """A port on a server with five events, some of them released."""

    def __init__(self, released: int = 3) -> None:
        self.stage = Stage()
        self.hosted = self.stage.host()
        self.client, self.dialer = attached(self.stage)
        self.refusals: list[tuple[RuntimeCommand, str, str]] = []
        self.port = RemotePort(self.client, lambda *refusal: self.refusals.append(refusal))
        for _ in range(released):
            self.do(NextStep())

    def do(self, command: RuntimeCommand) -> str:
        """Dispatch, and let everything through; the status."""
        result = self.port.dispatch_runtime_command(command)
        self.dialer.deliver()
        assert result.released_event is None
        return result.status


def test_the_port_answers_at_once_and_a_refusal_comes_later() -> None:
    """Dispatch says that it was sent; the server's refusal is told with its reason (ENGINE-7)."""
    ported = Ported()
    assert ported.do(SetMode("realtime")) == "released"
    assert ported.refusals == []
    assert ported.do(NextStep()) == "released"
    ((command, code, message),) = ported.refusals
    assert (command, code) == (NextStep(), "command.blocked")
    assert "realtime" in message
    ported.dialer.wire.cut()
    result = ported.port.dispatch_runtime_command(NextStep())
    assert (result.status, "Ctrl+R" in result.notes) == ("blocked", True)
    assert ported.port.next_deadline_ms() is None


def test_the_port_knows_how_long_a_step_is_animated() -> None:
    """At the speed of the shared session (ENGINE-3)."""
    ported = Ported(0)
    assert ported.port.animation_ms(make_event(duration_ms=5000.0)) == 650


def test_looking_back_is_shared_until_the_view_is_detached() -> None:
    """Attached, looking back is for all; detached, it is this window's, and nobody else sees it (ENGINE-8)."""
    ported = Ported()
    ported.do(InspectBy(-1))
    assert ported.hosted.state.inspection_index == 1
    ported.do(Inspect(None))
    assert ported.hosted.state.inspection_index is None
    before = ported.hosted.revision
    ported.client.detach()
    assert ported.do(InspectBy(-1)) == "released"
    assert ported.client.store.state.inspection_index == 1
    assert ported.do(Inspect(0)) == "released"
    assert ported.client.store.state.inspection_index == 0
    assert ported.do(NextStep()) == "released", "while looking back, Next goes forward alone"
    assert ported.client.store.state.inspection_index == 1
    assert ported.do(Inspect(None)) == "released"
    assert ported.client.store.state.inspection_index is None
    assert ported.hosted.revision == before
    assert ported.do(NextStep()) == "released", "at the head, Next is for all"
    assert ported.hosted.state.cursor == 4
    ported.do(InspectBy(-2))
    ported.client.attach()
    assert ported.client.store.state.inspection_index is None
    check_equal(ported.hosted.state, ported.client.store.state)


def test_next_of_an_own_view_steps_while_the_others_look_back() -> None:
    """Who is detached at the head sees no look back of the others: Next is an event for all, not a move of theirs."""
    ported = Ported()
    ported.client.detach()
    bob, bobs = attached(ported.stage, "bob")
    bob.send(Inspect(0))
    bobs.deliver()
    ported.dialer.deliver()
    assert ported.hosted.state.inspection_index == 0
    assert ported.client.store.state.inspection_index is None
    assert ported.do(NextStep()) == "released"
    assert (ported.hosted.state.cursor, ported.hosted.state.inspection_index) == (4, None)
    bob.send(Inspect(0))
    bob.send(NextStep())
    bobs.deliver()
    assert (ported.hosted.state.cursor, ported.hosted.state.inspection_index) == (4, 1), "who follows looks along"


def test_keys_pressed_faster_than_the_server_answers_add_up() -> None:
    """Three times back before the first answer is three events back, with two questions (ENGINE-8)."""
    ported = Ported(5)
    ported.client.detach()
    for _ in range(3):
        assert ported.port.dispatch_runtime_command(InspectBy(-1)).status == "released"
    ported.dialer.deliver()
    assert ported.client.store.state.inspection_index == 1


def test_looking_where_nothing_is_says_why() -> None:
    """At the newest there is no forward, before the first no back, in an empty log nothing (ENGINE-8)."""
    empty = Ported(0)
    empty.client.detach()
    assert empty.do(InspectBy(-1)) == "blocked"
    ported = Ported(2)
    ported.client.detach()
    assert ported.do(InspectBy(1)) == "blocked"
    ported.do(Inspect(0))
    assert ported.do(InspectBy(-1)) == "released"
    assert ported.refusals[-1][1:] == ("client.look", "This is the first event.")
    assert ported.client.store.state.inspection_index == 0
