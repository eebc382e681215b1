"""Times and attribute values as they are written in the wild, brought to plain Python."""

import base64
import math
from decimal import Decimal
from typing import Any, Final

import msgspec

NS_PER_US: Final = 1000
MAX_NS: Final = (1 << 63) - 1
"""The largest time that is believed; it fits a signed 64-bit column, and is in the year 2262."""

MAX_DIGITS: Final = 40
"""Longer numbers are none: reading them costs more than they can mean."""

MAX_DEPTH: Final = 32
"""Values nested deeper than this are kept as their JSON text."""


def time_ns(value: object, what: str, notes: list[str], scale: int = 1) -> int | None:
    """Nanoseconds from a number or digits in units of `scale` ns, never through a float; None for none or 0.

    What is no time, is negative or lies beyond `MAX_NS` is None with a note.
    """
    if value is None or value == "":
        return None
    number = whole_number(value, scale)
    if number is None:
        notes.append(f"unknown: {what} is no number")
    elif number < 0 or number > MAX_NS:
        notes.append(f"unknown: {what} is out of range")
        return None
    return number or None


def whole_number(value: object, scale: int = 1) -> int | None:
    """`value * scale` as an integer, exactly; None for what is no number."""
    if isinstance(value, str):
        value = value.strip()
        if len(value) < MAX_DIGITS and value.isascii() and value.isdigit():
            return int(value) * scale
    elif isinstance(value, int):
        return None if isinstance(value, bool) else value * scale
    if not isinstance(value, str | float | Decimal):
        return None
    try:
        number = Decimal(value) * scale
        return int(number) if number.is_finite() and number.adjusted() < MAX_DIGITS else None
    except ArithmeticError:
        return None


def end_ns(start: int | None, duration: object, notes: list[str], scale: int = 1) -> int | None:
    """The end of what took `duration` units of `scale` ns, which may be negative (EVENT-5); None when not known."""
    if duration is None:
        return None
    length = whole_number(duration, scale)
    if length is None:
        notes.append("unknown: duration is no number")
        return None
    if start is None:
        notes.append(f"unknown: start time is missing, the duration is {length} ns")
        return None
    if abs(length) > MAX_NS or not 0 <= start + length <= MAX_NS:
        notes.append("unknown: duration is out of range")
        return None
    return start + length


def any_value(value: object, depth: int = 0) -> Any:
    """An OTLP `AnyValue` in plain JSON form (`{"stringValue": …}`, …) as a Python value; None for an empty one."""
    if not isinstance(value, dict):
        return plain(value, depth)
    for name, snake in _VALUE_NAMES:
        inner = value.get(name, value.get(snake))
        if inner is not None:
            return _value_of(name, inner, depth)
    return plain(value, depth) if value.keys() - _ALL_NAMES else None


def _value_of(name: str, inner: object, depth: int) -> Any:
    """The value that stands under one of the names of an `AnyValue`."""
    match name:
        case "intValue":
            return int_value(inner)
        case "doubleValue":
            return double_value(inner)
        case "arrayValue":
            return _array(inner, depth)
        case "kvlistValue":
            return _pairs(inner, depth)
        case _:
            return plain(inner, depth)


def int_value(value: object) -> Any:
    """An integer that may be written as digits; what is neither is kept as it came."""
    number = whole_number(value)
    return plain(value, 0) if number is None else number


def double_value(value: object) -> Any:
    """A float that may be written as text (`NaN`, `Infinity`); what is neither is kept as it came."""
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return plain(value, 0)
    return plain(value, 0)


def bytes_value(data: bytes) -> str:
    """Bytes as the text in which JSON carries them."""
    return base64.b64encode(data).decode("ascii")


def plain(value: object, depth: int = 0) -> Any:
    """Any decoded JSON with exact decimals made floats, and with what is too deep made text."""
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    if not isinstance(value, dict | list):
        return value
    if depth >= MAX_DEPTH:
        return _as_text(value)
    if isinstance(value, dict):
        return {str(name): plain(inner, depth + 1) for name, inner in value.items()}
    return [plain(inner, depth + 1) for inner in value]


def _array(value: object, depth: int) -> Any:
    items = value.get("values") if isinstance(value, dict) else value
    if not isinstance(items, list):
        return [] if items is None else plain(items, depth)
    if depth >= MAX_DEPTH:
        return _as_text(items)
    return [any_value(item, depth + 1) for item in items]


def _pairs(value: object, depth: int) -> Any:
    items = value.get("values") if isinstance(value, dict) else value
    if not isinstance(items, list):
        return {} if items is None else plain(items, depth)
    if depth >= MAX_DEPTH:
        return _as_text(items)
    if not all(isinstance(item, dict) for item in items):
        return plain(items, depth)
    return {text(pair.get("key")): any_value(pair.get("value"), depth + 1) for pair in items}


def as_list(value: Any) -> list[Any]:
    """A list as it is, nothing as an empty one, and anything else as a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def text(value: object) -> str:
    """Text as it is, nothing as empty text, and anything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else _as_text(value)


def _as_text(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError:
        return "(nested too deeply)"


_VALUE_NAMES: Final = (
    ("stringValue", "string_value"),
    ("intValue", "int_value"),
    ("boolValue", "bool_value"),
    ("doubleValue", "double_value"),
    ("arrayValue", "array_value"),
    ("kvlistValue", "kvlist_value"),
    ("bytesValue", "bytes_value"),
)
"""In camel and snake case. One of them is set; of more, the first counts."""

_ALL_NAMES: Final = frozenset(name for names in _VALUE_NAMES for name in names)
