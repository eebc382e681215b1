"""Zipkin v2 JSON (SPAN-1): an array of spans, an array of traces, or spans one a line."""

import json
import re
from typing import Any, Final

from connectome_tui.events.model import UNKNOWN
from connectome_tui.traces import ids
from connectome_tui.traces.content import Content
from connectome_tui.traces.json_pieces import document_pieces, line_pieces
from connectome_tui.traces.json_text import any_json
from connectome_tui.traces.piece_file import Decoded, PieceFile, UnreadableError
from connectome_tui.traces.span import Resource, Span, SpanEvent, SpanLink
from connectome_tui.traces.tags import kind_named, tagged_scope, tagged_status
from connectome_tui.traces.values import NS_PER_US, as_list, end_ns, plain, text, time_ns
from connectome_tui.traces.zipkin_ids import SharedIds, flat, service_name

FORMAT: Final = "zipkin"

_OTEL_EVENT = re.compile(r"([^|]+)\|(\{.*\})\|\d+", re.DOTALL).fullmatch
"""How the collector writes a span event into an annotation."""


def open_zipkin(content: Content, shared: SharedIds, *, is_document: bool = False, keep_raw: bool = False) -> PieceFile:
    """A file of Zipkin spans. `shared` knows the ids that several spans have, in this file and those read with it."""
    pieces = document_pieces() if is_document else line_pieces
    shared.expect(pieces(content))

    def decode(data: bytes, batch: int) -> Decoded:
        return decode_zipkin(data, batch, shared, keep_raw=keep_raw)

    return PieceFile(content, FORMAT, pieces, decode)


def decode_zipkin(data: bytes, batch: int, shared: SharedIds, *, keep_raw: bool = False) -> Decoded:
    """The spans of an array, or one; `UnreadableError` when it is neither."""
    decoded = Decoded()
    reader = _Reader(decoded, batch, shared, keep_raw=keep_raw)
    try:
        for record in flat(any_json(data)):
            reader.read(record)
    except RecursionError:
        raise UnreadableError("nested too deeply to be read") from None
    return decoded


class _Reader:
    def __init__(self, decoded: Decoded, batch: int, shared: SharedIds, *, keep_raw: bool) -> None:
        self._decoded = decoded
        self._batch = batch
        self._shared = shared
        self._keep_raw = keep_raw
        self._without_id = 0
        self._resources: dict[tuple[str, ...], Resource] = {}

    def read(self, record: object) -> None:
        """Append a span."""
        if not isinstance(record, dict):
            self._decoded.problems.append("a span that is no object")
        elif "id" not in record and "traceId" not in record:
            self._decoded.problems.append(f"no Zipkin span: {', '.join(sorted(record)[:5]) or 'an empty object'}")
        else:
            self._decoded.spans.append(self._span(record))

    def _span(self, record: dict[str, Any]) -> Span:
        notes: list[str] = []
        trace_id = ids.trace_id(text(record.get("traceId")), notes)
        span_id = ids.span_id(text(record.get("id")), notes)
        if UNKNOWN in {trace_id, span_id}:
            self._without_id += 1
        tags = _tags(record.get("tags"))
        kind = kind_named(record.get("kind") or tags.get("span.kind"), notes)
        start = time_ns(record.get("timestamp"), "start time", notes, NS_PER_US)
        status, message = tagged_status(tags)
        place = f"{self._batch}/{self._without_id}"
        return Span(
            key=self._shared.key(trace_id, span_id, kind, service_name(record), place),
            trace_id=trace_id,
            span_id=span_id,
            parent_id=ids.parent_id(text(record.get("parentId")), notes),
            name=text(record.get("name")),
            kind=kind,
            start_ns=start,
            end_ns=end_ns(start, record.get("duration"), notes, NS_PER_US),
            attributes=_with_peer(tags, record),
            resource=self._resource(record, tags),
            scope=tagged_scope(tags),
            status=status,
            status_message=message,
            events=tuple([_event(annotation, notes) for annotation in as_list(record.get("annotations"))]),
            links=_links(tags),
            notes=tuple(notes),
            raw=plain(record) if self._keep_raw else None,
        )

    def _resource(self, record: dict[str, Any], tags: dict[str, Any]) -> Resource:
        service = service_name(record) or text(tags.get("service.name")) or UNKNOWN
        endpoint = record.get("localEndpoint")
        attributes = _address(endpoint, "network.local") if isinstance(endpoint, dict) else {}
        identity = (service, *map(str, attributes.values()))
        if identity not in self._resources:
            self._resources[identity] = Resource(service=service, attributes={"service.name": service} | attributes)
        return self._resources[identity]


def _tags(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return {} if value is None else {"tags": plain(value)}


def _with_peer(tags: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """The tags, with the peer under the names that OpenTelemetry has for it; tags of the same name are kept."""
    endpoint = record.get("remoteEndpoint")
    peer = _address(endpoint, "network.peer") if isinstance(endpoint, dict) else {}
    if isinstance(endpoint, dict) and endpoint.get("serviceName"):
        peer["peer.service"] = text(endpoint["serviceName"])
    if record.get("shared") is True:
        peer["zipkin.shared"] = True
    return peer | tags if peer else tags


def _address(endpoint: dict[str, Any], prefix: str) -> dict[str, Any]:
    address = text(endpoint.get("ipv4") or endpoint.get("ipv6"))
    port = endpoint.get("port")
    found = {f"{prefix}.address": address} if address else {}
    return found | ({f"{prefix}.port": plain(port)} if port else {})


def _event(annotation: object, notes: list[str]) -> SpanEvent:
    """An annotation; what OpenTelemetry's exporters pack into one is unpacked."""
    record = annotation if isinstance(annotation, dict) else {"value": annotation}
    name, attributes = _unpacked(text(record.get("value")))
    return SpanEvent(
        name=name,
        at_ns=time_ns(record.get("timestamp"), "time of an event", notes, NS_PER_US),
        attributes=attributes,
    )


def _unpacked(value: str) -> tuple[str, dict[str, Any]]:
    """Name and attributes of an event: `{"name": {…}}`, `name|{…}|0`, or the value itself as a name."""
    packed = _OTEL_EVENT(value)
    if packed is None and not value.startswith("{"):
        return value, {}
    try:
        found = json.loads(packed[2] if packed else value)
    except (ValueError, RecursionError):
        return value, {}
    if packed:
        return packed[1], plain(found)
    name, attributes = next(iter(found.items()), ("", None)) if len(found) == 1 else ("", None)
    return (name, plain(attributes)) if isinstance(attributes, dict) else (value, {})


def _links(tags: dict[str, Any]) -> tuple[SpanLink, ...]:
    """The links that the collector writes into tags: `trace|span|state|…`."""
    links: list[SpanLink] = []
    while isinstance(value := tags.get(f"otlp.link.{len(links)}"), str):
        trace, _, rest = value.partition("|")
        links.append(SpanLink(trace_id=trace.lower(), span_id=rest.partition("|")[0].lower()))
    return tuple(links)
