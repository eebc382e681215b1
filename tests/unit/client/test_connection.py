"""The one connection of a window (CLIENT-1, CLIENT-2), against a server that each test plays."""

import pytest

from connectome_tui.client.connection import OPENING_MS
from connectome_tui.client.connection_session import Identity
from connectome_tui.client.requests import Failure
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import SourceError
from connectome_tui.net.frames import (
    Ack,
    ErrorFrame,
    SessionGoodbye,
    SessionHello,
    SessionSelect,
    SnapshotGet,
)
from tests.hosting import TOKEN
from tests.windows import ClientRig, PlayedDialer, make_welcome


def connected(**more: object) -> ClientRig:
    """A window that is connected and has chosen no session."""
    rig = ClientRig(**more)
    rig.client.connect()
    rig.server.welcome()
    rig.server.heard()
    return rig


def test_a_window_goes_from_disconnected_to_connected() -> None:
    """Each status follows what the transport and the server say, and nothing else (CLIENT-1)."""
    rig = ClientRig()
    assert rig.client.connection.status == "disconnected"
    rig.client.connect()
    assert rig.client.connection.status == "connecting"
    rig.clock.advance(5)
    rig.server.open()
    assert rig.client.connection.status == "connecting"
    (hello,) = rig.server.heard_only(SessionHello)
    assert (hello.protocol, hello.actor, hello.auth, hello.resume) == (1, "ada", TOKEN, None)
    rig.clock.advance(5)
    rig.server.say(make_welcome())
    now = rig.client.connection
    assert (now.status, now.ready, now.mode, now.actor_id, now.active_session) == (
        "connected",
        True,
        "full",
        "ada~1",
        None,
    )
    assert now.connected_at == now.last_status_change == rig.clock.now_ms()
    assert (now.user, now.address, now.last_error) == ("ada", "ws://127.0.0.1:7717", "")
    assert now.id


def test_no_snapshot_and_no_note_holds_a_secret() -> None:
    """Neither the snapshot nor what is noted says the token or the resume token (CLIENT-1, CLIENT-8)."""
    rig = connected()
    rig.server.drop()
    rig.pass_time(1000)
    said = f"{rig.client.connection!r} {rig.notes.notes!r}"
    assert TOKEN not in said
    assert "resume-1" not in said


