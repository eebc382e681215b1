"""The store: whole commits, and what each action changes."""

import pytest

from connectome_tui.store.docks import ActionInvoked, CommitTransaction, RetentionEviction
from connectome_tui.store.release import Look, ReleaseFocus, StepRelease
from connectome_tui.store.sessions import session_id_of
from connectome_tui.store.state import (
    ActiveFocus,
    Cause,
    Explanation,
    HealthBadge,
    SourceStatus,
    State,
    ViewState,
    WaitProgress,
)
from connectome_tui.store.store import RestartPolicy, Store
from tests.factories import make_event, make_flow

PROMPT = Explanation("Press Space.")


ACTIONS = (
    "commit_step_release_append_event_and_set_focus_and_explanation",
    "append_realtime_event_and_update_focus_if_needed",
    "set_mode_and_reset_buffers_if_needed",
    "set_speed_and_update_nominal_tick_interval",
    "restart_session_clear_or_boundary",
    "set_player_wait_timer_start_ms",
    "set_player_wait_timer_stop_ms_and_reset_progress",
    "set_tick_display_progress_0_1",
)
FIELDS = {
    "session_id",
    "mode",
    "speed",
    "local_pause",
    "cursor",
    "script_total",
    "ledger",
    "active_focus",
    "current_explanation",
    "wait_progress",
    "tick_display",
    "health_badges",
    "inspection_index",
    "topology",
    "commit_id",
}


def opened(policy: RestartPolicy = "boundary", events: int = 3) -> Store:
    store = Store(policy)
    flow = make_flow(events)
    store.open_flow(flow, session_id_of(flow), SourceStatus(name="test.jsonl"), PROMPT, 500.0)
    return store


def release(number: int = 1, **fields: object) -> StepRelease:
    defaults = {"event": make_event(number), "cursor_next": number, "from_row": True}
    return StepRelease(**defaults | fields)  # type: ignore[arg-type]


def restart(store: Store, session_id: str = "s2") -> None:
    store.restart_session_clear_or_boundary(make_flow(3), session_id, PROMPT, 900.0)


def test_a_release_is_one_commit_of_everything() -> None:
    """STORE-4: append, focus, explanation, wait, cursor and commit id change in one commit, seen whole."""
    store, seen = opened(), []
    store.subscribe(lambda old, new: seen.append((old, new)))
    causes = (Cause(0, "service:api", "call"),)
    store.commit_step_release_append_event_and_set_focus_and_explanation(
        release(
            focus=ReleaseFocus("store:db", "service:api→store:db", "step"),
            explanation_sentence="api called db",
            notes="orphan",
            causes=causes,
            wait_timer_action="start",
            now_ms=1010.0,
            wait_now_ms=1010.0,
            real_gap_ms=4.0,
        )
    )
    [(old, new)] = seen
    assert (old.cursor, len(old.ledger), old.commit_id) == (0, 0, 1)
    assert (new.cursor, len(new.ledger), new.commit_id) == (1, 1, 2)
    assert new.ledger[0].commit_id == new.commit_id
    assert new.active_focus == ActiveFocus("store:db", "service:api→store:db", "step")
    assert new.current_explanation == Explanation("api called db", "orphan", causes)
    assert new.wait_progress == WaitProgress(started_at_ms=1010.0)
    assert new.real_gap_ms == 4.0
    assert new is store.state


def test_state_and_actions_have_their_names() -> None:
    """STORE-1, STORE-2: the fields of the state and the actions of the store are named as required."""
    assert set(State.__slots__) >= FIELDS
    assert all(callable(getattr(Store, action)) for action in ACTIONS)


def test_gaps_are_filled_and_never_raise() -> None:
    """STORE-3: a release with nothing but an event full of gaps becomes an entry of question marks."""
    store = opened()
    event = make_event(id="", label="", from_node_id="", to_node_id="")
    store.commit_step_release_append_event_and_set_focus_and_explanation(StepRelease(event, cursor_next=1))
    kept = store.state.ledger[0].event
    assert (kept.id, kept.label, kept.from_node_id, kept.to_node_id) == ("?", "?", "?", "?")
    assert store.state.current_explanation.sentence == "?"
    assert store.state.active_focus.active_node_id == "?"


