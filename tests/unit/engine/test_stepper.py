"""Stepper mode: one Next, one event."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    RuntimeCommand,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.engine.runtime import STILL_INDEXING, RuntimeEngine
from connectome_tui.events.flow import SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.state import SPEEDS, Speed
from connectome_tui.store.store import Store
from tests.factories import ListSequence, make_event, make_flow

COMMANDS = st.one_of(
    st.just(NextStep()),
    st.just(NextStep()),
    st.just(Restart()),
    st.builds(SetMode, st.sampled_from(["stepper", "realtime"])),
    st.builds(SetSpeed, st.sampled_from(SPEEDS)),
    st.builds(SetLocalPause, st.booleans()),
    st.builds(SetPinned, st.booleans()),
    st.builds(Inspect, st.one_of(st.none(), st.integers(-1, 12))),
    st.builds(InspectBy, st.integers(-4, 4)),
    st.integers(0, 1500),
)


@pytest.mark.parametrize("speed", SPEEDS)
def test_one_next_releases_one_event_at_every_speed(make_rig: Callable, speed: Speed) -> None:
    """ENGINE-2, ENGINE-3: speed never decides how much a Next releases, and it is one commit."""
    rig = make_rig()
    rig.send(SetSpeed(speed))
    commit = rig.state.commit_id
    result = rig.send(NextStep())
    assert (result.status, result.released_event and result.released_event.id) == ("released", "e1")
    assert (rig.state.cursor, rig.state.commit_id) == (1, commit + 1)


def test_rapid_nexts_give_ordered_entries(make_rig: Callable) -> None:
    """ENGINE-2: N rapid Nexts give N ordered entries."""
    rig = make_rig(40)
    rig.step(40)
    assert rig.labels == [f"call {number}" for number in range(1, 41)]
    assert rig.state.cursor == 40


def test_nothing_but_next_releases_in_stepper_mode(make_rig: Callable) -> None:
    """ENGINE-2: neither time, nor speed, nor mode changes and back release anything."""
    rig = make_rig()
    for command in (SetSpeed("3x"), SetMode("realtime"), SetMode("stepper"), SetSpeed("1x"), Inspect(None)):
        rig.send(command)
        if rig.state.mode == "stepper":
            assert rig.engine.next_deadline_ms() is None
            assert rig.tick(10_000) is None
    assert rig.labels == []


def test_a_release_moves_focus_sentence_and_notes_together(make_rig: Callable) -> None:
    """STORE-4, STORE-6: the focus is where the event arrives, the sentence and notes are the event's own."""
    event = make_event(1, sentence="api read the stock", notes="skew -2 ms", step_key="read")
    rig = make_rig(make_flow([event]))
    rig.step()
    focus = rig.state.active_focus
    assert (focus.active_node_id, focus.active_edge_id) == ("store:db", "service:api→store:db")
    assert focus.active_step_key == "read"
    assert rig.state.current_explanation.sentence == "api read the stock"
    assert rig.state.current_explanation.notes == "skew -2 ms"


def test_the_real_gap_is_the_time_since_the_event_before(make_rig: Callable) -> None:
    """ENGINE-5: the gap is in the flow's own time, and there is none before the first event."""
    rig = make_rig(make_flow([make_event(1, at_ms=100.0), make_event(2, at_ms=12_500.0)]))
    rig.step()
    assert rig.state.real_gap_ms is None
    rig.step()
    assert rig.state.real_gap_ms == 12_400.0


def test_the_end_is_said_and_nothing_wraps(make_rig: Callable) -> None:
    """ENGINE-4: at the end nothing is appended, the focus stays lit and the sentence sums up; again changes nothing."""
    rig = make_rig(make_flow([make_event(1), make_event(2, status="error")]))
    rig.step(2)
    before = rig.state
    result = rig.send(NextStep())
    assert result.status == "end_of_script"
    assert rig.state.ended
    assert rig.state.current_explanation.sentence == ("The end is reached: 2 events, 1 error. Press r to start again.")
    assert (rig.state.ledger, rig.state.active_focus) == (before.ledger, before.active_focus)
    ended = rig.state
    assert rig.send(NextStep()).status == "end_of_script"
    assert rig.state is ended


