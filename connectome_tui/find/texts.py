"""What of an event can be searched: every field and attribute, as text."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology


def event_texts(event: FlowEvent, topology: Topology) -> list[str]:
    """The fields of an event that say something, and the titles of its nodes. Times are no text."""
    return [*own_texts(event), *shared_texts(shared_fields(event), topology)]


SharedFields = tuple[str, str, str, str, str]
"""Fields that many events have alike: from, to, trigger, call type, status."""


def shared_fields(event: FlowEvent) -> SharedFields:
    """What the event has in common with others."""
    return event.from_node_id, event.to_node_id, event.trigger, event.call_type, event.status


def shared_texts(fields: SharedFields, topology: Topology) -> list[str]:
    """What can be searched of the shared fields, and the titles of the nodes."""
    source, target, trigger, call_type, status = fields
    texts = [source, target, topology.title(source), topology.title(target), trigger, call_type]
    return texts if status == "unset" else [*texts, status]


def own_texts(event: FlowEvent) -> list[str]:
    """The other fields that say something."""
    texts = [event.label, event.id, *event.link_event_ids]
    optional = (
        event.payload_summary,
        event.rate_hint,
        event.step_key,
        event.notes,
        event.sentence,
        event.unit_state,
        event.unit_detail,
        event.flow_id,
        event.source_id,
        event.parent_event_id,
    )
    texts += [text for text in optional if text]
    if event.raw_payload is not None:
        texts += value_texts(event.raw_payload)
    return texts


def detail_texts(detail: EventDetail) -> Iterator[str]:
    """Keys and values of attributes, resource and identity."""
    for values in (detail.attributes, detail.resource, detail.identity):
        yield from value_texts(values)


def value_texts(value: Any) -> Iterator[str]:
    """Every text in a value, keys among them; numbers and truth values as JSON writes them."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from (str(key) for key in value)
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
        elif value is not None:
            yield plain_text(value)


def plain_text(value: Any) -> str:
    """A number or truth value as JSON writes it; anything else as Python does."""
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    return str(value)
