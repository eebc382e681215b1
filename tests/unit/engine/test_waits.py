"""When waiting begins and ends (SPAN-8)."""

from collections.abc import Callable

from connectome_tui.engine.commands import InspectBy, NextStep
from connectome_tui.store.selectors import select_wait
from connectome_tui.store.state import WaitProgress
from tests.factories import ListSequence, make_event, make_flow


def test_the_first_event_starts_and_the_last_stops(make_rig: Callable) -> None:
    """SPAN-8: in a recording the wait runs from the first root to the last event, by the flow's own time."""
    rig = make_rig(3)
    waits = []
    for _ in range(3):
        rig.step()
        rig.clock.advance(60_000)
        waits.append((rig.state.wait_progress, select_wait(rig.state, rig.clock.now_ms()).text))
    assert waits == [
        (WaitProgress(1010.0), "0.0 s"),
        (WaitProgress(1010.0), "0.0 s"),
        (WaitProgress(1010.0, 1030.0), "0.0 s"),
    ]


def test_a_flow_of_one_event_shows_its_duration(make_rig: Callable) -> None:
    """SPAN-8: one event starts and stops at once; its duration is what is shown."""
    rig = make_rig(make_flow([make_event(1, duration_ms=1700.0)]))
    rig.step()
    assert rig.state.wait_progress == WaitProgress(1010.0, 2710.0)
    assert select_wait(rig.state, 0.0).text == "1.7 s"


def test_flows_one_after_the_other_wait_each_for_itself(make_rig: Callable) -> None:
    """SPAN-7, SPAN-8: in "All flows" each flow has its own wait, looking back included."""
    names = ["a", "a", "b", "c", "c"]
    events = [make_event(number, flow_id=name) for number, name in enumerate(names, 1)]
    rig = make_rig(make_flow(events))
    waits = []
    for _ in events:
        rig.step()
        waits.append(rig.state.wait_progress)
    assert waits == [
        WaitProgress(1010.0),
        WaitProgress(1010.0, 1020.0),
        WaitProgress(1030.0, 1030.0),
        WaitProgress(1040.0),
        WaitProgress(1040.0, 1050.0),
    ]
    rig.send(InspectBy(-3))
    assert rig.state.wait_progress == waits[1]


def test_scripts_say_it_themselves_and_wait_by_the_clock(make_rig: Callable) -> None:
    """SPAN-8: in a script only its own wait actions count, in the time of the clock."""
    flow = make_flow(4, waits_on_clock=True, wait_actions={1: "start", 2: "stop"})
    rig = make_rig(flow)
    rig.step()
    assert rig.state.wait_progress == WaitProgress()
    rig.step()
    rig.clock.advance(2500)
    assert select_wait(rig.state, rig.clock.now_ms()).text == "2.5 s"
    rig.step()
    rig.clock.advance(60_000)
    rig.step()
    assert select_wait(rig.state, rig.clock.now_ms()).text == "2.5 s"


def test_looking_back_in_a_script_keeps_the_wait(make_rig: Callable) -> None:
    """A wait by the clock goes on while the user looks back."""
    rig = make_rig(make_flow(3, waits_on_clock=True, wait_actions={1: "start"}))
    rig.step(2)
    waiting = rig.state.wait_progress
    rig.send(InspectBy(-1))
    assert rig.state.wait_progress == waiting
    assert rig.state.wait_now_ms is None


def test_the_end_freezes_a_wait_that_nobody_stopped(make_rig: Callable) -> None:
    """ENGINE-4: a file that turns out to end where it stood still gets its wait frozen."""
    sequence = ListSequence([make_event(1), make_event(2)], readable=2)
    rig = make_rig(make_flow([make_event(1), make_event(2)], sequence=sequence))
    rig.step(2)
    assert rig.state.wait_progress == WaitProgress(1010.0)
    sequence.readable = None
    rig.send(NextStep())
    assert rig.state.ended
    assert rig.state.wait_progress == WaitProgress(1010.0, 1020.0)
