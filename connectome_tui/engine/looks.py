"""What is to be seen at an entry: focus, sentence, causes, wait; at the head and looking back alike (ENGINE-8)."""

from dataclasses import dataclass, replace
from typing import Final

from connectome_tui.engine.causes import CauseChain
from connectome_tui.engine.waits import WaitMarks
from connectome_tui.events.flow import Flow
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.sentences import describe
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.release import Look, active_focus, focus_of
from connectome_tui.store.state import ActiveFocus, Explanation, State, WaitProgress

NOTHING_LIT: Final = ActiveFocus()


@dataclass(frozen=True, slots=True)
class Looked:
    """What is to be seen at an entry, `index` None for the head; `refused` says why nothing is."""

    index: int | None = None
    look: Look | None = None
    refused: str = ""


class Explainer:
    """Explains the events of one flow. Sentences are written by normalisation; scripts get theirs here (EVENT-9)."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._chain = CauseChain(flow.events)

    def take_over(self, flow: Flow) -> None:
        """The same flow, of which more is known now."""
        self.flow = flow
        self._chain = CauseChain(flow.events)

    def explain(self, event: FlowEvent, row: int, first_index: int) -> Explanation:
        """The sentence, the notes and the parents of a row; `first_index` is the ledger's index of row 0."""
        events = self.flow.events
        sentence = event.sentence
        if not sentence:
            parent_row = events.parent_row(row)
            parent = None if parent_row is None else events[parent_row]
            sentence = describe(event, self.flow.topology, parent)
        return Explanation(sentence, event.notes, self._chain.causes(row, first_index))

    def look_at(self, ledger: Ledger, index: int, marks: WaitMarks) -> Look:
        """What was to be seen when entry `index` had just been released; in scripts the wait goes on by the clock."""
        event = ledger[index].event
        first_index = ledger.session_at(index).first_index
        row = index - first_index
        on_clock = self.flow.waits_on_clock
        return Look(
            active_focus=active_focus(focus_of(event)),
            current_explanation=self.explain(event, row, first_index),
            wait_progress=marks.at(ledger.end if on_clock else index),
            wait_now_ms=None if on_clock else event.at_ms,
            real_gap_ms=event.at_ms - ledger[index - 1].event.at_ms if row > 0 else None,
        )

    def look_at_head(self, state: State, pinned_index: int | None, marks: WaitMarks) -> Look:
        """What is to be seen when nobody looks back; a pinned focus stays, the rest is of the newest event."""
        if state.cursor == 0:
            return nothing_to_see(self.flow)
        ledger = state.ledger
        look = self.look_at(ledger, ledger.end - 1, marks)
        if pinned_index is not None:
            pinned = self.look_at(ledger, pinned_index, marks)
            return replace(look, active_focus=pinned.active_focus, current_explanation=pinned.current_explanation)
        return replace(look, current_explanation=at_end(state)) if state.ended else look


def before_first(flow: Flow) -> Explanation:
    """What is said while nothing has been released."""
    if flow.events.complete and not len(flow.events):
        return Explanation("There is nothing to step here.")
    return Explanation(f"Press Space to release the first event of {flow.summary.title}.")


def nothing_to_see(flow: Flow) -> Look:
    """The look before the first release."""
    return Look(NOTHING_LIT, before_first(flow), WaitProgress(), None, None)


def at_end(state: State) -> Explanation:
    """What is said when nothing is left to be released (ENGINE-4): so many steps, so many errors."""
    ledger = state.ledger
    errors = ledger.error_count(ledger.end - state.cursor, ledger.end)
    return Explanation(
        f"The end is reached: {counted(state.cursor, 'event')}, {counted(errors, 'error')}. Press r to start again."
    )


def counted(number: int, word: str) -> str:
    """`1 event`, `33 events`, `no errors`."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def index_moved_by(ledger: Ledger, index: int, delta: int) -> int:
    """The entry `delta` events away from entry `index`, never before the first; boundaries are passed over."""
    target = index + delta
    boundaries = [session.first_index - 1 for session in ledger.sessions if session.first_index > ledger.start]
    if delta < 0:
        for boundary in reversed(boundaries):
            if target <= boundary < index:
                target -= 1
        first = ledger.start + 1 if boundaries and boundaries[0] == ledger.start else ledger.start
        return max(target, first)
    for boundary in boundaries:
        if index < boundary <= target:
            target += 1
    return target
