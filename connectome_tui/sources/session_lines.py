"""The lines of a session file: headers, events as they were written, and events with gaps (EVENT-3)."""

import json
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.ids import TIME_BUCKET_MS, stable_hash
from connectome_tui.events.model import CALL_TYPES, STATUSES, TRIGGERS, UNIT_STATES, UNKNOWN, FlowEvent, with_note
from connectome_tui.events.topology import Edge, Node

DETAIL_KEYS: Final = ("attributes", "resource", "identity")
EVENT_KEYS: Final = frozenset(FlowEvent.__struct_fields__)
_TEXTS: Final = (
    "payload_summary",
    "rate_hint",
    "step_key",
    "flow_id",
    "source_id",
    "parent_event_id",
    "sentence",
    "unit_detail",
    "notes",
)
_NUMBERS: Final = ("duration_ms", "energy_delta")
_CLIP: Final = 40


Name = Annotated[str, msgspec.Meta(min_length=1)]


class EventLine(FlowEvent, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A line that is exactly an event and what is written beside it; any other line is read with `as_event`."""

    id: Name
    from_node_id: Name
    to_node_id: Name
    label: Name
    attributes: msgspec.Raw = msgspec.Raw()
    resource: msgspec.Raw = msgspec.Raw()
    identity: msgspec.Raw = msgspec.Raw()


class Header(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="session"):
    """The line that begins a session; see docs/formats-session.md. None where it does not say."""

    session_id: str = ""
    started_at_ms: float | None = None
    title: str = ""
    flow_id: str = ""
    duration_ms: float | None = None
    result: str = ""
    through: tuple[str, ...] = ()
    events: int | None = None
    errors: int | None = None
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


_header_decoder: Final = msgspec.json.Decoder(Header)
_detail_decoder: Final = msgspec.json.Decoder(dict[str, Any])
_event_decoder: Final = msgspec.json.Decoder(FlowEvent)

_ESCAPES: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def is_header(line: bytes) -> bool:
    """Whether a line begins a session, whatever else it holds."""
    if b'"session"' not in line or b'"type"' not in line:
        return False
    try:
        return read_object(line).get("type") == "session"
    except ValueError:
        return False


def read_header(line: bytes) -> tuple[Header, tuple[str, ...]]:
    """The header in a line, and what is wrong with it: a field that cannot be read is as if it were not there."""
    try:
        return _header_decoder.decode(line), ()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    values, problems = {}, []
    fields = read_object(line)
    for field in msgspec.structs.fields(Header):
        if field.encode_name in fields:
            try:
                values[field.name] = msgspec.convert(fields[field.encode_name], field.type)
            except msgspec.ValidationError as error:
                problems.append(f"header: {field.name}: {error}")
    return Header(**values), tuple(problems)


def read_object(line: bytes) -> dict[str, Any]:
    """The JSON object in a line, read leniently: NaN, lone surrogates and bad UTF-8 do not cost the rest.

    `ValueError` says why there is none.
    """
    try:
        return _detail_decoder.decode(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = str(error)
    text = _ESCAPES.sub(lambda match: "\\ufffd" if match[1] else match[0], line.decode("utf-8", "replace"))
    try:
        value = json.loads(text, parse_constant=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise ValueError(f"not JSON: {problem}") from None
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 -- callers ask for one kind of error only
    return value


def read_event(line: bytes, number: int, default_at_ms: float) -> FlowEvent:
    """The event in a line; what is missing or of the wrong type is `"?"` and a note, never dropped (EVENT-3).

    `number` is its place in the flow, from 1; it makes the id of an event that has none.
    """
    try:
        event = _event_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return as_event(read_object(line), number, default_at_ms)
    return event if has_required(event) else as_event(read_object(line), number, default_at_ms)


def has_required(event: FlowEvent) -> bool:
    """Whether ids and label are non-empty, as EVENT-1 has it."""
    return bool(event.id and event.label and event.from_node_id and event.to_node_id)


def as_event(fields: Mapping[str, Any], number: int, default_at_ms: float) -> FlowEvent:
    """An event made of whatever fields there are: one pure function that never raises (EVENT-3)."""
    gaps: list[str] = []
    values: dict[str, Any] = {key: _text(fields.get(key)) for key in _TEXTS}
    for key in ("label", "from_node_id", "to_node_id"):
        values[key] = _text(fields.get(key)) or _gap(gaps, fields, key, UNKNOWN)
    at_ms = _number(fields.get("at_ms"))
    values["at_ms"] = _gap(gaps, fields, "at_ms", default_at_ms) if at_ms is None else at_ms
    for key, known, otherwise in (("trigger", TRIGGERS, "direct"), ("call_type", CALL_TYPES, "code")):
        values[key] = fields[key] if fields.get(key) in known else _gap(gaps, fields, key, otherwise)
    for key in _NUMBERS:
        values[key] = _number(fields.get(key))
        if values[key] is None and fields.get(key) is not None:
            _gap(gaps, fields, key, None)
    status = fields.get("status", "unset")
    values["status"] = status if status in STATUSES else _gap(gaps, fields, "status", "unset")
    state = fields.get("unit_state")
    values["unit_state"] = state if state is None or state in UNIT_STATES else _gap(gaps, fields, "unit_state", None)
    links = fields.get("link_event_ids")
    values["link_event_ids"] = tuple(_text(link) or UNKNOWN for link in links) if isinstance(links, list) else ()
    values["id"] = _text(fields.get("id")) or _made_id(values, number)
    for note in gaps:
        values["notes"] = with_note(values["notes"], f"unknown: {note}")
    return FlowEvent(**values, raw_payload=fields.get("raw_payload"))


def detail_of(fields: Mapping[str, Any]) -> EventDetail:
    """What a line holds beside the event; keys that mean nothing here are kept as attributes."""
    kept = {key: _mapping(key, fields.get(key)) for key in DETAIL_KEYS}
    unknown = {key: value for key, value in fields.items() if key not in EVENT_KEYS and key not in DETAIL_KEYS}
    return EventDetail(
        attributes=kept["attributes"] | unknown,
        resource=kept["resource"],
        identity={key: _text(value) or "" for key, value in kept["identity"].items()},
    )


def _mapping(key: str, value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {} if value is None else {key: value}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _gap(gaps: list[str], fields: Mapping[str, Any], key: str, instead: Any) -> Any:
    """Note what `key` held and give what stands instead."""
    value = fields.get(key)
    if value is None or value == "":
        gaps.append(f"no {key}")
    else:
        text = (_text(value) or "").replace(";", ",")
        gaps.append(f"{key} {text if len(text) <= _CLIP else text[:_CLIP] + '…'}")
    return instead


def _made_id(values: Mapping[str, Any], number: int) -> str:
    bucket = str(int(values["at_ms"] // TIME_BUCKET_MS))
    parts = (values["label"], values["from_node_id"], values["to_node_id"], bucket)
    return f"evt:{stable_hash(chr(0).join(parts))}:{number}"
