"""Parents, notes and nodes of the spans of one trace (SPAN-3, SPAN-4, SPAN-6)."""

from typing import Any

import pytest

from connectome_tui.events.model import has_note
from connectome_tui.traces.normalise import normalise
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.span import Resource, Span
from tests.unit.traces.spans import TRACE, edges, make_span

HTTP = {
    "http.request.method": "GET",
    "url.full": "http://10.0.0.9:8080/x",
    "server.address": "10.0.0.9",
    "server.port": 8080,
}
REDIS = {"db.system": "redis", "net.peer.name": "127.0.0.1", "net.peer.port": 16379, "db.statement": "GET ?"}


def test_a_call_between_services_is_a_step_of_the_caller_and_an_edge() -> None:
    """The client's span stays inside the caller, the server's travels from caller to callee (SPAN-3)."""
    spans = [
        make_span("a", kind="server"),
        make_span("b", "a", kind="client", attributes=HTTP),
        make_span("c", "b", kind="server", service="stock"),
    ]
    flow = normalise(spans)
    assert edges(flow)[1:] == [("service:api", "service:api"), ("service:api", "service:stock")]
    assert [edge.id for edge in flow.topology.edges] == ["service:api→service:stock"]
    assert flow.events[1].step_key == flow.events[1].label


def test_a_call_that_nobody_answers_reaches_the_host_it_names() -> None:
    """A peer without instrumentation is a node of its own (SPAN-3)."""
    flow = normalise([make_span("a", kind="server"), make_span("b", "a", kind="client", attributes=HTTP)])
    assert edges(flow)[1] == ("service:api", "host:10.0.0.9:8080")
    assert flow.topology.node_by_id["host:10.0.0.9:8080"].zone == "EXTERNAL"


def test_an_outer_client_span_is_no_peer_when_an_inner_one_reaches_the_service() -> None:
    """Two client libraries around one call: the answer below the inner one is the answer to both."""
    spans = [
        make_span("a", kind="client", attributes=HTTP),
        make_span("b", "a", kind="client", attributes=HTTP),
        make_span("c", "b", kind="server", service="stock"),
    ]
    assert edges(normalise(spans)) == [
        ("service:api", "service:api"),
        ("service:api", "service:api"),
        ("service:api", "service:stock"),
    ]


def test_a_host_named_like_a_service_of_the_trace_is_that_service() -> None:
    """A call to `stock:8080` whose answer was not recorded goes to the node `stock` that is there already."""
    call = {"http.request.method": "GET", "server.address": "stock", "server.port": 8080}
    spans = [
        make_span("a", kind="server"),
        make_span("b", "a", kind="client", attributes=call),
        make_span("c", "b", kind="server", service="stock"),
        make_span("d", "a", at_ms=2, kind="client", attributes=call),
    ]
    assert edges(normalise(spans))[3] == ("service:api", "service:stock")


@pytest.mark.parametrize(
    ("attributes", "node", "zone"),
    [
        (REDIS, "cache:redis", "GRAPH"),
        ({"db.system.name": "postgresql"}, "database:postgresql", "GRAPH"),
        ({"db.system": "elasticsearch"}, "search:elasticsearch", "GRAPH"),
        ({"db.system": "redis", "peer.service": "sessions"}, "cache:sessions", "GRAPH"),
        ({"gen_ai.operation.name": "chat", "gen_ai.request.model": "small"}, "model:small", "AGENTS"),
        ({"openinference.span.kind": "LLM", "llm.invocation_parameters": '{"model": "big"}'}, "model:big", "AGENTS"),
        ({"rpc.system": "grpc", "rpc.service": "shop.Pricing", "rpc.method": "Get"}, "host:shop.Pricing", "EXTERNAL"),
    ],
)
def test_peers_are_named_by_what_they_are(attributes: dict[str, object], node: str, zone: str) -> None:
    """Stores by their system, models by their name, whatever the age of the attribute's name (SPAN-3, SPAN-6)."""
    flow = normalise([make_span("a"), make_span("b", "a", kind="client", attributes=attributes)])
    assert edges(flow)[1] == ("service:api", node)
    assert flow.topology.node_by_id[node].zone == zone


def test_addresses_of_this_machine_are_one_place() -> None:
    """`127.0.0.1:16379` and `localhost:16379` that speak redis are one node with one address."""
    other = REDIS | {"net.peer.name": "localhost"}
    spans = [
        make_span("a"),
        make_span("b", "a", kind="client", attributes=REDIS),
        make_span("c", "a", kind="client", attributes=other),
    ]
    (redis,) = [node for node in normalise(spans).topology.nodes if node.kind == "cache"]
    assert (redis.title, redis.detail) == ("redis", "localhost:16379")


