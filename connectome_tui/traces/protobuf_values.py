"""Attributes of OTLP in protobuf as plain Python values."""

from typing import Any

from google.protobuf.json_format import MessageToDict

from connectome_tui.traces.values import MAX_DEPTH, bytes_value, text

_Message = Any
"""A generated message, which brings no types."""


def attributes_of(pairs: _Message) -> dict[str, Any]:
    """Attributes by key."""
    return {pair.key: value_of(pair.value) for pair in pairs}


def value_of(value: _Message, depth: int = 0) -> Any:
    """An `AnyValue` as a Python value; None for an empty one."""
    which = value.WhichOneof("value")
    if which == "string_value":
        return value.string_value
    if which is None:
        return None
    if which == "bytes_value":
        return bytes_value(value.bytes_value)
    if which in {"array_value", "kvlist_value"}:
        if depth >= MAX_DEPTH:
            return text(MessageToDict(value))
        if which == "array_value":
            return [value_of(item, depth + 1) for item in value.array_value.values]
        return {pair.key: value_of(pair.value, depth + 1) for pair in value.kvlist_value.values}
    return getattr(value, which)
