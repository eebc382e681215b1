"""The shape of OTLP/JSON as typed structs, for the fast decoder. Fields are as wide as real exporters need.

What these structs refuse is read again by `otlp_mend`, which builds them from anything.
"""

from typing import Any, Final

import msgspec


class WireValue(msgspec.Struct, gc=False, rename="camel"):
    """An `AnyValue`; one field is set, or none."""

    string_value: str | None = None
    int_value: int | str | None = None
    bool_value: bool | None = None
    double_value: float | str | None = None
    array_value: Any = None
    kvlist_value: Any = None
    bytes_value: str | None = None


class WirePair(msgspec.Struct, gc=False):
    """A `KeyValue`."""

    key: str = ""
    value: WireValue | None = None


class WireStatus(msgspec.Struct, gc=False):
    """A `Status`; the code is 0, 1, 2 or its name."""

    code: int | str | None = None
    message: str | None = None


class WireSpanEvent(msgspec.Struct, gc=False, rename="camel"):
    """A span's `Event`."""

    name: str | None = None
    time_unix_nano: str | int | None = None
    attributes: list[WirePair] | None = None


class WireLink(msgspec.Struct, gc=False, rename="camel"):
    """A span's `Link`."""

    trace_id: str | None = None
    span_id: str | None = None


class WireSpan(msgspec.Struct, gc=False, rename="camel"):
    """A `Span`."""

    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    trace_state: str | None = None
    name: str | None = None
    kind: int | str | None = None
    start_time_unix_nano: str | int | None = None
    end_time_unix_nano: str | int | None = None
    attributes: list[WirePair] | None = None
    events: list[WireSpanEvent] | None = None
    links: list[WireLink] | None = None
    status: WireStatus | None = None
    flags: int | None = None


class MendedSpan(WireSpan, gc=False):
    """A span that was read by `otlp_mend`, with the record as it came if that is to be kept."""

    raw: Any = None


class WireScope(msgspec.Struct, gc=False):
    """An `InstrumentationScope`; older exporters say `instrumentationLibrary`."""

    name: str | None = None


class WireScopeSpans(msgspec.Struct, gc=False, rename="camel"):
    """The spans of one scope."""

    scope: WireScope | None = None
    instrumentation_library: WireScope | None = None
    spans: list[WireSpan] | None = None


class WireResource(msgspec.Struct, gc=False):
    """A `Resource`."""

    attributes: list[WirePair] | None = None


class WirePart(msgspec.Struct, rename="camel"):
    """A request, or a part of one; every level at which files start.

    `{resourceSpans}`, Tempo's `{batches}` and `{trace}`, Jaeger's `{result}`, and bare `{resource, scopeSpans}`.
    Logs and metrics stay undecoded: they are only counted, and cannot make the spans beside them unreadable.
    """

    resource_spans: "list[WirePart] | None" = None
    batches: "list[WirePart] | None" = None
    result: "WirePart | None" = None
    trace: "WirePart | None" = None
    resource: WireResource | None = None
    scope_spans: list[WireScopeSpans] | None = None
    instrumentation_library_spans: list[WireScopeSpans] | None = None
    resource_logs: msgspec.Raw | None = None
    resource_metrics: msgspec.Raw | None = None
    resource_profiles: msgspec.Raw | None = None


KINDS: Final = ("unspecified", "internal", "server", "client", "producer", "consumer")
"""Span kinds by their number."""
