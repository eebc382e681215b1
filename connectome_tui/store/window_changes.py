"""What a baseline or a commit of the server makes of a window's state: pure steps that the window's store takes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import msgspec

from connectome_tui.events.topology import Edge, Node, Topology
from connectome_tui.store.deltas import Changes, SessionRecord, TopologyPatch
from connectome_tui.store.entries import Session
from connectome_tui.store.live_batches import view_within
from connectome_tui.store.state import OWN_SELECTIONS, SharedView, State, ViewState

_FIELDS: Final = Changes.__struct_fields__


def changed_fields(changes: Changes) -> dict[str, Any]:
    """The fields that are there."""
    values = ((name, getattr(changes, name)) for name in _FIELDS)
    return {name: value for name, value in values if value is not msgspec.UNSET}


def patched(topology: Topology, patch: TopologyPatch) -> Topology:
    """The parts with those that are new or changed."""
    if patch.whole:
        return Topology(patch.nodes, patch.edges)
    nodes: dict[str, Node] = {node.id: node for node in topology.nodes}
    nodes.update((node.id, node) for node in patch.nodes)
    edges: dict[tuple[str, str], Edge] = {(edge.from_node_id, edge.to_node_id): edge for edge in topology.edges}
    edges.update(((edge.from_node_id, edge.to_node_id), edge) for edge in patch.edges)
    return Topology(tuple(nodes.values()), tuple(edges.values()))


def session_of(record: SessionRecord, topology: Topology) -> Session:
    """A run of the stepper as the ledger holds it."""
    return Session(
        record.session_id,
        record.started_at_ms,
        record.topology or topology,
        record.first_index,
        record.flow_id,
        record.title,
        record.flow,
    )


def sessions_of(records: Iterable[SessionRecord], topology: Topology) -> tuple[Session, ...]:
    """The runs of a baseline."""
    sessions: list[Session] = []
    for record in records:
        session = session_of(record, topology)
        if record.as_before and sessions:
            session = replace(
                sessions[-1],
                session_id=session.session_id,
                started_at_ms=session.started_at_ms,
                first_index=session.first_index,
            )
        sessions.append(session)
    return tuple(sessions)


def identity_of(session: Session) -> tuple[str, float, int]:
    """What tells one run from any other, also of a server that began anew."""
    return session.session_id, session.started_at_ms, session.first_index


def sessions_after(
    sessions: tuple[Session, ...], record: SessionRecord | None, topology: Topology
) -> tuple[Session, ...]:
    """The runs when one began or is better known; the newest one's parts are those of the state."""
    if record is None:
        newest = sessions[-1]
        return sessions if newest.topology is topology else (*sessions[:-1], replace(newest, topology=topology))
    session = session_of(record, topology)
    begins = not sessions or record.first_index != sessions[-1].first_index
    return (*sessions, session) if begins else (*sessions[:-1], session)


def view_following(view: ViewState, shared: SharedView, state: State) -> ViewState:
    """What a window that follows looks at: what all look at, as far as it is there."""
    if view.selection == shared.selection or (view.selection is not None and view.selection.kind in OWN_SELECTIONS):
        return view
    chosen = shared.selection
    view = replace(view, selection=chosen, detail_open=view.detail_open and chosen is not None)
    return view_within(view, state.ledger)


def view_of_none(view: ViewState) -> ViewState:
    """What is left of a view when the ledger was emptied."""
    return ViewState(focused_pane=view.focused_pane, raw_time_order=view.raw_time_order)
