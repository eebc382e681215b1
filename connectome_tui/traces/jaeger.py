"""Jaeger's JSON (SPAN-1): what its page downloads and its API answers, a bare trace, or bare spans."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectome_tui.events.model import UNKNOWN
from connectome_tui.traces import ids
from connectome_tui.traces.content import Content
from connectome_tui.traces.json_pieces import document_pieces, line_pieces
from connectome_tui.traces.json_text import any_json
from connectome_tui.traces.piece_file import Decoded, PieceFile, UnreadableError
from connectome_tui.traces.span import Resource, Span, SpanEvent, SpanLink
from connectome_tui.traces.tags import tagged_kind, tagged_scope, tagged_status
from connectome_tui.traces.values import NS_PER_US, as_list, double_value, end_ns, int_value, plain, text, time_ns

FORMAT: Final = "jaeger"

_BESIDE_TRACES: Final = frozenset(("total", "limit", "offset"))


def open_jaeger(content: Content, *, is_document: bool = False, keep_raw: bool = False) -> PieceFile:
    """A file of Jaeger traces: all of it one document, or one a line."""
    pieces = document_pieces(("data",), _BESIDE_TRACES) if is_document else line_pieces

    def decode(data: bytes, batch: int) -> Decoded:
        return decode_jaeger(data, batch, keep_raw=keep_raw)

    return PieceFile(content, FORMAT, pieces, decode)


def decode_jaeger(data: bytes, batch: int = 0, *, keep_raw: bool = False) -> Decoded:
    """The spans of an answer, of traces, or of bare spans; `UnreadableError` when it is none of them."""
    value = any_json(data)
    decoded = Decoded()
    reader = _Reader(decoded, batch, keep_raw=keep_raw)
    try:
        for record in as_list(value):
            reader.read(record)
    except RecursionError:
        raise UnreadableError("nested too deeply to be read") from None
    return decoded


class _Reader:
    """Reads what one piece holds; processes are shared by the spans of their trace."""

    def __init__(self, decoded: Decoded, batch: int, *, keep_raw: bool) -> None:
        self._decoded = decoded
        self._batch = batch
        self._keep_raw = keep_raw
        self._without_id = 0

    def read(self, record: object) -> None:
        """An answer, a trace or a span."""
        if not isinstance(record, dict):
            self._decoded.problems.append("neither a trace nor a span: no object")
        elif "data" in record:
            for error in as_list(record.get("errors")):
                said = error.get("msg") if isinstance(error, dict) else error
                self._decoded.problems.append(f"Jaeger reports: {text(said)}")
            for trace in as_list(record["data"]):
                self.read(trace)
        elif "spans" in record:
            self._trace(record)
        elif "spanID" in record:
            self._append(record, record, {})
        else:
            self._decoded.problems.append(f"neither a trace nor a span: {', '.join(sorted(record)[:5])}")

    def _trace(self, trace: dict[str, Any]) -> None:
        processes = trace.get("processes")
        resources: dict[str, Resource] = {}
        if isinstance(processes, dict):
            resources = {name: _resource(process) for name, process in processes.items()}
        for span in as_list(trace["spans"]):
            if isinstance(span, dict):
                self._append(span, trace, resources)
            else:
                self._decoded.problems.append("a span that is no object")

    def _append(self, span: dict[str, Any], trace: dict[str, Any], resources: Mapping[str, Resource]) -> None:
        self._decoded.spans.append(self._span(span, trace, resources))

    def _span(self, record: dict[str, Any], trace: dict[str, Any], resources: Mapping[str, Resource]) -> Span:
        notes = [f"warning: {text(said)}" for said in as_list(record.get("warnings"))]
        trace_id = ids.trace_id(text(record.get("traceID") or trace.get("traceID")), notes)
        span_id = ids.span_id(text(record.get("spanID")), notes)
        tags = _tags(record.get("tags"))
        start = time_ns(record.get("startTime"), "start time", notes, NS_PER_US)
        status, message = tagged_status(tags)
        parent, links = _references(record, trace_id, notes)
        return Span(
            key=self._key(trace_id, span_id),
            trace_id=trace_id,
            span_id=span_id,
            parent_id=parent,
            name=text(record.get("operationName")),
            kind=tagged_kind(tags, notes),
            start_ns=start,
            end_ns=end_ns(start, record.get("duration"), notes, NS_PER_US),
            attributes=tags,
            resource=_resource_of(record, resources, notes),
            scope=tagged_scope(tags),
            status=status,
            status_message=message,
            events=tuple([_event(log, notes) for log in as_list(record.get("logs"))]),
            links=links,
            notes=tuple(notes),
            raw=plain(record) if self._keep_raw else None,
        )

    def _key(self, trace: str, span: str) -> str:
        if UNKNOWN in {trace, span}:
            self._without_id += 1
        return ids.span_key(trace, span, f"{self._batch}/{self._without_id}")


def _resource(process: object) -> Resource:
    record = process if isinstance(process, dict) else {}
    service = text(record.get("serviceName")) or UNKNOWN
    return Resource(service=service, attributes={"service.name": service} | _tags(record.get("tags")))


def _resource_of(record: dict[str, Any], resources: Mapping[str, Resource], notes: list[str]) -> Resource:
    """The process that a span names, or that stands in it."""
    if isinstance(record.get("process"), dict):
        return _resource(record["process"])
    name = text(record.get("processID"))
    if name not in resources:
        notes.append("unknown: process is missing")
        return _resource(None)
    return resources[name]


def _references(record: dict[str, Any], trace_id: str, notes: list[str]) -> tuple[str, tuple[SpanLink, ...]]:
    """The parent and the links of a span.

    The parent is the first `CHILD_OF` within the trace; without one, the first `FOLLOWS_FROM`, which
    stays a link as well.
    """
    parent, follows = "", ""
    links: list[SpanLink] = []
    unused: list[str] = []
    for reference in as_list(record.get("references")):
        if not isinstance(reference, dict):
            notes.append("unknown: a reference is no object")
            continue
        span = ids.parent_id(text(reference.get("spanID")), notes)
        if not span:
            continue
        trace = ids.trace_id(text(reference.get("traceID")), unused)
        is_within = trace in {trace_id, UNKNOWN}
        if reference.get("refType") != "FOLLOWS_FROM" and is_within and not parent:
            parent = span
            continue
        follows = follows or (span if is_within else "")
        links.append(SpanLink(trace_id=trace, span_id=span))
    parent = parent or follows or ids.parent_id(text(record.get("parentSpanID")), notes)
    return parent, tuple(links)


def _event(log: object, notes: list[str]) -> SpanEvent:
    """A log; its name is what its field `event` or `message` says."""
    record = log if isinstance(log, dict) else {"fields": [{"key": "message", "value": log}]}
    fields = _tags(record.get("fields"))
    name = text(fields.pop("event", None)) or text(fields.get("message")) or "log"
    return SpanEvent(
        name=name,
        at_ns=time_ns(record.get("timestamp"), "time of an event", notes, NS_PER_US),
        attributes=fields,
    )


def _tags(value: object) -> dict[str, Any]:
    """Tags as Jaeger writes them, or as a plain object; of a key that comes twice the last counts."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    pairs: Iterator[dict[str, Any]] = (tag for tag in as_list(value) if isinstance(tag, dict))
    return {text(tag.get("key")): _tag_value(tag) for tag in pairs}


def _tag_value(tag: dict[str, Any]) -> Any:
    value = tag.get("value")
    match tag.get("type"), value:
        case "int64", str():
            return int_value(value)
        case "float64", _:
            return double_value(value)
        case "bool", "true" | "false":
            return value == "true"
        case _:
            return plain(value)
