"""What a server answers about its ledger: pages, looks, searches, errors; nothing of it is a commit (ENGINE-8)."""

from typing import Any

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import Inspect, NextStep, Restart
from connectome_tui.events.flow import EventDetail
from connectome_tui.server import ledger_reads
from connectome_tui.server.ledger_reads import LedgerReads
from connectome_tui.session import LiveOptions, SteppedSession, start_session
from connectome_tui.store.deltas import Errors, Found
from connectome_tui.store.release import Look
from connectome_tui.store.retention import Retention
from connectome_tui.store.window_looks import look_of
from tests.factories import ListRecording, make_event, make_flow
from tests.unit.live import LiveDesk


def stepped(count: int = 6, **fields: Any) -> tuple[SteppedSession, LedgerReads]:
    """A stepped session whose third and fifth event failed, and its reads."""
    events = [
        make_event(
            number,
            parent_event_id=f"e{number - 1}" if number > 1 else None,
            status="error" if number in {3, 5} else "ok",
            **fields,
        )
        for number in range(1, count + 1)
    ]
    details = {row: EventDetail({"row": row}, raw={"big": "record"}) for row in range(count)}
    session = start_session(ListRecording([make_flow(events, details=details)]), "flow", clock=ManualClock())
    for _ in range(count):
        session.engine.dispatch_runtime_command(NextStep())
    return session, LedgerReads(session, lambda commit: f"a{commit}")


def test_a_page_has_entries_with_their_relations() -> None:
    """SERVER-4: event, commit, who released it, parent and children; detail when it is asked for, never the record."""
    session, reads = stepped()
    page = reads.page(2, 4, detail=True)
    assert (page.first, page.behind, page.end) == (2, 4, 6)
    entry = page.entries[0]
    assert (entry.index, entry.event, entry.parent, entry.children) == (2, session.flow.events[2], 1, (3,))
    assert entry.actor == f"a{entry.commit}"
    assert entry.detail == EventDetail({"row": 2})
    assert reads.page(2, 4, detail=False).entries[0].detail is None


def test_a_page_is_bounded_in_entries_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """SERVER-9: at most a thousand entries and so many bytes; `behind` says how far it goes."""
    _, reads = stepped(1100)
    assert len(reads.page(0, 5000, detail=False).entries) == 1000
    monkeypatch.setattr(ledger_reads, "MOST_BYTES", 2000)
    page = reads.page(0, 1000, detail=False)
    assert page.behind == len(page.entries) < 20
    assert reads.page(page.behind, 1000, detail=False).entries[0].index == page.behind


def test_a_look_is_what_looking_back_shows() -> None:
    """ENGINE-8: the same focus, sentence, causes and wait as the command, without a commit."""
    session, reads = stepped()
    commit = session.store.state.commit_id
    looks = {index: reads.look(index, 0).look for index in range(5)}
    assert session.store.state.commit_id == commit
    for index, look in looks.items():
        session.engine.dispatch_runtime_command(Inspect(index))
        assert look_of(session.store.state) == look
    session.engine.dispatch_runtime_command(Inspect(None))
    answer = reads.look(5, 0)
    assert (answer.index, answer.look) == (None, look_of(session.store.state))


def test_a_look_moves_over_events_alone() -> None:
    """ENGINE-8: `by` passes boundaries over, ends at the first event, and behind the newest comes the head."""
    session, reads = stepped(3)
    session.engine.dispatch_runtime_command(Restart())
    session.engine.dispatch_runtime_command(NextStep())
    session.engine.dispatch_runtime_command(NextStep())
    assert [reads.look(4, by).index for by in (-1, -2, -3)] == [2, 1, 0]
    assert reads.look(2, 1).index == 4
    assert reads.look(4, 1).index is None
    assert reads.look(4, 9).look == look_of(session.store.state)
    assert reads.look(0, -1).refused == "This is the first event."
    assert reads.look(3, 0).refused == "There a session begins: it is no event."
    assert reads.look(77, 0).refused == "There is no entry 77."
    assert reads.look(77, -1).refused


def test_a_look_tells_how_all_stood() -> None:
    """ENGINE-8: the standing is of the entry looked at, and brings the entries that the graph draws."""
    session, reads = stepped()
    standing = reads.look(3, 0).standing
    assert standing is not None
    assert standing.edges["service:api→store:db"] == session.store.state.ledger.edge_history("service:api→store:db", 3)
    assert {entry.index for entry in standing.entries} == {2, 3}


def test_looks_of_a_live_session() -> None:
    """ENGINE-8: the same of live sources; gaps are passed over, and what left cannot be looked at."""
    desk = LiveDesk(options=LiveOptions(retention=Retention(8)))
    reads = LedgerReads(desk.session, lambda _commit: "")
    assert reads.look(0, 0).refused == "There is no entry 0."
    desk.come(20)
    state = desk.state
    newest = state.ledger.end - 1
    commit = state.commit_id
    answer = reads.look(newest, -2)
    assert answer.index == newest - 2
    assert desk.state.commit_id == commit
    desk.session.engine.dispatch_runtime_command(Inspect(newest - 2))
    assert look_of(desk.state) == answer.look
    assert isinstance(reads.look(newest, 0).look, Look)
    assert reads.look(newest, 1).index is None
    assert reads.look(0, 0).refused


def test_errors_around_an_entry() -> None:
    """SERVER-4: the nearest failures before and behind, and the first and last of all."""
    _, reads = stepped()
    assert list(reads.find("error", "", 3)) == [(Errors(before=2, behind=4, first=2, last=4), True)]


def found(reads: LedgerReads, kind: Any, text: str, first: int = 0) -> tuple[tuple[int, ...], str]:
    """All hits, and what was wrong."""
    parts = list(reads.find(kind, text, first))
    assert [is_last for _, is_last in parts] == [False] * (len(parts) - 1) + [True]
    answers = [answer for answer, _ in parts if isinstance(answer, Found)]
    return tuple(hit for answer in answers for hit in answer.hits), answers[-1].trouble


def test_search_and_filter_give_entries() -> None:
    """SERVER-4: hits of all sessions as arrival indexes, from `first` on; marks of the session are none."""
    session, reads = stepped()
    session.engine.dispatch_runtime_command(Restart())
    for _ in range(4):
        session.engine.dispatch_runtime_command(NextStep())
    assert found(reads, "search", "call 3") == ((2, 9), "")
    assert found(reads, "search", "call 3", 5) == ((9,), "")
    assert found(reads, "filter", "status:error") == ((2, 4, 9), "")
    desk = LiveDesk()
    desk.come(150)
    assert found(LedgerReads(desk.session, lambda _commit: ""), "search", "call 149") == ((149,), "")


@pytest.mark.parametrize(("kind", "text"), [("search", ""), ("search", "/(/"), ("filter", "status:maybe")])
def test_what_cannot_be_looked_for_says_why(kind: str, text: str) -> None:
    """SERVER-8: a query that means nothing is answered in one line."""
    _, reads = stepped()
    hits, trouble = found(reads, kind, text)
    assert (hits, bool(trouble), "\n" in trouble) == ((), True, False)
