"""Settling (SPAN-9): order, lateness, duplicates, bounds; that nothing is lost, whatever comes when."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.events.flow import ALL_FLOWS, no_progress
from connectome_tui.events.model import FlowEvent, has_note
from connectome_tui.sources.open import open_recording
from connectome_tui.traces.normalise import normalise
from connectome_tui.traces.settle import SettleLimits, Settler
from connectome_tui.traces.span import Resource, Span, SpanEvent

SERVICE = {name: Resource(name, {"service.name": name}) for name in ("gateway", "api", "worker")}


def make_span(
    number: int, parent: int | None = None, *, trace: str = "t1", service: str = "api", **fields: Any
) -> Span:
    """Span `number` of a trace, which starts `number` ms after all began and takes 5 ms."""
    start = 1_000_000_000 + number * 1_000_000
    return Span(
        key=f"{trace}:{number:04x}",
        trace_id=trace,
        span_id=f"{number:04x}",
        parent_id="" if parent is None else f"{parent:04x}",
        name=f"step {number}",
        kind="internal",
        start_ns=start,
        end_ns=start + 5_000_000,
        resource=SERVICE[service],
        **fields,
    )


def ids(events: list[FlowEvent]) -> list[str]:
    """The ids of events."""
    return [event.id for event in events]


def test_a_trace_goes_when_nothing_of_it_came_for_the_settling_time() -> None:
    """SPAN-9: a child that comes first waits for its parent, and both go 2 s after the second of them."""
    settler = Settler(2000)
    assert not settler.add([make_span(2, 1)], 0).events
    assert not settler.add([make_span(1)], 1500).events
    assert settler.next_deadline_ms() == 3500
    assert not settler.release(3499).events
    settled = settler.release(3500)
    assert ids(settled.events) == ["t1:0001", "t1:0002"]
    assert settled.events[1].parent_event_id == "t1:0001"
    assert not any(event.notes for event in settled.events)
    assert settler.next_deadline_ms() is None


def test_other_traces_do_not_hold_a_trace_back() -> None:
    """SPAN-9: each trace has a time of its own; those that settle together go in the order in which they began."""
    settler = Settler(2000)
    settler.add([make_span(9, trace="late"), make_span(1, trace="early")], 0)
    settler.add([make_span(5, trace="busy")], 1000)
    assert ids(settler.release(2000).events) == ["early:0001", "late:0009"]
    assert ids(settler.release(3000).events) == ["busy:0005"]


def test_what_comes_after_the_release_is_late_and_finds_its_parent() -> None:
    """SPAN-9: a late child is marked, names the parent that was shown before, and the parent is not shown again."""
    settler = Settler(2000)
    settler.add([make_span(1)], 0)
    settler.release(2000)
    settler.add([make_span(3, 2), make_span(2, 1)], 2500)
    settled = settler.release(4500)
    assert ids(settled.events) == ["t1:0002", "t1:0003"]
    assert all(has_note(event, "late") for event in settled.events)
    assert settled.events[0].parent_event_id == "t1:0001"
    assert not any(has_note(event, "orphan") for event in settled.events)


def test_late_spans_of_a_long_trace_find_their_ancestors() -> None:
    """SPAN-9: also where too much was shown of a trace to look at all of it again."""
    settler = Settler(2000)
    settler.add([make_span(1), *(make_span(number, 1) for number in range(2, 600))], 0)
    settler.release(2000)
    settled = (settler.add([make_span(900, 500)], 2100), settler.release(9999))[1]
    assert [(event.id, event.parent_event_id) for event in settled.events] == [("t1:0384", "t1:01f4")]
    assert settled.events[0].notes == "late"


def test_a_trace_that_was_forgotten_is_still_known_to_be_late() -> None:
    """SPAN-9: spans are kept for the newest traces only, ids of many more."""
    settler = Settler(2000, limits=SettleLimits(past_spans=1))
    settler.add([make_span(1, trace="a"), make_span(1, trace="b")], 0)
    settler.release(2000)
    settler.add([make_span(2, 1, trace="a")], 3000)
    (event,) = settler.release(5000).events
    assert has_note(event, "late")
    assert has_note(event, "orphan")


def test_duplicates_that_wait_are_marked_and_later_ones_counted() -> None:
    """SPAN-2, SPAN-9: one event for each span; an event that was shown cannot be marked any more."""
    settler = Settler(2000)
    settler.add([make_span(1)], 0)
    settler.add([make_span(1)], 100)
    (event,) = settler.release(2100).events
    assert event.notes == "duplicate ×2"
    assert not settler.add([make_span(1)], 3000).events
    assert settler.waiting_spans == 0
    assert settler.duplicates == 1


def test_without_settling_everything_is_shown_at_once() -> None:
    """SPAN-9: with 0, a span whose parent is unknown says so and comes from `?`; a later parent is no late one."""
    settler = Settler(0)
    (child,) = settler.add([make_span(2, 1, service="worker", flags=0x300)], 0).events
    assert child.notes == "late parent"
    assert child.from_node_id == "?"
    assert child.parent_event_id is None
    assert child.sentence is not None
    assert "not in the file" not in child.sentence
    (parent,) = settler.add([make_span(1)], 1).events
    assert parent.notes is None
    (other,) = settler.add([make_span(3, 1)], 2).events
    assert other.parent_event_id == "t1:0001"
    assert other.notes is None
    assert settler.waiting_spans == 0
    assert settler.next_deadline_ms() is None


def test_a_trace_that_never_falls_silent_goes_by_its_age() -> None:
    """SPAN-9: what streams on for ever is shown in parts, the later ones marked."""
    settler = Settler(2000)
    shown: list[FlowEvent] = []
    for number in range(1, 30):
        now = number * 1000.0
        settler.add([make_span(number, 1 if number > 1 else None)], now)
        shown += settler.release(now).events
    assert len(shown) == 22
    assert not has_note(shown[10], "late")
    assert has_note(shown[-1], "late")


def test_bounds_release_and_never_drop() -> None:
    """SPAN-9: over a bound the traces that waited longest go early; memory stays within what was allowed."""
    limits = SettleLimits(waiting_spans=10, waiting_traces=4, spans_of_trace=6, past_spans=5, past_ids=8)
    settler = Settler(2000, limits=limits)
    shown = 0
    for number in range(200):
        shown += len(settler.add([make_span(number + 1, trace=f"t{number % 17}")], float(number)).events)
        assert settler.waiting_spans <= limits.waiting_spans
        assert settler.waiting_traces <= limits.waiting_traces
    assert settler.released_early > 0
    assert shown + len(settler.flush().events) == 200


def test_one_giant_trace_does_not_wait_without_end() -> None:
    """SPAN-9: so many spans of one trace go at once."""
    settler = Settler(2000, limits=SettleLimits(spans_of_trace=50))
    assert len(settler.add([make_span(number) for number in range(1, 61)], 0).events) == 60


def test_details_stand_beside_their_events() -> None:
    """EVENT-8: attributes go with each event, those of a span event with its own."""
    moment = SpanEvent("exception", 1_002_000_000, {"exception.type": "E"})
    span = make_span(1, attributes={"a": 1}, events=(moment,))
    settled = (settler := Settler(2000)).add([span], 0)
    settled = settler.flush()
    assert [detail.attributes for detail in settled.details] == [{"a": 1}, {"exception.type": "E"}]
    bare = Settler(2000, details=False)
    bare.add([span], 0)
    assert not bare.flush().details


def test_nodes_are_said_when_they_are_new_or_better_known() -> None:
    """GRAPH-3: a node is said once, and again when a step is added to it."""
    settler = Settler(0)
    assert [node.id for node in settler.add([make_span(1)], 0).nodes] == ["service:api"]
    assert [node.steps for node in settler.add([make_span(2)], 0).nodes] == [("step 1", "step 2")]
    assert not settler.add([msgspec.structs.replace(make_span(3, trace="t2"), name="step 2")], 0).nodes


def test_received_with_time_to_settle_is_the_same_ledger_as_opened(shared_data: Path) -> None:
    """SPAN-9: the same spans in any order, in any batches, give the same events and nodes as the file."""
    recording = open_recording([str(shared_data / "traces" / "shop.otlp.jsonl")])
    recording.finish(no_progress)
    flow = recording.flow(ALL_FLOWS)
    wanted = [flow.events[row] for row in range(len(flow.events))]
    spans = [span for _, span in recording._index.batches.all()]  # type: ignore[attr-defined]
    random.Random(7).shuffle(spans)
    settler = Settler(60_000)
    for at in range(0, len(spans), 20):
        assert not settler.add(spans[at : at + 20], float(at)).events
    settled = settler.release(1_000_000)
    assert settled.events == wanted
    assert {node.id: (node.title, node.kind, node.zone) for node in settled.nodes} == {
        node.id: (node.title, node.kind, node.zone) for node in flow.topology.nodes
    }
    rows = range(0, len(wanted), 7)
    assert [settled.details[row] for row in rows] == [flow.events.detail(row) for row in rows]
    recording.close()


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[float, Span]]:
    """Spans of a few traces with parents among them or missing, some twice, at times that rise."""
    spans = []
    for number in range(1, draw(st.integers(1, 25)) + 1):
        parent = draw(st.one_of(st.none(), st.integers(1, 30)))
        trace = draw(st.sampled_from("abc"))
        spans.append(make_span(number, parent, trace=trace, service=draw(st.sampled_from(sorted(SERVICE)))))
    spans += draw(st.lists(st.sampled_from(spans), max_size=4))
    spans = draw(st.permutations(spans))
    times = sorted(draw(st.lists(st.floats(0, 20_000), min_size=len(spans), max_size=len(spans))))
    return list(zip(times, spans, strict=True))


def received(coming: list[tuple[float, Span]], settle_ms: float) -> list[FlowEvent]:
    """What is shown, in order, when the time is looked at before each arrival."""
    settler = Settler(settle_ms)
    shown: list[FlowEvent] = []
    for now, span in coming:
        shown += settler.release(now).events
        shown += settler.add([span], now).events
    return shown + settler.flush().events


@settings(deadline=None, max_examples=60)
@given(arrivals(), st.sampled_from([0.0, 500.0, 2000.0, 100_000.0]))
def test_nothing_is_lost_and_nothing_comes_twice(coming: list[tuple[float, Span]], settle_ms: float) -> None:
    """SPAN-2, SPAN-9: every span gives one event, whatever settles when; a parent named is one shown before."""
    shown = received(coming, settle_ms)
    assert Counter(ids(shown)) == Counter({span.key for _, span in coming})
    place = {event.id: number for number, event in enumerate(shown)}
    for event in shown:
        if event.parent_event_id is not None and not has_note(event, "unknown"):
            assert place[event.parent_event_id] < place[event.id]
    assert received(coming, settle_ms) == shown


@settings(deadline=None, max_examples=40)
@given(arrivals())
def test_time_to_settle_makes_the_order_of_arrival_vanish(coming: list[tuple[float, Span]]) -> None:
    """SPAN-9: each trace then stands as if it had been opened as a whole, but for how often spans came."""
    shown = received(coming, 100_000.0)
    for trace in {span.trace_id for _, span in coming}:
        spans = sorted((span for _, span in coming if span.trace_id == trace), key=lambda span: span.key)
        assert [event for event in shown if event.flow_id == trace] == normalise(spans).events
