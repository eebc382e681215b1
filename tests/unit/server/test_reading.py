"""What windows read: pages, looks and searches; each bounded, none in the way of others (SERVER-9)."""

from collections.abc import Iterator
from typing import Literal

import msgspec
import pytest

from connectome_tui.clock import HeldClock, ManualClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.events.flow import SourceError
from connectome_tui.net.frames import (
    Ack,
    CommandFrame,
    ErrorFrame,
    LedgerFind,
    LedgerLook,
    LedgerPage,
    LedgerReply,
    SessionSelect,
)
from connectome_tui.server.find_port import Part, Reads
from connectome_tui.server.keeping import Actor
from connectome_tui.server.limits import Limits
from connectome_tui.server.reading import MOST_ASKED
from connectome_tui.store.deltas import Errors, Found, LookAnswer, Page
from tests.hosting import LOOK_TOKEN, Stage, acted, stepped

ADA = Actor("ada~1", "ada")


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    hosted = stage.host(events=30)
    for _ in range(20):
        acted(hosted, NextStep(), ADA)
    return stage


def test_a_page_is_one_reply_for_who_asked(stage: Stage) -> None:
    """Entries come to the window that asked, also to one that may only look (SERVER-4)."""
    eve, bob = stage.window("eve", auth=LOOK_TOKEN), stage.window("bob")
    answer = eve.ask(LedgerPage(id=9, first=2, behind=5), LedgerReply)
    page = msgspec.json.decode(answer.data, type=Page)
    assert (answer.id, answer.last) == (9, True)
    assert [(entry.index, entry.event.id) for entry in page.entries] == [(2, "e3"), (3, "e4"), (4, "e5")]
    assert bob.hear() == []


def test_a_look_changes_nothing_for_anybody(stage: Stage) -> None:
    """What was to be seen at an entry is answered without a commit (ENGINE-8)."""
    bob = stage.window("bob")
    hosted = stage.core.sessions["checkout"]
    revision = hosted.revision
    answer = bob.ask(LedgerLook(id=2, index=5, by=-2), LedgerReply)
    look = msgspec.json.decode(answer.data, type=LookAnswer)
    assert look.index == 3
    assert look.look is not None
    assert (hosted.revision, hosted.state.inspection_index) == (revision, None)


def finds(stage: Stage, frame: LedgerFind) -> tuple[list[int], list[LedgerReply]]:
    bob = stage.window("bob")
    bob.say(frame)
    stage.pass_time(1)
    replies = bob.hear_only(LedgerReply)
    hits = [hit for reply in replies[:] for hit in msgspec.json.decode(reply.data, type=Found).hits]
    return hits, replies


def test_a_search_is_answered_in_parts_and_ends(stage: Stage) -> None:
    """All hits come, and the last part says that it is the last (SERVER-4)."""
    hits, replies = finds(stage, LedgerFind(id=4, kind="search", text="call 7"))
    assert hits == [6]
    assert {reply.id for reply in replies} == {4}
    assert [reply.last for reply in replies] == [*[False] * (len(replies) - 1), True]
    assert stage.core.next_deadline_ms() != 0.0


def test_errors_are_found(stage: Stage) -> None:
    """The way to the next error is a question too (SERVER-4)."""
    bob = stage.window("bob")
    bob.say(LedgerFind(id=4, kind="error", first=3))
    stage.pass_time(1)
    (reply,) = bob.hear_only(LedgerReply)
    assert msgspec.json.decode(reply.data, type=Errors) == Errors()


def test_a_search_that_makes_no_sense_says_so(stage: Stage) -> None:
    """A broken expression is answered in words, and ends no connection (SERVER-8)."""
    bob = stage.window("bob")
    bob.say(LedgerFind(id=4, kind="filter", text="status:"))
    bob.say(LedgerFind(id=5, kind="search", text="/(/"))
    stage.pass_time(1)
    (reply,) = bob.hear_only(LedgerReply)
    assert (reply.id, reply.last) == (5, True)
    assert msgspec.json.decode(reply.data, type=Found).trouble


def test_a_new_search_ends_the_one_before(stage: Stage) -> None:
    """One search at a time for each window (SERVER-9)."""
    bob = stage.window("bob")
    bob.say(LedgerFind(id=4, kind="search", text="call"))
    bob.say(LedgerFind(id=5, kind="search", text="call 3"))
    stage.pass_time(1)
    assert {reply.id for reply in bob.hear_only(LedgerReply)} == {5}


