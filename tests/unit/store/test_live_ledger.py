"""The live ledger (STORE-5, STORE-10): it grows, entries leave it fairly, and every view stays true."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.topology import Topology
from connectome_tui.store.entries import Session
from connectome_tui.store.live_chunks import Arrivals
from connectome_tui.store.live_ledger import LiveLedger, LiveLedgerView
from connectome_tui.store.retention import Retention, takings
from connectome_tui.store.sessions import boundary_event
from tests.factories import make_event


def make_ledger(max_events: int = 1000, max_age_ms: float | None = None) -> LiveLedger:
    """An empty ledger that keeps so many events."""
    session = Session("s", 0.0, Topology(), 0)
    return LiveLedger(session, Retention(max_events, max_age_ms), lambda row: EventDetail({"row": row}))


def arrivals(source: str, first: int, count: int) -> Arrivals:
    """Events `e{first}` … of a source, each the child of the one before."""
    events = [make_event(n, parent_event_id=f"e{n - 1}", source_id=source) for n in range(first, first + count)]
    return Arrivals(source, events)


def ids(view: LiveLedgerView) -> list[str]:
    """The ids of a view's entries."""
    return [entry.event.id for entry in view]


def test_entries_keep_their_index_commit_and_relatives() -> None:
    """EVENT-6: what was appended is found by its arrival index, with its parent, its children and its commit."""
    ledger = make_ledger()
    ledger.append(arrivals("a", 0, 3), 7, 0.0)
    ledger.append(arrivals("a", 3, 2), 8, 0.0)
    view = ledger.view()
    assert [(entry.arrival_index, entry.commit_id, entry.session_id) for entry in view] == [
        (0, 7, "s"),
        (1, 7, "s"),
        (2, 7, "s"),
        (3, 8, "s"),
        (4, 8, "s"),
    ]
    assert view.parent_index(3) == 2
    assert view.child_indexes(3) == (4,)
    assert view.parent_index(0) is None
    with pytest.raises(IndexError):
        view[5]


def test_a_view_stays_true_when_entries_come_and_leave() -> None:
    """STORE-5: a state that was shows what it showed, also the entries that left since."""
    ledger = make_ledger(40)
    ledger.append(arrivals("a", 0, 40), 1, 0.0)
    old = ledger.view()
    shown = ids(old)
    ledger.append(arrivals("a", 40, 200), 2, 0.0)
    gone, why = ledger.evict(0.0)
    assert (gone, why) == (200, "more than 40")
    assert ids(old) == shown
    assert len(old) == 40
    new = ledger.view()
    assert ids(new) == [f"e{n}" for n in range(200, 240)]
    assert (new.start, new.end, new.position_of(200), new.index_at(0)) == (200, 240, 0, 200)


def test_no_source_pushes_out_anothers_fair_share() -> None:
    """STORE-10: a flood takes only what others leave of the room; the quiet source keeps all it has."""
    ledger = make_ledger(100)
    ledger.append(arrivals("quiet", 0, 30), 1, 0.0)
    for n in range(50):
        ledger.append(arrivals("flood", 1000 + 100 * n, 100), 2 + n, 0.0)
        ledger.evict(0.0)
    view = ledger.view()
    assert Counter(entry.event.source_id for entry in view) == {"quiet": 30, "flood": 70}
    assert ids(view)[:30] == [f"e{n}" for n in range(30)]
    assert ids(view)[-1] == "e5999"
    assert view.start == 0


def test_what_left_from_between_reads_as_a_gap() -> None:
    """STORE-10: an index without an entry is no error; positions and walks pass it over."""
    ledger = make_ledger(10)
    ledger.append(arrivals("quiet", 0, 2), 1, 0.0)
    ledger.append(arrivals("flood", 100, 50), 2, 0.0)
    ledger.evict(0.0)
    view = ledger.view()
    assert len(view) == 10
    assert view[20].event.is_gap
    assert not view.holds(20)
    assert list(view.indexes(0, 52)) == [0, 1, *range(44, 52)]
    assert view.index_at(view.position_of(20)) == 44
    assert view.child_indexes(1) == ()


def test_old_entries_leave_by_their_age() -> None:
    """STORE-10: retention by time lets go what arrived before, of every source."""
    ledger = make_ledger(1000, max_age_ms=5000)
    ledger.append(arrivals("a", 0, 100), 1, 0.0)
    ledger.append(arrivals("b", 200, 100), 2, 4000.0)
    assert ledger.evict(4999.0)[0] == 0
    gone, why = ledger.evict(6000.0)
    assert why == "their age"
    assert gone >= 62  # whole batches of at most 62 entries
    assert ledger.evict(9001.0)[0] + gone == 200
    assert len(ledger.view()) == 0


def test_details_come_with_the_event_or_from_the_recording() -> None:
    """EVENT-8: what is in memory is given, a row is read, and without both there is none."""
    ledger = make_ledger()
    event = make_event()
    ledger.append(Arrivals("a", [event], [EventDetail({"x": 1})]), 1, 0.0)
    ledger.append(Arrivals("a", [event, event], (), 40), 1, 0.0)
    ledger.append(Arrivals("a", [event]), 1, 0.0)
    view = ledger.view()
    assert [dict(view.detail(index).attributes) for index in range(4)] == [{"x": 1}, {"row": 40}, {"row": 41}, {}]


