"""From OTLP's structs to spans. This loop decides how fast a file opens; it is written for that."""

from collections.abc import Iterable
from typing import Any, Final

from connectome_tui.events.model import UNKNOWN
from connectome_tui.traces import ids
from connectome_tui.traces.otlp_wire import (
    KINDS,
    MendedSpan,
    WireLink,
    WirePair,
    WireResource,
    WireScope,
    WireScopeSpans,
    WireSpan,
    WireSpanEvent,
    WireStatus,
    WireValue,
)
from connectome_tui.traces.piece_file import Decoded
from connectome_tui.traces.span import Resource, Span, SpanEvent, SpanKind, SpanLink, SpanStatus
from connectome_tui.traces.values import any_value, double_value, int_value, text, time_ns

NO_RESOURCE: Final = Resource(service=UNKNOWN, attributes={})

KIND_BY_NUMBER: Final[dict[Any, SpanKind]] = dict(enumerate(KINDS))
_KIND_BY_NAME: Final[dict[str, SpanKind]] = {kind.upper(): kind for kind in KINDS}
STATUS_BY_CODE: Final[dict[Any, SpanStatus]] = {
    0: "unset", 1: "ok", 2: "error",
    "UNSET": "unset", "OK": "ok", "ERROR": "error", "": "unset", None: "unset",
}  # fmt: skip


class SpanMaker:
    """Makes the spans of one batch."""

    def __init__(self, batch: int, decoded: Decoded) -> None:
        self.decoded = decoded
        self._batch = batch
        self._without_id = 0

    def read_scopes(self, wire: WireResource | None, scopes: Iterable[WireScopeSpans]) -> None:
        """Append the spans of one resource."""
        resource = make_resource(wire)
        for scope in scopes:
            name = scope_name(scope.scope or scope.instrumentation_library)
            self.decoded.spans.extend([self._span(span, resource, name) for span in scope.spans or ()])

    def _span(self, wire: WireSpan, resource: Resource, scope: str) -> Span:
        notes: list[str] = []
        trace = ids.trace_id(wire.trace_id or "", notes)
        span = ids.span_id(wire.span_id or "", notes)
        status, message = _status(wire.status, notes) if wire.status is not None else ("unset", "")
        attributes = make_attributes(wire.attributes)
        if wire.trace_state:
            attributes.setdefault("w3c.tracestate", wire.trace_state)
        return Span(
            key=f"{trace}:{span}" if not notes else self._key(trace, span),
            trace_id=trace,
            span_id=span,
            parent_id=ids.parent_id(wire.parent_span_id, notes) if wire.parent_span_id else "",
            name=wire.name or "",
            kind=_kind(wire.kind, notes),
            start_ns=time_ns(wire.start_time_unix_nano, "start time", notes),
            end_ns=time_ns(wire.end_time_unix_nano, "end time", notes),
            attributes=attributes,
            resource=resource,
            scope=scope,
            status=status,
            status_message=message,
            events=tuple([_event(event, notes) for event in wire.events]) if wire.events else (),
            links=tuple([_link(link) for link in wire.links]) if wire.links else (),
            flags=wire.flags or 0,
            notes=tuple(notes) if notes else (),
            raw=wire.raw if isinstance(wire, MendedSpan) else None,
        )

    def _key(self, trace: str, span: str) -> str:
        if UNKNOWN in (trace, span):
            self._without_id += 1
        return ids.span_key(trace, span, f"{self._batch}/{self._without_id}")


def make_resource(wire: WireResource | None) -> Resource:
    """A resource and the service that its attributes name."""
    if wire is None or not wire.attributes:
        return NO_RESOURCE
    attributes = make_attributes(wire.attributes)
    return Resource(service=text(attributes.get("service.name")) or UNKNOWN, attributes=attributes)


def scope_name(scope: WireScope | None) -> str:
    """The name of an instrumentation scope; empty when it has none."""
    return scope.name or "" if scope is not None else ""


def make_attributes(pairs: list[WirePair] | None) -> dict[str, Any]:
    """Attributes by key."""
    attributes: dict[str, Any] = {}
    for pair in pairs or ():
        value = pair.value
        if value is None:
            attributes[pair.key] = None
        elif value.string_value is not None:
            attributes[pair.key] = value.string_value
        else:
            attributes[pair.key] = _other_value(value)
    return attributes


def _other_value(value: WireValue) -> Any:
    if value.int_value is not None:
        return int_value(value.int_value)
    if value.bool_value is not None:
        return value.bool_value
    if value.double_value is not None:
        return double_value(value.double_value)
    if value.array_value is not None:
        return any_value({"arrayValue": value.array_value})
    if value.kvlist_value is not None:
        return any_value({"kvlistValue": value.kvlist_value})
    return value.bytes_value


def _kind(value: int | str | None, notes: list[str]) -> SpanKind:
    if value is None:
        return "unspecified"
    kind = KIND_BY_NUMBER.get(value)
    if kind is None and isinstance(value, str):
        name = value.strip().upper().removeprefix("SPAN_KIND_")
        kind = KIND_BY_NUMBER.get(int(name)) if name.isdecimal() and len(name) < 3 else _KIND_BY_NAME.get(name)
    if kind is None:
        notes.append("unknown: span kind")
        return "unspecified"
    return kind


def _status(wire: WireStatus, notes: list[str]) -> tuple[SpanStatus, str]:
    code = wire.code
    if isinstance(code, str):
        name = code.strip().upper().removeprefix("STATUS_CODE_")
        code = int(name) if name.isdecimal() and len(name) < 3 else name
    status = STATUS_BY_CODE.get(code)
    if status is None:
        notes.append("unknown: status code")
        status = "unset"
    return status, wire.message or ""


def _event(wire: WireSpanEvent, notes: list[str]) -> SpanEvent:
    at_ns = time_ns(wire.time_unix_nano, "time of an event", notes)
    return SpanEvent(name=wire.name or "", at_ns=at_ns, attributes=make_attributes(wire.attributes))


def _link(wire: WireLink) -> SpanLink:
    unused: list[str] = []
    return SpanLink(trace_id=ids.trace_id(wire.trace_id or "", unused), span_id=ids.span_id(wire.span_id or "", unused))
