"""Looking back over what was released (ENGINE-8)."""

from collections.abc import Callable

from connectome_tui.engine.commands import Inspect, InspectBy, NextStep, Restart
from connectome_tui.store.selectors import select_shown_entry, select_step_number
from connectome_tui.store.state import State
from tests.factories import make_event, make_flow


def what_is_seen(state: State) -> tuple[object, ...]:
    return (
        state.active_focus,
        state.current_explanation,
        state.wait_progress,
        state.wait_now_ms,
        state.real_gap_ms,
    )


def test_each_entry_looks_as_it_did_when_it_was_released(make_rig: Callable) -> None:
    """ENGINE-8: going back over every entry shows exactly what the release showed; ledger and cursor stay."""
    rig = make_rig(5)
    shown = []
    for _ in range(5):
        rig.step()
        shown.append(what_is_seen(rig.state))
    head = rig.state
    for index in (3, 0, 2, 1):
        rig.send(Inspect(index))
        assert what_is_seen(rig.state) == shown[index]
        assert rig.state.inspection_index == index
        assert (rig.state.ledger, rig.state.cursor) == (head.ledger, head.cursor)
    rig.send(Inspect(None))
    assert what_is_seen(rig.state) == shown[4]
    assert rig.state.inspection_index is None


def test_next_goes_forward_and_releases_only_at_the_head(make_rig: Callable) -> None:
    """ENGINE-8: while looking back Next goes one entry forward; from the head on it releases."""
    rig = make_rig(4)
    rig.step(3)
    rig.send(InspectBy(-2))
    places = []
    for _ in range(3):
        rig.send(NextStep())
        places.append((rig.state.inspection_index, rig.state.cursor))
    assert places == [(1, 3), (None, 3), (None, 4)]


def test_the_first_entry_is_the_furthest_back(make_rig: Callable) -> None:
    """Going further back than the first entry stays there and says so."""
    rig = make_rig(3)
    rig.step(3)
    rig.send(InspectBy(-99))
    assert rig.state.inspection_index == 0
    before = rig.state
    assert rig.send(InspectBy(-1)).status == "blocked"
    assert rig.state is before
    rig.send(InspectBy(99))
    assert rig.state.inspection_index is None


def test_boundaries_are_passed_over(make_rig: Callable) -> None:
    """STORE-9: a boundary is no step, so that looking back goes from one session's event to the other's."""
    rig = make_rig(2)
    rig.step(2)
    rig.send(Restart())
    rig.step(2)
    visited = []
    for _ in range(3):
        rig.send(InspectBy(-1))
        visited.append(rig.state.inspection_index)
    assert visited == [3, 1, 0]
    rig.send(InspectBy(2))
    assert rig.state.inspection_index == 3
    assert rig.send(Inspect(2)).status == "blocked"
    entry = select_shown_entry(rig.state)
    assert entry is not None
    assert select_step_number(rig.state, entry.arrival_index) == 1


def test_after_a_restart_the_session_before_can_be_looked_at(make_rig: Callable) -> None:
    """Before the first step of a new session one can go back into the old one, and return to the prompt."""
    rig = make_rig(2)
    rig.step(2)
    rig.send(Restart())
    prompt = what_is_seen(rig.state)
    rig.send(InspectBy(-1))
    assert rig.state.inspection_index == 1
    rig.send(NextStep())
    assert rig.state.inspection_index is None
    assert what_is_seen(rig.state) == prompt


def test_nothing_to_look_back_at(make_rig: Callable) -> None:
    """Before anything was released, and forward from the head, there is nowhere to go."""
    rig = make_rig(2)
    assert rig.send(InspectBy(-1)).status == "blocked"
    rig.step()
    assert rig.send(InspectBy(1)).status == "blocked"
    assert rig.send(Inspect(7)).status == "blocked"
    before = rig.state
    assert rig.send(Inspect(None)).status == "released"
    assert rig.state is before


def test_the_end_is_said_again_on_return_to_the_head(make_rig: Callable) -> None:
    """After the end, looking back and returning shows the summing-up sentence and the frozen wait again."""
    rig = make_rig(make_flow([make_event(1), make_event(2)]))
    rig.step(3)
    at_end = what_is_seen(rig.state)
    rig.send(InspectBy(-1))
    assert "end is reached" not in rig.state.current_explanation.sentence
    rig.send(InspectBy(1))
    assert what_is_seen(rig.state) == at_end
