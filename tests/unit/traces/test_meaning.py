"""Call types and triggers (SPAN-5), labels and summaries."""

from typing import Any

import pytest

from connectome_tui.events.model import FlowEvent
from connectome_tui.traces.normalise import normalise
from connectome_tui.traces.span import SpanEvent, SpanLink
from tests.unit.traces.spans import START, make_span


def only(**fields: Any) -> FlowEvent:
    """The event of a single span."""
    return normalise([make_span("a", **fields)]).events[0]


@pytest.mark.parametrize(
    ("kind", "attributes", "call_type", "trigger"),
    [
        ("internal", {}, "code", "direct"),
        ("server", {"http.method": "GET"}, "code", "direct"),
        ("client", {"http.request.method": "GET"}, "code", "direct"),
        ("client", {"rpc.system": "grpc"}, "code", "direct"),
        ("client", {"db.system": "sqlite"}, "graphQuery", "direct"),
        ("client", {"db.system.name": "sqlite"}, "graphQuery", "direct"),
        ("internal", {"openinference.span.kind": "RETRIEVER"}, "graphQuery", "direct"),
        ("producer", {}, "graphLink", "async"),
        ("consumer", {"messaging.destination": "q"}, "graphLink", "async"),
        ("client", {"messaging.destination.name": "q", "messaging.system": "sqs"}, "graphLink", "direct"),
        ("client", {"gen_ai.operation.name": "chat"}, "llm", "direct"),
        ("client", {"gen_ai.system": "openai", "gen_ai.request.model": "m"}, "llm", "direct"),
        ("client", {"gen_ai.operation.name": "embeddings"}, "llm", "direct"),
        ("internal", {"openinference.span.kind": "LLM"}, "llm", "direct"),
        ("internal", {"openinference.span.kind": "llm"}, "llm", "direct"),
        ("internal", {"gen_ai.operation.name": "execute_tool"}, "code", "direct"),
        ("internal", {"gen_ai.operation.name": "invoke_agent"}, "code", "direct"),
        ("client", {"gen_ai.operation.name": "chat", "gen_ai.request.stream": True}, "llm", "stream"),
        (
            "internal",
            {"openinference.span.kind": "LLM", "llm.invocation_parameters": '{"stream":true}'},
            "llm",
            "stream",
        ),
        (
            "client",
            {"http.method": "GET", "http.response.header.content-type": ["text/event-stream"]},
            "code",
            "stream",
        ),
        ("internal", {"faas.trigger": "timer"}, "code", "timer"),
    ],
)
def test_call_type_and_trigger(kind: str, attributes: dict[str, Any], call_type: str, trigger: str) -> None:
    """What a span is about decides, by the old and the new names of the conventions (SPAN-5)."""
    event = only(kind=kind, attributes=attributes)
    assert (event.call_type, event.trigger) == (call_type, trigger)


def test_a_scheduler_is_a_timer() -> None:
    """A root that a scheduler's instrumentation recorded was set off by time."""
    assert only(scope="opentelemetry.instrumentation.apscheduler").trigger == "timer"


def test_links_become_ids_and_make_the_event_a_link() -> None:
    """A linked span is named by the id of its event, whether it is in the file or not (SPAN-2, SPAN-5)."""
    event = only(links=(SpanLink("t1", "s1"), SpanLink("t2", "s2")))
    assert event.link_event_ids == ("t1:s1", "t2:s2")
    assert (event.call_type, event.trigger) == ("graphLink", "async")


def test_span_events_are_hooks_in_time_among_the_children() -> None:
    """An exception stands behind its span, between the children that began before and after it (SPAN-2)."""
    moments = (
        SpanEvent("exception", START + 5_000_000, {"exception.type": "a.b.Oops", "exception.message": "no"}),
        SpanEvent("checkpoint", START + 1_000_000, {"message": "half way"}),
    )
    spans = [make_span("a", events=moments), make_span("b", "a", 2), make_span("c", "b", 7), make_span("d", "a", 6)]
    events = normalise(spans).events
    assert [event.id.partition(":")[2] for event in events] == ["a", "a:e1", "b", "c", "a:e0", "d"]
    exception = events[4]
    assert (exception.trigger, exception.call_type, exception.status) == ("hook", "moment", "unset")
    assert (exception.label, exception.payload_summary) == ("exception", "Oops: no")
    assert exception.parent_event_id == events[0].id
    assert exception.duration_ms is None


