"""The window's client and the server's core together, over links in memory."""

from connectome_tui.client.intents import Answer
from connectome_tui.client.window import WindowClient
from connectome_tui.engine.commands import NextStep, Restart, SetSpeed
from tests.hosting import Stage
from tests.shared_windows import check_equal
from tests.windows import CoreDialer, make_client


def attached(stage: Stage, name: str = "ada", **more: object) -> tuple[WindowClient, CoreDialer]:
    """A window that follows the session `checkout`."""
    dialer = CoreDialer(stage.core)
    client = make_client(dialer, stage.clock, name, session="checkout", **more)
    client.connect()
    dialer.deliver()
    return client, dialer


def test_a_window_sees_what_the_server_has_and_steps_it() -> None:
    """Connect, select, baseline, Next: the window's state is the server's after each (CLIENT-1, SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    client, dialer = attached(stage)
    assert client.connection.status == "connected"
    assert client.connection.ready
    assert client.connection.active_session == "checkout"
    check_equal(hosted.state, client.store.state)
    answers: list[Answer] = []
    for command in (NextStep(), NextStep(), SetSpeed("2x"), Restart(), NextStep()):
        assert isinstance(client.send(command, answers.append), str)
        dialer.deliver()
        check_equal(hosted.state, client.store.state)
    assert [answer.accepted for answer in answers] == [True] * 5
    assert hosted.state.cursor == 1
    assert not client.connection.last_error


def test_two_nexts_at_one_moment_are_two_events_in_one_order() -> None:
    """Two windows press Next at the same moment: two events, the same for both (SERVER-5)."""
    stage = Stage()
    hosted = stage.host()
    (ada, ada_dialer), (bob, bob_dialer) = attached(stage), attached(stage, "bob")
    ada.send(NextStep())
    bob.send(NextStep())
    while ada_dialer.deliver() or bob_dialer.deliver():
        pass
    assert hosted.state.cursor == 2
    check_equal(hosted.state, ada.store.state)
    check_equal(hosted.state, bob.store.state)
    assert ada.store.released_by(0) != ada.store.released_by(1)