def test_searches_of_several_windows_take_turns(stage: Stage) -> None:
    """A slice for one, a slice for the next; commands are served in between (SERVER-9)."""
    windows = [stage.window(f"w{number}") for number in range(3)]
    for window in windows:
        window.say(LedgerFind(id=1, kind="search", text="call"))
    stage.core.serve_deadline()
    assert sum(bool(window.hear_only(LedgerReply)) for window in windows) <= 1
    command = CommandFrame(intent_id="i", session="checkout", session_id="", kind="next_step")
    assert windows[2].ask(command, Ack).accepted
    for _ in range(20):
        stage.core.serve_deadline()
    for window in windows:
        assert [reply.last for reply in window.hear_only(LedgerReply)][-1:] in ([True], [])
        assert stage.core.next_deadline_ms() != 0.0


def test_a_search_ends_with_the_session_that_it_was_for(stage: Stage) -> None:
    """Nothing of one session comes to who selected another (CLIENT-5)."""
    stage.host("login")
    bob = stage.window("bob")
    bob.say(LedgerFind(id=1, kind="search", text="call"))
    bob.say(SessionSelect(id=2, session="login"))
    stage.pass_time(1)
    assert bob.hear_only(LedgerReply) == []


def test_a_search_waits_for_who_does_not_read() -> None:
    """What is found does not pile up for a window that does not take it (SERVER-9)."""
    stage = Stage(limits=Limits(waiting_bytes=3000))
    stage.host()
    bob = stage.window("bob")
    bob.say(LedgerFind(id=1, kind="search", text="call"))
    bob.link.send(b"x" * 4000)
    for _ in range(20):
        stage.core.serve_deadline()
    assert bob.link.waiting_bytes == 4000
    assert stage.core.next_deadline_ms() != 0.0, "nothing is done again and again for a window that waits"
    bob.link.read_all()
    stage.pass_time(1000)
    assert [reply.last for reply in bob.hear_only(LedgerReply)] == [True]


def test_costly_questions_count_as_several(stage: Stage) -> None:
    """Who asks for page after page is told to wait, and nobody else is (SERVER-9)."""
    bob, eve = stage.window("bob"), stage.window("eve")
    for number in range(60):
        bob.say(LedgerPage(id=number, first=0, behind=1000))
    codes = [frame.code for frame in bob.hear() if isinstance(frame, ErrorFrame)]
    assert set(codes) == {"limit.rate"}
    assert bob.link.closed_why is None
    assert eve.ask(LedgerPage(id=1, first=0, behind=1), LedgerReply).id == 1
    stage.pass_time(1000)
    assert bob.ask(LedgerPage(id=99, first=0, behind=1), LedgerReply).id == 99


def test_what_did_not_fit_into_a_page_costs_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long events are copied as fast as short ones: only those that were given count (SERVER-9)."""
    bob = stage.window("bob")

    def page(first: int, behind: int, *, detail: bool) -> Page:
        assert (behind - first, detail) == (1000, True)
        return Page(first=first, behind=first + 25)

    monkeypatch.setattr(stage.core.sessions["checkout"].reads, "page", page)
    for number in range(300):
        assert bob.ask(LedgerPage(id=number, first=0, behind=1000, detail=True), LedgerReply).id == number


def test_a_recording_that_changed_is_said_to_who_reads(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is another one now is an error for the question, never other data (STORE-15)."""
    bob = stage.window("bob")

    def fail(*_args: object, **_more: object) -> None:
        raise SourceError("trace.json", "the file changed")

    reads = stage.core.sessions["checkout"].reads
    for name in ("page", "look"):
        monkeypatch.setattr(reads, name, fail)
    for frame in (LedgerPage(id=1, first=0, behind=1), LedgerLook(id=1, index=0)):
        error = bob.ask(frame, ErrorFrame)
        assert (error.code, "the file changed" in error.message) == ("server.failed", True)


def test_a_search_in_a_session_that_began_anew_ends(stage: Stage) -> None:
    """Hits of what is no more there are not told as if they were of what is there now (CLIENT-5)."""
    bob = stage.window("bob")
    bob.say(LedgerFind(id=1, kind="search", text="call"))
    stage.core.sessions["checkout"].replace(stepped(3, HeldClock(stage.clock)))
    stage.pass_time(1)
    (reply,) = bob.hear_only(LedgerReply)
    found = msgspec.json.decode(reply.data, type=Found)
    assert (found.hits, "anew" in found.trouble, reply.last) == ((), True, True)


