"""The engine of a live session (ENGINE-5): what sources hand over is released as it comes, or waits."""

from collections.abc import Sequence
from dataclasses import replace
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
from connectome_tui.engine.holding import HELD_PER_SOURCE, Held, gap_event
from connectome_tui.engine.live_looks import (
    LiveWaits,
    look_at,
    newest_step,
    nothing_yet,
    refusal_of,
    step_moved_by,
    wait_after_batch,
    waiting_for,
)
from connectome_tui.engine.live_sources import with_batches, with_held
from connectome_tui.engine.looks import Looked
from connectome_tui.engine.pacing import animation_ms
from connectome_tui.engine.runtime import (
    DONE,
    FIRST,
    IN_REALTIME,
    NOTHING_PLAYS,
    NOTHING_RELEASED,
    CommandOutcome,
    blocked,
)
from connectome_tui.events.flow import SourceError, WaitAction
from connectome_tui.events.live import EventRecorder, LiveBatch
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.store.docks import Dock
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.live_batches import RealtimeBatch
from connectome_tui.store.live_chunks import Arrivals
from connectome_tui.store.live_store import LiveStore
from connectome_tui.store.release import Look
from connectome_tui.store.state import Explanation, LiveSourceState, LiveStatus, Mode, State

NOTHING_WAITS: Final = "Nothing waits: the next event has not come yet."
FIRST_WAITS: Final = Explanation("Press Space to release the first event that has come.")
NEWEST: Final = "This is the newest event."
DRAINED_AT_ONCE: Final = 2000
"""So many events that waited are released in one commit: a few ms, so that keys are served in between."""
OVERDUE_MS: Final = 0.0
"""When what is due at once is due: also before a time that was read from the clock a moment ago."""
MAX_GAP_TEXT: Final = 400
AGE_CHECK_MS: Final = 1000.0
"""How often entries are looked at for their age when retention goes by time."""