def test_histories_go_on_counting_what_left() -> None:
    """STORE-10: an edge keeps its count of the session; what is newest on it is named only while it is there."""
    ledger = make_ledger(16)
    ledger.append(Arrivals("a", [make_event(0, to_node_id="store:old", status="error", energy_delta=0.5)]), 1, 0.0)
    ledger.append(Arrivals("a", [make_event(n, energy_delta=0.25) for n in range(1, 101)]), 1, 0.0)
    ledger.evict(0.0)
    view = ledger.view()
    assert view.edge_history("service:api→store:db", 100).events == 100
    assert view.edge_history("service:api→store:db", 100).newest_index == 100
    gone = view.edge_history("service:api→store:old", 100)
    assert (gone.events, gone.errors, gone.newest_index) == (1, 1, -1)
    node = view.node_history("store:db", 100)
    assert (node.arrivals, node.energy) == (100, 25.0)
    assert view.error_before(101) is None
    assert view.error_count(0, 101) == 0


def test_a_restart_counts_anew_and_its_boundary_leaves_too() -> None:
    """STORE-9, STORE-10: a session begins behind its boundary; both leave when what follows them does."""
    ledger = make_ledger(20)
    ledger.append(arrivals("a", 0, 10), 1, 0.0)
    ledger.begin_session(Session("s-2", 5.0, Topology(), 11), boundary_event("s-2", 5.0), 2, 5.0)
    ledger.append(arrivals("a", 10, 5), 3, 6.0)
    view = ledger.view()
    assert [session.session_id for session in view.sessions] == ["s", "s-2"]
    assert view.session_at(9).session_id == "s"
    assert view.session_at(10).session_id == "s-2"
    assert view[10].event.is_boundary
    assert view.edge_history("service:api→store:db", 15).events == 5
    assert view.parent_index(11) is None  # its parent was another session's
    ledger.append(arrivals("a", 15, 100), 4, 7.0)
    ledger.evict(7.0)
    later = ledger.view()
    assert [session.session_id for session in later.sessions] == ["s-2"]
    assert not any(entry.event.is_boundary for entry in later)
    assert later.edge_history("service:api→store:db", 115).events == 105


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 50), min_size=1), st.integers(0, 200))
def test_what_each_source_gives_is_fair(counts: dict[str, int], excess: int) -> None:
    """STORE-10: as many go as must, and nobody who gives is left with less than somebody who has more."""
    excess = min(excess, sum(counts.values()))
    takes = takings(counts, excess)
    assert sum(takes.values()) == excess
    kept = {source: count - takes.get(source, 0) for source, count in counts.items()}
    for source in takes:
        assert all(kept[source] >= other - 1 for other in kept.values())


@dataclass
class Model:
    """What a ledger ought to hold."""

    entries: list[tuple[int, str, str]] = field(default_factory=list)
    end: int = 0


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 60), st.lists(st.tuples(st.sampled_from("aab"), st.integers(1, 40)), max_size=25))
def test_any_run_keeps_its_promises(most: int, steps: list[tuple[str, int]]) -> None:
    """STORE-5, STORE-10: bounded, in order, newest kept, counted to the last, and no old view ever changes."""
    ledger, model = make_ledger(most), Model()
    views: list[tuple[LiveLedgerView, list[str]]] = []
    gone_in_all = 0
    for commit, (source, count) in enumerate(steps, 1):
        ledger.append(arrivals(source, model.end, count), commit, 0.0)
        model.entries += [(model.end + n, source, f"e{model.end + n}") for n in range(count)]
        model.end += count
        gone_in_all += ledger.evict(0.0)[0]
        view = ledger.view()
        listed = ids(view)
        views.append((view, listed))
        assert len(view) == len(listed) <= most
        assert listed[-1] == model.entries[-1][2]
        assert len(listed) + gone_in_all == model.end
        assert [entry.arrival_index for entry in view] == sorted(entry.arrival_index for entry in view)
        assert all(listed[view.position_of(entry.arrival_index)] == entry.event.id for entry in view)
        counts = Counter(entry.event.source_id for entry in view)
        # Entries leave in batches, so that a source can be one batch and the newest entry below its share.
        share = (most - ledger.retention.batch) // 2 - 1
        for name in counts:
            arrived = [event_id for _, of, event_id in model.entries if of == name]
            assert [entry.event.id for entry in view if entry.event.source_id == name] == arrived[-counts[name] :]
            assert counts[name] >= min(len(arrived), share) or len(listed) < most
    for view, listed in views:
        assert ids(view) == listed
    assert len(ledger.index_by_id) == ledger.count


def test_a_restart_at_the_limit_lets_others_go() -> None:
    """STORE-9, STORE-10: where the newest entry is a boundary, retention still takes the oldest ones."""
    ledger = make_ledger(4)
    ledger.append(arrivals("a", 0, 4), 1, 0.0)
    ledger.begin_session(Session("s-2", 0.0, Topology(), ledger.end + 1), boundary_event("s-2", 0.0), 2, 0.0)
    assert ledger.evict(0.0)[0] == 1
    assert ids(ledger.view()) == ["e1", "e2", "e3", "boundary:s-2"]


def test_errors_that_stay_are_found_however_old() -> None:
    """STORE-10: an old failure of a quiet source is counted and found while it is in the log."""
    ledger = make_ledger(16)
    ledger.append(Arrivals("quiet", [make_event(0, id="old", status="error")]), 1, 0.0)
    for batch in range(20):
        ledger.append(arrivals("loud", 10 * batch, 10), 1, 0.0)
        ledger.evict(0.0)
    view = ledger.view()
    assert view.holds(0)
    assert view.error_before(view.end) == 0
    assert view.error_count(view.start, view.end) == 1