def test_listeners_are_all_called_and_failures_raised() -> None:
    """A listener that raises keeps no other from being told; what it raised is raised afterwards."""
    store, told = opened(), []

    def fail(_old: State, _new: State) -> None:
        raise ValueError("broken pane")

    store.subscribe(fail)
    store.subscribe(lambda _old, new: told.append(new.commit_id))
    with pytest.raises(ValueError, match="broken pane"):
        store.set_view(ViewState())
    assert told == [2]
    store.subscribe(fail)
    with pytest.raises(ExceptionGroup) as failures:
        store.set_view(ViewState())
    assert len(failures.value.exceptions) == 2
    assert told == [2, 3]


def test_a_listener_must_not_commit() -> None:
    """An action within a commit is an assertion error, and the store goes on working after it."""
    store = opened()
    forget = store.subscribe(lambda _old, _new: store.set_view(ViewState()))
    with pytest.raises(AssertionError, match="listener"):
        store.set_view(ViewState())
    forget()
    store.set_view(ViewState(focused_pane="graph"))
    assert store.state.view.focused_pane == "graph"


def test_a_listener_that_left_is_not_called() -> None:
    """Unsubscribing ends the calls."""
    store, told = opened(), []
    store.subscribe(lambda _old, new: told.append(new))()
    store.set_view(ViewState())
    assert told == []


def test_restart_keeps_the_ledger_behind_a_boundary() -> None:
    """STORE-9: a new session at cursor 0, everything cleared, the ledger kept, a boundary that is no step."""
    store = opened()
    store.commit_step_release_append_event_and_set_focus_and_explanation(release(wait_timer_action="start", now_ms=1.0))
    before = list(store.state.ledger)
    restart(store)
    state = store.state
    assert (state.session_id, state.cursor, state.ended) == ("s2", 0, False)
    assert state.active_focus == ActiveFocus()
    assert state.current_explanation == PROMPT
    assert state.wait_progress == WaitProgress()
    assert list(state.ledger)[:1] == before
    boundary = state.ledger[1]
    assert (boundary.event.label, boundary.event.call_type) == ("SESSION_BOUNDARY", "code")
    assert (boundary.session_id, boundary.commit_id) == ("s2", state.commit_id)
    assert state.ledger.session_at(1).first_index == 2


def test_restart_with_policy_clear_begins_an_empty_ledger() -> None:
    """STORE-9: with `clear` nothing is left and no boundary stands; the eviction is reported; indexes go on."""
    store, evictions = opened("clear"), []
    store.dock_store_retention_evictions.connect(evictions.append)
    store.commit_step_release_append_event_and_set_focus_and_explanation(release())
    old = store.state.ledger
    restart(store)
    assert len(store.state.ledger) == 0
    assert evictions == [RetentionEviction(1, "restart")]
    store.commit_step_release_append_event_and_set_focus_and_explanation(release())
    assert [entry.arrival_index for entry in store.state.ledger] == [1]
    assert [entry.arrival_index for entry in old] == [0]


def test_opening_a_flow_starts_as_stepper() -> None:
    """ENGINE-1: stepper, `pause`, cursor 0, the flow's topology and total; the pane in focus stays."""
    store = opened()
    store.set_view(ViewState(focused_pane="graph"))
    store.set_mode_and_reset_buffers_if_needed("realtime", "2x", 0.0)
    flow = make_flow(2, flow_id="other")
    store.open_flow(flow, "s9", SourceStatus(name="x"), PROMPT, 0.0)
    state = store.state
    assert (state.mode, state.speed, state.cursor, state.script_total) == ("stepper", "pause", 0, 2)
    assert state.topology is flow.topology
    assert state.flow is flow.summary
    assert state.view == ViewState(focused_pane="graph")
    assert len(state.ledger) == 0


def test_mode_change_keeps_ledger_cursor_and_focus() -> None:
    """STORE-6: local pause and tick progress are emptied, ledger, cursor and focus stay."""
    store = opened()
    store.commit_step_release_append_event_and_set_focus_and_explanation(release())
    store.set_mode_and_reset_buffers_if_needed("realtime", "1x", 100.0)
    store.set_local_pause(paused=True, now_ms=600.0)
    assert store.state.tick_display.progress_0_1 == 0.5
    before = store.state
    store.set_mode_and_reset_buffers_if_needed("stepper", "1x", 700.0)
    after = store.state
    assert (after.local_pause, after.tick_display.progress_0_1, after.tick_display.since_ms) == (False, 0.0, None)
    assert (after.ledger, after.cursor, after.active_focus) == (before.ledger, before.cursor, before.active_focus)


