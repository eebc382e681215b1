"""The sentences, one template for each kind of act (EVENT-9)."""

from typing import Any

import pytest

from connectome_tui.traces.span import Span, SpanEvent
from tests.unit.traces.spans import START, make_span, sentences

WEB = {"http.request.method": "POST", "url.path": "/checkout", "http.response.status_code": 200}


def call(path: str, status: int | None = 200, method: str = "GET", **more: Any) -> dict[str, Any]:
    """Attributes of an HTTP call."""
    found = {"http.method": method, "http.url": f"http://10.0.0.9:80{path}", "http.status_code": status}
    return {name: value for name, value in found.items() if value is not None} | more


def under_checkout(*spans: Span) -> list[str]:
    """What is said about spans below `POST /checkout` of service `shop`, which is span `top`."""
    return sentences([make_span("top", kind="server", name="POST /checkout", service="shop", attributes=WEB), *spans])[
        1:
    ]


def test_http_between_services() -> None:
    """The caller sends, the callee is asked; the outcome is the status, the reason the request it happens for."""
    client = make_span(
        "b", "top", took_ms=12.6, kind="client", name="GET", service="shop", attributes=call("/stock/9", 404)
    )
    server = make_span(
        "c", "b", took_ms=12, kind="server", name="GET /stock/{id}", service="stock", attributes=call("/stock/9", 404)
    )
    assert under_checkout(client, server) == [
        "shop sent GET /stock/9 to stock and got 404 after 13ms, for POST /checkout",
        "shop asked stock for GET /stock/9 and got 404 in 12ms, called from checkout",
    ]


def test_http_to_a_host_that_refuses() -> None:
    """Without a status the kind of error is the outcome."""
    refused = make_span(
        "b", "top", took_ms=1.3, kind="client", name="GET", service="shop", status="error",
        attributes=call("/nobody", None, **{"error.type": "ECONNREFUSED"}),
    )  # fmt: skip
    assert under_checkout(refused) == ["shop asked 10.0.0.9:80 for GET /nobody and got ECONNREFUSED in 1.3ms"]


def test_a_caller_that_is_not_in_the_file() -> None:
    """An orphan says so in place of a caller."""
    span = make_span("a", "gone", took_ms=2, kind="server", name="GET /x", attributes=call("/x"))
    assert sentences([span]) == ["an unknown caller asked api for GET /x and got 200 in 2.0ms"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "update", "attributes": {"db.system": "sqlite", "db.statement": "update stock set a=1"}},
         "shop asked sqlite to update stock, done in 1.0ms, for POST /checkout"),
        ({"name": "LPUSH LTRIM", "attributes": {"db.system": "redis", "db.statement": "LPUSH ? ?\nLTRIM ?"}},
         "shop asked redis to LPUSH, LTRIM, done in 1.0ms, for POST /checkout"),
        ({"name": "DEL DEL DEL", "attributes": {"db.system": "redis"}},
         "shop asked redis to DEL ×3, done in 1.0ms, for POST /checkout"),
        ({"name": "incr", "attributes": {"db.system.name": "redis", "db.query.text": "incr checkouts"}},
         "shop asked redis to incr checkouts, done in 1.0ms, for POST /checkout"),
        ({"name": "select", "status": "error", "status_message": "OperationalError: no such table: nowhere",
          "attributes": {"db.system": "sqlite", "db.statement": "select * from nowhere"}},
         "shop asked sqlite to select and got no such table in 1.0ms, for checkout"),
    ],
)  # fmt: skip
def test_stores(fields: dict[str, Any], said: str) -> None:
    """A store is asked to do something; a failure is told in the first words of its message."""
    assert under_checkout(make_span("b", "top", kind="client", service="shop", **fields)) == [said]


def task(state: str, **more: Any) -> dict[str, Any]:
    """Attributes of a task that ran."""
    return {
        "celery.action": "run",
        "celery.task_name": "tasks.pay",
        "messaging.destination": "celery",
        "celery.state": state,
    } | more