@pytest.mark.parametrize(
    ("name", "kind", "attributes", "label", "summary"),
    [
        ("POST", "client", {"http.method": "POST", "http.url": "http://h:1/orders?x=1"}, "POST /orders", None),
        ("HTTP GET", "client", {"url.full": "http://h/a", "http.request.method": "GET"}, "GET /a", None),
        ("GET", "server", {"http.method": "GET", "http.target": "/p/1", "http.route": "/p/{id}"}, "GET /p/{id}", None),
        ("GET /p/{id}", "server", {"http.method": "GET", "http.status_code": "404"}, "GET /p/{id}", "HTTP 404"),
        ("/a.b.Health/Check", "client", {"rpc.system": "grpc", "rpc.service": "a.b.Health", "rpc.method": "Check",
                                         "rpc.grpc.status_code": 5}, "Health/Check", "gRPC NOT_FOUND"),
        ("select", "client", {"db.system": "sqlite", "db.statement": "select *\n  from t\nwhere x"},
         "select", "select * ; from t ; where x"),
        ("run/t.pay", "consumer", {"celery.state": "RETRY", "messaging.destination": "celery"},
         "run/t.pay", "RETRY · queue celery"),
        ("chat m", "client", {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 800,
                              "gen_ai.usage.output_tokens": 12}, "m", "812 tokens"),
        ("chat m", "client", {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}, "chat", None),
        ("invoke_agent planner", "internal", {"gen_ai.operation.name": "invoke_agent"}, "planner", None),
        ("execute_tool  x", "internal", {"gen_ai.operation.name": "execute_tool"}, "x", None),
        ("execute_tool", "internal", {"gen_ai.operation.name": "execute_tool"}, "execute_tool", None),
        ("f", "internal", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": '{"a": 1, "b": "x"}'},
         "f", "a=1, b=x"),
        ("", "internal", {}, "?", None),
    ],
)  # fmt: skip
def test_labels_and_summaries(
    name: str, kind: str, attributes: dict[str, Any], label: str, summary: str | None
) -> None:
    """Labels are completed where instrumentations leave them bare; summaries are short and on one line."""
    event = only(name=name, kind=kind, attributes=attributes)
    assert (event.label, event.payload_summary) == (label, summary)


def test_a_streamed_answer_has_a_rate() -> None:
    """Tokens a second are shown for a streaming call only."""
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.stream": True, "gen_ai.usage.output_tokens": 40}
    assert only(took_ms=2000.0, attributes=call).rate_hint == "≈ 20/s"
    assert only(took_ms=2000.0, attributes=call | {"gen_ai.request.stream": False}).rate_hint is None


@pytest.mark.parametrize(
    ("times", "duration", "note"),
    [
        ({"end_ns": START - 2_000_000}, -2.0, "negative duration"),
        ({"end_ns": START}, 0.0, "zero duration"),
        ({"end_ns": None}, None, "unknown: no end time in the record"),
        ({"start_ns": None, "end_ns": None}, None, "unknown: no start and no end time in the record"),
    ],
)
def test_strange_times_are_kept_and_marked(times: dict[str, Any], duration: float | None, note: str) -> None:
    """A duration is never corrected (EVENT-5), and what is missing is said."""
    event = only(**times)
    assert (event.duration_ms, event.notes) == (duration, note)


def test_a_giant_name_is_cut_and_stays_apart_from_its_like() -> None:
    """Names of a megabyte neither fill the screen nor become one node (a hostile file)."""
    flows = [normalise([make_span("a", service="x" * 1_000 + end, name="y" * 1_000_000)]) for end in "12"]
    first, second = (flow.topology.nodes[0].id for flow in flows)
    assert first != second
    assert len(first) < 150
    assert len(flows[0].events[0].label) < 150
