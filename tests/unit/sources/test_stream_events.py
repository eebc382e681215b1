"""Payloads of streams as events (EVENT-3, EVENT-4)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.model import FlowEvent
from connectome_tui.sources.stream_events import Arrived, Ends, Reading, event_of_payload
from connectome_tui.sources.stream_memory import StreamMemory

NOW = 1_795_180_000_000.0
ENDS = Ends("server:h", "client:connectome", "stream", "h")


def read(payload: Any, memory: StreamMemory | None = None, *, name: str = "message", at_ms: float = NOW) -> Reading:
    data = payload if isinstance(payload, str) else json.dumps(payload)
    return event_of_payload(Arrived(data, at_ms, name), ENDS, memory or StreamMemory())


def step(label: str, **more: Any) -> dict[str, Any]:
    return {"from": "client:me", "to": "service:api", "label": label} | more


def test_an_event_is_taken_as_such() -> None:
    """A payload that is a FlowEvent is that event; what it holds besides is its detail."""
    fields: dict[str, Any] = {
        "id": "e1",
        "at_ms": 5.5,
        "from_node_id": "service:a",
        "to_node_id": "database:b",
        "trigger": "async",
        "call_type": "graphQuery",
        "label": "select",
        "duration_ms": 2.0,
        "status": "error",
    }
    reading = read(fields | {"attributes": {"a": 1}, "more": True})
    assert reading.event == FlowEvent(**fields)
    assert reading.as_such
    assert reading.detail is not None
    assert reading.detail.attributes == {"a": 1, "more": True}


def test_an_event_with_gaps_is_kept_with_notes() -> None:
    """What a FlowEvent does not say is `?` and a note, its id a hash with its occurrence, never an error."""
    memory = StreamMemory()
    first, second = (read({"from_node_id": "a:b", "trigger": "bad"}, memory).event for _ in range(2))
    assert (first.label, first.to_node_id, first.trigger, first.at_ms) == ("?", "?", "direct", NOW)
    assert "unknown: trigger bad" in str(first.notes)
    assert first.id.startswith("evt:")
    assert first.id.endswith(":1")
    assert second.id == first.id[:-1] + "2"


def test_steps_are_taken_as_such_and_know_each_other() -> None:
    """Steps of a script get ids by their place, parents and links by key, and times from the script's start."""
    memory = StreamMemory()
    first = read(step("sends", at_ms=100, wait="start", summary="s", rate="r"), memory)
    second = read(step("asks", step_key="q", after_ms=30, parent="sends", links=["sends", "x"]), memory, at_ms=NOW + 1)
    third = read(step("ends", at_ms=400, wait="stop", parent="nobody"), memory, at_ms=NOW + 900)
    assert [reading.event.id for reading in (first, second, third)] == ["step:0:sends", "step:1:q", "step:2:ends"]
    assert [reading.event.at_ms - NOW for reading in (first, second, third)] == [0, 30, 300]
    assert [reading.wait for reading in (first, second, third)] == ["start", "none", "stop"]
    assert (first.event.payload_summary, first.event.rate_hint, first.detail) == ("s", "r", None)
    assert (second.event.parent_event_id, second.event.link_event_ids) == ("step:0:sends", ("step:0:sends",))
    assert second.event.step_key == "q"
    assert first.event.step_key is None
    assert third.event.notes == "orphan: parent nobody is no step before"


def test_a_step_with_a_date_keeps_it() -> None:
    """A time of a step that can only be a date is one."""
    assert read(step("x", at_ms=1.7e12)).event.at_ms == 1.7e12
    assert read(step("x")).event.at_ms == NOW


def test_anything_else_is_kept_as_an_event() -> None:
    """A payload of another shape is an event of type code, named by its stream, its data in short and in whole."""
    reading = read({"method": "progress", "params": {"n": 1}}, name="update")
    event = reading.event
    assert (event.call_type, event.trigger, event.label) == ("code", "stream", "update")
    assert (event.from_node_id, event.to_node_id) == ("server:h", "client:connectome")
    assert event.payload_summary == '{"method": "progress", "params": {"n": 1}}'
    assert event.sentence == 'h sent update: {"method": "progress", "params": {"n": 1}}'
    assert reading.detail is not None
    assert reading.detail.attributes == {"method": "progress", "params": {"n": 1}}
    assert not reading.as_such


def test_data_that_is_not_json_is_kept() -> None:
    """`[DONE]` is an event with its text and a note."""
    reading = read("[DONE]")
    assert (reading.event.label, reading.event.payload_summary, reading.event.notes) == (
        "message",
        "[DONE]",
        "not JSON",
    )
    assert reading.detail is not None
    assert reading.detail.attributes == {"data": "[DONE]"}


def test_a_line_without_a_name_is_unknown() -> None:
    """What neither is an event nor has a name is labelled `?` with a note that says so (EVENT-3)."""
    reading = event_of_payload(Arrived("hello", NOW), Ends(teller="log"), StreamMemory())
    assert (reading.event.label, reading.event.notes, reading.event.tone) == ("?", "unknown: not JSON", "unknown")
    assert reading.event.sentence == "log has a line that is no event: hello"


def test_ids_are_unique_within_the_stream() -> None:
    """An event whose id came before gets the number of its occurrence and a note."""
    memory = StreamMemory()
    events = [read({"id": "a", "from_node_id": "x:y", "label": "l"}, memory).event for _ in range(3)]
    assert [event.id for event in events] == ["a", "a:2", "a:3"]
    assert "duplicate: a came before" in str(events[1].notes)


@pytest.mark.parametrize("fields", [step("SESSION_BOUNDARY"), {"from_node_id": "a:b", "label": "SESSION_BOUNDARY"}])
def test_nothing_from_outside_is_a_boundary(fields: dict[str, Any]) -> None:
    """A payload cannot pass for the entry of a Restart, by its label or by the name of its event."""
    assert not read(fields).event.is_boundary
    assert not read("x", name="SESSION_BOUNDARY").event.is_boundary
    assert not read({"from_node_id": "?", "to_node_id": "?", "label": "GAP"}).event.is_gap


_names = st.sampled_from(
    ["id", "at_ms", "from", "to", "label", "from_node_id", "to_node_id", "parent", "links", "wait"]
)
_values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(st.text(), max_size=2)
)


@given(st.lists(st.dictionaries(_names, _values) | st.text(), max_size=6))
def test_it_never_raises_and_drops_nothing(payloads: list[Any]) -> None:
    """Any payloads give one event each, with non-empty ids that differ, and the same ones when read again."""
    runs = []
    for _ in range(2):
        memory = StreamMemory()
        runs.append([read(payload, memory).event for payload in payloads])
    events = runs[0]
    assert runs[0] == runs[1]
    assert len({event.id for event in events}) == len(payloads)
    assert all(event.label and event.from_node_id and event.to_node_id for event in events)