class LiveEngine:
    """Releases what live sources hand over; the command port of a live session (ENGINE-7).

    Pure over store and clock. With a `recorder`, events are written before they are shown, and what
    waits is read from there.
    """

    def __init__(
        self,
        store: LiveStore,
        clock: Clock,
        recorder: EventRecorder | None = None,
        held_per_source: int = HELD_PER_SOURCE,
    ) -> None:
        self.dock_engine_command_dispatched: Dock[CommandOutcome] = Dock()
        self._store = store
        self._clock = clock
        self._recorder = recorder
        self.held_per_source: Final = held_per_source
        self._held = Held(None if recorder is None else recorder.read, held_per_source)
        self._held_nodes: dict[str, Node] = {}
        self._said_waits: dict[str, WaitAction] = {}
        self._waits = LiveWaits()
        self._gaps = 0
        self._open_gaps: dict[str, str] = {}
        self._run = 1
        self._session_id = ""
        self._pinned_look: Look | None = None
        self._trouble = ""
        self._notice = ""
        self._next_age_check_ms = clock.now_ms() + AGE_CHECK_MS

    def open(
        self, session_id: str, title: str, sources: Sequence[LiveSourceState], mode: Mode, *, recording: str = ""
    ) -> None:
        """Begin the session, with nothing shown yet."""
        self._session_id = session_id
        live = LiveStatus(sources=tuple(sources), recording=recording, held_in_recording=self._recorder is not None)
        self._store.open_live(session_id, title, live, waiting_for(sources), mode=mode, now_ms=self._clock.now_ms())

    def bring_back(self, arrivals: Sequence[Arrivals], nodes: Sequence[Node], gap: tuple[str, str]) -> None:
        """Show what a recording holds of this session from before, whatever the mode, in one commit.

        Behind it stands a gap: its source, and what it says.
        """
        now = self._clock.now_ms()
        self._gaps += 1
        events = sum(not event.is_gap for group in arrivals for event in group.events)
        missing = Arrivals(gap[0], [gap_event(gap[0], -self._gaps, gap[1], now)])
        self._store.append_realtime_batch(
            RealtimeBatch(
                (*arrivals, missing),
                replace(self._live, arrived=self._live.arrived + events),
                lambda ledger, _newest: self._look_at_past(ledger, arrivals, now),
                now,
                nodes=nodes,
            )
        )

    def _look_at_past(self, ledger: Ledger, arrivals: Sequence[Arrivals], now: float) -> Look:
        step = newest_step(ledger)
        return (
            nothing_yet(self._before_first(self._live))
            if step is None
            else self._look_at_newest(ledger, step, arrivals, now)
        )

    # What comes

    def take(self, batches: Sequence[LiveBatch]) -> None:
        """Take in what sources handed over since the last time, in one commit: release it, or let it wait."""
        now = self._clock.now_ms()
        live = with_batches(self._live, batches, now)
        arrived = 0
        direct: list[Arrivals] = []
        queues = self._is_holding or len(self._held) > 0
        for batch in batches:
            arrived += len(batch.events)
            self._notice = batch.notice or self._notice
            self._held_nodes.update((node.id, node) for node in batch.nodes)
            self._note_waits(batch)
            gap = self._gap_before(batch)
            arrivals = self._recorded(batch, gap)
            if queues:
                self._held.put(arrivals, gap)
            elif arrivals.events:
                direct.extend(self._with_gap(arrivals, gap))
        if queues and not self._is_holding:
            direct = self._held.take(max(DRAINED_AT_ONCE, 2 * arrived))
        self._show(live, direct, now)

    def _show(self, live: LiveStatus, arrivals: Sequence[Arrivals], now: float, *, stepped: bool = False) -> None:
        live = self._with_word(with_held(live, self._held))
        nodes: Sequence[Node] = ()
        if not self._is_holding or stepped:
            nodes, self._held_nodes = list(self._held_nodes.values()), {}
        if not arrivals and not nodes:
            if live != self._live:
                is_empty = newest_step(self._store.state.ledger) is None
                self._store.set_live_status(live, self._before_first(live) if is_empty else None)
            return
        state = self._store.state
        self._store.append_realtime_batch(
            RealtimeBatch(
                arrivals,
                live,
                lambda ledger, newest: self._look_at_newest(ledger, newest, arrivals, now),
                now,
                nodes=nodes,
                mode="stepper" if stepped and state.mode == "realtime" else None,
                stepped=stepped,
            )
        )
        self._waits.forget_before(self._store.state.ledger.start)

    def _gap_before(self, batch: LiveBatch) -> str | None:
        """What is missing before the events of a batch; what is said without events waits for those that follow."""
        gaps = [gap for gap in (self._open_gaps.pop(batch.source, None), batch.gap) if gap]
        if gaps and not batch.events:
            text = "; ".join(dict.fromkeys(gaps))
            self._open_gaps[batch.source] = text if len(text) <= MAX_GAP_TEXT else gaps[-1]
            return None
        return "; ".join(gaps) or None

    def _recorded(self, batch: LiveBatch, gap: str | None) -> Arrivals:
        """The events with their place in the recording; what it says against it is told, and they stay in memory."""
        recorder = self._recorder
        if recorder is None:
            return Arrivals(batch.source, batch.events, batch.details)
        self._trouble, self._notice = recorder.trouble, recorder.notice or self._notice
        if batch.first_row is not None:
            return Arrivals(batch.source, batch.events, batch.details, batch.first_row)
        if batch.nodes:
            recorder.note_nodes(batch.nodes)
        if not batch.events:
            return Arrivals(batch.source, ())
        if gap is not None:
            recorder.note_gap(gap)
        try:
            row = recorder.append(batch.events, batch.details)
        except SourceError as trouble:
            self._trouble = str(trouble)
            return Arrivals(batch.source, batch.events, batch.details)
        self._trouble = recorder.trouble
        return Arrivals(batch.source, batch.events, (), row)

    def _before_first(self, live: LiveStatus) -> Explanation:
        """What is said while a session shows nothing yet."""
        return FIRST_WAITS if live.held and self._is_holding else waiting_for(live.sources)

    def _with_word(self, live: LiveStatus) -> LiveStatus:
        """The status with what is to be said of the recording."""
        if (live.recording_trouble, live.recording_notice) == (self._trouble, self._notice):
            return live
        return replace(live, recording_trouble=self._trouble, recording_notice=self._notice)

    def _with_gap(self, arrivals: Arrivals, gap: str | None) -> list[Arrivals]:
        if gap is None:
            return [arrivals]
        self._gaps += 1
        at_ms = arrivals.events[0].at_ms
        return [Arrivals(arrivals.source, [gap_event(arrivals.source, -self._gaps, gap, at_ms)]), arrivals]

    def _note_waits(self, batch: LiveBatch) -> None:
        for place, action in batch.wait_actions.items():
            self._said_waits[batch.events[place].id] = action

    def _look_at_newest(self, ledger: Ledger, newest: int, arrivals: Sequence[Arrivals], now: float) -> Look:
        wait = wait_after_batch(self._waits.at(newest), arrivals, self._said_waits, now)
        for group in arrivals if self._said_waits else ():
            for event in group.events:
                self._said_waits.pop(event.id, None)
        self._waits.note(newest, wait)
        return look_at(ledger, newest, wait)

    @property
    def _live(self) -> LiveStatus:
        live = self._store.state.live
        assert live is not None, "the session is open"
        return live

    @property
    def _is_holding(self) -> bool:
        state = self._store.state
        return state.mode == "stepper" or state.local_pause

    # Commands

    def dispatch_runtime_command(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Carry out one command as one commit, or answer why not."""
        before = self._store.state
        result = self._carry_out(command, before)
        self.dock_engine_command_dispatched.report(CommandOutcome(command, before, self._store.state, result))
        return result

    def _carry_out(self, command: RuntimeCommand, state: State) -> RuntimeReleaseResult:
        now = self._clock.now_ms()
        match command:
            case NextStep():
                return self._next_step(state)
            case Restart():
                self._restart(now)
            case SetMode(mode):
                speed = "1x" if mode == "realtime" and state.speed == "pause" else state.speed
                self._store.set_mode_and_reset_buffers_if_needed(mode, speed, now)
            case SetSpeed(speed):
                self._store.set_speed_and_update_nominal_tick_interval(speed, now)
            case SetLocalPause(paused):
                if state.mode != "realtime":
                    return blocked(NOTHING_PLAYS)
                self._store.set_local_pause(paused=paused, now_ms=now)
            case SetPinned(pinned):
                return self._set_pinned(state, pinned=pinned)
            case Inspect(index):
                return self._inspect(index, state)
            case InspectBy(delta):
                return self._inspect_by(delta, state)
        return DONE

    def _next_step(self, state: State) -> RuntimeReleaseResult:
        if state.inspection_index is not None:
            return self._inspect_by(1, state)
        if not self._is_holding:
            return blocked(IN_REALTIME)
        arrivals = self._held.take(1)
        released = _newest_of(arrivals)
        if released is None:
            return blocked(NOTHING_WAITS)
        self._show(self._live, arrivals, self._clock.now_ms(), stepped=True)
        self._pinned_look = None if self._pinned_look is None else self._head_look(self._store.state)
        return RuntimeReleaseResult(released, "released")

    def _restart(self, now: float) -> None:
        self._run += 1
        self._pinned_look = None
        self._store.restart_live_session(f"{self._session_id}-{self._run}", self._before_first(self._live), now)

    def _set_pinned(self, state: State, *, pinned: bool) -> RuntimeReleaseResult:
        shown = state.inspection_index if state.inspection_index is not None else newest_step(state.ledger)
        if pinned and shown is None:
            return blocked(NOTHING_RELEASED)
        self._pinned_look = self._look(state.ledger, shown) if pinned and shown is not None else None
        unseen = pinned or state.inspection_index is not None
        self._store.set_pinned(None if unseen else self._head_look(state), pinned=pinned)
        return DONE

    # Looking back

    def _inspect(self, index: int | None, state: State) -> RuntimeReleaseResult:
        ledger = state.ledger
        if index is None or index == newest_step(ledger):
            if state.inspection_index is not None:
                self._store.set_inspection(None, self._head_look(state))
            return DONE
        if refusal := refusal_of(ledger, index):
            return blocked(refusal)
        if index != state.inspection_index:
            self._store.set_inspection(index, self._look(ledger, index))
        return DONE

    def _inspect_by(self, delta: int, state: State) -> RuntimeReleaseResult:
        ledger = state.ledger
        newest = newest_step(ledger)
        here = newest if state.inspection_index is None else state.inspection_index
        if here is None:
            return blocked(NOTHING_RELEASED)
        if state.inspection_index is None and delta >= 0:
            return blocked(NEWEST)
        target = step_moved_by(ledger, here, delta)
        if target == here:
            return blocked(FIRST if delta < 0 else NEWEST)
        return self._inspect(target, state)

    def look_at(self, index: int, by: int = 0) -> Looked:
        """What was to be seen at the entry `by` events from `index`, from the newest on the head; commits nothing."""
        state = self._store.state
        ledger = state.ledger
        target = step_moved_by(ledger, index, by) if by and ledger.holds(index) else index
        newest = newest_step(ledger)
        if by < 0 and target >= index:
            return Looked(refused=FIRST)
        if ledger.holds(index) and newest is not None and (target >= newest or (by > 0 and target == index)):
            return Looked(None, self._head_look(state))
        if refusal := refusal_of(ledger, target):
            return Looked(refused=refusal)
        return Looked(target, self._look(ledger, target))

    def _look(self, ledger: Ledger, index: int) -> Look:
        return look_at(ledger, index, self._waits.at(index))

    def _head_look(self, state: State) -> Look:
        """What is to be seen when nobody looks back; a pinned focus stays, the rest is of the newest event."""
        newest = newest_step(state.ledger)
        if newest is None:
            return nothing_yet(self._before_first(self._live))
        look = self._look(state.ledger, newest)
        pinned = self._pinned_look
        if pinned is None:
            return look
        return replace(look, active_focus=pinned.active_focus, current_explanation=pinned.current_explanation)

    # Time

    def animation_ms(self, event: FlowEvent) -> float:
        """How long the release of an event is animated at the speed in force (ENGINE-3)."""
        return animation_ms(event.duration_ms, self._store.state.speed)

    def next_deadline_ms(self) -> float | None:
        """When the engine wants to be asked again: at once while it drains what waited, now and then for ages."""
        if len(self._held) and not self._is_holding:
            return OVERDUE_MS
        if self._store.retention.max_age_ms is not None and len(self._store.state.ledger):
            return self._next_age_check_ms
        return None

    def serve_deadline(self) -> RuntimeReleaseResult | None:
        """Release the next part of what waited; let entries go for their age."""
        before, now = self._store.state, self._clock.now_ms()
        if self._store.retention.max_age_ms is not None and now >= self._next_age_check_ms:
            self._next_age_check_ms = now + AGE_CHECK_MS
            self._store.evict_aged(now, self._live)
        if not len(self._held) or self._is_holding:
            return None
        arrivals = self._held.take(DRAINED_AT_ONCE)
        self._show(self._live, arrivals, now)
        result = RuntimeReleaseResult(_newest_of(arrivals), "released")
        self.dock_engine_command_dispatched.report(CommandOutcome(None, before, self._store.state, result))
        return result


def _newest_of(arrivals: Sequence[Arrivals]) -> FlowEvent | None:
    return arrivals[-1].events[-1] if arrivals else None