def test_waits_grow_to_thirty_seconds_and_success_resets_them() -> None:
    """1, 2, 4, 8, 16, 30, 30 s between tries; after a connection that stood, 1 s again (CLIENT-4)."""
    rig = ClientRig()
    rig.client.connect()
    waits = []
    for _ in range(7):
        rig.server.fail()
        due = rig.client.connection.next_try_at
        assert due is not None
        waits.append(due - rig.clock.now_ms())
        rig.pass_time(waits[-1] - 1)
        dialled = len(rig.server.attempts)
        rig.pass_time(1)
        assert len(rig.server.attempts) == dialled + 1
    assert waits == [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
    assert rig.client.connection.status == "connecting"
    assert rig.client.connection.attempts == 7
    rig.server.welcome()
    rig.server.drop()
    assert rig.client.connection.next_try_at == rig.clock.now_ms() + 1000


@pytest.mark.parametrize("chance", [0.0, 0.3, 0.999])
def test_jitter_stays_within_half_a_wait_and_the_wait(chance: float) -> None:
    """Windows come back at different moments, none later than the bound says (CLIENT-4)."""
    rig = ClientRig(random=lambda: chance)
    rig.client.connect()
    for bound in (1000, 2000, 4000, 8000, 16_000, 30_000, 30_000):
        rig.server.fail()
        due = rig.client.connection.next_try_at
        assert due is not None
        wait = due - rig.clock.now_ms()
        assert bound / 2 <= wait <= bound
        rig.pass_time(wait)


def test_windows_that_lose_their_server_do_not_come_back_at_one_moment() -> None:
    """Unless told otherwise, each waits a time of its own (CLIENT-4)."""
    waits: set[float] = set()
    for _ in range(8):
        dialer, clock = PlayedDialer(), ManualClock()
        client = WindowClient(
            "ws://127.0.0.1:7717", dialer, clock, identity=Identity("ada"), auth=lambda: TOKEN, topics=()
        )
        client.connect()
        dialer.fail()
        assert client.connection.next_try_at is not None
        waits.add(client.connection.next_try_at - clock.now_ms())
    assert len(waits) > 1


def test_a_lost_connection_ends_everything_that_hung_on_it() -> None:
    """Status, session, both times: one helper for every end, and it comes back by itself (CLIENT-2)."""
    rig = connected()
    rig.client.select("checkout")
    (select,) = rig.server.heard_only(SessionSelect)
    rig.server.say(Ack(accepted=True, id=select.id, revision="3"))
    assert rig.client.connection.active_session == "checkout"
    assert not rig.client.connection.ready
    rig.clock.advance(500)
    rig.server.drop("the cable")
    now = rig.client.connection
    assert (now.status, now.ready, now.active_session, now.last_error) == ("reconnecting", False, None, "the cable")
    assert now.last_disconnected_at == now.last_status_change == rig.clock.now_ms()
    assert now.connected_at == rig.clock.now_ms() - 500
    rig.clock.advance(1000)
    rig.client.serve_deadline()
    rig.server.fail()
    again = rig.client.connection
    assert again.status == "reconnecting"
    assert again.last_disconnected_at == now.last_disconnected_at, "a try that fails is no second loss"


@pytest.mark.parametrize("code", ["auth.refused", "auth.missing", "protocol.version"])
def test_a_refusal_that_would_come_again_ends_the_reconnecting(code: str) -> None:
    """A refused token or version is said, and not tried again until somebody asks (CLIENT-2)."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.open()
    rig.server.say(ErrorFrame(code=code, message="this token opens nothing here"))  # type: ignore[arg-type]
    now = rig.client.connection
    assert (now.status, now.gave_up, now.last_error, now.last_error_code) == (
        "disconnected",
        True,
        "this token opens nothing here",
        code,
    )
    assert rig.client.next_deadline_ms() is None
    assert rig.client.retry_now()
    assert len(rig.server.attempts) == 2
    rig.server.welcome()
    assert rig.client.connection.status == "connected"


def test_a_token_is_read_anew_for_each_hello() -> None:
    """A server that was started anew may have a new token in its file; one that is not there is waited for."""
    tokens = iter(["first", None, "second"])

    def auth() -> str:
        token = next(tokens)
        if token is None:
            raise SourceError("/tokens/7717", "no such file")
        return token

    rig = ClientRig(auth=auth)
    rig.client.connect()
    rig.server.welcome()
    assert [hello.auth for hello in rig.server.heard_only(SessionHello)] == ["first"]
    rig.server.drop()
    rig.pass_time(1000)
    rig.server.open()
    assert "no such file" in rig.client.connection.last_error
    assert rig.client.connection.status == "reconnecting"
    rig.pass_time(2000)
    rig.server.open()
    assert [hello.auth for hello in rig.server.heard_only(SessionHello)] == ["second"]


def test_a_server_of_another_version_is_left() -> None:
    """A welcome of another protocol is refused here, and not tried again (CLIENT-1)."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.open()
    rig.server.say(make_welcome(protocol=2))
    assert rig.client.connection.gave_up
    assert "protocol 2" in rig.client.connection.last_error


def test_a_goodbye_of_the_server_is_no_end() -> None:
    """A server that ends may be started again: the window tries, with its resume token (CLIENT-1, SERVER-7)."""
    rig = connected()
    rig.server.say(SessionGoodbye(reason="the server ends"))
    now = rig.client.connection
    assert (now.status, now.last_error) == ("reconnecting", "the server ends")
    assert rig.server.closed_why is not None
    rig.pass_time(1000)
    rig.server.open()
    (hello,) = rig.server.heard_only(SessionHello)
    assert hello.resume is not None
    assert (hello.resume.token, hello.resume.epoch) == ("resume-1", "epoch-1")


def test_retry_now_does_not_wait_and_dials_once() -> None:
    """Ctrl+R tries at once; while a try is under way, or the connection stands, it does nothing (CLIENT-4)."""
    rig = ClientRig()
    rig.client.connect()
    assert not rig.client.retry_now()
    rig.server.fail()
    assert rig.client.retry_now()
    assert not rig.client.retry_now()
    assert len(rig.server.attempts) == 2
    rig.server.welcome()
    assert not rig.client.retry_now()


def test_an_address_that_says_nothing_is_given_up_in_time() -> None:
    """A link that does not come, and a server that says no welcome, end after the same time (CLIENT-1)."""
    rig = ClientRig()
    rig.client.connect()
    rig.pass_time(OPENING_MS)
    assert "did not answer" in rig.client.connection.last_error
    assert rig.server.cancelled == 1
    late = rig.server.attempts[0]
    rig.pass_time(1000)
    rig.server.open()
    late.failed("too late to count")
    assert "too late" not in rig.client.connection.last_error
    rig.pass_time(OPENING_MS)
    assert "the server did not answer" in rig.client.connection.last_error
    assert rig.server.closed_why is not None


def test_a_link_that_comes_late_is_closed() -> None:
    """What an attempt that was given up still brings is nobody's: its link is closed, its frames unread."""
    rig = ClientRig()
    rig.client.connect()
    rig.pass_time(OPENING_MS)
    user = rig.server.attempts[0].opened(rig.server)
    assert rig.server.closed_why == "too late"
    user.received(b"{}")
    assert rig.client.connection.status == "connecting"
    assert rig.server.heard() == []


def test_silence_is_asked_about_and_then_ends_the_connection() -> None:
    """Nothing heard for a heartbeat: a question; nothing for one more: lost. Any frame is a sign of life (CLIENT-1)."""
    rig = connected()
    rig.pass_time(15_000)
    assert rig.server.heard_only(SnapshotGet)
    rig.server.say(ErrorFrame(code="limit.rate", message="a moment"))
    rig.pass_time(14_999)
    assert rig.client.connection.status == "connected"
    rig.pass_time(1)
    assert rig.server.heard_only(SnapshotGet)
    rig.pass_time(15_000)
    assert rig.client.connection.status == "reconnecting"
    assert "nothing was heard" in rig.client.connection.last_error


def test_a_window_that_slept_asks_before_it_gives_up() -> None:
    """A window that was stopped for a minute does not take its own silence for the server's (CLIENT-1)."""
    rig = connected()
    rig.pass_time(15_000)
    rig.clock.advance(60_000)
    rig.client.serve_deadline()
    assert rig.client.connection.status == "connected"
    assert rig.server.heard_only(SnapshotGet)


@pytest.mark.parametrize(
    "message",
    [b"", b"{", b"[]", b'{"type":"nonsense"}', b'{"type":"ack"}', b"\xff\xfe", '{"type":"snapshot","id":"x"}', b"0"],
)
def test_what_is_no_frame_is_told_and_ends_nothing(message: bytes | str) -> None:
    """A server that sends nonsense is noted, before and behind its welcome, and the window lives on (CLIENT-8)."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.open()
    rig.server.say(message)
    assert "no frame" in rig.client.connection.last_error
    rig.server.say(make_welcome())
    assert rig.client.connection.last_error == ""
    rig.server.say(message)
    assert rig.client.connection.status == "connected"
    assert rig.client.connection.last_error_code == "frame.malformed"
    assert rig.notes.events("connection").count("error") == 2


def test_frames_at_the_wrong_time_are_told_and_ignored() -> None:
    """An answer before the welcome, a second welcome, an ack that nobody asked for: no crash, no effect."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.open()
    rig.server.say(Ack(accepted=True, id=7))
    assert "before its welcome" in rig.client.connection.last_error
    rig.server.say(make_welcome())
    rig.server.say(make_welcome(actor_id="eve~9"))
    assert rig.client.connection.actor_id == "ada~1"
    rig.server.say(Ack(accepted=True, id=7))
    rig.server.say(Ack(accepted=True, intent_id="nobody-1"))
    assert rig.client.connection.status == "connected"


def test_the_server_says_that_it_closes_and_why() -> None:
    """An error that ends the connection is its reason, not the end of the link behind it (CLIENT-1)."""
    rig = connected()
    rig.server.say(ErrorFrame(code="limit.clients", message="there are 1000 windows already"))
    assert rig.client.connection.last_error == "there are 1000 windows already"
    assert rig.client.connection.status == "reconnecting"
    rig.server.drop("closed")
    assert rig.client.connection.last_error == "there are 1000 windows already"


def test_what_a_server_says_is_made_safe_to_be_shown() -> None:
    """Control characters in a message of the server never reach the terminal, nor do endless ones (LOG-5)."""
    rig = connected()
    rig.server.say(ErrorFrame(code="server.failed", message="\x1b[2J\nit failed" + "!" * 5000))
    assert "\x1b" not in rig.client.connection.last_error
    assert "\n" not in rig.client.connection.last_error
    assert len(rig.client.connection.last_error) <= 300
    rig.client.select("checkout")
    (select,) = rig.server.heard_only(SessionSelect)
    rig.server.say(ErrorFrame(id=select.id, code="limit.rate", message="no"))
    told: list[Failure | None] = []
    rig.client.select("checkout", told.append)
    (select,) = rig.server.heard_only(SessionSelect)
    rig.server.say(Ack(accepted=False, id=select.id, code="session.unknown", message="\x1b]0;gone\x07"))
    assert told[0] is not None
    assert "\x1b" not in told[0].message
    rig.server.drop("\x1b[31mred")
    assert "\x1b" not in rig.client.connection.last_error


def test_an_address_that_cannot_work_is_not_tried_again() -> None:
    """What the dialer calls hopeless (a TLS port, no server of ours) ends the trying."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.fail("this port speaks TLS", final=True)
    now = rig.client.connection
    assert (now.status, now.gave_up, now.last_error) == ("disconnected", True, "this port speaks TLS")
    assert rig.client.next_deadline_ms() is None


def test_leaving_says_goodbye_and_stays_away() -> None:
    """A window that leaves is disconnected without an error, and nothing tries to come back."""
    rig = connected()
    rig.client.disconnect()
    assert rig.server.heard_only(SessionGoodbye)
    now = rig.client.connection
    assert (now.status, now.last_error, now.gave_up, now.active_session) == ("disconnected", "", False, None)
    assert rig.client.next_deadline_ms() is None
    rig.client.connect()
    assert rig.client.connection.status == "connecting"


def test_the_servers_time_is_known_from_the_welcome() -> None:
    """Waits are drawn in the server's time, half a round trip behind its word, and never go back (SERVER-4)."""
    rig = ClientRig()
    rig.client.connect()
    rig.server.open()
    rig.clock.advance(40)
    rig.server.say(make_welcome(server_now_ms=9_000_000.0))
    assert rig.client.server_now_ms() == 9_000_020.0
    rig.clock.advance(100)
    assert rig.client.server_now_ms() == 9_000_120.0


def test_deadlines_that_come_nearer_are_told() -> None:
    """Whoever drives a window learns of each deadline that comes before the one it knew (CLIENT-9)."""
    rig = ClientRig()
    rig.client.connect()
    assert "deadline" in rig.changes
    rig.changes.clear()
    rig.server.fail()
    assert "deadline" in rig.changes
    due = rig.client.next_deadline_ms()
    assert due == rig.clock.now_ms() + 1000
