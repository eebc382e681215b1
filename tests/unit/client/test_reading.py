"""What a window reads of the ledger for itself: pages, the whole log, searches, a look back (SERVER-9, ENGINE-8)."""

from typing import Any

import msgspec

from connectome_tui.client.pages import IN_FLIGHT, MAX_WISHES
from connectome_tui.client.requests import Failure
from connectome_tui.clock import HeldClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.net.frames import (
    Ack,
    CommitsBaseline,
    ErrorFrame,
    LedgerFind,
    LedgerLook,
    LedgerPage,
    LedgerReply,
    SessionSelect,
)
from connectome_tui.store.baselines import baseline_of
from connectome_tui.store.delta_wire import encode
from connectome_tui.store.deltas import Errors, Found, LookAnswer, Page, PageEntry
from connectome_tui.store.entries import is_placeholder
from connectome_tui.store.pages import PAGE, page_of
from tests.hosting import Stage, stepped
from tests.shared_windows import check_equal
from tests.windows import ClientRig, CoreDialer, make_client

RELEASED = 1000


class Reader(ClientRig):
    """A window on a played session of which many events were released."""

    def __init__(self, released: int = RELEASED) -> None:
        super().__init__(session="checkout")
        self.session = stepped(released, HeldClock(self.clock))
        for _ in range(released):
            self.session.engine.dispatch_runtime_command(NextStep())
        self.client.connect()
        self.server.welcome()
        (select,) = self.server.heard_only(SessionSelect)
        self.server.say(Ack(accepted=True, id=select.id))
        state = self.session.store.state
        data = msgspec.Raw(encode(baseline_of(state, flow=self.session.flow)))
        self.server.say(CommitsBaseline(session="checkout", revision=str(state.commit_id), data=data))
        assert self.client.connection.ready
        self.server.heard()

    def answer(self, asked: Any, record: Any, *, last: bool = True) -> None:
        """The server answers a question."""
        self.server.say(LedgerReply(id=asked.id, data=msgspec.Raw(encode(record)), last=last))

    def page(self, asked: LedgerPage, behind: int | None = None) -> None:
        """The server answers a page, or a part of it."""
        ledger = self.session.store.state.ledger
        end = asked.behind if behind is None else behind
        self.answer(asked, page_of(ledger, asked.first, end, detail=asked.detail))


def test_rows_that_are_drawn_again_and_again_ask_once() -> None:
    """A screen of rows that are not here costs one question, however often it is drawn (SERVER-9)."""
    rig = Reader()
    ledger = rig.client.store.state.ledger
    for _ in range(5):
        for index in range(10, 50):
            assert is_placeholder(ledger[index].event)
    (asked,) = rig.server.heard_only(LedgerPage)
    assert (asked.first, asked.behind, asked.detail) == (0, PAGE, False)
    rig.page(asked)
    assert rig.client.store.state.ledger[10].event == rig.session.store.state.ledger[10].event
    assert rig.server.heard_only(LedgerPage) == []


def test_the_newest_wish_goes_first_and_few_are_in_flight() -> None:
    """While one scrolls, what is on the screen now is fetched before what was; the rest is bounded (SERVER-9)."""
    rig = Reader()
    pages = rig.client._reading.pages
    for first in range(0, 10 * (IN_FLIGHT + 4), 10):
        pages.want_page(first, first + 10, detail=False)
    asked = rig.server.heard_only(LedgerPage)
    assert [page.first for page in asked] == [0, 10, 20, 30]
    rig.page(asked[0])
    assert [page.first for page in rig.server.heard_only(LedgerPage)] == [70]
    for first in range(0, 100 * MAX_WISHES, 10):
        pages.want_page(first, first + 10, detail=False)
    assert pages.in_flight == IN_FLIGHT
    assert len(pages._wishes) <= MAX_WISHES