def test_speed_sets_interval_and_label_only() -> None:
    """STORE-8: pause ∞, 1x 1000, 2x 500, 3x 333 ms with their labels; nothing else changes."""
    store = opened()
    expected = {"pause": (None, "x0"), "1x": (1000, "x1"), "2x": (500, "x2"), "3x": (333, "x3")}
    for speed, (interval, label) in expected.items():
        before = store.state
        store.set_speed_and_update_nominal_tick_interval(speed, 0.0)  # type: ignore[arg-type]
        tick = store.state.tick_display
        assert (store.state.speed, tick.nominal_interval_ms, tick.speed_label) == (speed, interval, label)
        changed = {name for name in State.__slots__ if getattr(before, name) != getattr(store.state, name)}
        assert changed <= {"speed", "tick_display", "commit_id"}


def test_a_pinned_focus_stays_in_realtime() -> None:
    """STORE-11: with a pin the ledger grows while focus and explanation stay; the wait goes on."""
    store = opened()
    store.commit_step_release_append_event_and_set_focus_and_explanation(release(1, explanation_sentence="first"))
    store.set_pinned(None, pinned=True)
    focus = store.state.active_focus
    store.append_realtime_event_and_update_focus_if_needed(
        StepRelease(
            make_event(2, to_node_id="service:other"),
            2,
            explanation_sentence="second",
            wait_now_ms=7.0,
            real_gap_ms=3.0,
        )
    )
    state = store.state
    assert (len(state.ledger), state.cursor) == (2, 2)
    assert state.active_focus == focus
    assert state.current_explanation.sentence == "first"
    assert (state.wait_now_ms, state.real_gap_ms) == (7.0, 3.0)


def test_without_a_pin_the_newest_is_in_focus() -> None:
    """STORE-11: realtime focus follows the newest event."""
    store = opened()
    store.append_realtime_event_and_update_focus_if_needed(release(1, explanation_sentence="first"))
    assert store.state.active_focus.active_node_id == "store:db"
    assert store.state.current_explanation.sentence == "first"


def test_the_wait_timer_starts_stops_and_resets() -> None:
    """STORE-7: start sets now and no stop, a stop in a release freezes, the named stop action resets."""
    store = opened()
    store.set_player_wait_timer_start_ms(100.0)
    assert store.state.wait_progress == WaitProgress(100.0, None)
    store.commit_step_release_append_event_and_set_focus_and_explanation(
        release(1, wait_timer_action="stop", now_ms=900.0)
    )
    assert store.state.wait_progress == WaitProgress(100.0, 900.0)
    store.set_player_wait_timer_stop_ms_and_reset_progress()
    assert store.state.wait_progress == WaitProgress()


def test_a_stop_without_a_start_changes_nothing() -> None:
    """STORE-3: a stop where nothing waits is a gap, and no error."""
    store = opened()
    store.commit_step_release_append_event_and_set_focus_and_explanation(
        release(1, wait_timer_action="stop", now_ms=900.0)
    )
    assert store.state.wait_progress == WaitProgress()


def test_tick_progress_is_clamped() -> None:
    """TICK-1: progress lies between 0 and 1."""
    store = opened()
    store.set_tick_display_progress_0_1(3.0)
    assert store.state.tick_display.progress_0_1 == 1.0
    store.set_tick_display_progress_0_1(-1.0)
    assert store.state.tick_display.progress_0_1 == 0.0


def test_inspection_changes_what_is_seen_and_nothing_that_happened() -> None:
    """ENGINE-8: the index and the look change; ledger and cursor stay."""
    store = opened()
    store.commit_step_release_append_event_and_set_focus_and_explanation(release())
    before = store.state
    look = Look(ActiveFocus("service:api"), Explanation("then"), WaitProgress(1.0), 2.0, None)
    store.set_inspection(0, look)
    after = store.state
    assert (after.inspection_index, after.active_focus, after.wait_now_ms) == (0, ActiveFocus("service:api"), 2.0)
    assert (after.ledger, after.cursor) == (before.ledger, before.cursor)


def test_docks_report_each_commit_and_action_once() -> None:
    """STORE-16: one transaction and one action a commit, with the id and the states."""
    store, actions, commits = opened(), [], []
    store.dock_store_commit_action_invoked.connect(actions.append)
    leave = store.dock_store_commit_transaction.connect(commits.append)
    old = store.state
    store.set_health_badges({"store": HealthBadge("OK", "")})
    assert actions == [ActionInvoked("set_health_badges", 2)]
    assert commits == [CommitTransaction("set_health_badges", old, store.state)]
    leave()
    store.set_view(ViewState())
    assert len(commits) == 1
