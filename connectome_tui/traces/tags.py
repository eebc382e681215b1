"""What Jaeger and Zipkin keep in tags, because their spans have no field for it."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from connectome_tui.traces.span import SpanKind, SpanStatus
from connectome_tui.traces.values import text

_KINDS: Final[dict[str, SpanKind]] = {kind: kind for kind in get_args(SpanKind)}


def tagged_kind(tags: Mapping[str, Any], notes: list[str]) -> SpanKind:
    """The kind that the tag `span.kind` names."""
    return kind_named(tags.get("span.kind"), notes)


def kind_named(value: object, notes: list[str]) -> SpanKind:
    """A kind by its name in any case; `unspecified` for none, and with a note for an unknown one."""
    name = text(value).lower()
    if name and name not in _KINDS:
        notes.append("unknown: span kind")
    return _KINDS.get(name, "unspecified")


def tagged_status(tags: Mapping[str, Any]) -> tuple[SpanStatus, str]:
    """Status and message, from `error` (whose mere presence marks failure) and OpenTelemetry's own tags."""
    error = tags.get("error", False)
    code = text(tags.get("otel.status_code")).upper()
    failed = text(error).lower() not in {"false", "0"} if error is not None else False
    if failed or code == "ERROR":
        said = text(error) if failed and text(error).lower() != "true" else ""
        return "error", text(tags.get("otel.status_description")) or said
    return ("ok" if code == "OK" else "unset"), text(tags.get("otel.status_description"))


def tagged_scope(tags: Mapping[str, Any]) -> str:
    """The instrumentation scope that OpenTelemetry's exporters write down."""
    return text(tags.get("otel.scope.name") or tags.get("otel.library.name"))
