"""The engine of live sessions (ENGINE-5, STORE-4, STORE-11): releasing, pausing, stepping, looking back."""

import pytest

from connectome_tui.engine import live_looks
from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.events.live import ConnectionStatus, LiveBatch, LiveCounters
from connectome_tui.events.topology import Node
from connectome_tui.session import LiveOptions
from connectome_tui.store.retention import Retention
from connectome_tui.store.selectors import select_rates, select_worst_source
from connectome_tui.store.state import WaitProgress
from tests.factories import make_event
from tests.unit.live import LiveDesk, MemoryRecorder


def pause(desk: LiveDesk) -> None:
    """Hold what comes."""
    assert desk.session.engine.dispatch_runtime_command(SetLocalPause(paused=True)).status == "released"


def resume(desk: LiveDesk) -> None:
    """Let it go on, and serve the deadlines that follow."""
    engine = desk.session.engine
    engine.dispatch_runtime_command(SetLocalPause(paused=False))
    while engine.next_deadline_ms() is not None and engine.serve_deadline() is not None:
        pass


def test_all_that_came_is_one_commit() -> None:
    """STORE-4: ledger, focus, sentence, cursor, topology and counters move together, once a drain."""
    desk = LiveDesk()
    status, counters = ConnectionStatus("connected"), LiveCounters(received=3, decoded=3, shown_ready=3)
    desk.source.give(LiveBatch(source="source", events=(make_event(1),), status=status))
    desk.source.give(LiveBatch(source="source", events=(make_event(2), make_event(3)), counters=counters))
    assert desk.session.drain()
    (state,) = desk.commits
    assert state.cursor == len(state.ledger) == 3
    assert state.active_focus.active_node_id == "store:db"
    assert state.current_explanation.sentence == "api called db for call 3"
    assert [node.id for node in state.topology.nodes] == ["service:api", "store:db"]
    assert state.real_gap_ms == 10.0
    assert state.live is not None
    assert (state.live.arrived, state.live.shown) == (3, 3)
    assert (state.live.sources[0].status, state.live.sources[0].counters) == (status, counters)
    assert not desk.session.drain()


def test_the_causes_of_an_event_are_found_in_the_ledger() -> None:
    """EVENT-9: parents that were shown before are named, root first."""
    desk = LiveDesk()
    desk.come(1)
    desk.source.give(LiveBatch(source="source", events=(make_event(8, parent_event_id="source0"),)))
    desk.source.give(LiveBatch(source="source", events=(make_event(9, parent_event_id="e8"),)))
    desk.session.drain()
    assert [cause.arrival_index for cause in desk.state.current_explanation.causes] == [0, 1]


def test_rates_are_of_the_last_minute_and_fade() -> None:
    """SCREENS: events and errors in buckets of a second, moved on by the clock when nothing comes."""
    desk = LiveDesk()
    desk.come(3)
    desk.clock.advance(2000)
    desk.come(2, status="error")
    rates = select_rates(desk.state, desk.clock.now_ms() + 1000)
    assert rates is not None
    assert rates.events[-4:] == (3, 0, 2, 0)
    assert rates.errors[-4:] == (0, 0, 2, 0)
    assert len(rates.events) == 60
    faded = select_rates(desk.state, desk.clock.now_ms() + 120_000)
    assert faded is not None
    assert not any(faded.events)


def test_the_source_that_is_worst_off_is_named() -> None:
    """The header shows one connection: the one that needs attention."""
    desk = LiveDesk("one", "two")
    desk.sources[0].give(LiveBatch(source="one", status=ConnectionStatus("connected")))
    desk.sources[1].give(LiveBatch(source="two", status=ConnectionStatus("error", "refused", 1_005_000.0)))
    desk.session.drain()
    worst = select_worst_source(desk.state)
    assert worst is not None
    assert worst.status.message == "refused"