def test_a_store_call_without_a_parent_comes_from_its_own_service() -> None:
    """A queue's housekeeping has no parent span, but who did it is known."""
    assert edges(normalise([make_span("a", kind="client", attributes=REDIS)])) == [("service:api", "cache:redis")]


def test_a_consumer_without_a_parent_comes_from_its_queue() -> None:
    """A message whose sender is in another trace arrives from the queue that it names."""
    span = make_span(
        "a", kind="consumer", attributes={"messaging.destination.name": "orders", "messaging.system": "kafka"}
    )
    flow = normalise([span])
    assert edges(flow) == [("queue:orders", "service:api")]
    assert flow.topology.node_by_id["queue:orders"].detail == "kafka"


def test_a_message_that_nobody_takes_stays_on_its_queue() -> None:
    """A producer without a consumer in the file travels to the queue, one with a consumer does not."""
    message = {"messaging.destination": "orders"}
    lonely = [make_span("a", kind="server"), make_span("b", "a", kind="producer", attributes=message)]
    assert edges(normalise(lonely))[1] == ("service:api", "queue:orders")
    taken = [*lonely, make_span("c", "b", kind="consumer", service="worker", attributes=message)]
    assert edges(normalise(taken))[1:] == [("service:api", "service:api"), ("service:api", "service:worker")]


def test_agents_tools_and_models_are_nodes_and_their_inner_work_stays_inside() -> None:
    """In one service the parts are named by attributes; a plain span within a tool is a step of the tool (SPAN-3)."""
    spans = [
        make_span("a", attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}),
        make_span("b", "a", 1, attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}),
        make_span("c", "b", 2, name="parse"),
        make_span(
            "d", "a", 3, kind="client", attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
        ),
    ]
    flow = normalise(spans)
    assert edges(flow) == [
        ("agent:planner", "agent:planner"),
        ("agent:planner", "tool:search"),
        ("tool:search", "tool:search"),
        ("agent:planner", "model:m"),
    ]
    assert [node.zone for node in flow.topology.nodes] == ["AGENTS", "EXTERNAL", "AGENTS"]


def test_graph_nodes_are_named_by_the_graph_and_generic_runnables_are_steps() -> None:
    """A chain is the node that its metadata names; a runnable around it is a step of what runs it."""
    chain = {"openinference.span.kind": "CHAIN"}
    spans = [
        make_span("a", name="LangGraph", attributes=chain),
        make_span("b", "a", 1, name="x", attributes=chain | {"metadata": '{"langgraph_node": "writer"}'}),
        make_span("c", "b", 2, name="RunnableSequence", attributes=chain),
    ]
    assert edges(normalise(spans)) == [
        ("chain:LangGraph", "chain:LangGraph"),
        ("chain:LangGraph", "chain:writer"),
        ("chain:writer", "chain:writer"),
    ]


@pytest.mark.parametrize(
    ("resource", "kind", "zone"),
    [
        ({"telemetry.sdk.language": "webjs"}, "browser", "FRONTEND"),
        ({"os.name": "iOS"}, "mobile", "FRONTEND"),
        ({"telemetry.sdk.language": "nodejs"}, "service", "BACKEND"),
    ],
)
def test_clients_of_users_are_at_the_front(resource: dict[str, str], kind: str, zone: str) -> None:
    """Browsers and mobile applications are FRONTEND, services BACKEND (SPAN-6)."""
    (node,) = normalise([make_span("a", resource=Resource("shop", resource))]).topology.nodes
    assert (node.kind, node.zone) == (kind, zone)


def test_a_remote_orphan_comes_from_the_unknown_and_a_local_one_from_its_own_service() -> None:
    """The exporter's flags tell whether the missing parent was another service; both are marked (SPAN-4)."""
    remote, local = (make_span(each, "gone", kind="server", flags=flags) for each, flags in (("a", 768), ("b", 256)))
    flow = normalise([remote, local])
    assert edges(flow) == [("?", "service:api"), ("service:api", "service:api")]
    assert all(has_note(event, "orphan") for event in flow.events)
    assert flow.events[0].notes == "orphan: parent gone, of another process, not in the file"
    assert flow.topology.title("?") == "?"


def test_skew_is_marked_beyond_a_millisecond_and_time_is_kept() -> None:
    """A child 1.7 s before its parent keeps its own time and stands behind it, with a note (SPAN-4)."""
    spans = [make_span("a", at_ms=2000), make_span("b", "a", at_ms=300), make_span("c", "a", at_ms=1999.5)]
    events = normalise(spans).events
    assert [event.id[-1] for event in events] == ["a", "b", "c"]
    assert [event.notes for event in events] == [None, "skew −1.70s", None]
    assert events[1].at_ms < events[0].at_ms


