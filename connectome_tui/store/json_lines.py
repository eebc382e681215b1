"""Events and headers as lines of JSON (docs/formats-session.md)."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectome_tui.events.flow import ALL_FLOWS, EventDetail
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.ledger import Session

MAX_DEPTH: Final = 64
"""Values nested deeper than this are written as text."""

_encoder: Final = msgspec.json.Encoder()
_CONTROLS: Final = re.compile(
    b"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]",
)
"""DEL, C1 and what turns the direction of text or ends a line, in UTF-8; C0 is escaped by JSON itself."""


def header_line(session: Session, run: int, events: int, errors: int) -> bytes:
    """The header of a session, with its line feed; `run` counts the sessions of this log from 1.

    It says the start of the flow, not of the stepping, so that the same flow always gives the same line.
    """
    flow = session.flow
    flow_id = session.flow_id if run == 1 else f"{session.flow_id}#{run}"
    fields: dict[str, Any] = {
        "type": "session",
        "session_id": session.session_id,
        "started_at_ms": float(flow.started_at_ms if flow else session.started_at_ms),
        "title": session.title,
    }
    if session.flow_id not in {ALL_FLOWS, session.session_id, ""}:
        fields["flow_id"] = flow_id
    fields["duration_ms"] = float(flow.duration_ms) if flow else 0.0
    if flow and flow.result:
        fields["result"] = flow.result
    if flow and flow.through:
        fields["through"] = flow.through
    fields |= {"events": events, "errors": errors, "nodes": session.topology.nodes, "edges": session.topology.edges}
    return _line(_encoded(fields))


def event_line(
    event: FlowEvent, detail: EventDetail = NO_DETAIL, *, attributes: bool = True, raw: bool = False
) -> bytes:
    """An event, with its line feed: with attributes, resource and identity, and `raw` with the record as it came."""
    record = (detail.raw if event.raw_payload is None else event.raw_payload) if raw else None
    text = _encoded(_as_written(event, record))
    if attributes:
        parts = (("attributes", detail.attributes), ("resource", detail.resource), ("identity", detail.identity))
        for key, values in parts:
            if values:
                text = b'%b,"%b":%b}' % (text[:-1], key.encode(), _encoded(values))
    return _line(text)


def _as_written(event: FlowEvent, record: Any) -> FlowEvent:
    """The event as it is read again: numbers as floats, the record only when it was asked for."""
    changes: dict[str, Any] = {}
    if record is not event.raw_payload:
        changes["raw_payload"] = record
    for name in ("at_ms", "duration_ms", "energy_delta"):
        if type(value := getattr(event, name)) is int:
            changes[name] = float(value)
    return msgspec.structs.replace(event, **changes) if changes else event


def _encoded(value: Any) -> bytes:
    try:
        return _encoder.encode(value)
    except (UnicodeEncodeError, TypeError, RecursionError):
        return _encoder.encode(writable(msgspec.to_builtins(value) if isinstance(value, FlowEvent) else value))


def writable(value: Any, depth: int = 0) -> Any:
    """A value in which everything can be written as JSON: half surrogates replaced, what is no JSON as text."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if value is None or isinstance(value, bool | int | float | bytes | msgspec.Struct):
        return value
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        return {str(writable(str(key))): writable(inner, depth + 1) for key, inner in value.items()}
    if depth < MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [writable(inner, depth + 1) for inner in value]
    return "nested too deeply" if isinstance(value, Mapping | list | tuple) else writable(str(value))


def _line(text: bytes) -> bytes:
    if _CONTROLS.search(text):
        text = _CONTROLS.sub(lambda match: rb"\u%04x" % ord(match.group().decode()), text)
    return text + b"\n"
