"""What may not come: each is a code and a message, for that window alone (SERVER-8, SERVER-9)."""

import json

import msgspec
import pytest

from connectome_tui.net.frames import (
    PROTOCOL,
    Ack,
    CommandFrame,
    ErrorFrame,
    LedgerFind,
    LedgerLook,
    LedgerPage,
    NotifyCommits,
    Resume,
    SessionGoodbye,
    SessionList,
    SessionSelect,
    SessionWelcome,
    Snapshot,
    StateUpdate,
    encode_frame,
)
from connectome_tui.server.limits import Limits
from tests.hosting import TOKEN, Stage, hello
from tests.links import Caller


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.host()
    return stage


def heard_error(caller: Caller, message: object) -> ErrorFrame:
    caller.hear()
    caller.say(message)  # type: ignore[arg-type]
    return next(frame for frame in caller.hear() if isinstance(frame, ErrorFrame))


@pytest.mark.parametrize(
    ("message", "code", "says"),
    [
        (b"", "frame.malformed", "JSON"),
        (b"hello", "frame.malformed", "JSON"),
        (b"\xff\xfe{}", "frame.malformed", "JSON"),
        ('{"type":"session.list","id":1,"x":"\ud800"}', "frame.malformed", "JSON"),
        (b'{"type":"session.list"', "frame.malformed", "JSON"),
        (b"[" * 200_000, "frame.malformed", "JSON"),
        (b"[]", "frame.malformed", "object"),
        (b"3", "frame.malformed", "object"),
        (b"{}", "frame.malformed", "type"),
        (b'{"type":5}', "frame.malformed", "type"),
        (b'{"type":"session.destroy"}', "frame.unknown_type", "session.destroy"),
        (b'{"type":"session.welcome"}', "frame.unknown_type", "session.welcome"),
        (b'{"type":"session.list"}', "frame.malformed", "id"),
        (b'{"type":"session.list","id":"one"}', "frame.malformed", "id"),
        (b'{"type":"snapshot.get","id":1,"topic":"commits"}', "frame.malformed", "topic"),
        (b'{"type":"ledger.page","id":1,"first":0.5,"behind":3}', "frame.malformed", "first"),
        (b'{"type":"session.list","id":1' + b"0" * 5000 + b"}", "frame.malformed", "id"),
    ],
)
def test_what_cannot_be_read_is_answered_with_a_code(stage: Stage, message: bytes, code: str, says: str) -> None:
    """No bytes whatever raise into the transport: a code and one line come back, and the window goes on (SERVER-8)."""
    window = stage.window()
    error = heard_error(window, message)
    assert (error.code, says in error.message) == (code, True)
    assert len(error.message) < 400
    assert "\n" not in error.message
    assert window.ask(SessionList(id=2), Snapshot).id == 2


def test_the_id_of_a_bad_request_is_in_its_error(stage: Stage) -> None:
    """Whoever asked can tell which of its requests was wrong (SERVER-4)."""
    assert heard_error(stage.window(), b'{"type":"ledger.page","id":7,"first":0}').id == 7


def test_unknown_fields_are_ignored(stage: Stage) -> None:
    """A window of a newer version is served (SERVER-4)."""
    window = stage.window()
    window.say(b'{"type":"session.list","id":3,"colour":"red"}')
    assert [frame.id for frame in window.hear_only(Snapshot)] == [3]


def test_a_frame_that_is_too_long_ends_the_connection(stage: Stage) -> None:
    """Nothing longer than the limit is even read; the others go on (SERVER-9)."""
    window, other = stage.window(), stage.window("bob")
    error = heard_error(window, b'{"type":"session.list","id":1,"x":"' + b"x" * 300_000 + b'"}')
    assert error.code == "frame.too_long"
    assert window.link.closed_why is not None
    assert other.link.closed_why is None


@pytest.mark.parametrize("frame", [SessionList(id=4), SessionSelect(id=4, session="checkout")])
def test_anything_before_hello_is_out_of_order(stage: Stage, frame: SessionList) -> None:
    """A stranger is told nothing but that hello comes first (SERVER-4)."""
    caller = stage.caller()
    error = caller.ask(frame, ErrorFrame)
    assert (error.code, error.id) == ("frame.out_of_order", 4)
    assert caller.ask(hello(), SessionWelcome).role == "full"


def test_hello_is_said_once(stage: Stage) -> None:
    """A second hello changes nothing (SERVER-4)."""
    assert heard_error(stage.window(), hello("eve")).code == "frame.out_of_order"
    assert [item.actor for item in stage.core.services.presence.items().values()] == ["ada"]