def test_a_task_that_retries() -> None:
    """Queued, run, asked for a retry, queued by itself, run again."""
    queue = {"celery.task_name": "tasks.pay", "messaging.destination": "celery"}
    spans = [
        make_span("b", "top", 1, 0.8, kind="producer", service="shop", name="apply_async/tasks.pay", attributes=queue),
        make_span("c", "b", 2, 4.1, kind="consumer", service="worker", name="run/tasks.pay", attributes=task("RETRY")),
        make_span("d", "c", 3, 2, kind="producer", service="worker", name="apply_async/tasks.pay", attributes=queue),
        make_span("e", "d", 4, 3.8, kind="consumer", service="worker", name="run/tasks.pay",
                  attributes=task("SUCCESS", **{"celery.retries": "1"})),
    ]  # fmt: skip
    assert under_checkout(*spans) == [
        "shop queued pay for worker in 0.8ms, for POST /checkout",
        "worker ran pay, queued by shop, and asked for a retry after 4.1ms",
        "worker queued pay again on celery in 2.0ms, for the retry",
        "worker ran pay again, queued by itself, and finished in 3.8ms",
    ]


def test_a_task_that_fails() -> None:
    """Rather than to cut the error, who queued it is left out."""
    spans = [
        make_span("b", "top", kind="producer", service="shop", name="apply_async/tasks.pay"),
        make_span("c", "b", 1, 10, kind="consumer", service="worker", name="run/tasks.pay", attributes=task("FAILURE"),
                  status="error", status_message="card declined"),
    ]  # fmt: skip
    assert under_checkout(*spans)[1] == "worker ran pay, queued by shop, and failed after 10ms: card declined"


def test_remote_procedures() -> None:
    """The method is called on the callee and answers with the name of its status."""
    rpc = {"rpc.system": "grpc", "rpc.service": "a.Health", "rpc.method": "Check", "rpc.grpc.status_code": 5}
    spans = [
        make_span("b", "top", 0, 1.5, kind="client", service="shop", attributes=rpc, status="error"),
        make_span("c", "b", 1, 1, kind="server", service="pricing", attributes=rpc),
    ]
    assert under_checkout(*spans) == [
        "shop sent Health/Check to pricing and got NOT_FOUND after 1.5ms",
        "shop called Health/Check on pricing and got NOT_FOUND in 1.0ms, for checkout",
    ]


CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "small"}
AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
TOOL = {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "risky",
    "gen_ai.tool.call.arguments": '{"q": "x"}',
}
SAID = '[{"role": "assistant", "parts": [{"type": "text", "content": "hello"}]}]'
CALLS = '[{"parts": [{"type": "tool_call", "name": "risky"}, {"type": "tool_call", "name": "lookup"}]}]'
OOPS = (SpanEvent("exception", START, {"exception.type": "RuntimeError", "exception.message": "index offline"}),)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "client", "attributes": CHAT | {"gen_ai.output.messages": SAID, "gen_ai.usage.output_tokens": 5}},
         'planner asked small and got "hello" in 1.0ms, 5 tokens'),
        ({"kind": "client", "attributes": CHAT | {"gen_ai.output.messages": CALLS}},
         "small told planner to call risky and lookup in 1.0ms"),
        ({"kind": "client", "attributes": CHAT | {"gen_ai.request.stream": True}},
         "planner asked small, which streamed its answer in 1.0ms"),
        ({"kind": "client", "attributes": CHAT}, "planner asked small for an answer, done in 1.0ms"),
        ({"kind": "client", "attributes": CHAT, "status": "error", "status_message": "RateLimitError: slow down"},
         "planner asked small, which failed in 1.0ms with RateLimitError: slow down"),
        ({"attributes": TOOL | {"gen_ai.tool.call.result": "found 3"}},
         'planner called risky with q=x and got "found 3" in 1.0ms'),
        ({"attributes": TOOL, "status": "error", "events": OOPS},
         "planner called risky, which failed in 1.0ms with RuntimeError: index offline"),
        ({"attributes": AGENT | {"gen_ai.agent.name": "helper", "final_result": "done so"}},
         'planner invoked helper and got "done so" in 1.0ms'),
        ({"name": "docs", "attributes": {"openinference.span.kind": "RETRIEVER", "input.value": "tracing",
                                         "retrieval.documents.0.document.content": "…"}},
         'planner searched docs for "tracing" and got 1 document in 1.0ms'),
        ({"attributes": {"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e"}},
         "planner asked e for an embedding, done in 1.0ms"),
        ({"name": "plan", "attributes": {"openinference.span.kind": "CHAIN"}}, "planner ran plan in 1.0ms"),
    ],
)  # fmt: skip
def test_agents_models_and_tools(fields: dict[str, Any], said: str) -> None:
    """What was asked, of whom, and what came back."""
    assert sentences([make_span("top", attributes=AGENT), make_span("b", "top", **fields)])[1] == said