def test_next_is_blocked_while_it_runs() -> None:
    """ENGINE-5: in realtime mode the source releases, not the user."""
    desk = LiveDesk()
    desk.come(1)
    assert desk.session.engine.dispatch_runtime_command(NextStep()).status == "blocked"
    assert desk.state.cursor == 1


@pytest.mark.parametrize("records", [True, False])
def test_paused_events_wait_and_come_in_order(*, records: bool) -> None:
    """ENGINE-5: nothing is shown while paused; what waits is counted, and resume drains all of it in order."""
    recorder = MemoryRecorder() if records else None
    desk = LiveDesk("a", "b", recorder=recorder)
    desk.come(1)
    pause(desk)
    for _ in range(3):
        desk.sources[0].events(2)
        desk.sources[1].events(1)
        desk.session.drain()
    assert desk.state.live is not None
    assert desk.state.live.held == 9
    assert desk.state.live.held_in_recording is records
    assert [source.held for source in desk.state.live.sources] == [6, 3]
    assert desk.ids() == ["a0"]
    resume(desk)
    assert desk.ids() == ["a0", "a1", "a2", "b0", "a3", "a4", "b1", "a5", "a6", "b2"]
    assert desk.state.live.held == 0
    assert desk.session.engine.next_deadline_ms() is None
    if recorder is not None:
        assert [event.id for event in recorder.events] == desk.ids()


def test_what_waits_is_due_at_once_by_a_clock_that_goes_on() -> None:
    """ENGINE-5: the deadline of what waits is not after a time that was read before it, so that a timer serves it."""
    desk = LiveDesk()
    pause(desk)
    desk.come(2)
    desk.session.engine.dispatch_runtime_command(SetLocalPause(paused=False))
    now = desk.clock.now_ms()
    desk.clock.advance(1)
    deadline = desk.session.engine.next_deadline_ms()
    assert deadline is not None
    assert deadline <= now


def test_what_comes_while_it_drains_waits_its_turn() -> None:
    """ENGINE-5: a long backlog is released in parts, and the order holds."""
    desk = LiveDesk(recorder=MemoryRecorder())
    pause(desk)
    desk.come(5000)
    desk.session.engine.dispatch_runtime_command(SetLocalPause(paused=False))
    desk.session.engine.serve_deadline()
    assert desk.state.cursor == 2000
    desk.come(10)
    assert desk.state.cursor == 4000
    desk.session.engine.serve_deadline()
    assert desk.ids() == [f"source{n}" for n in range(5010)]


def test_the_buffer_without_a_recording_is_bounded() -> None:
    """ENGINE-5: 1,000 a source; the oldest give way, are counted, and a row says that they are missing."""
    desk = LiveDesk("noisy", "quiet")
    pause(desk)
    desk.sources[1].events(5)
    for _ in range(30):
        desk.sources[0].events(50)
        desk.session.drain()
    live = desk.state.live
    assert live is not None
    assert (live.held, live.overflowed, live.dropped) == (1005, 500, {"paused": 500})
    resume(desk)
    shown = desk.ids()
    assert shown[:5] == [f"quiet{n}" for n in range(5)]
    assert shown[5] == "[500 events dropped: too many waited while paused]"
    assert shown[6:] == [f"noisy{n}" for n in range(500, 1500)]
    assert desk.state.cursor == 1005


def test_a_recording_holds_what_waits_without_memory() -> None:
    """ENGINE-5: with a recording nothing is dropped, however long the pause."""
    recorder = MemoryRecorder()
    desk = LiveDesk(recorder=recorder)
    pause(desk)
    for _ in range(30):
        desk.come(100)
    assert recorder.reads == 0
    assert desk.state.live is not None
    assert (desk.state.live.held, desk.state.live.overflowed) == (3000, 0)
    resume(desk)
    assert desk.state.cursor == 3000


