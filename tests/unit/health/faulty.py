"""Stores, engines and sources that are faulty on purpose, each in one way (HEALTH-3)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import NextStep, RuntimeCommand, RuntimeReleaseResult, SetSpeed
from connectome_tui.engine.runtime import RuntimeEngine
from connectome_tui.events.flow import Flow
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.session import SteppedSession
from connectome_tui.store.ledger import LedgerView
from connectome_tui.store.release import StepRelease
from connectome_tui.store.state import ActiveFocus, Explanation, WaitProgress
from connectome_tui.store.store import RestartPolicy, Store
from tests.factories import ListRecording, ListSequence, make_event, make_flow

RELEASE: Final = "commit_step_release_append_event_and_set_focus_and_explanation"
RESTART: Final = "restart_session_clear_or_boundary"


class ForgetsOldEntries(Store):
    """Its ledger loses its oldest entry with every release."""

    def _commit(self, action: str, **changes: Any) -> None:
        if action == RELEASE and len(ledger := changes["ledger"]) > 2:
            changes["ledger"] = LedgerView(ledger.buffer, ledger.start + 1, ledger.end)
        super()._commit(action, **changes)


class RewritesThePast(Store):
    """It changes its first entry when the third comes."""

    def _commit(self, action: str, **changes: Any) -> None:
        if action == RELEASE and len(changes["ledger"]) == 3:
            self._buffer._inline[0] = make_event(1, label="something else")
        super()._commit(action, **changes)


class LightsAnotherNode(Store):
    """The node that it lights is where the event comes from."""

    def _commit(self, action: str, **changes: Any) -> None:
        if action == RELEASE:
            changes["active_focus"] = replace(changes["active_focus"], active_node_id="service:api")
        super()._commit(action, **changes)


class LightsAnEdgeAlone(Store):
    """It lights an edge and no node."""

    def _commit(self, action: str, **changes: Any) -> None:
        if action == RELEASE:
            changes["active_focus"] = ActiveFocus(None, "service:api→store:db", None)
        super()._commit(action, **changes)


class CommitsInTwo(Store):
    """Append and cursor come in one commit, focus and explanation in the next."""

    def _commit(self, action: str, **changes: Any) -> None:
        if action != RELEASE:
            super()._commit(action, **changes)
            return
        later = {name: changes.pop(name) for name in ("active_focus", "current_explanation")}
        super()._commit(action, **changes)
        super()._commit("set_focus", **later)


class ChangesWithoutCommit(Store):
    """It swaps its state between two commits."""

    def _begin(self, action: str) -> int:
        self._state = replace(self._state, current_explanation=Explanation("changed in passing"))
        return super()._begin(action)


class MovesTheCursorTwice(Store):
    """Its cursor runs ahead of its ledger."""

    def _release(self, action: str, release: StepRelease, *, follow: bool) -> None:
        super()._release(action, replace(release, cursor_next=release.cursor_next + 1), follow=follow)


class WaitsForAMinute(Store):
    """Its wait timer goes on to sixty seconds."""

    def _commit(self, action: str, **changes: Any) -> None:
        wait = changes.get("wait_progress")
        if wait is not None:
            changes["wait_progress"] = WaitProgress(wait.started_at_ms, wait.stopped_at_ms, max_seconds=60.0)
        super()._commit(action, **changes)


class KeepsAnotherLabel(Store):
    """What it appends is not what was released."""

    def _release(self, action: str, release: StepRelease, *, follow: bool) -> None:
        other = msgspec.structs.replace(release.event, label="something else")
        super()._release(action, replace(release, event=other, from_row=False), follow=follow)


class HoldsEvents(Store):
    """It keeps every event in memory instead of a reference."""

    def _release(self, action: str, release: StepRelease, *, follow: bool) -> None:
        super()._release(action, replace(release, from_row=False), follow=follow)


class KeepsTheSession(Store):
    """A restart goes on under the old session id, at the old cursor."""

    def _commit(self, action: str, **changes: Any) -> None:
        if action == RESTART:
            changes |= {"session_id": self._state.session_id, "cursor": self._state.cursor}
        super()._commit(action, **changes)


class ClearsInsteadOfBoundary(Store):
    """It was told to keep the ledger, and clears it."""

    def _commit(self, action: str, **changes: Any) -> None:
        if action == RESTART:
            ledger = changes["ledger"]
            changes["ledger"] = LedgerView(ledger.buffer, ledger.end, ledger.end)
        super()._commit(action, **changes)


class MovesTheGraph(Store):
    """Every release brings another topology."""

    def _commit(self, action: str, **changes: Any) -> None:
        if action == RELEASE:
            topology = self._state.topology
            changes["topology"] = Topology(topology.nodes[::-1], topology.edges)
        super()._commit(action, **changes)


class ReleasesTwo(RuntimeEngine):
    """One Next releases two events."""

    def _carry_out(self, command: RuntimeCommand, *rest: Any) -> RuntimeReleaseResult:
        result = super()._carry_out(command, *rest)
        if isinstance(command, NextStep) and result.released_event is not None:
            super()._carry_out(command, self._store.state, rest[1])
        return result


class SpeedReleases(RuntimeEngine):
    """Changing the speed releases an event."""

    def _carry_out(self, command: RuntimeCommand, *rest: Any) -> RuntimeReleaseResult:
        result = super()._carry_out(command, *rest)
        if isinstance(command, SetSpeed):
            super()._carry_out(NextStep(), self._store.state, rest[1])
        return result


class AnimatesTooFast(RuntimeEngine):
    """Its animations are as short as the events were."""

    def animation_ms(self, event: FlowEvent) -> float:
        return event.duration_ms or 0.0


class LiesAboutDurations(RuntimeEngine):
    """It stretches what it releases to the floor of animations."""

    def _release_next(self, *arguments: Any, **options: Any) -> RuntimeReleaseResult:
        result = super()._release_next(*arguments, **options)
        if result.released_event is None:
            return result
        return replace(result, released_event=msgspec.structs.replace(result.released_event, duration_ms=200.0))


class PlaysByItself(RuntimeEngine):
    """It names a deadline and serves it in stepper mode as well."""

    def next_deadline_ms(self) -> float | None:
        return self._clock.now_ms()

    def serve_deadline(self) -> RuntimeReleaseResult | None:
        explainer = self._explainer
        assert explainer is not None
        before = self._store.state
        result = self._release_next(before, explainer)
        return result if before.mode == "stepper" else None


class ExplainsNothing(RuntimeEngine):
    """Its sentences are question marks."""

    def _release_of(self, *arguments: Any) -> StepRelease:
        return replace(super()._release_of(*arguments), explanation_sentence="?")


class ParentsBehind(ListSequence):
    """Every row names the row behind it as its parent."""

    def parent_row(self, row: int) -> int | None:
        return row + 1 if row + 1 < len(self) else None


class ReadsOtherData(ListSequence):
    """The second reading of a row gives another event."""

    reads = 0

    def __getitem__(self, row: int, /) -> FlowEvent:
        self.reads += 1
        return msgspec.structs.replace(super().__getitem__(row), id=f"read {self.reads}")


def faulty_session(
    *,
    store: type[Store] = Store,
    engine: type[RuntimeEngine] = RuntimeEngine,
    flow: Flow | None = None,
    policy: RestartPolicy = "boundary",
) -> tuple[SteppedSession, ManualClock]:
    """A session of these parts, of which one is faulty."""
    flow = flow or make_flow(5)
    clock = ManualClock(1000.0)
    made_store = store(policy)
    made_engine = engine(made_store, clock)
    made_engine.load_flow(flow)
    return SteppedSession(ListRecording([flow]), flow, made_store, made_engine), clock


def flow_of(events: list[FlowEvent], sequence: ListSequence | None = None, **changes: Any) -> Flow:
    """A flow whose events, or whose summary, are wrong."""
    flow = make_flow(events, sequence=sequence)
    return replace(flow, **changes)


def with_count(flow: Flow, count: int) -> Flow:
    """A flow whose source counts another number of events than it gives."""
    return replace(flow, summary=replace(flow.summary, events=count))


FAULTS: Final[Mapping[str, list[dict[str, Any]]]] = {
    "health_check_ledger_is_append_only": [
        {"store": ForgetsOldEntries},
        {"store": RewritesThePast},
        {"store": ClearsInsteadOfBoundary},
    ],
    "health_check_single_active_focus": [{"store": LightsAnotherNode}, {"store": LightsAnEdgeAlone}],
    "health_check_atomic_commit_updates_all_fields": [
        {"store": CommitsInTwo},
        {"store": ChangesWithoutCommit},
        {"store": MovesTheCursorTwice},
    ],
    "health_check_wait_timer_clamps_to_max_4_seconds": [{"store": WaitsForAMinute}],
    "health_check_export_equals_ledger": [{"store": KeepsAnotherLabel}],
    "health_check_restart_policy": [{"store": KeepsTheSession}, {"store": ClearsInsteadOfBoundary}],
    "health_check_next_releases_single_step": [{"engine": ReleasesTwo}],
    "health_check_speed_and_authorisation_are_apart": [{"engine": SpeedReleases}],
    "health_check_minimum_duration": [{"engine": AnimatesTooFast}, {"engine": LiesAboutDurations}],
    "health_check_no_autoplay_leak": [{"engine": PlaysByItself}],
    "health_check_events_have_required_fields": [
        {"flow": flow_of([make_event(1, label="")])},
        {"flow": flow_of([make_event(1), make_event(2, at_ms=float("nan"))])},
        {"flow": flow_of([make_event(1, trigger="sideways")])},
    ],
    "health_check_event_ids_are_unique": [{"flow": flow_of([make_event(1), make_event(1)])}],
    "health_check_events_are_explained": [{"engine": ExplainsNothing}],
    "health_check_topology_holds_every_event": [{"flow": flow_of([make_event(1)], topology=Topology())}],
    "health_check_stepping_moves_nothing": [{"store": MovesTheGraph}],
    "health_check_stream_integrity": [
        {"flow": with_count(make_flow(3), 4)},
        {"flow": flow_of([make_event(1), make_event(2)], ParentsBehind([make_event(1), make_event(2)]))},
        {"flow": flow_of([make_event(1)], ReadsOtherData([make_event(1)]))},
    ],
    "health_check_buffer_bounds": [{"store": HoldsEvents}],
}
"""For each checker the faults that it must find."""
