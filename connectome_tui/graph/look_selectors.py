"""How every card and edge of a picture looks in a state; after one step only what it touched is asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from connectome_tui.events.model import FlowEvent, UnitState
from connectome_tui.graph.looks import CardLook, CardStage, EdgeLook, EdgeStage, Looks
from connectome_tui.graph.parts import Part, Way
from connectome_tui.graph.picture import Picture
from connectome_tui.store.state import State

MOST_ASKED: Final = 100
"""Of a fold, the history of so many members is asked for; they are the first in the flow."""


_ATTENTION: Final[Sequence[UnitState]] = ("failed", "blocked", "in_progress", "running", "ready", "pending", "complete")


@dataclass(frozen=True, slots=True)
class Moment:
    """What is lit in a state: the entry looked at, its event, and the edge of the event before it."""

    index: int = -1
    event: FlowEvent | None = None
    recent_edge_id: str | None = None


def select_shown_index(state: State) -> int:
    """The arrival index of the entry that the graph shows: the one looked at, else the newest; -1: none."""
    if state.inspection_index is not None:
        return state.inspection_index
    return state.ledger.end - 1 if len(state.ledger) else -1


def select_moment(state: State) -> Moment:
    """What is lit; nothing before the first step of a session."""
    ledger, index = state.ledger, select_shown_index(state)
    if not ledger.start <= index < ledger.end:
        return Moment()
    event = ledger[index].event
    if event.is_boundary:
        return Moment(index)
    focused_edge = state.active_focus.active_edge_id
    if event.edge_id != focused_edge:
        # Pinned (STORE-11): the focus stays where it is while the ledger goes on.
        newest = ledger.edge_history(focused_edge, index).newest_index if focused_edge else -1
        return Moment(index, ledger[newest].event if newest >= 0 else None)
    before = index - 1
    is_recent = before >= max(ledger.start, ledger.session_at(index).first_index)
    return Moment(index, event, ledger[before].event.edge_id if is_recent else None)


def select_looks(state: State, picture: Picture) -> Looks:
    """The looks of everything in a picture."""
    moment = select_moment(state)
    return Looks(
        tuple(_card_look(state, moment, card.part) for card in picture.cards),
        tuple(_edge_look(state, moment, route.way) for route in picture.routes),
    )


def select_next_looks(old: State, new: State, picture: Picture, looks: Looks) -> Looks:
    """The looks in `new`, given those in `old`: what two neighbouring entries did not touch is taken over."""
    if not _are_neighbours(old, new) or _begins_run(old, new):
        return select_looks(new, picture)
    cards, ways = _touched(old, new, picture)
    moment = select_moment(new)
    new_cards, new_edges = list(looks.cards), list(looks.edges)
    for card in cards:
        new_cards[card] = _card_look(new, moment, picture.cards[card].part)
    for way in ways:
        new_edges[way] = _edge_look(new, moment, picture.routes[way].way)
    return Looks(tuple(new_cards), tuple(new_edges))


def _are_neighbours(old: State, new: State) -> bool:
    """Whether at most one step lies between what the two states show, and no more of the log is known besides."""
    if old.commit_id == new.commit_id and old.ledger is not new.ledger:
        return False  # A page of a shared log has come: any label may be there now.
    before, after = select_shown_index(old), select_shown_index(new)
    return (
        old.session_id == new.session_id
        and old.ledger.start == new.ledger.start
        and abs(after - before) <= 1
        and min(before, after) >= new.ledger.start
        and new.ledger.session_at(before) is new.ledger.session_at(after)
    )


def _begins_run(old: State, new: State) -> bool:
    """Whether a run begins between the two: then every unit is pending again."""
    shown = (select_shown_index(old), select_shown_index(new))
    return any(new.ledger[index].event.unit_state == "running" for index in shown)


def _touched(old: State, new: State, picture: Picture) -> tuple[set[int], set[int]]:
    """The cards and routes whose looks can differ between two neighbouring states."""
    shown = {select_shown_index(old), select_shown_index(new)}
    indexes = {index - back for index in shown for back in (0, 1) if index - back >= new.ledger.start}
    nodes: set[str] = set()
    edges: set[str] = set()
    for index in indexes:
        event = new.ledger[index].event
        nodes |= {event.from_node_id, event.to_node_id}
        edges.add(event.edge_id)
    for state in (old, new):
        nodes.add(state.active_focus.active_node_id or "")
        edges.add(state.active_focus.active_edge_id or "")
        if state.view.selection and state.view.selection.kind != "event":
            nodes.add(state.view.selection.element_id)
            edges.add(state.view.selection.element_id)
    parts = picture.parts
    return (
        {parts.part_of[node] for node in nodes if node in parts.part_of},
        {parts.way_of[edge] for edge in edges if edge in parts.way_of},
    )


def _card_look(state: State, moment: Moment, part: Part) -> CardLook:
    focus, event = state.active_focus, moment.event
    selected = _is_selected(state, "node", part.members)
    state_of_unit, progress = _unit_state(state, moment, part)
    if moment.index < 0:
        return CardLook(selected=selected, state=state_of_unit)
    histories = [state.ledger.node_history(member, moment.index) for member in part.members[:MOST_ASKED]]
    seen = any(history.newest_index >= 0 for history in histories)
    errors = any(history.errors for history in histories)
    energy = histories[0].energy if len(histories) == 1 else None
    if event is not None and focus.active_node_id in part.members:
        is_step = event.from_node_id == event.to_node_id or focus.active_step_key in part.steps
        return CardLook(
            stage=CardStage.LIT,
            tone=event.tone,
            failed=event.status == "error",
            errors=errors,
            step=focus.active_step_key if is_step else None,
            energy=energy,
            selected=selected,
            state=state_of_unit,
            progress=progress,
        )
    is_source = event is not None and focus.active_edge_id == event.edge_id and event.from_node_id in part.members
    stage = CardStage.SOURCE if is_source else CardStage.TRAVELLED if seen else CardStage.IDLE
    return CardLook(stage, errors=errors, energy=energy, selected=selected, state=state_of_unit, progress=progress)


def _unit_state(state: State, moment: Moment, part: Part) -> tuple[UnitState | None, str]:
    """How a unit stands, and what is said of it; of several the one that asks for the most attention."""
    if not part.has_state:
        return None, ""
    if moment.index < 0:
        return "pending", ""
    asked = part.members[:MOST_ASKED]
    standings = [state.ledger.unit_standing(member, moment.index) for member in asked]
    if part.folded:
        states: list[UnitState] = [standing.state if standing else "pending" for standing in standings]
        return min(states, key=_ATTENTION.index), f"{states.count('complete')}/{len(states)}"
    standing = standings[0]
    return (standing.state, standing.detail) if standing else ("pending", "")


def _edge_look(state: State, moment: Moment, way: Way) -> EdgeLook:
    selected = _is_selected(state, "edge", way.members)
    newest = _newest_on(state, moment, way.members)
    if newest < 0:
        return EdgeLook(trigger=way.trigger, tone=way.call_type, label=way.bundle, selected=selected)
    event = moment.event
    if event is not None and state.active_focus.active_edge_id in way.members:
        return EdgeLook(EdgeStage.LIT, event.trigger, event.tone, event.label, selected)
    label = way.bundle or state.ledger[newest].event.label
    stage = EdgeStage.RECENT if moment.recent_edge_id in way.members else EdgeStage.TRAVELLED
    return EdgeLook(stage, way.trigger, way.call_type, label, selected)


def _newest_on(state: State, moment: Moment, edge_ids: Sequence[str]) -> int:
    """The newest entry on any of these edges up to the moment; -1: none."""
    if moment.index < 0:
        return -1
    return max(_newest_indexes(state, moment.index, edge_ids), default=-1)


def _newest_indexes(state: State, upto: int, edge_ids: Sequence[str]) -> Iterable[int]:
    return (state.ledger.edge_history(edge_id, upto).newest_index for edge_id in edge_ids[:MOST_ASKED])


def _is_selected(state: State, kind: str, members: Sequence[str]) -> bool:
    selection = state.view.selection
    return selection is not None and selection.kind == kind and selection.element_id in members
