"""OTLP/JSON under inputs that nobody would write by hand (EVENT-3)."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.traces.otlp import decode_otlp_json
from connectome_tui.traces.piece_file import Decoded, UnreadableError
from tests.readers import resource_spans, wire_span

TEXT = st.text(max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "stringValue": TEXT,
        "intValue": st.integers().map(str) | st.integers(),
        "boolValue": st.booleans(),
        "doubleValue": st.floats(allow_nan=False),
        "arrayValue": st.just({"values": [{"intValue": "1"}]}),
        "bytesValue": st.just("aGk="),
    },
)
NAMES = ("traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "attributes", "events", "status")
ATTRIBUTES = st.lists(st.fixed_dictionaries({"key": TEXT, "value": VALUES}), max_size=3)
TIMES = st.integers(-5, 1 << 70).map(str) | st.integers(0, 1 << 62)
SPANS = st.fixed_dictionaries(
    {"traceId": TEXT, "spanId": TEXT, "name": TEXT, "startTimeUnixNano": TIMES, "attributes": ATTRIBUTES},
    optional={
        "kind": st.integers(-2, 9),
        "status": st.fixed_dictionaries({}, optional={"code": st.integers(-1, 4), "message": TEXT}),
        "events": st.lists(st.fixed_dictionaries({"name": TEXT, "timeUnixNano": TIMES}), max_size=2),
        "flags": st.integers(0, 1023),
    },
)


def decoded_or_reason(data: bytes) -> Decoded | str:
    try:
        return decode_otlp_json(data)
    except UnreadableError as problem:
        return str(problem)


@given(st.lists(SPANS, max_size=3))
def test_strict_and_lenient_agree(spans: list[dict[str, Any]]) -> None:
    """What the strict decoder takes, the lenient one reads the same, note for note."""
    data = json.dumps({"resourceSpans": [resource_spans(*spans)]}).encode()
    lenient = decode_otlp_json(data, keep_raw=True).spans
    assert decode_otlp_json(data).spans == [msgspec.structs.replace(span, raw=None) for span in lenient]


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_no_value_costs_a_span(fields: dict[str, Any]) -> None:
    """Whatever stands in a span's fields, it gives one span, the same each time (SPAN-2)."""
    data = json.dumps({"resourceSpans": [resource_spans(wire_span(), fields)]}).encode()
    decoded = decode_otlp_json(data)
    assert len(decoded.spans) == 2
    assert repr(decoded) == repr(decode_otlp_json(data))
    msgspec.json.encode(decoded.spans)


@given(JSON | st.dictionaries(st.sampled_from(["resourceSpans", "result", "batches", "scopeSpans", "resource"]), JSON))
def test_any_json_is_read_or_refused(value: Any) -> None:
    """JSON of any shape is read or refused with a reason, the same each time, and raises nothing else."""
    data = json.dumps(value).encode()
    assert repr(decoded_or_reason(data)) == repr(decoded_or_reason(data))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Arbitrary bytes are read or refused with a reason."""
    assert repr(decoded_or_reason(data)) == repr(decoded_or_reason(data))


@settings(max_examples=50)
@given(st.data())
def test_a_line_cut_anywhere_is_refused_or_read(data: st.DataObject) -> None:
    """A request that is cut off at any byte raises nothing but the reason."""
    whole = json.dumps({"resourceSpans": [resource_spans(wire_span())]}).encode()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert isinstance(decoded_or_reason(cut), str)
