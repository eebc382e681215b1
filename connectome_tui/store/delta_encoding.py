"""From two states of a store to what travels of the commit between them (SERVER-3): encoded once for all windows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from connectome_tui.events.topology import Topology
from connectome_tui.store.deltas import Changes, CommitDelta, RecordChange, SessionRecord, Standing, TopologyPatch
from connectome_tui.store.entries import Ledger, Session
from connectome_tui.store.ledger import LedgerView
from connectome_tui.store.live_ledger import LiveLedgerView
from connectome_tui.store.live_ranges import events_between, gone_between
from connectome_tui.store.pages import entries_of
from connectome_tui.store.standings import standing_at_end, standing_of, with_entries
from connectome_tui.store.state import State

_FIELDS: Final = Changes.__struct_fields__


def commit_delta(
    old: State,
    new: State,
    *,
    actor_id: str = "",
    intent_id: str = "",
    at_ms: float = 0.0,
    records: Sequence[RecordChange] = (),
) -> CommitDelta:
    """All that a commit changed. To be called in the commit's listener: rows that it released are at hand then."""
    before, now = old.ledger, new.ledger
    more: dict[str, Any] = {}
    if now is not before:
        more = _of_ledger(before, now)
    if new.topology is not old.topology and new.topology != old.topology:
        more["topology"] = topology_patch(old.topology, new.topology)
    if new.session_id != old.session_id or "emptied" in more or new.flow is not old.flow:
        more["session"] = session_record(now.sessions[-1], new.topology)
    inspected = new.inspection_index
    if inspected is not None and inspected != old.inspection_index:
        more["standing"] = looked_at(now, new.topology, inspected)
    return CommitDelta(
        revision=str(new.commit_id),
        base=str(old.commit_id),
        changes=_changes(old, new),
        records=tuple(records),
        actor_id=actor_id,
        intent_id=intent_id,
        at_ms=at_ms,
        **more,
    )


def whole_state(state: State) -> Changes:
    """Every field of a state that can change."""
    return Changes(**{name: getattr(state, name) for name in _FIELDS})


def session_record(session: Session, topology: Topology) -> SessionRecord:
    """A run of the stepper; its topology goes along only where it is not that of the state."""
    return SessionRecord(
        session_id=session.session_id,
        started_at_ms=session.started_at_ms,
        first_index=session.first_index,
        flow_id=session.flow_id,
        title=session.title,
        flow=session.flow,
        topology=None if session.topology == topology else session.topology,
    )


def session_records(sessions: Iterable[Session], topology: Topology) -> Iterator[SessionRecord]:
    """Runs of the stepper, oldest first; what one has in common with the one before is not said again."""
    before: Session | None = None
    for session in sessions:
        if before is not None and _is_as_before(session, before):
            yield SessionRecord(
                session_id=session.session_id,
                started_at_ms=session.started_at_ms,
                first_index=session.first_index,
                as_before=True,
            )
        else:
            yield session_record(session, topology)
        before = session


def _is_as_before(session: Session, before: Session) -> bool:
    own = (session.flow_id, session.title, session.flow, session.topology)
    return own == (before.flow_id, before.title, before.flow, before.topology)


def topology_patch(old: Topology, new: Topology) -> TopologyPatch:
    """What is new or changed of the parts; the whole where some are gone or stand elsewhere."""
    nodes, edges = len(old.nodes), len(old.edges)
    if len(new.nodes) < nodes or len(new.edges) < edges:
        return TopologyPatch(nodes=new.nodes, edges=new.edges, whole=True)
    changed_nodes = [pair for pair in zip(old.nodes, new.nodes, strict=False) if pair[0] is not pair[1]]
    changed_edges = [pair for pair in zip(old.edges, new.edges, strict=False) if pair[0] is not pair[1]]
    if any(was.id != now.id for was, now in changed_nodes) or any(
        (was.from_node_id, was.to_node_id) != (now.from_node_id, now.to_node_id) for was, now in changed_edges
    ):
        return TopologyPatch(nodes=new.nodes, edges=new.edges, whole=True)
    return TopologyPatch(
        nodes=(*(now for was, now in changed_nodes if was != now), *new.nodes[nodes:]),
        edges=(*(now for was, now in changed_edges if was != now), *new.edges[edges:]),
    )


def looked_at(ledger: Ledger, topology: Topology, index: int) -> Standing:
    """How everything stood at an entry that is looked at, with that entry and the one before."""
    near = [at for at in (index - 1, index) if ledger.holds(at)]
    return with_entries(standing_of(ledger, topology, index), entries_of(ledger, near))


def _changes(old: State, new: State) -> Changes:
    changed = {}
    for name in _FIELDS:
        now = getattr(new, name)
        before = getattr(old, name)
        if now is not before and now != before:
            changed[name] = now
    return Changes(**changed)


def _of_ledger(old: Ledger, new: Ledger) -> dict[str, Any]:
    """What was appended to a ledger and what left it."""
    if not _is_same(old, new):
        return {"emptied": True, "first_index": new.start, "events": tuple(events_between(new, new.start, new.end))}
    more: dict[str, Any] = {}
    gone = gone_between(old, new)
    if gone:
        more["gone"] = gone
    if new.end > old.end:
        held = new.indexes(old.end, new.end)
        more["first_index"] = held[0] if held else new.end
        more["events"] = tuple(events_between(new, more["first_index"], new.end))
        if len(held) < new.end - old.end:
            # Some came and left within the commit: nobody else can count them.
            more["head"] = standing_at_end(new, new.sessions[-1].topology)
    if isinstance(new, LiveLedgerView):
        oldest = new.sessions[0].first_index
        forgotten = sum(session.first_index < oldest for session in old.sessions)
        if forgotten:
            more["sessions_gone"] = forgotten
    return more


def _is_same(old: Ledger, new: Ledger) -> bool:
    """Whether one ledger is the other, grown; a new one begins with nothing."""
    if isinstance(old, LedgerView) and isinstance(new, LedgerView):
        return old.buffer is new.buffer
    if isinstance(old, LiveLedgerView) and isinstance(new, LiveLedgerView):
        return old.ledger is new.ledger
    return False
