"""OTLP/JSON that the strict decoder refuses, mended: every known field is brought to its type.

A wrong field costs that field, never its span. Names may also be in snake case, as protobuf's JSON allows.
"""

import re
from functools import cache
from typing import Any

from connectome_tui.traces.json_text import compact
from connectome_tui.traces.otlp_wire import (
    MendedSpan,
    WireLink,
    WirePair,
    WirePart,
    WireResource,
    WireScope,
    WireScopeSpans,
    WireSpan,
    WireSpanEvent,
    WireStatus,
    WireValue,
)
from connectome_tui.traces.values import any_value, as_list, plain, text, whole_number


def mended_part(value: Any, problems: list[str], *, keep_raw: bool = False) -> WirePart:
    """A request, or a part of one, from any JSON value; what can be no span is added to `problems`."""
    return _Mender(problems, keep_raw=keep_raw).part(value)


class _Mender:
    def __init__(self, problems: list[str], *, keep_raw: bool) -> None:
        self._problems = problems
        self._keep_raw = keep_raw

    def part(self, value: Any) -> WirePart:
        if not isinstance(value, dict):
            return WirePart()
        return WirePart(
            resource_spans=self._parts(value, "resourceSpans"),
            batches=self._parts(value, "batches"),
            result=self.part(value["result"]) if isinstance(value.get("result"), dict) else None,
            trace=self.part(value["trace"]) if isinstance(value.get("trace"), dict) else None,
            resource=_resource(_get(value, "resource")),
            scope_spans=self._scopes(value, "scopeSpans"),
            instrumentation_library_spans=self._scopes(value, "instrumentationLibrarySpans"),
            resource_logs=compact(_get(value, "resourceLogs")),
            resource_metrics=compact(_get(value, "resourceMetrics")),
            resource_profiles=compact(_get(value, "resourceProfiles")),
        )

    def _parts(self, record: dict[str, Any], name: str) -> list[WirePart] | None:
        value = _get(record, name)
        return None if value is None else [self.part(item) for item in self._records(value, name)]

    def _scopes(self, record: dict[str, Any], name: str) -> list[WireScopeSpans] | None:
        value = _get(record, name)
        if value is None:
            return None
        return [
            WireScopeSpans(
                scope=_scope(_get(item, "scope")),
                instrumentation_library=_scope(_get(item, "instrumentationLibrary")),
                spans=[self._span(span) for span in self._records(_get(item, "spans"), "spans")],
            )
            for item in self._records(value, name)
        ]

    def _records(self, value: Any, name: str) -> list[dict[str, Any]]:
        """The objects of a list; anything else in it is a problem."""
        items = as_list(value)
        records = [item for item in items if isinstance(item, dict)]
        if len(records) < len(items):
            self._problems.append(f"{len(items) - len(records)} of {len(items)} {name} are no objects")
        return records

    def _span(self, record: dict[str, Any]) -> WireSpan:
        kind, flags = _get(record, "kind"), _get(record, "flags")
        links = [link for link in as_list(_get(record, "links")) if isinstance(link, dict)]
        return MendedSpan(
            trace_id=text(_get(record, "traceId")),
            span_id=text(_get(record, "spanId")),
            parent_span_id=text(_get(record, "parentSpanId")),
            trace_state=text(_get(record, "traceState")),
            name=text(_get(record, "name")),
            kind=None if kind is None else _code(kind),
            start_time_unix_nano=_get(record, "startTimeUnixNano"),
            end_time_unix_nano=_get(record, "endTimeUnixNano"),
            attributes=_pairs(_get(record, "attributes")),
            events=[_event(event) for event in as_list(_get(record, "events"))],
            links=[WireLink(trace_id=text(_get(x, "traceId")), span_id=text(_get(x, "spanId"))) for x in links],
            status=_status(_get(record, "status")),
            flags=whole_number(flags),
            raw=plain(record) if self._keep_raw else None,
        )


def _event(value: Any) -> WireSpanEvent:
    if not isinstance(value, dict):
        return WireSpanEvent(name=text(value))
    return WireSpanEvent(
        name=text(_get(value, "name")),
        time_unix_nano=_get(value, "timeUnixNano"),
        attributes=_pairs(_get(value, "attributes")),
    )


def _status(value: Any) -> WireStatus | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        return WireStatus(code=_code(value))
    code = value.get("code")
    return WireStatus(code=None if code is None else _code(code), message=text(value.get("message")))


def _code(value: Any) -> int | str:
    return value if isinstance(value, int | str) and not isinstance(value, bool) else text(plain(value))


def _resource(value: Any) -> WireResource | None:
    return WireResource(attributes=_pairs(_get(value, "attributes"))) if isinstance(value, dict) else None


def _scope(value: Any) -> WireScope | None:
    return WireScope(name=text(value.get("name"))) if isinstance(value, dict) else None


def _pairs(value: Any) -> list[WirePair]:
    """Attributes as OTLP writes them, or as a plain object."""
    if isinstance(value, dict):
        return [WirePair(key=name, value=_value(inner)) for name, inner in value.items()]
    return [
        WirePair(key=text(item.get("key")), value=_value(item.get("value")))
        if isinstance(item, dict)
        else WirePair(key="?", value=_value(item))
        for item in as_list(value)
    ]


def _value(value: Any) -> WireValue | None:
    """Any value as the struct of an `AnyValue`."""
    match any_value(value):
        case None:
            return None
        case str() as string:
            return WireValue(string_value=string)
        case bool() as flag:
            return WireValue(bool_value=flag)
        case int() as integer:
            return WireValue(int_value=integer)
        case float() as number:
            return WireValue(double_value=number)
        case list() as items:
            return WireValue(array_value={"values": items})
        case other:
            return WireValue(kvlist_value={"values": [{"key": key, "value": inner} for key, inner in other.items()]})


def _get(record: dict[str, Any], name: str) -> Any:
    return record[name] if name in record else record.get(_snake(name))


@cache
def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), name)
