"""Topologies for tests of the graph: random ones, and small ones by a line of text."""

from collections.abc import Iterable
from typing import Final, get_args

from hypothesis import strategies as st

from connectome_tui.events.model import CALL_TYPES, TRIGGERS, CallType, Trigger
from connectome_tui.events.topology import ZONES, Edge, Node, Topology, Zone

ZONE_OF_LETTER: Final[dict[str, Zone]] = {zone[0]: zone for zone in get_args(Zone)}


def make_topology(
    nodes: Iterable[str], edges: Iterable[str] = (), *, details: bool = False, steps: tuple[str, ...] = ()
) -> Topology:
    """Nodes as `B:api` (letter of the zone, title), edges as `api>db`, with `!` before the trigger: `api>db!async`."""
    made = {}
    for text in nodes:
        letter, _, title = text.partition(":")
        made[title] = Node(
            id=f"part:{title}",
            title=title,
            kind="part",
            zone=ZONE_OF_LETTER[letter],
            detail=f"{title} detail" if details else "",
            steps=steps,
        )
    return Topology(tuple(made.values()), tuple(_edge(text) for text in edges))


def _edge(text: str) -> Edge:
    ends, _, style = text.partition("!")
    source, _, target = ends.partition(">")
    trigger: Trigger = next((known for known in TRIGGERS if known == style), "direct")
    call_type: CallType = next((known for known in CALL_TYPES if known == style), "code")
    return Edge(
        from_node_id=f"part:{source}", to_node_id=f"part:{target}", trigger=trigger, call_type=call_type, events=1
    )


SHOP: Final = make_topology(
    ["B:loadgen", "B:gateway", "G:redis", "B:api", "B:pricing", "B:inventory", "G:sqlite", "B:worker"],
    [
        "loadgen>gateway",
        "gateway>redis!graphQuery",
        "gateway>api",
        "api>pricing",
        "api>inventory",
        "inventory>sqlite!graphQuery",
        "api>redis!graphQuery",
        "api>worker!async",
        "worker>redis!graphQuery",
        "worker>sqlite!graphQuery",
        "worker>inventory",
    ],
    details=True,
    steps=("first step", "a second, longer step"),
)
"""Six services with their two stores, as a recorded checkout touches them."""


@st.composite
def topologies(draw: st.DrawFn, most_nodes: int = 16, most_edges: int = 40) -> Topology:
    """Any zones, any edges (back, into their own zone, both ways), any styles."""
    count = draw(st.integers(1, most_nodes))
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=count, max_size=count))
    steps = draw(st.lists(st.sampled_from([(), ("one", "another step")]), min_size=count, max_size=count))
    nodes = tuple(
        Node(id=f"n:{at}", title=f"node {at}", kind="n", zone=zone, steps=own)
        for at, (zone, own) in enumerate(zip(zones, steps, strict=True))
    )
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] != pair[1])
    pairs = draw(st.lists(ends, max_size=most_edges, unique=True)) if count > 1 else []
    edges = tuple(
        Edge(
            from_node_id=f"n:{source}",
            to_node_id=f"n:{target}",
            trigger=draw(st.sampled_from(TRIGGERS)),
            call_type=draw(st.sampled_from(CALL_TYPES)),
            events=1,
        )
        for source, target in pairs
    )
    return Topology(nodes, edges)
