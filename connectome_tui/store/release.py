"""What a release carries from the engine to the store (STORE-3), and what is to be seen at an entry (ENGINE-8)."""

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from connectome_tui.events.flow import WaitAction
from connectome_tui.events.model import UNKNOWN, FlowEvent
from connectome_tui.store.state import ActiveFocus, Cause, Explanation, Mode, WaitProgress


@dataclass(frozen=True, slots=True)
class ReleaseFocus:
    """What lights up: the node where the event arrives, the edge it came by, the step inside the node."""

    node_id: str | None = None
    edge_id: str | None = None
    step_key: str | None = None


@dataclass(frozen=True, slots=True)
class StepRelease:
    """One event with all that changes with it. What is None is a gap, which the store fills.

    `from_row` says that the event is the next row of the session's sequence, so that the ledger keeps
    a reference. `now_ms` is what the wait timer goes by (SPAN-8): time of the flow, or of the clock.
    `wait_started_ms` goes with `stop` for a flow of one event, which starts and stops at once.
    `wait_now_ms` is shown as the wait's now, None for the clock. `mode` is the mode that the release
    goes back to, None to stay. `tick_since_ms` is when the tick began to fill again, None when it does not.
    """

    event: FlowEvent
    cursor_next: int
    focus: ReleaseFocus | None = None
    explanation_sentence: str | None = None
    notes: str | None = None
    causes: tuple[Cause, ...] = ()
    wait_timer_action: WaitAction = "none"
    wait_started_ms: float | None = None
    now_ms: float | None = None
    wait_now_ms: float | None = None
    real_gap_ms: float | None = None
    from_row: bool = False
    mode: Mode | None = None
    tick_since_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be seen at an entry: at the head, or at one that was released before."""

    active_focus: ActiveFocus
    current_explanation: Explanation
    wait_progress: WaitProgress
    wait_now_ms: float | None
    real_gap_ms: float | None


REQUIRED_TEXTS: Final = ("id", "from_node_id", "to_node_id", "label")


def without_gaps(release: StepRelease) -> StepRelease:
    """The release with `?` where a required text is empty and a focus where there was none."""
    event = release.event
    if not (event.id and event.from_node_id and event.to_node_id and event.label):
        missing = [name for name in REQUIRED_TEXTS if not getattr(event, name)]
        event = msgspec.structs.replace(event, **dict.fromkeys(missing, UNKNOWN))
        release = replace(release, event=event, from_row=False)
    if release.focus is None:
        release = replace(release, focus=focus_of(event))
    if not release.explanation_sentence:
        release = replace(release, explanation_sentence=UNKNOWN)
    return release


def focus_of(event: FlowEvent) -> ReleaseFocus:
    """The focus that an event has; a boundary has none (STORE-6)."""
    if event.is_boundary:
        return ReleaseFocus()
    return ReleaseFocus(event.to_node_id, event.edge_id, event.step_key)


def active_focus(focus: ReleaseFocus | None) -> ActiveFocus:
    """The focus as the state holds it."""
    if focus is None:
        return ActiveFocus()
    return ActiveFocus(focus.node_id, focus.edge_id, focus.step_key)


def wait_after(wait: WaitProgress, release: StepRelease) -> WaitProgress:
    """The wait timer after a release (STORE-7)."""
    if release.wait_timer_action == "start":
        return WaitProgress(started_at_ms=release.now_ms)
    if release.wait_timer_action == "stop":
        started = wait.started_at_ms if release.wait_started_ms is None else release.wait_started_ms
        return wait if started is None else WaitProgress(started_at_ms=started, stopped_at_ms=release.now_ms)
    return wait
