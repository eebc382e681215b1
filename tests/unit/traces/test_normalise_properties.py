"""What normalisation promises for any spans whatever (EVENT-3, SPAN-2, SPAN-4)."""

import math

from hypothesis import given, settings

from connectome_tui.events.model import CALL_TYPES, TRIGGERS, UNKNOWN, has_note
from connectome_tui.traces.normalise import normalise
from connectome_tui.traces.span import Span
from tests.unit.traces.spans import arbitrary_spans

few = settings(max_examples=50, deadline=None)


@few
@given(arbitrary_spans())
def test_counts_in_are_counts_out(spans: list[Span]) -> None:
    """Every distinct span and each of its span events is exactly one event, with an id of its own (SPAN-2)."""
    first = {span.key: span for span in reversed(spans)}
    events = normalise(spans).events
    assert len(events) == len(first) + sum(len(span.events) for span in first.values())
    assert len({event.id for event in events}) == len(events)
    assert {event.id for event in events if event.call_type != "moment" or event.trigger != "hook"} <= set(first)


@few
@given(arbitrary_spans())
def test_every_event_is_whole(spans: list[Span]) -> None:
    """No event lacks a required field, a finite time, a node of the topology, or a sentence on one line (EVENT-1)."""
    flow = normalise(spans)
    for event in flow.events:
        assert event.label
        assert math.isfinite(event.at_ms)
        assert event.trigger in TRIGGERS
        assert event.call_type in CALL_TYPES
        assert {event.from_node_id, event.to_node_id} <= set(flow.topology.node_by_id)
        assert (event.step_key is not None) == (event.from_node_id == event.to_node_id)
        assert event.sentence
        assert "\n" not in event.sentence


@few
@given(arbitrary_spans())
def test_a_parent_stands_before_its_children(spans: list[Span]) -> None:
    """In causal order no event comes before its parent, and the parent's row is the parent's (SPAN-4)."""
    flow = normalise(spans)
    for row, event in enumerate(flow.events):
        parent = flow.parents[row]
        assert parent < row
        assert event.parent_event_id == (None if parent < 0 else flow.events[parent].id)


@few
@given(arbitrary_spans())
def test_the_same_spans_give_the_same_events(spans: list[Span]) -> None:
    """Normalisation is deterministic."""
    assert normalise(spans) == normalise(list(spans))


@few
@given(arbitrary_spans())
def test_raw_time_order_holds_the_same_events_by_time(spans: list[Span]) -> None:
    """The other order has the same events, none before an earlier one, and the same parents (SPAN-4)."""
    causal, raw = normalise(spans), normalise(spans, raw_time_order=True)
    times = [event.at_ms for event in raw.events]
    assert times == sorted(times)
    assert {event.id: event for event in raw.events} == {event.id: event for event in causal.events}
    for row, event in enumerate(raw.events):
        parent = raw.parents[row]
        assert event.parent_event_id == (None if parent < 0 else raw.events[parent].id)


@few
@given(arbitrary_spans())
def test_every_orphan_and_copy_is_marked(spans: list[Span]) -> None:
    """A parent that is not there, and a span that came twice, are notes on the event (SPAN-4)."""
    present = {span.span_id for span in spans}
    events = {event.id: event for event in normalise(spans).events}
    first = {span.key: span for span in reversed(spans)}
    for key, span in first.items():
        assert has_note(events[key], "orphan") == bool(span.parent_id and span.parent_id not in present)
        assert has_note(events[key], "duplicate") == (sum(other.key == key for other in spans) > 1)


@few
@given(arbitrary_spans())
def test_edges_count_the_events_that_travel_them(spans: list[Span]) -> None:
    """The edges of the topology together have as many events as go from one node to another (SPAN-3)."""
    flow = normalise(spans)
    travelling = sum(event.from_node_id != event.to_node_id for event in flow.events)
    assert sum(edge.events for edge in flow.topology.edges) == travelling
    assert all(edge.from_node_id != edge.to_node_id for edge in flow.topology.edges)
    assert all(UNKNOWN not in node.id or node.id == UNKNOWN or node.title for node in flow.topology.nodes)
