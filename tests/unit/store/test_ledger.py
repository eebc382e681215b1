"""The ledger: append-only, prefix-stable, and answering about any past entry."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.model import FlowEvent
from connectome_tui.store.ledger import EMPTY_LEDGER, LedgerBuffer, Session
from connectome_tui.store.sessions import boundary_event
from tests.factories import ListSequence, make_event, make_topology

NODES = ("service:a", "service:b", "store:c")
EVENTS = st.builds(
    lambda source, target, status, energy: make_event(
        from_node_id=source, to_node_id=target, status=status, energy_delta=energy
    ),
    st.sampled_from(NODES),
    st.sampled_from(NODES),
    st.sampled_from(["ok", "error", "unset"]),
    st.one_of(st.none(), st.sampled_from([0.25, 0.5, -0.125])),
)
SESSIONS = st.lists(st.lists(EVENTS, max_size=12), min_size=1, max_size=4)


def session(number: int, first_index: int, events: Sequence[FlowEvent] = ()) -> Session:
    return Session(f"s{number}", 0.0, make_topology(events), first_index, f"flow {number}", f"Flow {number}")


def filled(sessions: Sequence[Sequence[FlowEvent]]) -> LedgerBuffer:
    """A buffer in which these sessions were stepped, one after the other."""
    numbered = [
        [make_numbered(event, f"{number}.{row}") for row, event in enumerate(events)]
        for number, events in enumerate(sessions)
    ]
    buffer = LedgerBuffer(session(0, 0, numbered[0]), ListSequence(numbered[0]))
    for number, events in enumerate(numbered):
        if number:
            following = session(number, buffer.end + 1, events)
            buffer.begin_run(following, ListSequence(events), boundary_event(f"s{number}", 0.0), buffer.end + 1)
        for event in events:
            buffer.append_row(event, buffer.end + 1)
    return buffer


def make_numbered(event: FlowEvent, name: str) -> FlowEvent:
    return make_event(
        id=name,
        from_node_id=event.from_node_id,
        to_node_id=event.to_node_id,
        status=event.status,
        energy_delta=event.energy_delta,
    )


@given(SESSIONS)
def test_old_views_stay_true_prefixes(sessions: list[list[FlowEvent]]) -> None:
    """STORE-5: a view taken at any moment still holds the same entries after everything that came later."""
    buffer = LedgerBuffer(session(0, 0), None)
    views = [(buffer.view(), [])]
    seen: list[object] = []
    for number, event in enumerate(event for events in sessions for event in events):
        buffer.append_inline(event, number + 1)
        view = buffer.view()
        seen.append(view[number])
        views.append((view, list(seen)))
    for view, entries in views:
        assert list(view) == entries
        assert len(view) == len(entries)


@given(SESSIONS, st.data())
def test_histories_equal_counting_again(sessions: list[list[FlowEvent]], data: st.DataObject) -> None:
    """What an edge or node had seen at any entry is what counting the entries of its session up to there gives."""
    view = filled(sessions).view()
    if not len(view):
        return
    upto = data.draw(st.integers(view.start, view.end - 1))
    first = view.session_at(upto).first_index
    past = [entry for entry in view if first <= entry.arrival_index <= upto and not entry.event.is_boundary]
    for source in NODES:
        for target in NODES:
            travelled = [e for e in past if (e.event.from_node_id, e.event.to_node_id) == (source, target)]
            edge = view.edge_history(f"{source}→{target}", upto)
            assert edge.events == len(travelled)
            assert edge.errors == sum(entry.event.status == "error" for entry in travelled)
            assert edge.newest_index == max((entry.arrival_index for entry in travelled), default=-1)
        arrived = [entry for entry in past if entry.event.to_node_id == source]
        left = [e for e in past if e.event.from_node_id == source and e.event.to_node_id != source]
        node = view.node_history(source, upto)
        energies = [entry.event.energy_delta for entry in arrived if entry.event.energy_delta is not None]
        assert (node.arrivals, node.departures) == (len(arrived), len(left))
        assert node.errors == sum(entry.event.status == "error" for entry in arrived)
        assert node.energy == (pytest.approx(sum(energies)) if energies else None)
        assert node.newest_index == max((entry.arrival_index for entry in arrived + left), default=-1)


@given(SESSIONS, st.integers(-2, 60))
def test_errors_are_found_on_both_sides(sessions: list[list[FlowEvent]], index: int) -> None:
    """Next and previous error are the nearest entries with status `error`, from any place."""
    view = filled(sessions).view()
    errors = [entry.arrival_index for entry in view if entry.event.status == "error"]
    assert view.error_after(index) == min((error for error in errors if error > index), default=None)
    assert view.error_before(index) == max((error for error in errors if error < index), default=None)
    assert view.error_count(2, 9) == sum(2 <= error < 9 for error in errors)


@given(SESSIONS)
def test_every_entry_knows_its_session(sessions: list[list[FlowEvent]]) -> None:
    """EVENT-6: entries carry the id of their session, and indexes and commits rise by one."""
    view = filled(sessions).view()
    for number, found in enumerate(view.sessions):
        first = found.first_index
        ids = [view[first + row].event.id for row in range(len(sessions[number]))]
        assert ids == [f"{number}.{row}" for row in range(len(sessions[number]))]
    for place, entry in enumerate(view):
        assert entry.arrival_index == place
        assert entry.commit_id == place + 1
        assert entry.session_id == view.session_at(place).session_id


def test_a_view_sees_neither_later_parents_nor_later_children() -> None:
    """A past view gives only the relatives that had been released by then."""
    events = [make_event(1), make_event(2, parent_event_id="e1"), make_event(3, parent_event_id="e1")]
    buffer = LedgerBuffer(session(0, 5), ListSequence(events))
    views = []
    for event in events:
        buffer.append_row(event, 1)
        views.append(buffer.view())
    assert [view.child_indexes(5) for view in views] == [(), (6,), (6, 7)]
    assert [views[2].parent_index(index) for index in (5, 6, 7)] == [None, 5, 5]


def test_inline_events_find_their_parents_by_id() -> None:
    """Events without a recording behind them have parents and children too."""
    buffer = LedgerBuffer(session(0, 0), None)
    for event in (make_event(1), make_event(2, parent_event_id="e1"), make_event(3, parent_event_id="elsewhere")):
        buffer.append_inline(event, 1)
    view = buffer.view()
    assert [view.parent_index(index) for index in range(3)] == [None, 0, None]
    assert view.child_indexes(0) == (1,)


def test_a_view_may_start_late() -> None:
    """A view whose oldest entries are gone refuses them, and does not count them."""
    buffer = filled([[make_event(number, status="error") for number in range(6)]])
    late = type(buffer.view())(buffer, 2, 6)
    assert [entry.arrival_index for entry in late] == [2, 3, 4, 5]
    assert late.error_before(2) is None
    assert late.edge_history("service:api→store:db", 5).events == 4
    with pytest.raises(IndexError):
        late[1]


@pytest.mark.parametrize("index", [-1, 3])
def test_outside_is_an_index_error(index: int) -> None:
    """A view never shows what is behind its end, although the buffer may hold it."""
    buffer = filled([[make_event(number) for number in range(3)]])
    view = buffer.view()
    buffer.append_inline(make_event(9), 9)
    with pytest.raises(IndexError):
        view[index]


def test_the_empty_ledger_is_empty() -> None:
    """The ledger of a state without a flow can be read like any other."""
    assert len(EMPTY_LEDGER) == 0
    assert list(EMPTY_LEDGER) == []
    assert EMPTY_LEDGER.error_after(-1) is None