def test_a_page_that_comes_in_parts_is_fetched_to_its_end() -> None:
    """A server that sends fewer entries than were asked for is asked for the rest; nothing is taken for gone."""
    rig = Reader()
    assert is_placeholder(rig.client.store.state.ledger[PAGE - 1].event)
    (asked,) = rig.server.heard_only(LedgerPage)
    rig.page(asked, behind=100)
    (rest,) = rig.server.heard_only(LedgerPage)
    assert (rest.first, rest.behind) == (100, PAGE)
    rig.page(rest)
    assert rig.client.store.state.ledger[PAGE - 1].event == rig.session.store.state.ledger[PAGE - 1].event


def test_a_page_that_is_gone_is_not_asked_for_for_ever() -> None:
    """Entries that left the ledger are shown as such (STORE-10)."""
    rig = Reader()
    assert is_placeholder(rig.client.store.state.ledger[5].event)
    (asked,) = rig.server.heard_only(LedgerPage)
    rig.server.say(ErrorFrame(id=asked.id, code="page.gone", message="these entries have left the log"))
    assert not is_placeholder(rig.client.store.state.ledger[5].event)
    assert rig.server.heard_only(LedgerPage) == []


def test_a_server_that_has_too_much_to_do_is_given_a_rest() -> None:
    """`limit.rate`: the page is asked for again, after a while (SERVER-9)."""
    rig = Reader()
    assert is_placeholder(rig.client.store.state.ledger[5].event)
    (asked,) = rig.server.heard_only(LedgerPage)
    rig.server.say(ErrorFrame(id=asked.id, code="limit.rate", message="wait a moment"))
    rig.pass_time(499)
    assert rig.server.heard_only(LedgerPage) == []
    rig.pass_time(1)
    (again,) = rig.server.heard_only(LedgerPage)
    assert (again.first, again.behind) == (asked.first, asked.behind)


def test_a_page_of_other_entries_is_told_and_not_shown() -> None:
    """A page that is not what was asked for makes no sense: nothing of it reaches the store (CLIENT-8)."""
    rig = Reader()
    assert is_placeholder(rig.client.store.state.ledger[5].event)
    (asked,) = rig.server.heard_only(LedgerPage)
    event = rig.session.store.state.ledger[3].event
    for page in (
        Page(first=7, behind=PAGE),
        Page(first=0, behind=0),
        Page(first=0, behind=PAGE + 1),
        Page(first=0, behind=PAGE, entries=(PageEntry(index=900, commit=1, event=event),)),
    ):
        rig.answer(asked, page)
        assert "page of the log" in rig.client.connection.last_error
        assert is_placeholder(rig.client.store.state.ledger[5].event)
        (asked,) = rig.server.heard_only(LedgerPage)


def test_pages_of_before_a_disconnect_are_forgotten() -> None:
    """What was asked for comes to nothing with the connection, and nothing is fetched without one (CLIENT-2)."""
    rig = Reader()
    assert is_placeholder(rig.client.store.state.ledger[5].event)
    assert rig.client.in_flight == 1
    rig.server.heard()
    rig.server.drop()
    assert rig.client.in_flight == 0
    assert is_placeholder(rig.client.store.state.ledger[5].event)
    assert rig.server.heard_only(LedgerPage) == []


def copied(rig: Reader, *, detail: bool = False) -> tuple[list[Page], list[Failure | None]]:
    """Copying that has begun."""
    pages: list[Page] = []
    done: list[Failure | None] = []
    rig.client.fetch_all(lambda page, _through, _total: pages.append(page), done.append, detail=detail)
    return pages, done