def test_the_end_counts_this_session_alone(make_rig: Callable) -> None:
    """STORE-9: errors of the session before and the boundary are not counted at the end."""
    rig = make_rig(make_flow([make_event(1, status="error"), make_event(2)]))
    rig.step(2)
    rig.send(Restart())
    rig.step(3)
    assert "2 events, 1 error." in rig.state.current_explanation.sentence


def test_before_the_first_step_the_flow_is_named(make_rig: Callable) -> None:
    """Before the first release the sentence says how to begin, after a restart as well."""
    rig = make_rig()
    prompt = "Press Space to release the first event of POST /checkout."
    assert rig.state.current_explanation.sentence == prompt
    rig.step()
    rig.send(Restart())
    assert rig.state.current_explanation.sentence == prompt


def test_an_empty_flow_ends_at_once(make_rig: Callable) -> None:
    """A flow without events says that there is nothing, and Next answers `end_of_script`."""
    rig = make_rig(make_flow([]))
    assert "nothing to step" in rig.state.current_explanation.sentence
    assert rig.send(NextStep()).status == "end_of_script"


def test_a_row_that_is_not_indexed_yet_blocks(make_rig: Callable) -> None:
    """While a file is still being indexed Next is blocked with a note, and goes on once the row is there."""
    sequence = ListSequence([make_event(1), make_event(2)], readable=1)
    rig = make_rig(make_flow([make_event(1), make_event(2)], sequence=sequence))
    assert rig.state.script_total is None
    rig.step()
    before = rig.state
    result = rig.send(NextStep())
    assert (result.status, result.notes) == ("blocked", STILL_INDEXING)
    assert rig.state is before
    sequence.readable = None
    assert rig.send(NextStep()).status == "released"


def test_each_restart_has_its_own_session_id(make_rig: Callable) -> None:
    """STORE-9: every session of a program has another id, the same in every run of the program."""
    ids = []
    for _ in range(2):
        rig = make_rig()
        ids.append([rig.state.session_id])
        for _ in range(2):
            rig.send(Restart())
            ids[-1].append(rig.state.session_id)
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


class ChangingFile(ListSequence):
    """A file that can be changed while it is open."""

    changed = False

    def __getitem__(self, row: int, /) -> FlowEvent:
        if self.changed:
            raise SourceError("shop.jsonl", "the file changed while it was open")
        return super().__getitem__(row)


def test_a_file_that_changed_is_an_error_and_no_commit(make_rig: Callable) -> None:
    """STORE-15: what can no longer be read is an error to the caller; nothing is appended and no state is made."""
    events = [make_event(number) for number in range(1, 5)]
    sequence = ChangingFile(events)
    rig = make_rig(make_flow(events, sequence=sequence))
    rig.step()
    before = rig.state
    sequence.changed = True
    with pytest.raises(SourceError, match="changed"):
        rig.step()
    assert rig.state is before
    assert rig.state.cursor == len(rig.state.ledger) == 1


def test_without_a_flow_commands_are_blocked() -> None:
    """An engine with nothing open says so and changes nothing."""
    store = Store()
    engine = RuntimeEngine(store, ManualClock())
    assert engine.dispatch_runtime_command(NextStep()).status == "blocked"
    assert store.state.commit_id == 0


@given(st.lists(COMMANDS, max_size=40))
def test_replay_is_deterministic_and_one_commit_a_command(commands: list[RuntimeCommand | int]) -> None:
    """ENGINE-6, STORE-4: the same commands give the same states, each at most one commit and one event."""
    states = []
    for _ in range(2):
        clock, store = ManualClock(1000.0), Store()
        engine = RuntimeEngine(store, clock)
        engine.load_flow(make_flow(6))
        trail = []
        for command in commands:
            before = store.state
            if isinstance(command, int):
                clock.advance(command)
                engine.serve_deadline()
            else:
                engine.dispatch_runtime_command(command)
            after = store.state
            assert after.commit_id - before.commit_id in {0, 1}
            assert len(after.ledger) - len(before.ledger) in {0, 1}
            assert list(after.ledger)[: len(before.ledger)] == list(before.ledger)
            trail.append((after.cursor, after.active_focus, after.current_explanation, after.wait_progress))
        states.append((trail, list(store.state.ledger)))
    assert states[0] == states[1]
