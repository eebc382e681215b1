"""Payloads of streams as events (EVENT-3): FlowEvents and steps of scripts as such, all else kept as it is.

`event_of_payload` never raises and drops nothing. Together with what the stream remembers of the
payloads before (`StreamMemory`) it is deterministic.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from connectome_tui.events.flow import EventDetail, WaitAction
from connectome_tui.events.ids import step_id
from connectome_tui.events.model import BOUNDARY_LABEL, UNKNOWN, FlowEvent, Trigger, with_note
from connectome_tui.events.sentences import best_fit
from connectome_tui.events.visible import elide, one_line
from connectome_tui.sources.session_lines import as_event, detail_of, read_object
from connectome_tui.sources.stream_memory import StreamMemory, links_of

SUMMARY_CELLS: Final = 160
_STEP_KEYS: Final = frozenset(
    {"from", "to", "label", "step_key", "trigger", "call_type", "at_ms", "after_ms", "duration_ms", "summary", "rate"}
    | {"energy_delta", "status", "notes", "parent", "links", "wait", "sentence"}
)
_SAME_IN_EVENTS: Final = ("label", "trigger", "call_type", "duration_ms", "energy_delta", "status", "notes", "sentence")


class Arrived(NamedTuple):
    """A payload as it came: `name` and `id` are those of its server-sent event; a line has none."""

    data: str
    at_ms: float
    name: str = ""
    id: str = ""


class Ends(NamedTuple):
    """Between whom a payload went that does not say so itself, and what brought it (for its sentence)."""

    from_node_id: str = UNKNOWN
    to_node_id: str = UNKNOWN
    trigger: Trigger = "direct"
    teller: str = "the stream"


class Reading(NamedTuple):
    """What became of a payload. `as_such`: it was an event or a step; else it was only kept."""

    event: FlowEvent
    detail: EventDetail | None
    wait: WaitAction = "none"
    as_such: bool = True


def event_of_payload(arrived: Arrived, ends: Ends, memory: StreamMemory) -> Reading:
    """The event that a payload is, or that keeps it."""
    try:
        fields = read_object(arrived.data.encode("utf-8", "surrogatepass"))
    except ValueError as error:
        return _kept(arrived, {}, str(error).partition(":")[0], ends, memory)
    if is_event(fields):
        return _event(fields, arrived, memory)
    if is_step(fields):
        return _step(fields, arrived, memory)
    return _kept(arrived, fields, "", ends, memory)


def is_event(fields: Mapping[str, Any]) -> bool:
    """Whether these are fields of a FlowEvent: it alone has ends of these names."""
    return "from_node_id" in fields or "to_node_id" in fields


def is_step(fields: Mapping[str, Any]) -> bool:
    """Whether these are fields of a step of a script: what it must have is there, as text."""
    return all(isinstance(value := fields.get(key), str) and value for key in ("from", "to", "label"))


def with_own_id(event: FlowEvent, memory: StreamMemory) -> FlowEvent:
    """The event, with an id that no event before has and with no label that stands for something else."""
    unique = memory.ids.unique(event.id)
    if unique != event.id:
        notes = with_note(event.notes, f"duplicate: {event.id} came before")
        event = msgspec.structs.replace(event, id=unique, notes=notes)
    if event.label == BOUNDARY_LABEL or event.is_gap:
        notes = with_note(event.notes, f"unknown: label {event.label}")
        event = msgspec.structs.replace(event, label=UNKNOWN, notes=notes)
    return event


def _event(fields: Mapping[str, Any], arrived: Arrived, memory: StreamMemory) -> Reading:
    event = as_event(fields, 0, arrived.at_ms)
    if not fields.get("id"):
        own = memory.ids.derived(event.label, event.from_node_id, event.to_node_id, event.at_ms)
        event = msgspec.structs.replace(event, id=own)
    detail = detail_of(fields)
    return Reading(with_own_id(event, memory), detail if _says_something(detail) else None)


def _step(fields: Mapping[str, Any], arrived: Arrived, memory: StreamMemory) -> Reading:
    stated = str(fields.get("step_key") or "")
    key = stated or fields["label"]
    event_id = memory.ids.unique(step_id(memory.steps, key))
    starts = [_finite(fields.get(name)) for name in ("at_ms", "after_ms")]
    at_ms = memory.step_start(starts[0], starts[1], arrived.at_ms)
    values: dict[str, Any] = {name: fields[name] for name in _SAME_IN_EVENTS if name in fields}
    values |= {"trigger": fields.get("trigger", "direct"), "call_type": fields.get("call_type", "code")}
    values |= {"id": event_id, "at_ms": at_ms, "from_node_id": fields["from"], "to_node_id": fields["to"]}
    values |= {"payload_summary": fields.get("summary"), "rate_hint": fields.get("rate")}
    values["step_key"] = key if stated or fields["from"] == fields["to"] else None
    values["parent_event_id"] = memory.step_id(fields.get("parent"))
    links = fields.get("links")
    values["link_event_ids"] = links_of(memory, links) if isinstance(links, list) else []
    if fields.get("parent") and values["parent_event_id"] is None:
        values["notes"] = with_note(values.get("notes"), f"orphan: parent {fields['parent']} is no step before")
    event = as_event(values, 0, arrived.at_ms)
    if event.label == BOUNDARY_LABEL:
        event = msgspec.structs.replace(event, label=UNKNOWN, notes=with_note(event.notes, f"unknown: label {key}"))
    memory.note_step(key, event_id, at_ms)
    other = {name: value for name, value in fields.items() if name not in _STEP_KEYS}
    wait = fields.get("wait")
    return Reading(
        event, EventDetail(attributes=other) if other else None, wait if wait in ("start", "stop") else "none"
    )


def _kept(arrived: Arrived, fields: Mapping[str, Any], problem: str, ends: Ends, memory: StreamMemory) -> Reading:
    """Neither an event nor a step: what came is kept beside an event that says as much as is known."""
    label = arrived.name if arrived.name not in ("", BOUNDARY_LABEL) else UNKNOWN
    summary = elide(one_line(arrived.data), SUMMARY_CELLS) or None
    notes = problem or None
    if label == UNKNOWN:
        notes = f"unknown: {problem or 'neither an event nor a step'}"
        act = f"{ends.teller} has a line that is no event"
    else:
        act = f"{ends.teller} sent {elide(one_line(label), 40)}"
    event = FlowEvent(
        id=memory.ids.derived(label, ends.from_node_id, ends.to_node_id, arrived.at_ms),
        at_ms=arrived.at_ms,
        from_node_id=ends.from_node_id,
        to_node_id=ends.to_node_id,
        trigger=ends.trigger,
        call_type="code",
        label=label,
        payload_summary=summary,
        notes=notes,
        sentence=best_fit((f"{act}: {summary}" if summary else act, f"{act}: {elide(summary or '', 30)}")),
    )
    attributes = dict(fields) or ({"data": arrived.data} if arrived.data else {})
    identity = {name: value for name, value in (("event", arrived.name), ("event id", arrived.id)) if value}
    return Reading(event, EventDetail(attributes=attributes, identity=identity), as_such=False)


def _says_something(detail: EventDetail) -> bool:
    return bool(detail.attributes or detail.resource or detail.identity)


def _finite(value: object) -> float | None:
    """A number of milliseconds that a clock could show."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return float(value)