def test_who_says_nothing_is_cut_off_in_time(stage: Stage) -> None:
    """A handshake that never comes holds no connection (SERVER-9)."""
    caller = stage.caller()
    stage.pass_time(4999)
    assert caller.link.closed_why is None
    stage.pass_time(2)
    assert [frame.code for frame in caller.hear_only(ErrorFrame)] == ["frame.out_of_order"]
    assert caller.link.closed_why is not None
    assert stage.core.connections == 0


def test_after_goodbye_comes_nothing(stage: Stage) -> None:
    """Who said goodbye is no more told; what it says is out of order, and ends the connection (SERVER-4)."""
    window = stage.window()
    window.say(SessionGoodbye())
    assert len(stage.core.services.presence) == 0
    error = window.ask(SessionList(id=1), ErrorFrame)
    assert error.code == "frame.out_of_order"
    assert window.link.closed_why is not None
    window.say(SessionList(id=1))
    assert window.hear() == []
    assert stage.core.connections == 0


def test_after_goodbye_the_connection_is_ended_in_a_moment(stage: Stage) -> None:
    """Nobody stays connected behind a goodbye (CLIENT-9)."""
    window = stage.window()
    window.say(SessionGoodbye())
    stage.pass_time(1001)
    assert window.link.closed_why is not None
    assert stage.core.connections == 0


@pytest.mark.parametrize(
    "message",
    [
        encode_frame(hello(protocol=PROTOCOL + 1)),
        b'{"type":"session.hello","protocol":2,"who":{"name":"ada"}}',
        b'{"type":"session.hello","protocol":"3.1"}',
    ],
)
def test_a_protocol_of_the_future_is_told_so(stage: Stage, message: bytes) -> None:
    """A hello of another version is refused as such, also when nothing else of it can be read (SERVER-4)."""
    caller = stage.caller()
    error = heard_error(caller, message)
    assert error.code == "protocol.version"
    assert "version 1" in error.message
    assert caller.link.closed_why is not None


@pytest.mark.parametrize(
    ("auth", "code"), [("", "auth.missing"), ("wrong", "auth.refused"), (TOKEN[:-1], "auth.refused")]
)
def test_without_a_token_nobody_comes_in(stage: Stage, auth: str, code: str) -> None:
    """A missing and a wrong token are told apart, never repeated, and end the connection (SERVER-9)."""
    caller = stage.caller()
    error = heard_error(caller, hello(auth=auth))
    assert error.code == code
    assert not auth or auth not in error.message
    assert caller.link.closed_why is not None
    assert stage.core.connections == 0


def test_a_session_that_does_not_exist_is_told_with_those_that_do(stage: Stage) -> None:
    """Selecting, and commands to, what is not there are refused by name (SERVER-8)."""
    window = stage.window(session="")
    ack = window.ask(SessionSelect(id=2, session="nosuch"), Ack)
    assert (ack.accepted, ack.code) == (False, "session.unknown")
    assert "'checkout'" in ack.message
    ack = window.ask(CommandFrame(intent_id="i", session="nosuch", session_id="", kind="next_step"), Ack)
    assert (ack.intent_id, ack.code) == ("i", "session.unknown")


def test_what_needs_a_session_is_refused_without_one(stage: Stage) -> None:
    """Reads and commands say that a session has to be selected (CLIENT-6)."""
    window = stage.window(session="")
    for frame in (
        LedgerPage(id=3, first=0, behind=1),
        LedgerLook(id=3, index=0),
        LedgerFind(id=3, kind="search", text="x"),
    ):
        error = window.ask(frame, ErrorFrame)
        assert (error.code, error.id) == ("session.none", 3)
    ack = window.ask(CommandFrame(intent_id="i", session="", session_id="", kind="next_step"), Ack)
    assert ack.code == "session.none"


@pytest.mark.parametrize(
    ("token", "revision"), [("resume-99", "1"), ("", "1"), ("resume-1", "01"), ("resume-1", "-3"), ("resume-1", "99")]
)
def test_a_resume_that_means_nothing_is_refused_and_the_window_comes_in(
    stage: Stage, token: str, revision: str
) -> None:
    """A stale or made-up resume costs its session, not the connection: it selects again (SERVER-7)."""
    stage.window()
    caller = stage.caller()
    resume = Resume(token=token, epoch="epoch-1", session="checkout", revision=revision)
    welcome = caller.ask(hello(resume=resume), SessionWelcome)
    assert (welcome.resumed, welcome.session) == ("refused", "")
    assert caller.ask(SessionSelect(id=1, session="checkout"), Ack).accepted