def test_a_recording_that_fails_is_said_and_shown_goes_on() -> None:
    """A full disk is a badge and not the end: events are still shown, their details kept in memory."""
    recorder = MemoryRecorder()
    desk = LiveDesk(recorder=recorder)
    recorder.fails = "no space left"
    desk.come(2)
    assert desk.state.live is not None
    assert "no space left" in desk.state.live.recording_trouble
    assert desk.state.cursor == 2
    recorder.fails = ""
    desk.come(1)
    assert desk.state.live.recording_trouble == ""


def test_what_cannot_be_read_again_becomes_a_gap() -> None:
    """STORE-10: a recording that cannot give back what waited leaves a row that says so."""
    recorder = MemoryRecorder()
    desk = LiveDesk(recorder=recorder)
    pause(desk)
    desk.come(3)
    recorder.fails = "gone"
    resume(desk)
    assert desk.ids() == ["[3 events could not be read from the recording]"]
    recorder.fails = ""
    desk.come(1)
    assert desk.ids()[-1] == "source3"


def test_a_gap_of_the_source_stands_before_what_follows_it() -> None:
    """STORE-10: what a source lost is a row in the log and no step, and stands in the recording too."""
    recorder = MemoryRecorder()
    desk = LiveDesk(recorder=recorder)
    desk.come(1)
    desk.source.give(LiveBatch(source="source", gap="2 lines too long"))
    assert desk.session.drain()
    assert desk.ids() == ["source0"]
    desk.source.give(LiveBatch(source="source", events=(make_event(5),), gap="7 dropped: the queue was full"))
    desk.session.drain()
    assert desk.ids() == ["source0", "[2 lines too long; 7 dropped: the queue was full]", "e5"]
    assert recorder.gaps == [(1, "2 lines too long; 7 dropped: the queue was full")]
    assert desk.state.cursor == 2
    assert len(desk.state.topology.nodes) == 2


def test_stepping_a_live_source() -> None:
    """ENGINE-5: as stepper, what came waits in its order, and each Next releases one."""
    desk = LiveDesk(options=LiveOptions(stepper=True))
    desk.come(3)
    assert desk.state.mode == "stepper"
    assert desk.state.cursor == 0
    engine = desk.session.engine
    assert [engine.dispatch_runtime_command(NextStep()).status for _ in range(4)] == ["released"] * 3 + ["blocked"]
    assert desk.ids() == ["source0", "source1", "source2"]
    assert desk.state.live is not None
    assert desk.state.live.held == 0
    engine.dispatch_runtime_command(SetMode("realtime"))
    desk.come(1)
    assert desk.state.cursor == 4


def test_next_while_paused_goes_back_to_the_stepper() -> None:
    """ENGINE-5: one event is released, and the rest waits on."""
    desk = LiveDesk()
    pause(desk)
    desk.come(3)
    result = desk.session.engine.dispatch_runtime_command(NextStep())
    assert result.released_event is not None
    assert (desk.state.mode, desk.state.local_pause, desk.state.cursor) == ("stepper", False, 1)
    assert desk.state.live is not None
    assert desk.state.live.held == 2


def test_a_pinned_focus_stays_and_a_step_moves_it() -> None:
    """STORE-11: focus follows the newest event unless pinned."""
    desk = LiveDesk()
    desk.come(1)
    engine = desk.session.engine
    engine.dispatch_runtime_command(SetPinned(pinned=True))
    desk.come(2, to_node_id="store:other")
    assert desk.state.active_focus.active_node_id == "store:db"
    assert desk.state.cursor == 3
    engine.dispatch_runtime_command(SetPinned(pinned=False))
    assert desk.state.active_focus.active_node_id == "store:other"


