"""The engine (ENGINE): the one that decides when an event is released. Pure over store and clock.

It owns no thread and no timer: `next_deadline_ms` says when it wants to be asked again.
"""

from dataclasses import dataclass, replace
from typing import Final

from connectome_tui.clock import Clock
from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    RuntimeCommand,
    RuntimeReleaseResult,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.engine.looks import Explainer, Looked, at_end, before_first, index_moved_by
from connectome_tui.engine.pacing import animation_ms, tick_after, tick_deadline_ms
from connectome_tui.engine.waits import WaitMarks, scripted_wait_action, wait_action
from connectome_tui.events.flow import Flow
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.docks import Dock
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.release import StepRelease, focus_of, wait_after
from connectome_tui.store.sessions import session_id_of
from connectome_tui.store.state import SourceStatus, State, WaitProgress
from connectome_tui.store.store import Store

NO_FLOW: Final = "No flow is open."
IN_REALTIME: Final = "Next is blocked in realtime: m goes back to the stepper."
STILL_INDEXING: Final = "The next event is not there yet: the file is still indexing."
NOTHING_PLAYS: Final = "Nothing plays in stepper mode: m goes to realtime."
NOTHING_RELEASED: Final = "Nothing has been released yet."
FIRST: Final = "This is the first event."
DONE: Final = RuntimeReleaseResult(None, "released")


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What a command did, None for a deadline that was served: states before and after, and the answer."""

    command: RuntimeCommand | None
    before: State
    after: State
    result: RuntimeReleaseResult


class RuntimeEngine:
    """Releases the events of one flow into the store; the command port of a program on its own (ENGINE-7)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.dock_engine_command_dispatched: Dock[CommandOutcome] = Dock()
        self._store = store
        self._clock = clock
        self._explainer: Explainer | None = None
        self._marks = WaitMarks()
        self._run = 1
        self._pinned_index: int | None = None

    # Flows

    @property
    def run(self) -> int:
        """The number of the session that is stepped now: one more with each Restart."""
        return self._run

    def load_flow(self, flow: Flow, source: SourceStatus | None = None, run: int = 1) -> None:
        """Make a flow ready to be stepped, in its first session: stepper, `pause`, cursor 0 (ENGINE-1).

        `run` is its number, another one than 1 where sessions of this flow were before.
        """
        self._explainer = Explainer(flow)
        self._marks = WaitMarks()
        self._run = run
        self._pinned_index = None
        self._store.open_flow(
            flow, session_id_of(flow, run), source or SourceStatus(), before_first(flow), self._clock.now_ms()
        )

    def update_flow(self, flow: Flow, source: SourceStatus) -> None:
        """Take over what is known of the same flow now that more of it was read; nothing is released."""
        assert self._explainer is not None, NO_FLOW
        self._explainer.take_over(flow)
        self._store.set_source_status(source, flow)

    # Commands

    def dispatch_runtime_command(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Carry out one command as one commit, or answer why not."""
        before = self._store.state
        result = blocked(NO_FLOW) if self._explainer is None else self._carry_out(command, before, self._explainer)
        self.dock_engine_command_dispatched.report(CommandOutcome(command, before, self._store.state, result))
        return result

    def _carry_out(self, command: RuntimeCommand, state: State, explainer: Explainer) -> RuntimeReleaseResult:
        match command:
            case NextStep():
                return self._next_step(state, explainer)
            case Restart():
                self._restart(explainer.flow)
            case SetMode(mode):
                speed = "1x" if mode == "realtime" and state.speed == "pause" else state.speed
                self._store.set_mode_and_reset_buffers_if_needed(mode, speed, self._clock.now_ms())
            case SetSpeed(speed):
                self._store.set_speed_and_update_nominal_tick_interval(speed, self._clock.now_ms())
            case SetLocalPause(paused):
                if state.mode != "realtime":
                    return blocked(NOTHING_PLAYS)
                self._store.set_local_pause(paused=paused, now_ms=self._clock.now_ms())
            case SetPinned(pinned):
                return self._set_pinned(state, explainer, pinned=pinned)
            case Inspect(arrival_index):
                return self._inspect(arrival_index, state, explainer)
            case InspectBy(delta):
                return self._inspect_by(delta, state, explainer)
        return DONE

    def _next_step(self, state: State, explainer: Explainer) -> RuntimeReleaseResult:
        if state.inspection_index is not None:
            return self._inspect_by(1, state, explainer)
        if state.mode == "stepper":
            return self._release_next(state, explainer)
        if state.local_pause:
            return self._release_next(state, explainer, back_to_stepper=True)
        return blocked(IN_REALTIME)

    def _restart(self, flow: Flow) -> None:
        self._run += 1
        self._pinned_index = None
        session_id = session_id_of(flow, self._run)
        self._store.restart_session_clear_or_boundary(flow, session_id, before_first(flow), self._clock.now_ms())
        self._marks.add(self._store.state.ledger.end - 1, WaitProgress())

    def _set_pinned(self, state: State, explainer: Explainer, *, pinned: bool) -> RuntimeReleaseResult:
        if pinned and state.cursor == 0:
            return blocked(NOTHING_RELEASED)
        newest = state.ledger.end - 1
        self._pinned_index = (newest if state.inspection_index is None else state.inspection_index) if pinned else None
        unseen = pinned or state.inspection_index is not None
        self._store.set_pinned(None if unseen else explainer.look_at_head(state, None, self._marks), pinned=pinned)
        return DONE

    # Looking back

    def _inspect(self, index: int | None, state: State, explainer: Explainer) -> RuntimeReleaseResult:
        ledger = state.ledger
        if index is None or index == ledger.end - 1:
            if state.inspection_index is not None:
                self._store.set_inspection(None, explainer.look_at_head(state, self._pinned_index, self._marks))
            return DONE
        if refusal := _refusal(ledger, index):
            return blocked(refusal)
        if index != state.inspection_index:
            self._store.set_inspection(index, explainer.look_at(ledger, index, self._marks))
        return DONE

    def _inspect_by(self, delta: int, state: State, explainer: Explainer) -> RuntimeReleaseResult:
        ledger = state.ledger
        here = ledger.end - 1 if state.inspection_index is None else state.inspection_index
        if not len(ledger) or (state.inspection_index is None and delta >= 0):
            return blocked(NOTHING_RELEASED if not len(ledger) else "This is the newest event.")
        target = index_moved_by(ledger, here, delta)
        if target >= here and delta < 0:
            return blocked(FIRST)
        return self._inspect(min(target, ledger.end - 1), state, explainer)

    def look_at(self, index: int, by: int = 0) -> Looked:
        """What was to be seen at the entry `by` events from `index`, from the newest on the head; commits nothing."""
        state, explainer = self._store.state, self._explainer
        if explainer is None:
            return Looked(refused=NO_FLOW)
        ledger = state.ledger
        target = index_moved_by(ledger, index, by) if by and ledger.holds(index) else index
        if by < 0 and target >= index:
            return Looked(refused=FIRST)
        if ledger.holds(index) and target >= ledger.end - 1:
            return Looked(None, explainer.look_at_head(state, self._pinned_index, self._marks))
        if refusal := _refusal(ledger, target):
            return Looked(refused=refusal)
        return Looked(target, explainer.look_at(ledger, target, self._marks))

    # Releasing

    def _release_next(
        self,
        state: State,
        explainer: Explainer,
        *,
        back_to_stepper: bool = False,
        tick_since_ms: float | None = None,
    ) -> RuntimeReleaseResult:
        events, row = explainer.flow.events, state.cursor
        if row >= len(events):
            if events.complete:
                return self._end(state)
            if tick_since_ms is not None:
                self._store.set_tick_display_progress_0_1(0.0, since_ms=tick_since_ms)
            return blocked(STILL_INDEXING)
        event = events[row]
        release = self._release_of(event, row, state, explainer)
        if back_to_stepper or tick_since_ms is not None:
            release = replace(release, mode="stepper" if back_to_stepper else None, tick_since_ms=tick_since_ms)
        if tick_since_ms is None:
            self._store.commit_step_release_append_event_and_set_focus_and_explanation(release)
            self._pinned_index = None if self._pinned_index is None else state.ledger.end
        else:
            self._store.append_realtime_event_and_update_focus_if_needed(release)
        if release.wait_timer_action != "none":
            wait = self._marks.at(state.ledger.end)
            self._marks.add(state.ledger.end, wait_after(wait, release))
        return RuntimeReleaseResult(event, "released")

    def _release_of(self, event: FlowEvent, row: int, state: State, explainer: Explainer) -> StepRelease:
        events = explainer.flow.events
        before = events[row - 1] if row else None
        explanation = explainer.explain(event, row, state.ledger.end - row)
        started: float | None = None
        if explainer.flow.waits_on_clock:
            action = scripted_wait_action(events, row)
            now = self._clock.now_ms()
        else:
            action, alone = wait_action(events, row, event, before)
            now = event.at_ms
            if alone:
                started, now = event.at_ms, event.at_ms + (event.duration_ms or 0.0)
        return StepRelease(
            event=event,
            cursor_next=row + 1,
            focus=focus_of(event),
            explanation_sentence=explanation.sentence,
            notes=explanation.notes,
            causes=explanation.causes,
            wait_timer_action=action,
            wait_started_ms=started,
            now_ms=now,
            wait_now_ms=None if explainer.flow.waits_on_clock else now,
            real_gap_ms=None if before is None else event.at_ms - before.at_ms,
            from_row=True,
        )

    def _end(self, state: State) -> RuntimeReleaseResult:
        explanation = at_end(state)
        if not state.ended:
            newest = state.ledger.end - 1
            wait = self._marks.at(newest)
            if wait.started_at_ms is not None and wait.stopped_at_ms is None:
                stopped = self._clock.now_ms() if state.wait_now_ms is None else state.wait_now_ms
                wait = replace(wait, stopped_at_ms=stopped)
                self._marks.add(newest, wait)
            self._store.set_end_reached(explanation, wait)
        return RuntimeReleaseResult(None, "end_of_script", explanation.sentence)

    # Pacing

    def animation_ms(self, event: FlowEvent) -> float:
        """How long the release of an event is animated at the speed in force (ENGINE-3)."""
        return animation_ms(event.duration_ms, self._store.state.speed)

    def next_deadline_ms(self) -> float | None:
        """When the next event is due in realtime mode, in the clock's milliseconds; None when none is."""
        state = self._store.state
        if state.mode != "realtime" or state.local_pause or state.ended:
            return None
        return tick_deadline_ms(state.tick_display)

    def serve_deadline(self) -> RuntimeReleaseResult | None:
        """Release the event that is due, at most one; None when none is due yet."""
        deadline, now = self.next_deadline_ms(), self._clock.now_ms()
        before = self._store.state
        interval = before.tick_display.nominal_interval_ms
        if self._explainer is None or deadline is None or interval is None or now < deadline:
            return None
        result = self._release_next(before, self._explainer, tick_since_ms=tick_after(deadline, interval, now))
        self.dock_engine_command_dispatched.report(CommandOutcome(None, before, self._store.state, result))
        return result


def _refusal(ledger: Ledger, index: int) -> str:
    """Why there is nothing to look at; empty when there is."""
    if not ledger.holds(index):
        return f"There is no entry {index}."
    return "There a session begins: it is no event." if ledger[index].event.is_boundary else ""


def blocked(why: str) -> RuntimeReleaseResult:
    """The answer to a command that is refused."""
    return RuntimeReleaseResult(None, "blocked", why)
