"""What is to be seen at an entry of a live session: made from the ledger alone (ENGINE-8, SPAN-8)."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

from connectome_tui.engine.causes import MAX_CAUSES
from connectome_tui.engine.looks import NOTHING_LIT
from connectome_tui.events.flow import WaitAction
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.sentences import describe
from connectome_tui.events.topology import Topology
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.live_chunks import Arrivals
from connectome_tui.store.release import Look, active_focus, focus_of
from connectome_tui.store.state import Cause, Explanation, LiveSourceState, WaitProgress

NO_WAIT: Final = WaitProgress()
_MAX_BACK: Final = 64
"""So far is looked for the event before, when gaps stand between."""
MOST_WALKED: Final = 500
"""Of a longer way only the end is walked step by step: what lies before is passed over with its gaps at once."""


def explanation_at(ledger: Ledger, index: int) -> Explanation:
    """The sentence of an entry, its notes, and its parents as far as they are in the ledger, root first."""
    event = ledger[index].event
    chain: list[Cause] = []
    parent = ledger.parent_index(index)
    nearest = None if parent is None else ledger[parent].event
    above = parent
    seen = {index}
    while above is not None and above not in seen and len(chain) < MAX_CAUSES:
        seen.add(above)
        cause = ledger[above].event
        chain.append(Cause(above, cause.to_node_id, cause.label))
        above = ledger.parent_index(above)
    chain.reverse()
    sentence = event.sentence or describe(event, _topology(ledger, index), nearest)
    return Explanation(sentence, event.notes, tuple(chain))


def look_at(ledger: Ledger, index: int, wait: WaitProgress) -> Look:
    """What was to be seen when this entry had just been released."""
    event = ledger[index].event
    before = _event_before(ledger, index)
    return Look(
        active_focus=active_focus(focus_of(event)),
        current_explanation=explanation_at(ledger, index),
        wait_progress=wait,
        wait_now_ms=None,
        real_gap_ms=None if before is None else event.at_ms - before.at_ms,
    )


def nothing_yet(explanation: Explanation) -> Look:
    """The look before the first event of a session."""
    return Look(NOTHING_LIT, explanation, NO_WAIT, None, None)


def waiting_for(sources: Sequence[LiveSourceState]) -> Explanation:
    """What is said before the first event."""
    names = ", ".join(source.name for source in sources)
    return Explanation(f"Waiting for the first event from {names}." if names else "Waiting for the first event.")


def newest_step(ledger: Ledger) -> int | None:
    """The newest entry of the session that runs that is a step; None when there is none."""
    first = ledger.sessions[-1].first_index
    position = len(ledger) - 1
    while position >= 0:
        index = ledger.index_at(position)
        if index < first:
            return None
        if is_step(ledger[index].event):
            return index
        position -= 1
    return None


def step_moved_by(ledger: Ledger, index: int, delta: int) -> int:
    """The step `delta` steps away from entry `index`, never beyond the first and the last; gaps are passed over."""
    here, target = index, ledger.position_of(index)
    way = 1 if delta > 0 else -1
    left = abs(delta)
    if left > MOST_WALKED:
        at_once = max(min(left, target if way < 0 else len(ledger) - 1 - target) - MOST_WALKED, 0)
        target += way * at_once
        left -= at_once
    while left and 0 <= target + way < len(ledger):
        target += way
        candidate = ledger.index_at(target)
        if is_step(ledger[candidate].event):
            here = candidate
            left -= 1
    return here


def is_step(event: FlowEvent) -> bool:
    """Whether an entry is an event that happened, and no mark that the session made."""
    return not event.is_boundary and not event.is_gap


def refusal_of(ledger: Ledger, index: int) -> str:
    """Why there is nothing to look at; empty when there is."""
    if not ledger.holds(index):
        return f"There is no entry {index}."
    return "" if is_step(ledger[index].event) else "That entry is no event."


def _event_before(ledger: Ledger, index: int) -> FlowEvent | None:
    first = ledger.session_at(index).first_index
    position = ledger.position_of(index)
    for place in range(position - 1, max(position - _MAX_BACK, 0) - 1, -1):
        before = ledger.index_at(place)
        if before < first:
            return None
        event = ledger[before].event
        if is_step(event):
            return event
    return None


def _topology(ledger: Ledger, index: int) -> Topology:
    return ledger.session_at(index).topology


class LiveWaits:
    """The wait timer after each batch that changed it (SPAN-8).

    A source that knows says itself when waiting begins and ends, by the clock. A trace that came whole
    shows the time of its root. What is known of neither leaves the timer as it is.
    """

    def __init__(self) -> None:
        self._indexes: list[int] = []
        self._waits: list[WaitProgress] = []

    def at(self, index: int) -> WaitProgress:
        """The timer as of an entry; what was before the oldest that is remembered had none."""
        place = bisect_right(self._indexes, index)
        return self._waits[place - 1] if place else NO_WAIT

    def note(self, index: int, wait: WaitProgress) -> None:
        """The timer as of this entry and from there on."""
        if wait != self.at(index):
            self._indexes.append(index)
            self._waits.append(wait)

    def forget_before(self, index: int) -> None:
        """Entries before this one are gone; the timer that they left stays."""
        if len(self._indexes) > 2 * _MAX_BACK and (gone := bisect_left(self._indexes, index) - 1) > _MAX_BACK:
            del self._indexes[:gone], self._waits[:gone]


def wait_after_batch(
    wait: WaitProgress, arrivals: Sequence[Arrivals], said: Mapping[str, WaitAction], now_ms: float
) -> WaitProgress:
    """The timer after these events; `said`, by event id, is what sources know."""
    if said:
        for group in arrivals:
            for event in group.events:
                action = said.get(event.id)
                if action == "start":
                    wait = WaitProgress(started_at_ms=now_ms)
                elif action == "stop" and wait.started_at_ms is not None:
                    wait = WaitProgress(started_at_ms=wait.started_at_ms, stopped_at_ms=now_ms)
        return wait
    root = _root_of_newest(arrivals)
    if root is None or root.duration_ms is None:
        return wait
    return WaitProgress(started_at_ms=root.at_ms, stopped_at_ms=root.at_ms + max(root.duration_ms, 0.0))


def _root_of_newest(arrivals: Sequence[Arrivals]) -> FlowEvent | None:
    """The root of the flow that the newest event belongs to, when it came together with it."""
    if not arrivals or not arrivals[-1].events:
        return None
    events = arrivals[-1].events
    flow_id = events[-1].flow_id
    if flow_id is None:
        return None
    for event in reversed(events):
        if event.flow_id != flow_id:
            return None
        if event.parent_event_id is None and not event.is_gap:
            return event
    return None