def test_the_whole_log_comes_in_order_whatever_the_order_of_answers() -> None:
    """Copying asks ahead, takes parts and rests, and hands over every entry once, in order (ENGINE-7)."""
    rig = Reader(3500)
    pages, done = copied(rig)
    first, second = rig.server.heard_only(LedgerPage)
    assert (first.first, first.behind, second.first, second.behind) == (0, 1000, 1000, 2000)
    rig.page(second)
    assert pages == []
    rig.page(first, behind=400)
    (rest,) = rig.server.heard_only(LedgerPage)
    assert (rest.first, rest.behind) == (400, 1000)
    rig.server.say(ErrorFrame(id=rest.id, code="limit.rate", message="wait a moment"))
    rig.pass_time(500)
    while asked := rig.server.heard_only(LedgerPage):
        for page in asked:
            rig.page(page)
    assert done == [None]
    assert [entry.index for page in pages for entry in page.entries] == list(range(3500))


def test_copying_ends_when_told_and_when_the_connection_does() -> None:
    """Stopped: no word. Lost: the reason, once. Not connected: refused at once (CLIENT-6)."""
    rig = Reader(2500)
    done: list[Failure | None] = []
    stop = rig.client.fetch_all(lambda _page, _through, _total: None, done.append, detail=True)
    assert all(page.detail for page in rig.server.heard_only(LedgerPage))
    stop()
    assert done == []
    assert rig.client.in_flight == 0
    _pages, done = copied(rig)
    rig.server.drop()
    assert [failure and failure.code for failure in done] == ["client.superseded"]
    _pages, done = copied(rig)
    assert [failure and failure.code for failure in done] == ["client.not_connected"]


def test_an_empty_log_is_copied_at_once() -> None:
    """Nothing is asked for where there is nothing."""
    rig = Reader(0)
    pages, done = copied(rig)
    assert (pages, done) == ([], [None])


def found(rig: Reader, kind: Any, text: str = "x") -> list[tuple[object, bool]]:
    """A search that has begun, and what it was told."""
    answers: list[tuple[object, bool]] = []
    assert rig.client.find(kind, text, 0, lambda answer, last: answers.append((answer, last))) is None
    return answers


def test_a_search_that_another_came_between_goes_on_where_it_was() -> None:
    """The server does one search at a time: the errors are answered first, then the filter goes on (SERVER-9)."""
    rig = Reader()
    filtered = found(rig, "filter", "status:error")
    (filter_asked,) = rig.server.heard_only(LedgerFind)
    rig.answer(filter_asked, Found(hits=(3, 5), done_to=400), last=False)
    errors = found(rig, "error")
    (errors_asked,) = rig.server.heard_only(LedgerFind)
    rig.answer(filter_asked, Found(hits=(7,), done_to=500), last=False)
    rig.answer(errors_asked, Errors(first=3))
    assert errors == [(Errors(first=3), True)]
    (again,) = rig.server.heard_only(LedgerFind)
    assert (again.kind, again.text, again.first) == ("filter", "status:error", 400)
    rig.answer(again, Found(hits=(7,), done_to=1000), last=True)
    assert [hits for found, _last in filtered for hits in found.hits] == [3, 5, 7]  # type: ignore[attr-defined]
    assert filtered[-1][1]
    assert rig.client.in_flight == 0


def test_a_new_search_ends_the_one_before() -> None:
    """Late answers of the search before are nobody's."""
    rig = Reader()
    before = found(rig, "search", "a")
    (asked,) = rig.server.heard_only(LedgerFind)
    now = found(rig, "search", "b")
    rig.answer(asked, Found(hits=(1,), done_to=1000))
    (asked,) = rig.server.heard_only(LedgerFind)
    rig.answer(asked, Found(trouble="an expression is not closed"))
    assert before == []
    assert now == [(Found(trouble="an expression is not closed"), True)]


def test_a_search_ends_with_the_connection_and_is_told() -> None:
    """Nobody is left hanging: who searches hears that there is no more to come, once (CLIENT-2)."""
    rig = Reader()
    answers = found(rig, "search")
    rig.server.drop()
    ((answer, last),) = answers
    assert isinstance(answer, Failure)
    assert last
    assert isinstance(rig.client.find("search", "x", 0, lambda _answer, _last: None), Failure)