@pytest.mark.parametrize("revision", ["", "x", "007", "99"])
def test_a_select_from_a_revision_that_never_was_is_refused(stage: Stage, revision: str) -> None:
    """Whoever has seen what this server knows nothing of has to begin anew (SERVER-7)."""
    ack = stage.window().ask(SessionSelect(id=5, session="checkout", revision=revision), Ack)
    assert (ack.code, ack.accepted) == ("resume.refused", False)


def test_a_few_bad_frames_are_tolerated_and_more_are_not(stage: Stage) -> None:
    """Somebody who sends rubbish again and again is cut off, others are not (SERVER-9)."""
    window, other = stage.window(), stage.window("bob")
    for _ in range(8):
        window.say(b"rubbish")
    assert window.link.closed_why is None
    window.say(b"rubbish")
    assert isinstance(window.hear()[-1], SessionGoodbye)
    assert window.link.closed_why is not None
    assert other.ask(SessionList(id=1), Snapshot).id == 1


def test_too_many_frames_at_once_are_refused_each_with_its_reply() -> None:
    """The rate is bounded for each window; it is told, and after a rest it goes on (SERVER-9)."""
    stage = Stage(limits=Limits(frames_at_once=10, frames_a_second=10))
    hosted = stage.host()
    window, other = stage.window(), stage.window("bob")
    command = CommandFrame(intent_id="i", session="checkout", session_id="", kind="next_step")
    for number in range(12):
        window.say(msgspec.structs.replace(command, intent_id=f"i{number}"))
    codes = [ack.code for ack in window.hear_only(Ack)]
    assert codes.count("limit.rate") == 4
    assert codes[-1] == "limit.rate"
    assert heard_error(window, SessionList(id=9)).code == "limit.rate"
    stage.pass_time(1500)
    assert window.ask(msgspec.structs.replace(command, intent_id="late", kind="restart"), Ack).accepted
    assert hosted.state.cursor == 0
    assert other.link.closed_why is None


def test_who_goes_on_far_beyond_the_rate_is_cut_off() -> None:
    """Refusals are no free answers: at some point there is none any more (SERVER-9)."""
    stage = Stage(limits=Limits(frames_at_once=10, frames_a_second=10))
    stage.host()
    window = stage.window()
    for number in range(40):
        window.say(SessionList(id=number))
    assert window.link.closed_why is not None
    assert len(window.hear()) < 30


def test_strangers_and_windows_are_bounded() -> None:
    """Silent connections push out the oldest of their kind; one window too many is refused by name (SERVER-9)."""
    stage = Stage(limits=Limits(clients=2, strangers=3))
    stage.host()
    windows = [stage.window(), stage.window("bob")]
    error = heard_error(stage.caller(), hello("cy"))
    assert error.code == "limit.clients"
    silent = [stage.caller() for _ in range(4)]
    assert [caller.link.closed_why is None for caller in silent] == [False, True, True, True]
    assert [frame.code for frame in silent[0].hear_only(ErrorFrame)] == ["limit.clients"]
    assert all(window.link.closed_why is None for window in windows)


def test_who_reads_nothing_while_answers_pile_up_is_cut_off() -> None:
    """What waits for a window is bounded, whatever it asks for (SERVER-9)."""
    stage = Stage(limits=Limits(waiting_bytes=2000, waiting_bytes_most=5000, frames_at_once=10_000))
    stage.host()
    window, other = stage.window(), stage.window("bob")
    for number in range(500):
        window.user.received(encode_frame(SessionList(id=number)))
    assert window.link.closed_why is not None
    assert window.link.waiting_bytes < 6000
    assert other.link.closed_why is None


@pytest.mark.parametrize(
    "name",
    ["\x1b[31mada", "ada\nbob", "\u202eada", "a" * 10_000, "", "  "],
    ids=["escape", "line", "bidi", "long", "none", "blank"],
)
def test_names_can_be_drawn(stage: Stage, name: str) -> None:
    """What others see of a name is printable and short, whatever was sent (SERVER-8)."""
    caller = stage.caller()
    caller.ask(hello(name), SessionWelcome)
    (item,) = stage.core.services.presence.items().values()
    assert item.actor.isprintable()
    assert 0 < len(item.actor) <= 64


