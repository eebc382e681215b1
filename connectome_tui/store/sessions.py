"""Sessions: their ids, their boundaries, and what a fresh one shows (STORE-9, STORE-12)."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectome_tui.events.flow import Flow
from connectome_tui.events.model import BOUNDARY_LABEL, FlowEvent
from connectome_tui.store.ledger import Session
from connectome_tui.store.state import ActiveFocus, Explanation, WaitProgress

SESSION_NODE: Final = "session:stepper"
"""Where a boundary happens; it is no node of any flow."""


def session_id_of(flow: Flow, run: int = 1) -> str:
    """The id of the `run`th session of a flow: what an export was read under, else made from the content.

    The same flow has the same id in every process. Its last event counts too, once the flow was
    read to its end.
    """
    if flow.session_id:
        base = flow.session_id
    else:
        events, summary = flow.events, flow.summary
        last = len(events) - 1
        content = (
            (summary.id, summary.title, summary.started_at_ms),
            flow.topology.nodes,
            flow.topology.edges,
            events[0] if last >= 0 else None,
            (len(events), events[last]) if events.complete and last >= 0 else None,
        )
        base = f"s-{hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]}"
    return base if run == 1 else f"{base}-{run}"


def new_session(flow: Flow, session_id: str, first_index: int, now_ms: float) -> Session:
    """The session of a flow that begins now."""
    summary = flow.summary
    return Session(session_id, now_ms, flow.topology, first_index, summary.id, summary.title, summary)


def boundary_event(session_id: str, now_ms: float) -> FlowEvent:
    """The entry before a session that follows another (STORE-9)."""
    return FlowEvent(
        id=f"boundary:{session_id}",
        at_ms=now_ms,
        from_node_id=SESSION_NODE,
        to_node_id=SESSION_NODE,
        trigger="direct",
        call_type="code",
        label=BOUNDARY_LABEL,
    )


def total_of(flow: Flow) -> int | None:
    """How many steps a flow has, None while that is not known."""
    return len(flow.events) if flow.events.complete else None


def cleared(session_id: str, explanation: Explanation) -> Mapping[str, Any]:
    """The fields of the state that every new session begins with."""
    return {
        "session_id": session_id,
        "local_pause": False,
        "pinned": False,
        "cursor": 0,
        "ended": False,
        "active_focus": ActiveFocus(),
        "current_explanation": explanation,
        "wait_progress": WaitProgress(),
        "wait_now_ms": None,
        "real_gap_ms": None,
        "inspection_index": None,
    }
