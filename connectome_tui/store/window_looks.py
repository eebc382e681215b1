"""What a window sees by itself: its own look back while it is detached, over the state that all share."""

from dataclasses import dataclass, replace
from typing import Final

from connectome_tui.events.model import FlowEvent
from connectome_tui.events.sentences import describe
from connectome_tui.store.deltas import Standing
from connectome_tui.store.entries import Ledger
from connectome_tui.store.release import Look, active_focus, focus_of
from connectome_tui.store.state import Explanation, State
from connectome_tui.store.store import seen
from connectome_tui.store.window_ledger import WindowLedger

_LOOKED_BACK: Final = 256
"""So far before an event its parent is looked for."""


@dataclass(frozen=True, slots=True)
class OwnLook:
    """Where a detached window looks (`index` None: at the head), and what is to be seen there."""

    index: int | None
    look: Look
    standing: Standing | None = None


def look_of(state: State) -> Look:
    """What a state shows."""
    return Look(
        state.active_focus,
        state.current_explanation,
        state.wait_progress,
        state.wait_now_ms,
        state.real_gap_ms,
    )


def own_look_of(state: State, ledger: WindowLedger) -> OwnLook:
    """To begin with, a window that detaches sees what all see."""
    return OwnLook(state.inspection_index, look_of(state), ledger.standing)


def own_look_after(own: OwnLook, before: State, now: State, ledger: WindowLedger) -> OwnLook:
    """The own look behind a commit of the server; an entry that left is not looked at any more."""
    if own.index is not None and ledger.holds(own.index):
        return own
    if now.inspection_index is None:
        return OwnLook(None, look_of(now))
    if before.inspection_index is None and before.session_id == now.session_id:
        # The others begin to look back: what they saw till now is the head.
        own = OwnLook(None, look_of(before))
    if ledger.end == before.ledger.end and own.index is None:
        return own
    return OwnLook(None, look_at_newest(now, ledger))


def look_at_newest(state: State, ledger: WindowLedger) -> Look:
    """The newest event, as far as it can be told here."""
    return look_at(state, ledger, ledger.end - 1) if state.cursor else look_of(state)


def look_at(state: State, ledger: Ledger, index: int) -> Look:
    """An entry that is here, as far as it can be told here: its causes are the server's to know."""
    event = ledger[index].event
    before = ledger[index - 1].event if ledger.holds(index - 1) else None
    sentence = event.sentence or describe(event, state.topology, _parent_here(ledger, index, event.parent_event_id))
    return Look(
        active_focus(focus_of(event)),
        Explanation(sentence, event.notes),
        state.wait_progress,
        None if state.wait_now_ms is None else event.at_ms,
        None if before is None or before.is_boundary else event.at_ms - before.at_ms,
    )


def _parent_here(ledger: Ledger, index: int, parent_id: str | None) -> FlowEvent | None:
    """The event's parent, if it is among those shortly before it that are here; nothing is asked for."""
    if parent_id is None or not isinstance(ledger, WindowLedger):
        return None
    near = ledger.entries.here_backwards(max(ledger.start, index - _LOOKED_BACK), index)
    return next((event for _, event in near if event.id == parent_id), None)


def seen_alone(state: State, ledger: WindowLedger, own: OwnLook) -> State:
    """The state as a detached window sees it."""
    if own.index is None and state.inspection_index is None:
        return state
    return replace(state, inspection_index=own.index, ledger=replace(ledger, standing=own.standing), **seen(own.look))