class SlowReads:
    """Reads that take ten milliseconds for each answer."""

    def __init__(self, reads: Reads, clock: ManualClock) -> None:
        self._reads, self._clock = reads, clock

    def page(self, first: int, behind: int, *, detail: bool) -> Page:
        self._clock.advance(10)
        return self._reads.page(first, behind, detail=detail)

    def look(self, index: int, by: int) -> LookAnswer:
        self._clock.advance(10)
        return self._reads.look(index, by)

    def find(self, kind: Literal["search", "filter", "error"], text: str, first: int) -> Iterator[Part]:
        self._clock.advance(100)
        yield from self._reads.find(kind, text, first)


def test_what_takes_long_is_read_in_turns(stage: Stage) -> None:
    """Windows that read much are answered one after the other, in order, and nothing is done twice (SERVER-9)."""
    hosted = stage.core.sessions["checkout"]
    hosted.reads = SlowReads(hosted.reads, stage.clock)
    bob, eve = stage.window("bob"), stage.window("eve")
    for number in range(3):
        bob.say(LedgerPage(id=number, first=0, behind=1) if number % 2 else LedgerLook(id=number, index=5))
    eve.say(LedgerPage(id=7, first=0, behind=1))
    heard = []
    for _ in range(4):
        heard.append([reply.id for window in (bob, eve) for reply in window.hear_only(LedgerReply)])
        assert stage.core.next_deadline_ms() == 0.0 or len(heard) == 4
        stage.core.serve_deadline()
    assert heard == [[0], [1], [7], [2]]
    assert stage.core.next_deadline_ms() != 0.0


def test_what_was_asked_of_a_session_that_is_left_is_answered(stage: Stage) -> None:
    """No request stays without an answer: what waits when its session is left is refused."""
    hosted = stage.core.sessions["checkout"]
    hosted.reads = SlowReads(hosted.reads, stage.clock)
    bob = stage.window("bob")
    bob.say(LedgerLook(id=1, index=5))
    bob.say(LedgerLook(id=2, index=5))
    bob.say(SessionSelect(id=3, session=""))
    assert [(frame.id, frame.code) for frame in bob.hear_only(ErrorFrame)] == [(2, "session.none")]
    stage.pass_time(1000)
    assert bob.hear_only(LedgerReply) == []


def test_what_waits_to_be_read_is_bounded(stage: Stage) -> None:
    """However much is asked for in one go, only so much waits; the rest is told to wait by itself (SERVER-9)."""
    hosted = stage.core.sessions["checkout"]
    hosted.reads = SlowReads(hosted.reads, stage.clock)
    bob = stage.window("bob")
    for number in range(100):
        bob.say(LedgerPage(id=number, first=0, behind=1))
    assert [frame.code for frame in bob.hear_only(ErrorFrame)] == ["limit.rate"] * (99 - MOST_ASKED)


def test_a_long_search_is_refused(stage: Stage) -> None:
    """What is searched for has a bound: nobody waits for a text that nobody typed (SERVER-9)."""
    bob = stage.window("bob")
    answer = bob.ask(LedgerFind(id=1, kind="search", text="x" * 1001), ErrorFrame)
    assert (answer.id, answer.code) == (1, "find.invalid")
    bob.say(LedgerFind(id=2, kind="search", text="x" * 1000))
    stage.pass_time(1000)
    assert bob.hear_only(LedgerReply)[-1].last


def test_searches_that_take_long_are_paid_for(stage: Stage) -> None:
    """Who asks for what holds everybody up, again and again, has to wait; others have not (SERVER-9)."""
    hosted = stage.core.sessions["checkout"]
    hosted.reads = SlowReads(hosted.reads, stage.clock)
    bob, eve = stage.window("bob"), stage.window("eve")
    codes = []
    for number in range(6):
        bob.say(LedgerFind(id=number, kind="search", text="call"))
        codes += [frame.code for frame in bob.hear_only(ErrorFrame)]
        stage.core.serve_deadline()
    assert codes
    assert set(codes) == {"limit.rate"}
    eve.say(LedgerFind(id=1, kind="search", text="call"))
    assert eve.hear_only(ErrorFrame) == []


def test_a_search_that_fails_stops_nothing_else(stage: Stage) -> None:
    """A mistake in a search is reported and answered, and what is due is done all the same (SERVER-8)."""

    def broken(*_: object) -> Iterator[Part]:
        yield from ()
        raise RuntimeError("broken")

    hosted = stage.core.sessions["checkout"]
    hosted.reads = SlowReads(hosted.reads, stage.clock)
    hosted.reads.find = broken  # type: ignore[method-assign, assignment]
    bob = stage.window("bob")
    bob.say(LedgerFind(id=4, kind="search", text="call"))
    stage.core.serve_deadline()
    assert [(frame.id, frame.code) for frame in bob.hear_only(ErrorFrame)] == [(4, "server.failed")]
    assert str(stage.core.troubles.newest).startswith("what a window reads")
