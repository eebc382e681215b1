"""The one store (STORE): an immutable state, and actions that replace it by the next in one commit each.

It never releases, normalises, lays out or sleeps, and knows nothing of a screen (STORE-13, STORE-14).
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final, Literal

from connectome_tui.events.flow import Flow
from connectome_tui.store.commits import Commits, Listener
from connectome_tui.store.docks import RetentionEviction
from connectome_tui.store.ledger import LedgerBuffer, empty_ledger
from connectome_tui.store.release import Look, StepRelease, active_focus, wait_after, without_gaps
from connectome_tui.store.sessions import boundary_event, cleared, new_session, total_of
from connectome_tui.store.state import (
    Explanation,
    HealthBadge,
    Mode,
    SharedView,
    SourceStatus,
    Speed,
    TickDisplay,
    ViewState,
    WaitProgress,
)
from connectome_tui.store.ticks import retimed

__all__ = ["Listener", "RestartPolicy", "Store"]

RestartPolicy = Literal["boundary", "clear"]


class Store(Commits):
    """The state and its actions; each call is one commit (STORE-2)."""

    has_ticks = True
    """Whether realtime mode goes by ticks; a live source has its own time."""

    def __init__(self, restart_policy: RestartPolicy = "boundary") -> None:
        super().__init__()
        self.restart_policy: Final = restart_policy
        self._buffer = empty_ledger()

    @property
    def entries_held(self) -> int:
        """How many entries of the ledger are kept in memory and not by reference to their recording (STORE-15)."""
        return self._buffer.held

    # Releases

    def commit_step_release_append_event_and_set_focus_and_explanation(self, release: StepRelease) -> None:
        """Append an event and let focus, explanation, timers and cursor follow, all in one commit (STORE-4)."""
        self._release("commit_step_release_append_event_and_set_focus_and_explanation", release, follow=True)

    def append_realtime_event_and_update_focus_if_needed(self, release: StepRelease) -> None:
        """The same in realtime mode, where a pinned focus and one that looks back stay (STORE-11)."""
        follow = not self._state.pinned and self._state.inspection_index is None
        self._release("append_realtime_event_and_update_focus_if_needed", release, follow=follow)

    def set_end_reached(self, explanation: Explanation, wait_progress: WaitProgress) -> None:
        """Nothing is left to be released (ENGINE-4): the last focus stays lit, the wait is frozen.

        Who looks back or has pinned the focus goes on seeing what they see.
        """
        state = self._state
        changes: dict[str, Any] = {}
        if state.inspection_index is None:
            changes["wait_progress"] = wait_progress
            if not state.pinned:
                changes["current_explanation"] = explanation
        self._begin("set_end_reached")
        tick = replace(state.tick_display, progress_0_1=0.0, since_ms=None)
        self._commit("set_end_reached", ended=True, tick_display=tick, **changes)

    def _release(self, action: str, release: StepRelease, *, follow: bool) -> None:
        state = self._state
        release = without_gaps(release)
        changes: dict[str, Any] = {"cursor": release.cursor_next}
        if follow:
            changes["active_focus"] = active_focus(release.focus)
            changes["current_explanation"] = Explanation(
                release.explanation_sentence or "", release.notes, release.causes
            )
            changes["inspection_index"] = None
        if follow or state.inspection_index is None:
            changes["wait_progress"] = wait_after(state.wait_progress, release)
            changes["wait_now_ms"] = release.wait_now_ms
            changes["real_gap_ms"] = release.real_gap_ms
        if release.mode is not None:
            changes["mode"] = release.mode
            changes["local_pause"] = False
        if release.tick_since_ms != state.tick_display.since_ms:
            changes["tick_display"] = replace(state.tick_display, progress_0_1=0.0, since_ms=release.tick_since_ms)
        commit_id = self._begin(action)
        append = self._buffer.append_row if release.from_row else self._buffer.append_inline
        append(release.event, commit_id)
        self._commit(action, ledger=self._buffer.view(), **changes)

    # Sessions

    def open_flow(
        self, flow: Flow, session_id: str, source: SourceStatus, explanation: Explanation, now_ms: float
    ) -> None:
        """Begin the first session of a flow: with an empty ledger, as stepper, at speed `pause` (ENGINE-1)."""
        self._begin("open_flow")
        self._buffer = LedgerBuffer(new_session(flow, session_id, self._buffer.end, now_ms), flow.events)
        self._commit(
            "open_flow",
            **cleared(session_id, explanation),
            mode="stepper",
            speed="pause",
            tick_display=TickDisplay(),
            script_total=total_of(flow),
            ledger=self._buffer.view(),
            topology=flow.topology,
            flow=flow.summary,
            source=source,
            view=self._view_without_entries(),
        )

    def restart_session_clear_or_boundary(
        self, flow: Flow, session_id: str, explanation: Explanation, now_ms: float
    ) -> None:
        """Begin a new session at cursor 0 (STORE-9): behind a boundary, or with an empty ledger under `clear`."""
        action = "restart_session_clear_or_boundary"
        commit_id = self._begin(action)
        state = self._state
        clear = self.restart_policy == "clear"
        if clear:
            self._buffer = LedgerBuffer(new_session(flow, session_id, self._buffer.end, now_ms), flow.events)
        else:
            session = new_session(flow, session_id, self._buffer.end + 1, now_ms)
            self._buffer.begin_run(session, flow.events, boundary_event(session_id, now_ms), commit_id)
        self._commit(
            action,
            **cleared(session_id, explanation),
            tick_display=retimed(TickDisplay(), state.speed, now_ms, running=state.mode == "realtime"),
            ledger=self._buffer.view(),
            view=self._view_without_entries() if clear else state.view,
        )
        if clear:
            self.dock_store_retention_evictions.report(RetentionEviction(len(state.ledger), "restart"))

    def set_source_status(self, source: SourceStatus, flow: Flow | None = None) -> None:
        """What the source says of itself; `flow` when more of it is known now (its total, its topology)."""
        self._begin("set_source_status")
        if flow is None:
            self._commit("set_source_status", source=source)
            return
        same = flow.topology == self._state.topology
        topology = self._state.topology if same else flow.topology
        self._buffer.amend_session(flow.events, flow.summary, topology)
        self._commit(
            "set_source_status", source=source, flow=flow.summary, script_total=total_of(flow), topology=topology
        )

    def _view_without_entries(self) -> ViewState:
        view = self._state.view
        return ViewState(focused_pane=view.focused_pane, raw_time_order=view.raw_time_order)

    # Playback

    def set_mode_and_reset_buffers_if_needed(self, mode: Mode, speed: Speed, now_ms: float) -> None:
        """Change the mode (STORE-6): local pause and tick progress are emptied; ledger, cursor and focus stay."""
        running = self.has_ticks and mode == "realtime" and not self._state.ended
        self._begin("set_mode_and_reset_buffers_if_needed")
        self._commit(
            "set_mode_and_reset_buffers_if_needed",
            mode=mode,
            speed=speed,
            local_pause=False,
            tick_display=retimed(TickDisplay(), speed, now_ms, running=running),
        )

    def set_speed_and_update_nominal_tick_interval(self, speed: Speed, now_ms: float) -> None:
        """Interval and label only (STORE-8); a tick that is filling keeps its share."""
        state = self._state
        running = self.has_ticks and state.mode == "realtime" and not state.local_pause and not state.ended
        self._begin("set_speed_and_update_nominal_tick_interval")
        self._commit(
            "set_speed_and_update_nominal_tick_interval",
            speed=speed,
            tick_display=retimed(state.tick_display, speed, now_ms, running=running),
        )

    def set_local_pause(self, *, paused: bool, now_ms: float) -> None:
        """Hold or resume the releasing of realtime mode; the tick stops where it is and goes on from there."""
        state = self._state
        running = self.has_ticks and state.mode == "realtime" and not paused and not state.ended
        self._begin("set_local_pause")
        self._commit(
            "set_local_pause",
            local_pause=paused,
            tick_display=retimed(state.tick_display, state.speed, now_ms, running=running),
        )

    def set_tick_display_progress_0_1(self, progress_0_1: float, since_ms: float | None = None) -> None:
        """How far the tick is, clamped to 0 … 1, and since when it fills; it releases nothing (TICK-1)."""
        progress = min(max(progress_0_1, 0.0), 1.0)
        self._begin("set_tick_display_progress_0_1")
        self._commit(
            "set_tick_display_progress_0_1",
            tick_display=replace(self._state.tick_display, progress_0_1=progress, since_ms=since_ms),
        )

    def set_player_wait_timer_start_ms(self, now_ms: float) -> None:
        """Waiting begins (STORE-7)."""
        self._begin("set_player_wait_timer_start_ms")
        self._commit("set_player_wait_timer_start_ms", wait_progress=WaitProgress(started_at_ms=now_ms))

    def set_player_wait_timer_stop_ms_and_reset_progress(self) -> None:
        """Waiting is over and its progress forgotten (STORE-7)."""
        self._begin("set_player_wait_timer_stop_ms_and_reset_progress")
        self._commit("set_player_wait_timer_stop_ms_and_reset_progress", wait_progress=WaitProgress(), wait_now_ms=None)

    # What is looked at

    def set_pinned(self, look: Look | None, *, pinned: bool) -> None:
        """Hold the focus in realtime mode, or let it follow again (STORE-11); `look` when something else is seen."""
        self._begin("set_pinned")
        self._commit("set_pinned", pinned=pinned, **(seen(look) if look else {}))

    def set_inspection(self, index: int | None, look: Look) -> None:
        """Look at an entry, None for the head (ENGINE-8); ledger and cursor stay."""
        self._begin("set_inspection")
        self._commit("set_inspection", inspection_index=index, **seen(look))

    def set_view(self, view: ViewState) -> None:
        """What this window looks at: focused pane, selection, search, filter."""
        self._begin("set_view")
        self._commit("set_view", view=view)

    def set_shared_view(self, shared: SharedView) -> None:
        """What all windows of a shared session look at together (SERVER-2)."""
        self._begin("set_shared_view")
        self._commit("set_shared_view", shared=shared)

    def set_health_badges(self, badges: Mapping[str, HealthBadge]) -> None:
        """The health of the parts (HEALTH-2)."""
        self._begin("set_health_badges")
        self._commit("set_health_badges", health_badges=dict(badges))


def seen(look: Look) -> Mapping[str, Any]:
    """The fields of the state that a look sets."""
    return {field.name: getattr(look, field.name) for field in fields(look)}