def test_attempts_and_loops_are_counted() -> None:
    """A second try after a failure is `again`; a graph that comes to a node once more says how often."""
    node = {"openinference.span.kind": "CHAIN"}
    top = make_span("top", attributes=AGENT)
    tries = [
        make_span("b", "top", 1, attributes=TOOL, status="error", name="t"),
        make_span("c", "top", 2, attributes=TOOL, name="t"),
    ]
    assert sentences([top, *tries])[2] == "planner called risky again with q=x in 1.0ms"
    loops = [make_span(each, "top", at_ms, name="critic", attributes=node) for at_ms, each in enumerate("bcd", 1)]
    assert sentences([top, *loops])[2:] == [
        "planner ran critic for the 2nd time in 1.0ms",
        "planner ran critic for the 3rd time in 1.0ms",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "render"}, "shop ran render in 1.0ms, for POST /checkout"),
        ({"name": "render", "status": "error", "status_message": "ValueError: bad"},
         "shop ran render, which failed in 1.0ms with ValueError: bad, for checkout"),
        ({"name": ""}, "shop did something that the record does not name in 1.0ms, for checkout"),
        ({"name": "x http send", "attributes": {"asgi.event.type": "http.response.start", "http.status_code": 200}},
         "shop began to answer with 200 in 1.0ms, for POST /checkout"),
        ({"name": "nightly", "attributes": {"faas.trigger": "timer"}}, "shop ran nightly on its schedule in 1.0ms"),
        ({"name": "push", "kind": "client", "attributes": {"peer.service": "apns"}},
         "shop called apns for push in 1.0ms, for POST /checkout"),
    ],
)  # fmt: skip
def test_steps_and_the_rest(fields: dict[str, Any], said: str) -> None:
    """Work inside a service, what frameworks add, schedules, and what nothing is known about."""
    assert under_checkout(make_span("b", "top", service="shop", **fields)) == [said]


def test_exceptions_and_logs_within_spans() -> None:
    """An exception is raised in its request, got from a store, or raised by a tool; a log is noted."""
    store = make_span("b", "top", 1, kind="client", service="shop", attributes={"db.system": "sqlite"}, events=OOPS)
    step = make_span(
        "c", "top", 2, service="shop", name="render", events=(SpanEvent("cache miss", START, {"key": "k"}),)
    )
    assert under_checkout(store, step)[1::2] == [
        "shop got RuntimeError: index offline from sqlite, for POST /checkout",
        "shop noted cache miss: key=k, in render",
    ]
    agent = [make_span("top", attributes=AGENT), make_span("b", "top", 1, attributes=TOOL, events=OOPS)]
    assert sentences(agent)[2] == "risky raised RuntimeError: index offline, called from planner"


def test_a_beginning_says_that_it_is_one() -> None:
    """A span without a parent: alone, the first of a flow, or linked to another."""
    assert sentences([make_span("a", name="x")]) == ["api ran x in 1.0ms, on its own"]
    assert sentences([make_span("a", name="x"), make_span("b", "a")])[0] == "api ran x in 1.0ms, which began this flow"
