"""Where units stand: at any entry, since the run or the session began, after the oldest entries are gone (RUN-6)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.model import FlowEvent, UnitState
from connectome_tui.store.entries import UnitCounts
from connectome_tui.store.live_postings import LivePostings
from connectome_tui.store.unit_postings import UnitPostings
from tests.factories import make_event

UNITS = ("unit:a", "unit:b", "unit:c")


def told(unit: str, state: UnitState) -> FlowEvent:
    return make_event(to_node_id=unit, unit_state=state, unit_detail=f"{unit} {state}")


def begins() -> FlowEvent:
    return told("orchestrator:run", "running")


EVENTS = st.lists(
    st.one_of(
        st.builds(told, st.sampled_from(UNITS), st.sampled_from(["ready", "in_progress", "complete", "failed"])),
        st.just(begins()),
        st.just(told("orchestrator:run", "failed")),
        st.just(make_event()),
    ),
    max_size=30,
)


def standings_of(events: list[FlowEvent]) -> dict[str, UnitState]:
    """How units stand after these events, the plain way."""
    states: dict[str, UnitState] = {}
    for event in events:
        if event.unit_state == "running":
            states.clear()
        if event.unit_state is not None:
            states[event.to_node_id] = event.unit_state
    return states


def counts_of(states: dict[str, UnitState]) -> UnitCounts:
    told_of = [state for node, state in states.items() if node in UNITS]
    return UnitCounts(**{name: told_of.count(name) for name in UnitCounts._fields})  # type: ignore[arg-type]


@given(EVENTS, st.integers(0, 30))
def test_any_entry_knows_how_units_stood(events: list[FlowEvent], before: int) -> None:
    """At each entry states and counts are those of the events so far, also when what was long before is forgotten."""
    events = [begins(), *events]
    postings = UnitPostings()
    for index, event in enumerate(events):
        if event.unit_state is not None:
            postings.add(index, event)
    before = min(before, len(events) - 1)
    postings.trim(before)
    for last in range(before, len(events)):
        states = standings_of(events[: last + 1])
        for unit in UNITS:
            standing = postings.standing(unit, 0, last)
            assert (standing.state if standing else None) == states.get(unit)
        assert postings.counts(0, last) == counts_of(states)


def test_a_session_begins_with_pending_units() -> None:
    """What was told before the first entry of a session does not count in it (STORE-9)."""
    postings = LivePostings()
    for index, event in enumerate(
        [begins(), told("unit:a", "complete"), boundary(), begins(), told("unit:b", "ready")]
    ):
        postings.add(index, event)
    assert postings.units.standing("unit:a", 3, 4) is None
    assert postings.units.counts(3, 4) == UnitCounts(ready=1)
    assert postings.units.counts(0, 1) == UnitCounts(complete=1)


def boundary(**fields: Any) -> FlowEvent:
    return make_event(label="SESSION_BOUNDARY", **fields)


def test_a_standing_names_the_entry_that_told() -> None:
    """The detail can go to the event: its index stands beside state and text."""
    postings = UnitPostings()
    postings.add(0, begins())
    postings.add(4, told("unit:a", "failed"))
    standing = postings.standing("unit:a", 0, 9)
    assert standing is not None
    assert (standing.index, standing.detail) == (4, "unit:a failed")
