"""The event model (EVENT-1, EVENT-2): one frozen record for everything that can happen in a flow."""

from typing import Any, Final, Literal, get_args

import msgspec

Trigger = Literal["direct", "stream", "async", "hook", "timer"]
CallType = Literal["code", "graphQuery", "llm", "graphLink", "moment"]
Status = Literal["ok", "error", "unset"]
Tone = Literal["code", "graphQuery", "llm", "graphLink", "moment", "unknown"]

UnitState = Literal["pending", "ready", "in_progress", "complete", "failed", "blocked", "running"]
"""How a unit of an orchestration run stands (RUN-2). `running` is of the run itself: all units begin with it."""

TRIGGERS: Final[tuple[Trigger, ...]] = get_args(Trigger)
CALL_TYPES: Final[tuple[CallType, ...]] = get_args(CallType)
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
UNIT_STATES: Final[tuple[UnitState, ...]] = get_args(UnitState)

UNKNOWN: Final = "?"
"""What stands where something is not known (EVENT-1)."""

BOUNDARY_LABEL: Final = "SESSION_BOUNDARY"
"""The label of the event that a Restart appends (STORE-9)."""

GAP_LABEL: Final = "GAP"
"""The label of the entry that says that something is missing before the next one (ENGINE-5); it is no step."""


class FlowEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that happened between two nodes of a flow.

    Times are milliseconds: `at_ms` since the Unix epoch (scripts: since their start), `duration_ms`
    as measured, never floored (EVENT-5). Node ids are `kind:name` (SPAN-3). `from_node_id` equal to
    `to_node_id` is a step inside that node, named by `step_key`. `notes` lists, separated by `"; "`,
    what had to be marked (`orphan: …`, `skew …`, `duplicate ×2`, `unknown: …`). `sentence` is the
    explanation that normalisation wrote (EVENT-9); `None` lets `sentences.describe` make one.
    `unit_state` is the state in which the event leaves `to_node_id` (RUN-6), `unit_detail` what its card
    says of it (`3/7`); the duration of such an event is the time up to it, not from it.
    """

    id: str
    at_ms: float
    from_node_id: str
    to_node_id: str
    trigger: Trigger
    call_type: CallType
    label: str
    duration_ms: float | None = None
    payload_summary: str | None = None
    rate_hint: str | None = None
    step_key: str | None = None
    energy_delta: float | None = None
    notes: str | None = None
    status: Status = "unset"
    flow_id: str | None = None
    source_id: str | None = None
    parent_event_id: str | None = None
    link_event_ids: tuple[str, ...] = ()
    sentence: str | None = None
    unit_state: UnitState | None = None
    unit_detail: str | None = None
    raw_payload: Any = None

    @property
    def begins_ms(self) -> float:
        """When what it tells of began: `at_ms`, but for what tells the end of a unit."""
        return self.at_ms - (self.duration_ms or 0.0) if self.unit_state else self.at_ms

    @property
    def ends_ms(self) -> float:
        """When what it tells of was over."""
        return self.at_ms if self.unit_state else self.at_ms + max(0.0, self.duration_ms or 0.0)

    @property
    def edge_id(self) -> str:
        """The id of the edge that this event travels (STORE-6: a loop when it stays inside a node)."""
        return edge_id(self.from_node_id, self.to_node_id)

    @property
    def is_boundary(self) -> bool:
        """Whether this is the entry of a Restart and no step (STORE-9)."""
        return self.label == BOUNDARY_LABEL

    @property
    def is_gap(self) -> bool:
        """Whether this is the entry that says that something is missing here; `payload_summary` says what."""
        return self.label == GAP_LABEL and self.from_node_id == UNKNOWN and self.to_node_id == UNKNOWN

    @property
    def tone(self) -> Tone:
        """The call type to colour it by; `unknown` for a record nothing could be made of (EVENT-3)."""
        return "unknown" if self.label == UNKNOWN and self.call_type == "code" else self.call_type


def edge_id(from_node_id: str, to_node_id: str) -> str:
    """The id of the edge between two nodes: one edge for each ordered pair."""
    return f"{from_node_id}→{to_node_id}"


def has_note(event: FlowEvent, kind: str) -> bool:
    """Whether `event` carries a note of this kind (`orphan`, `skew`, `duplicate`, `late`, …)."""
    return event.notes is not None and any(
        note == kind or note.startswith((f"{kind} ", f"{kind}:")) for note in event.notes.split("; ")
    )


def with_note(notes: str | None, note: str) -> str:
    """`notes` with one more at its end."""
    return f"{notes}; {note}" if notes else note