def test_a_look_back_of_another_session_comes_to_nothing() -> None:
    """The answer to a look comes when another session is in hand: refused, nothing of it is shown (CLIENT-5)."""
    rig = Reader()
    looks: list[LookAnswer] = []
    assert rig.client.look(5, -1, looks.append) is None
    (asked,) = rig.server.heard_only(LedgerLook)
    assert (asked.index, asked.by) == (5, -1)
    rig.client.select("billing")
    (select,) = rig.server.heard_only(SessionSelect)
    rig.server.say(Ack(accepted=True, id=select.id))
    rig.answer(asked, LookAnswer(index=4))
    assert [bool(look.refused) for look in looks] == [True]


def test_a_look_back_ends_with_the_connection() -> None:
    """Who looks back when the connection is lost is told at once, not when a time has run out (CLIENT-2)."""
    rig = Reader()
    looks: list[LookAnswer] = []
    rig.client.look(5, -1, looks.append)
    rig.server.drop()
    assert [bool(look.refused) for look in looks] == [True]


def test_nonsense_in_an_answer_is_told_to_who_asked() -> None:
    """An answer that cannot be read is a failure with a line, of a search, a look and a copy alike."""
    rig = Reader()
    answers = found(rig, "search")
    (asked,) = rig.server.heard_only(LedgerFind)
    rig.server.say(LedgerReply(id=asked.id, data=msgspec.Raw(b'{"hits":7}'), last=False))
    assert isinstance(answers[0][0], Failure)
    looks: list[LookAnswer] = []
    rig.client.look(5, 0, looks.append)
    (look,) = rig.server.heard_only(LedgerLook)
    rig.server.say(LedgerReply(id=look.id, data=msgspec.Raw(b'"no"')))
    assert "makes no sense" in looks[0].refused
    _pages, done = copied(rig)
    (page,) = rig.server.heard_only(LedgerPage)
    rig.server.say(LedgerReply(id=page.id, data=msgspec.Raw(b"{}")))
    assert isinstance(done[0], Failure)


def test_an_answer_that_never_comes_is_given_up() -> None:
    """No question stays open for ever: after ten seconds who asked is told (SERVER-9)."""
    rig = Reader()
    looks: list[LookAnswer] = []
    rig.client.look(5, 0, looks.append)
    rig.pass_time(10_000)
    assert "no answer within 10 s" in looks[0].refused


def test_all_of_it_over_a_real_server() -> None:
    """Page back, search, look and copy against the server's core: what comes is what the server has."""
    stage = Stage()
    hosted = stage.host(events=700)
    for _ in range(700):
        hosted.running.engine.dispatch_runtime_command(NextStep())
    dialer = CoreDialer(stage.core)
    client = make_client(dialer, stage.clock, session="checkout")
    client.connect()
    dialer.deliver()
    check_equal(hosted.state, client.store.state)
    assert is_placeholder(client.store.state.ledger[0].event)
    dialer.deliver()
    assert client.store.state.ledger[0].event == hosted.state.ledger[0].event
    pages: list[Page] = []
    done: list[Failure | None] = []
    client.fetch_all(lambda page, _through, _total: pages.append(page), done.append, detail=True)
    dialer.deliver()
    assert done == [None]
    assert [entry.event for page in pages for entry in page.entries] == [entry.event for entry in hosted.state.ledger]
    hits: list[int] = []
    client.find("search", "call 65", 0, lambda answer, _last: hits.extend(getattr(answer, "hits", ())))
    for _ in range(50):
        dialer.deliver()
        stage.core.serve_deadline()
    dialer.deliver()
    assert hits[0] == 64
    assert client.in_flight == 0
    looks: list[LookAnswer] = []
    client.look(699, -10, looks.append)
    dialer.deliver()
    assert looks[0].index == 689
