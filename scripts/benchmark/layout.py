"""The layout of the flow graph, by itself."""

import random
import statistics
import time
from collections.abc import Iterator
from typing import Final

from connectome_tui.events.topology import ZONES, Edge, Node, Topology
from connectome_tui.graph.picture import lay_out
from scripts.benchmark.table import Figure, Row

NODES: Final = 50
EDGES: Final = 100
PANE: Final = (120, 20)


def fifty_nodes() -> Iterator[Row]:
    """The median over twenty topologies of 50 nodes in five zones and 100 edges, fitted into a pane of 120x20."""
    lay_out(_topology(0), PANE)
    seconds = []
    for seed in range(20):
        topology = _topology(seed)
        started = time.perf_counter()
        lay_out(topology, PANE)
        seconds.append(time.perf_counter() - started)
    yield Figure("layout of 50 nodes and 100 edges", 1000 * statistics.median(seconds), "ms", 15)


def _topology(seed: int) -> Topology:
    """Mostly forward, some backward, as services are."""
    choose = random.Random(seed)
    nodes = tuple(
        Node(id=f"service:part-{number}", title=f"part-{number}", kind="service", zone=ZONES[number * 5 // NODES])
        for number in range(NODES)
    )
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < EDGES:
        one, other = choose.sample(range(NODES), 2)
        pairs.add((min(one, other), max(one, other)) if choose.random() < 0.85 else (one, other))
    edges = (Edge(from_node_id=nodes[one].id, to_node_id=nodes[other].id) for one, other in sorted(pairs))
    return Topology(nodes, tuple(edges))
