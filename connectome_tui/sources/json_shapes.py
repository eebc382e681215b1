"""Telling JSON apart by the names in it: what can be opened, and what is named to be refused (FORMATS.md)."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, Literal

import msgspec

from connectome_tui.runs.records import RUN_PREFIXES
from connectome_tui.sources.refusals import refused_element, refused_object, refused_span
from connectome_tui.traces.json_text import BOM, STRICT_ERRORS, compact, lenient_json

Kind = Literal["otlp-json", "jaeger", "zipkin", "session", "script", "run"]
Members = dict[str, msgspec.Raw]

PROBED_ELEMENTS: Final = 100

OTLP_NAMES: Final = frozenset(
    name
    for signal in ("Spans", "Logs", "Metrics", "Profiles")
    for name in (f"resource{signal}", f"resource_{signal.lower()}", f"scope{signal}", f"scope_{signal.lower()}")
) | {"batches", "instrumentationLibrarySpans"}
EVENT_NAMES: Final = frozenset(("id", "at_ms", "from_node_id", "to_node_id"))


class RefusedError(Exception):
    """JSON that cannot be opened; the message says what it is."""


class UnknownShapeError(RefusedError):
    """JSON that is nothing known; the message says what stands there."""


def kind_of(data: bytes) -> Kind:
    """The kind of a JSON value; `RefusedError` for what cannot be opened, `UnreadableError` for no JSON."""
    data = data.removeprefix(BOM)
    try:
        value = msgspec.json.decode(data, type=msgspec.Raw)
        return _kind(value)
    except STRICT_ERRORS:
        strict = compact(lenient_json(data))
        return _kind(strict if strict is not None else msgspec.Raw(b"null"))


def _kind(value: msgspec.Raw) -> Kind:
    if (members := members_of(value)) is not None:
        return _object_kind(members)
    if (elements := elements_of(value)) is not None:
        return _array_kind(elements)
    raise UnknownShapeError("it is JSON, but neither an object nor an array")


def members_of(value: msgspec.Raw | None) -> Members | None:
    """The members of an object; None for anything else."""
    if value is None or bytes(memoryview(value)[:1]) != b"{":
        return None
    return msgspec.json.decode(value, type=Members)


def elements_of(value: msgspec.Raw | None) -> Sequence[msgspec.Raw] | None:
    """The elements of an array; None for anything else."""
    if value is None or bytes(memoryview(value)[:1]) != b"[":
        return None
    return msgspec.json.decode(value, type=list[msgspec.Raw])


def _object_kind(members: Members) -> Kind:
    if members.keys() & OTLP_NAMES or _wraps_otlp(members):
        return "otlp-json"
    if _text(members, "type") == "session" or members.keys() >= EVENT_NAMES:
        return "session"
    if _text(members, "type").startswith(RUN_PREFIXES):
        return "run"
    if "steps" in members:
        return "script"
    if reason := refused_object(members.keys()):
        raise RefusedError(reason)
    if "data" in members:
        return _jaeger_answer(members)
    if "spans" in members:
        return _trace_kind(members)
    return _span_kind([members])


def _wraps_otlp(members: Members) -> bool:
    """Jaeger's `{"result": …}`, Tempo's `{"trace": …}`."""
    inner = (members_of(members.get(name)) for name in ("result", "trace"))
    return any(found is not None and found.keys() & OTLP_NAMES for found in inner)


def _jaeger_answer(members: Members) -> Kind:
    """`{"data": […]}`: what Jaeger's API answers, with a list of traces, or with errors in place of it."""
    traces = elements_of(members["data"])
    if traces:
        return _array_kind(traces)
    if errors := elements_of(members.get("errors")):
        messages = [_text(found, "msg") for found in map(members_of, errors) if found is not None]
        raise RefusedError(f"Jaeger's answer holds an error in place of traces: {', '.join(messages)}")
    if traces is not None and members.keys() <= {"data", "total", "limit", "offset", "errors"}:
        return "jaeger"
    raise UnknownShapeError(_described(members))


def _trace_kind(members: Members) -> Kind:
    """An object with spans: one trace of Jaeger, or one that looks like it."""
    if reason := refused_object(members.keys()):
        raise RefusedError(reason)
    spans = elements_of(members["spans"])
    if spans:
        return _span_kind(_some_members(spans))
    if "processes" in members or "traceID" in members:
        return "jaeger"
    raise UnknownShapeError(_described(members))


def _array_kind(elements: Sequence[msgspec.Raw]) -> Kind:
    if not elements:
        raise RefusedError("there is nothing in it: an empty JSON array")
    nested = elements_of(elements[0])
    if nested is not None:
        if nested and _array_kind(nested) == "zipkin":
            return "zipkin"
        raise UnknownShapeError("a JSON array of arrays")
    some = _some_members(elements)
    if not some:
        raise UnknownShapeError("a JSON array of plain values")
    if reason := refused_element(some[0].keys()):
        raise RefusedError(reason)
    if some[0].keys() & (OTLP_NAMES | {"spans", "traceID", "traceId"}) and "id" not in some[0]:
        return _object_kind(some[0])
    return _span_kind(some)


def _span_kind(spans: list[Members]) -> Kind:
    """The kind of bare spans."""
    names = frozenset(name for span in spans for name in span)
    if reason := refused_span(
        names, has_text_durations=_has_text_durations(spans), has_endpoints=_annotates_ends(spans)
    ):
        raise RefusedError(reason)
    if names >= {"traceID", "spanID"}:
        return "jaeger"
    if names >= {"traceId", "id"}:
        return "zipkin"
    raise UnknownShapeError(_described(spans[0]) if spans else "nothing known")


def _has_text_durations(spans: list[Members]) -> bool:
    return any(_text(span, "duration") for span in spans)


def _annotates_ends(spans: list[Members]) -> bool:
    """Whether annotations name the host that they were made at, which only Zipkin v1 does."""
    for span in spans:
        for annotation in elements_of(span.get("annotations")) or ():
            if "endpoint" in (members_of(annotation) or {}):
                return True
    return False


def _some_members(elements: Sequence[msgspec.Raw]) -> list[Members]:
    found = (members_of(element) for element in islice(elements, PROBED_ELEMENTS))
    return [members for members in found if members is not None]


def _text(members: Members, name: str) -> str:
    """A member that is text; empty for anything else."""
    value: Any = msgspec.json.decode(members[name]) if name in members else None
    return value if isinstance(value, str) else ""


def _described(members: Members) -> str:
    names = ", ".join(sorted(members)[:5])
    return f"a JSON object with {names}{', …' if len(members) > 5 else ''}" if members else "an empty JSON object"