def test_looking_back_stays_while_events_come() -> None:
    """ENGINE-8: who looks back goes on seeing that entry, until it leaves the ledger."""
    desk = LiveDesk(options=LiveOptions(retention=Retention(20)))
    desk.come(10)
    engine = desk.session.engine
    engine.dispatch_runtime_command(InspectBy(-4))
    assert desk.state.inspection_index == 5
    desk.come(5)
    assert desk.state.inspection_index == 5
    assert desk.state.current_explanation.sentence.endswith("call 5")
    desk.come(30)
    assert desk.state.inspection_index is None
    assert desk.state.current_explanation.sentence.endswith("call 44")
    assert engine.dispatch_runtime_command(Inspect(5)).status == "blocked"


def test_looking_back_passes_gaps_over() -> None:
    """ENGINE-8: a row that says what is missing is no event to look at."""
    desk = LiveDesk()
    desk.come(2)
    desk.source.give(LiveBatch(source="source", events=(make_event(5),), gap="lost"))
    desk.session.drain()
    engine = desk.session.engine
    engine.dispatch_runtime_command(InspectBy(-1))
    assert desk.state.inspection_index == 1
    assert engine.dispatch_runtime_command(Inspect(2)).status == "blocked"
    engine.dispatch_runtime_command(InspectBy(1))
    assert desk.state.inspection_index is None
    engine.dispatch_runtime_command(InspectBy(-99))
    assert desk.state.inspection_index == 0
    assert engine.dispatch_runtime_command(InspectBy(-1)).status == "blocked"


@pytest.mark.parametrize(("walked", "by", "shown"), [(2, -5, 4), (2, -9, 0), (2, -99, 0), (2000, -5, 4)])
def test_looking_far_back_is_not_walked(monkeypatch: pytest.MonkeyPatch, *, walked: int, by: int, shown: int) -> None:
    """However far somebody looks back or on, only the end of the way is walked step by step (SERVER-9)."""
    monkeypatch.setattr(live_looks, "MOST_WALKED", walked)
    desk = LiveDesk()
    desk.come(10)
    engine = desk.session.engine
    engine.dispatch_runtime_command(InspectBy(by))
    assert desk.state.inspection_index == shown
    engine.dispatch_runtime_command(InspectBy(3))
    assert desk.state.inspection_index == shown + 3
    engine.dispatch_runtime_command(InspectBy(99))
    assert desk.state.inspection_index is None


def test_a_restart_keeps_ledger_and_what_waits() -> None:
    """STORE-9: a new session behind a boundary; nothing that waits is lost."""
    desk = LiveDesk()
    desk.come(2)
    pause(desk)
    desk.come(2)
    desk.session.engine.dispatch_runtime_command(Restart())
    assert desk.state.cursor == 0
    assert len(desk.state.ledger.sessions) == 2
    desk.session.engine.dispatch_runtime_command(SetLocalPause(paused=True))
    resume(desk)
    assert desk.state.cursor == 2
    assert desk.ids()[-2:] == ["source2", "source3"]
    assert len(desk.state.ledger) == 5


def test_nothing_ticks_in_a_live_session() -> None:
    """TICK-1: a live source has its own time; speed is kept as a label and starts no timer."""
    desk = LiveDesk()
    engine = desk.session.engine
    engine.dispatch_runtime_command(SetSpeed("3x"))
    engine.dispatch_runtime_command(SetMode("realtime"))
    assert desk.state.tick_display.since_ms is None
    assert engine.next_deadline_ms() is None


def test_retention_by_time_is_served_without_new_events() -> None:
    """STORE-10: what is too old leaves although nothing comes, in a commit of its own that counts it."""
    desk = LiveDesk(options=LiveOptions(retention=Retention(1000, max_age_ms=5000)))
    desk.come(3)
    engine = desk.session.engine
    desk.clock.advance(6000)
    deadline = engine.next_deadline_ms()
    assert deadline is not None
    assert deadline <= desk.clock.now_ms()
    engine.serve_deadline()
    assert len(desk.state.ledger) == 0
    assert desk.state.live is not None
    assert (desk.state.live.evicted, desk.state.live.evicted_why) == (3, "their age")


