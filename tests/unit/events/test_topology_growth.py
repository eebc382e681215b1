"""The parts of a live session as they grow (GRAPH-3): order, styles, bounds."""

from connectome_tui.events import topology_growth
from connectome_tui.events.topology import Node
from connectome_tui.events.topology_growth import GrowingTopology
from tests.factories import make_event, make_topology


def test_it_grows_like_a_flow_that_is_known_as_a_whole() -> None:
    """SPAN-3: nodes and edges in order of first appearance, edges in the style that most of their events have."""
    events = [
        make_event(1, trigger="async"),
        make_event(2),
        make_event(3),
        make_event(4, from_node_id="store:db", to_node_id="agent:x", call_type="llm"),
        make_event(5, from_node_id="agent:x", to_node_id="agent:x", step_key="think"),
    ]
    growing = GrowingTopology()
    for event in events:
        growing.add([event])
    known = make_topology(events)
    assert [node.id for node in growing.topology.nodes] == [node.id for node in known.nodes]
    assert [(edge.id, edge.trigger, edge.call_type) for edge in growing.topology.edges] == [
        ("service:api→store:db", "direct", "code"),
        ("store:db→agent:x", "direct", "llm"),
    ]
    assert growing.topology.node_by_id["agent:x"].steps == ("think",)


def test_it_is_the_same_object_until_something_is_new() -> None:
    """GRAPH-3: more of the same moves nothing; energy and another style do."""
    growing = GrowingTopology()
    growing.add([make_event(1)])
    before = growing.topology
    growing.add([make_event(2), make_event(3)])
    assert growing.topology is before
    growing.add([make_event(4, energy_delta=0.1)])
    assert growing.topology is not before
    assert growing.topology.node_by_id["store:db"].has_energy


def test_what_a_source_says_of_a_node_wins() -> None:
    """A description that comes later replaces what its id told, and keeps that it has energy."""
    growing = GrowingTopology()
    growing.add([make_event(1, energy_delta=0.1)])
    growing.describe([Node(id="store:db", title="orders", kind="store", zone="GRAPH")])
    node = growing.topology.node_by_id["store:db"]
    assert (node.title, node.has_energy) == ("orders", True)


def test_names_without_end_are_left_out_and_counted() -> None:
    """STORE-10: bounded, whatever names a stream makes up."""
    growing = GrowingTopology()
    growing.add([make_event(n, to_node_id=f"host:{n}") for n in range(topology_growth.MAX_NODES + 5)])
    assert len(growing.topology.nodes) == topology_growth.MAX_NODES
    assert growing.nodes_left_out == 6
    growing.add([make_event(n, to_node_id="service:api", step_key=f"step {n}") for n in range(1000)])
    assert len(growing.topology.node_by_id["service:api"].steps) == topology_growth.MAX_STEPS


def run_nodes(*units: str) -> list[Node]:
    """The parts of a run of units in a chain."""
    run = Node(id="orchestrator:run", title="run", kind="orchestrator", zone="BACKEND", column=0)
    ids = [run.id, *(f"unit:{unit}" for unit in units)]
    chain = [
        Node(id=unit, title=unit, kind="unit", zone="BACKEND", column=column, after=(ids[column - 1],))
        for column, unit in enumerate(ids[1:], 1)
    ]
    return [run, *chain]


def test_edges_of_a_run_are_there_before_events_and_keep_their_style() -> None:
    """Dependencies are edges at once; an event of another style does not redraw them (GRAPH-3, RUN-6)."""
    growing = GrowingTopology(run_nodes("build", "test"))
    before = growing.topology
    assert [edge.id for edge in before.edges] == ["orchestrator:run→unit:build", "unit:build→unit:test"]
    growing.add([make_event(from_node_id="unit:build", to_node_id="unit:test", trigger="hook", call_type="moment")])
    assert growing.topology is before


def test_a_run_that_begins_replaces_the_one_before() -> None:
    """What of the units is not in the second run is gone, and does not come back with events of the first (RUN-3)."""
    growing = GrowingTopology([make_node("service:api"), *run_nodes("build", "test")])
    growing.describe(run_nodes("build", "docs"))
    growing.add([make_event(from_node_id="unit:build", to_node_id="unit:test")])
    assert {node.id for node in growing.topology.nodes} == {
        "service:api",
        "orchestrator:run",
        "unit:build",
        "unit:docs",
    }
    assert [edge.id for edge in growing.topology.edges] == ["orchestrator:run→unit:build", "unit:build→unit:docs"]


def test_the_same_run_again_is_the_same_topology() -> None:
    """A second run of the same units moves nothing."""
    growing = GrowingTopology(run_nodes("build", "test"))
    before = growing.topology
    growing.describe(run_nodes("build", "test"))
    assert growing.topology is before


def make_node(node_id: str) -> Node:
    return Node(id=node_id, title=node_id, kind="service", zone="BACKEND")
