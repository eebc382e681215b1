"""Whether a protobuf body holds spans, logs or metrics: on the wire, their requests have the same shape."""

from typing import Final, Literal

from connectome_tui.traces.protobuf_wire import FIXED32, FIXED64, LENGTH, VARINT, fields

Signal = Literal["spans", "log records", "metrics"]

RESOURCES: Final = 1
"""Of a request, what its resources sent."""
SCOPES: Final = 2
RECORDS: Final = 2
"""Of a resource's message its scopes, of a scope's message its records: the second field in all three signals."""

TRACE_ID_BYTES: Final = 16

_LOG_RECORD: Final = {
    **dict.fromkeys((1, 11), FIXED64),
    **dict.fromkeys((2, 7), VARINT),
    **dict.fromkeys((3, 5, 6, 9, 10, 12), LENGTH),
    8: FIXED32,
}
_SPAN: Final = {
    **dict.fromkeys((1, 2, 3, 4, 5, 9, 11, 13, 15), LENGTH),
    **dict.fromkeys((6, 10, 12, 14), VARINT),
    **dict.fromkeys((7, 8), FIXED64),
    16: FIXED32,
}
_METRIC: Final = dict.fromkeys((1, 2, 3, 5, 7, 9, 10, 11, 12), LENGTH)


def signal_and_records(data: bytes) -> tuple[Signal, int]:
    """What the message of a resource holds, and how many records. One without any counts as spans.

    `WireError` for what is no message at all.
    """
    records = [
        (start, end)
        for scope_number, scope_type, scope_start, scope_end in fields(data)
        if scope_number == SCOPES and scope_type == LENGTH
        for number, wire_type, start, end in fields(data, scope_start, scope_end)
        if number == RECORDS and wire_type == LENGTH
    ]
    signals = (_signal(data, start, end) for start, end in records)
    return next((signal for signal in signals if signal is not None), "spans"), len(records)


def count_records(data: bytes) -> int:
    """How many records the body of a request holds, whatever the signal; `WireError` when it is no request."""
    places = [(0, len(data))]
    for wanted in (RESOURCES, SCOPES, RECORDS):
        places = [
            (start, end)
            for place in places
            for number, wire_type, start, end in fields(data, *place)
            if number == wanted and wire_type == LENGTH
        ]
    return len(places)


def _signal(data: bytes, start: int, end: int) -> Signal | None:
    """The signal whose fields a record has; None for one without any field."""
    found = list(fields(data, start, end))
    types = {number: wire_type for number, wire_type, _, _ in found}
    if not types:
        return None
    if 1 in types and types[1] == LENGTH:
        id_bytes = next(stop - first for number, _, first, stop in found if number == 1)
        if _fits(types, _SPAN) and (id_bytes == TRACE_ID_BYTES or not _fits(types, _METRIC)):
            return "spans"
        return "metrics" if _fits(types, _METRIC) else "spans"
    return "log records" if _fits(types, _LOG_RECORD) else "spans"


def _fits(types: dict[int, int], schema: dict[int, int]) -> bool:
    return all(schema.get(number, wire_type) == wire_type for number, wire_type in types.items())