def test_the_first_event_that_waits_is_named() -> None:
    """LOG-1: as stepper the screen says what to do once something has come, after a restart too."""
    desk = LiveDesk(options=LiveOptions(stepper=True))
    desk.source.give(LiveBatch(source="source", status=ConnectionStatus("connected")))
    desk.session.drain()
    assert desk.state.current_explanation.sentence.startswith("Waiting for the first event")
    desk.come(2)
    assert desk.state.current_explanation.sentence.startswith("Press Space")
    desk.session.engine.dispatch_runtime_command(NextStep())
    assert desk.state.current_explanation.sentence == "api called db for call 0"
    desk.session.engine.dispatch_runtime_command(Restart())
    assert desk.state.current_explanation.sentence.startswith("Press Space")


def test_what_went_to_make_room_is_said_and_is_no_trouble() -> None:
    """Issue 3, item 6: the limit of all recordings took one away; what the recorder or a source says of it stays."""
    recorder = MemoryRecorder()
    desk = LiveDesk(recorder=recorder)
    recorder.notice = "the oldest recording (3 MB) went"
    desk.come(1)
    assert desk.state.live is not None
    assert (desk.state.live.recording_notice, desk.state.live.recording_trouble) == (recorder.notice, "")
    recorder.notice = ""
    desk.source.give(LiveBatch(source="source", notice="two more went"))
    desk.session.drain()
    assert desk.state.live.recording_notice == "two more went"


def test_the_wait_shows_the_time_of_a_trace_and_what_a_run_says() -> None:
    """SPAN-8: a trace that came whole shows its root's time; a run's own start and stop go by the clock."""
    desk = LiveDesk()
    root = make_event(1, flow_id="t", duration_ms=700.0)
    desk.source.give(LiveBatch(source="source", events=(root, make_event(2, flow_id="t", parent_event_id="e1"))))
    desk.session.drain()
    assert desk.state.wait_progress == WaitProgress(started_at_ms=1010.0, stopped_at_ms=1710.0)
    desk.source.give(LiveBatch(source="source", events=(make_event(3),), wait_actions={0: "start"}))
    desk.session.drain()
    assert desk.state.wait_progress == WaitProgress(started_at_ms=1_000_000.0)
    desk.clock.advance(900)
    desk.come(1)
    assert desk.state.wait_progress == WaitProgress(started_at_ms=1_000_000.0)
    desk.source.give(LiveBatch(source="source", events=(make_event(4),), wait_actions={0: "stop"}))
    desk.session.drain()
    assert desk.state.wait_progress == WaitProgress(started_at_ms=1_000_000.0, stopped_at_ms=1_000_900.0)


def test_nodes_that_are_better_known_replace_what_was_made_of_an_id() -> None:
    """GRAPH-3: the graph grows; the topology is the same object while nothing of it is new."""
    desk = LiveDesk()
    desk.come(1)
    before = desk.state.topology
    desk.come(5)
    assert desk.state.topology is before
    node = Node(id="store:db", title="orders", kind="store", zone="GRAPH", detail="postgres")
    desk.source.give(LiveBatch(source="source", nodes=(node,)))
    desk.session.drain()
    assert [known.title for known in desk.state.topology.nodes] == ["api", "orders"]
    assert desk.state.ledger.sessions[-1].topology is desk.state.topology


def test_a_paused_picture_does_not_grow() -> None:
    """ENGINE-5: while paused, nodes that become known wait with the events that bring them."""
    desk = LiveDesk()
    desk.come(1)
    pause(desk)
    node = Node(id="service:new", title="new", kind="service", zone="BACKEND")
    desk.source.give(LiveBatch(source="source", events=(make_event(9, to_node_id="service:new"),), nodes=(node,)))
    desk.session.drain()
    assert len(desk.state.topology.nodes) == 2
    resume(desk)
    assert [known.id for known in desk.state.topology.nodes] == ["service:api", "store:db", "service:new"]
