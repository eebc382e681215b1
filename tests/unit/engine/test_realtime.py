"""Realtime mode over a recording: one event a tick, never more."""

from collections.abc import Callable

import pytest

from connectome_tui.engine.commands import (
    Inspect,
    NextStep,
    Restart,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.store.state import Speed
from tests.factories import ListSequence, make_event, make_flow


def test_next_is_blocked_in_realtime(make_rig: Callable) -> None:
    """ENGINE-5: in realtime mode `next_step` is blocked, says why, and changes nothing."""
    rig = make_rig()
    rig.send(SetMode("realtime"))
    before = rig.state
    result = rig.send(NextStep())
    assert result.status == "blocked"
    assert "m goes back to the stepper" in result.notes
    assert rig.state is before


@pytest.mark.parametrize(("speed", "expected"), [("pause", "1x"), ("1x", "1x"), ("3x", "3x")])
def test_entering_realtime_at_pause_sets_1x(make_rig: Callable, speed: Speed, expected: str) -> None:
    """ENGINE-5: only the speed `pause` is changed on entering, within the same commit."""
    rig = make_rig()
    rig.send(SetSpeed(speed))
    commit = rig.state.commit_id
    rig.send(SetMode("realtime"))
    assert (rig.state.speed, rig.state.commit_id) == (expected, commit + 1)


@pytest.mark.parametrize(("speed", "interval"), [("1x", 1000), ("2x", 500), ("3x", 333)])
def test_one_event_at_each_nominal_tick(make_rig: Callable, speed: Speed, interval: int) -> None:
    """ENGINE-5, STORE-8: an event is released when the tick is full, not before, one each."""
    rig = make_rig()
    rig.send(SetSpeed(speed))
    rig.send(SetMode("realtime"))
    assert rig.engine.next_deadline_ms() == rig.clock.now_ms() + interval
    assert rig.tick(interval - 1) is None
    for number in (1, 2, 3):
        rig.tick(1 if number == 1 else interval)
        assert rig.state.cursor == number


def test_a_stall_is_not_caught_up(make_rig: Callable) -> None:
    """ENGINE-5: after a long stall one event is released, and the next a whole tick later."""
    rig = make_rig()
    rig.send(SetMode("realtime"))
    rig.tick(10_000)
    assert rig.state.cursor == 1
    assert rig.engine.serve_deadline() is None
    assert rig.engine.next_deadline_ms() == rig.clock.now_ms() + 1000


def test_a_little_late_keeps_in_step(make_rig: Callable) -> None:
    """A deadline served a little late does not put the next one off."""
    rig = make_rig()
    rig.send(SetMode("realtime"))
    started = rig.clock.now_ms()
    rig.tick(1040)
    assert rig.engine.next_deadline_ms() == started + 2000


def test_speed_pause_holds_and_a_faster_speed_goes_on_from_there(make_rig: Callable) -> None:
    """ENGINE-3: speed paces; at `pause` no deadline is named, and the share of the tick is kept."""
    rig = make_rig()
    rig.send(SetMode("realtime"))
    rig.clock.advance(500)
    rig.send(SetSpeed("pause"))
    assert rig.engine.next_deadline_ms() is None
    rig.clock.advance(60_000)
    rig.send(SetSpeed("2x"))
    assert rig.engine.next_deadline_ms() == rig.clock.now_ms() + 250


def test_local_pause_holds_and_resumes(make_rig: Callable) -> None:
    """ENGINE-5: nothing is released while paused; resumed, the tick goes on where it stopped."""
    rig = make_rig()
    rig.send(SetMode("realtime"))
    rig.clock.advance(400)
    rig.send(SetLocalPause(paused=True))
    assert rig.engine.next_deadline_ms() is None
    assert rig.tick(60_000) is None
    rig.send(SetLocalPause(paused=False))
    assert rig.engine.next_deadline_ms() == rig.clock.now_ms() + 600


def test_local_pause_is_for_realtime_only(make_rig: Callable) -> None:
    """In stepper mode there is nothing to pause, and it says so."""
    rig = make_rig()
    assert rig.send(SetLocalPause(paused=True)).status == "blocked"
    assert not rig.state.local_pause


def test_next_while_paused_goes_back_to_the_stepper(make_rig: Callable) -> None:
    """Next while paused releases one event and is back in stepper mode, all in one commit."""
    rig = make_rig()
    rig.send(SetMode("realtime"))
    rig.send(SetLocalPause(paused=True))
    commit = rig.state.commit_id
    result = rig.send(NextStep())
    assert result.status == "released"
    state = rig.state
    assert (state.mode, state.local_pause, state.cursor, state.commit_id) == ("stepper", False, 1, commit + 1)
    assert rig.engine.next_deadline_ms() is None


def test_the_end_stops_the_ticks(make_rig: Callable) -> None:
    """ENGINE-4: one tick after the last event the end is said, and no deadline is left."""
    rig = make_rig(1)
    rig.send(SetMode("realtime"))
    rig.tick()
    assert not rig.state.ended
    rig.tick()
    assert rig.state.ended
    assert rig.engine.next_deadline_ms() is None
    rig.send(Restart())
    assert rig.engine.next_deadline_ms() == rig.clock.now_ms() + 1000
    rig.tick()
    assert rig.labels == ["call 1", "SESSION_BOUNDARY", "call 1"]


def test_pinned_focus_stays_until_it_is_let_go(make_rig: Callable) -> None:
    """STORE-11: pinned, events come and the focus stays; let go, it is on the newest at once."""
    events = [make_event(1), make_event(2, to_node_id="service:b"), make_event(3, to_node_id="service:c")]
    rig = make_rig(make_flow(events))
    rig.step()
    rig.send(SetPinned(pinned=True))
    rig.send(SetMode("realtime"))
    rig.tick()
    rig.tick()
    assert (rig.state.cursor, rig.state.active_focus.active_node_id) == (3, "store:db")
    rig.send(SetPinned(pinned=False))
    assert rig.state.active_focus.active_node_id == "service:c"


def test_pinning_needs_an_event(make_rig: Callable) -> None:
    """There is nothing to pin before the first event."""
    rig = make_rig()
    assert rig.send(SetPinned(pinned=True)).status == "blocked"
    assert not rig.state.pinned


def test_looking_back_is_not_disturbed_by_what_comes(make_rig: Callable) -> None:
    """ENGINE-8 in realtime: events are appended behind, what is looked at stays, and the head is right on return."""
    rig = make_rig(4)
    rig.step(2)
    rig.send(Inspect(0))
    seen = (rig.state.active_focus, rig.state.current_explanation, rig.state.wait_now_ms)
    rig.send(SetMode("realtime"))
    rig.tick()
    state = rig.state
    assert (state.active_focus, state.current_explanation, state.wait_now_ms) == seen
    assert (state.cursor, state.inspection_index) == (3, 0)
    rig.send(Inspect(None))
    assert rig.state.wait_now_ms == 1030.0
    assert "call 3" in rig.state.current_explanation.sentence


def test_realtime_waits_for_a_file_that_is_still_indexed(make_rig: Callable) -> None:
    """At a row that is not there yet a tick releases nothing and the next tick tries again."""
    sequence = ListSequence([make_event(1)], readable=0)
    rig = make_rig(make_flow([make_event(1)], sequence=sequence))
    rig.send(SetMode("realtime"))
    result = rig.tick()
    assert result is not None
    assert result.status == "blocked"
    assert rig.engine.next_deadline_ms() == rig.clock.now_ms() + 1000
    sequence.readable = None
    rig.tick()
    assert rig.state.cursor == 1