def test_a_span_that_came_twice_is_one_event() -> None:
    """Two exporters side by side: one event for each (trace id, span id), marked and counted (SPAN-4)."""
    spans = [make_span("a"), make_span("b", "a"), make_span("b", "a"), make_span("b", "a")]
    assert [event.notes for event in normalise(spans).events] == [None, "duplicate ×3"]


def test_spans_in_a_ring_are_all_kept_and_marked() -> None:
    """Parents that lead back to a span do not hang, and lose nothing."""
    events = normalise([make_span("a", "b", at_ms=1), make_span("b", "a"), make_span("c", "a", at_ms=2)]).events
    assert [event.id[-1] for event in events] == ["b", "a", "c"]
    assert events[0].notes == "unknown: its parents lead back to itself"


def test_a_span_that_is_its_own_parent_is_a_root() -> None:
    """The smallest ring of all."""
    (event,) = normalise([make_span("a", "a")]).events
    assert event.parent_event_id is None
    assert has_note(event, "unknown")


def half(kind: str, service: str, parent: str = "") -> Span:
    return make_span("a", parent, kind=kind, service=service, key=f"{TRACE}:a:{kind}:{service}")


def test_halves_of_a_shared_span_id_are_caller_and_callee() -> None:
    """Zipkin: the server's half follows the client's, and the server's own work hangs below the server (EVENT-4)."""
    below = make_span("b", "a", at_ms=1, service="stock")
    flow = normalise([half("server", "stock"), below, half("client", "api")])
    assert edges(flow) == [
        ("service:api", "service:api"),
        ("service:api", "service:stock"),
        ("service:stock", "service:stock"),
    ]
    assert flow.parents == [-1, 0, 1]


def test_configuration_gives_nodes_other_titles_kinds_and_zones() -> None:
    """A pattern for the id or the name; the kind decides id and zone unless the zone is given (SPAN-6)."""
    overrides = [
        NodeOverride("service:a*", title="The API", zone="FRONTEND"),
        NodeOverride("stock", kind="database"),
        NodeOverride("*", title="never for one that has a title"),
    ]
    spans = [make_span("a", kind="client", attributes=HTTP), make_span("b", "a", kind="server", service="stock")]
    flow = normalise(spans, overrides)
    api, stock = flow.topology.nodes
    assert (api.id, api.title, api.zone) == ("service:api", "The API", "FRONTEND")
    assert (stock.id, stock.kind, stock.zone) == ("database:stock", "database", "GRAPH")
    assert (flow.events[1].sentence or "").startswith("The API")


@pytest.mark.parametrize(
    ("system", "attributes", "node"),
    [
        ("postgresql", {}, "database:postgresql"),
        ("postgresql", {"server.address": "orders-db"}, "database:postgresql orders-db"),
        ("postgresql", {"server.address": "orders-db", "db.namespace": "orders"}, "database:postgresql orders-db"),
        (
            "postgresql",
            {"net.peer.name": "pg", "net.peer.port": 5432, "db.name": "users"},
            "database:postgresql pg/users",
        ),
        ("postgresql", {"server.address": "localhost", "db.name": "users"}, "database:postgresql users"),
        ("redis", {"server.address": "127.0.0.1", "server.port": 6379, "db.namespace": "0"}, "cache:redis"),
        ("redis", {"net.peer.name": "localhost"}, "cache:redis"),
        ("redis", {"network.peer.address": "::1", "db.redis.database_index": 2}, "cache:redis"),
        ("redis", {"server.address": "carts.internal", "server.port": 6379}, "cache:redis carts.internal"),
        ("redis", {"server.address": "redis"}, "cache:redis"),
        ("redis", {"server.address": "redis-carts"}, "cache:redis-carts"),
        ("postgresql", {"server.address": "postgres", "db.name": "postgres"}, "database:postgresql"),
        ("sqlite", {"db.name": "/var/lib/shop.db"}, "database:sqlite"),
        ("mysql", {"server.address": "db-1", "peer.service": "billing"}, "database:billing"),
    ],
)
def test_stores_are_told_apart_by_server_and_database(system: str, attributes: dict[str, Any], node: str) -> None:
    """SPAN-3: two servers of one kind are two nodes; names of this machine are one place."""
    span = make_span("a", kind="client", attributes={"db.system": system, **attributes})
    assert edges(normalise([span])) == [("service:api", node)]