@pytest.mark.parametrize(
    ("first", "behind"), [(-1, 3), (5, 2), (0, 2**60), (2**60, 2**60)], ids=["negative", "back", "huge", "far"]
)
def test_a_page_that_is_none_is_refused(stage: Stage, first: int, behind: int) -> None:
    """Places are checked before anything is read (SERVER-8)."""
    assert stage.window().ask(LedgerPage(id=1, first=first, behind=behind), ErrorFrame).code == "page.gone"


def write(scope: str, target: str, key: str, value: object, base: str = "1") -> StateUpdate:
    data = {"type": "state.update", "intent_id": f"{key}{value}", "session": "checkout", "scope": scope}
    text = json.dumps(data | {"target": target, "key": key, "value": value, "base_version": base})
    return msgspec.json.decode(text, type=StateUpdate)


@pytest.mark.parametrize(
    ("scope", "target", "key", "value"),
    [
        ("playback", "session", "mode", "backwards"),
        ("playback", "session", "mode", None),
        ("playback", "session", "speed", 2),
        ("playback", "session", "pause", "yes"),
        ("playback", "session", "pause", 0),
        ("playback", "session", "volume", 1),
        ("playback", "graph", "mode", "realtime"),
        ("focus", "session", "pin", None),
        ("focus", "session", "selection", {"kind": "planet"}),
        ("focus", "session", "selection", {"kind": "node", "element_id": "x" * 5000}),
        ("focus", "session", "selection", [1]),
        ("view", "graph", "centre", 5),
        ("view", "graph", "centre", "x" * 5000),
        ("view", "graph", "level", -1),
        ("view", "graph", "level", 2.5),
        ("view", "log", "index", -2),
        ("view", "log", "index", 2**60),
        ("source", "session", "rates", {}),
        ("session", "session", "session_id", "mine"),
        ("session", "session", "flow", "other"),
    ],
)
def test_a_record_cannot_be_what_it_cannot_be(stage: Stage, scope: str, target: str, key: str, value: object) -> None:
    """A wrong value, an unknown record and one that is the server's to write change nothing (SERVER-5)."""
    window = stage.window()
    revision = stage.core.sessions["checkout"].revision
    ack = window.ask(write(scope, target, key, value), Ack)
    assert (ack.accepted, ack.code) == (False, "state.invalid")
    assert ack.message
    assert stage.core.sessions["checkout"].revision == revision


@pytest.mark.parametrize("base", ["", "01", "-1", "latest", "1.0"])
def test_a_base_version_is_a_revision(stage: Stage, base: str) -> None:
    """What is not canonical is no version (SYNC-1)."""
    ack = stage.window().ask(write("playback", "session", "mode", "realtime", base), Ack)
    assert ack.code == "state.invalid"


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("set_mode", {}),
        ("set_mode", {"mode": "backwards"}),
        ("set_speed", {"speed": "9x"}),
        ("set_local_pause", {"paused": 1}),
        ("inspect", {"arrival_index": "two"}),
        ("inspect_by", {"delta": 2**60}),
    ],
)
def test_a_command_cannot_be_what_it_cannot_be(stage: Stage, kind: str, payload: dict[str, object]) -> None:
    """A command with wrong fields reaches no engine (SERVER-5)."""
    frame = CommandFrame(intent_id="i", session="checkout", session_id="", kind=kind, payload=payload)  # type: ignore[arg-type]
    assert stage.window().ask(frame, Ack).code == "command.invalid"


@pytest.mark.parametrize("intent_id", ["", "x" * 500])
def test_an_intent_has_an_id_of_a_bounded_length(stage: Stage, intent_id: str) -> None:
    """Ids are kept on disk: they are bounded, and there is one (SERVER-5)."""
    frame = CommandFrame(intent_id=intent_id, session="checkout", session_id="", kind="next_step")
    assert stage.window().ask(frame, Ack).code == "command.invalid"


def test_a_failure_inside_is_for_that_window_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks while a frame is answered is reported and said, and no other window feels it (SERVER-8)."""
    window, other = stage.window(), stage.window("bob")
    heard: list[str] = []
    stage.core.troubles.on_trouble(lambda trouble: heard.append(str(trouble)))
    hosted = stage.core.sessions["checkout"]
    monkeypatch.setattr(hosted, "reads", None)
    assert window.ask(LedgerPage(id=1, first=0, behind=1), ErrorFrame).code == "server.failed"
    assert len(heard) == 1
    command = CommandFrame(intent_id="i", session="checkout", session_id="", kind="next_step")
    assert other.ask(command, Ack).accepted
    assert len(window.hear_only(NotifyCommits)) == 1
