"""The nodes, edges and steps of recorded events, gathered when they are written or read (SPAN-3)."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from connectome_tui.events.model import CALL_TYPES, TRIGGERS, CallType, FlowEvent, Trigger
from connectome_tui.events.topology import Edge, Node, Topology, with_resting_edges
from connectome_tui.events.topology_builder import zone_of

EdgeStyle = tuple[str, str, str]
"""From, to, and the trigger and the call type of events that travel it, as one text."""


class Parts:
    """What events touch, each part with its place: the order in which parts first appear."""

    def __init__(self) -> None:
        self.nodes: dict[str, int] = {}
        self.with_energy: set[str] = set()
        self.edges: dict[EdgeStyle, tuple[int, int]] = {}
        """For each style of an edge its place, and how many events travel it."""
        self.steps: dict[tuple[str, str], int] = {}

    def add(self, events: Sequence[FlowEvent], first_row: int) -> None:
        """Take in the next events."""
        ways = [
            (event.from_node_id, event.to_node_id, event.trigger, event.call_type, event.step_key) for event in events
        ]
        rows = dict(zip(reversed(ways), range(first_row + len(ways) - 1, first_row - 1, -1), strict=True))
        for way, count in Counter(ways).items():
            source, target, trigger, call_type, step = way
            row = rows[way]
            self.nodes.setdefault(source, 2 * row)
            self.nodes.setdefault(target, 2 * row + 1)
            if source != target:
                edge = source, target, f"{trigger} {call_type}"
                first, before = self.edges.get(edge, (row, 0))
                self.edges[edge] = first, before + count
            elif step:
                self.steps.setdefault((target, step), row)
        self.with_energy.update([event.to_node_id for event in events if event.energy_delta is not None])

    def topology(self, known: Mapping[str, Node], *, declared: bool) -> Topology:
        """The parts in order; `known` is what was said of nodes.

        With `declared`, nodes that were only said are parts too, before all others, and so are their
        steps; a trace has those alone that its own events touch.
        """
        steps: dict[str, dict[str, None]] = {}
        for (node, step), _ in sorted(self.steps.items(), key=lambda item: item[1]):
            steps.setdefault(node, {})[step] = None
        order = [node for node, _ in sorted(self.nodes.items(), key=lambda item: item[1])]
        if declared:
            order = [*(node for node in known if node not in self.nodes), *order]
        nodes = [
            _node(node, known.get(node), tuple(steps.get(node, ())), declared=declared, energy=node in self.with_energy)
            for node in order
        ]
        topology = Topology(tuple(nodes), tuple(_edges(self.edges)))
        return with_resting_edges(topology) if declared else topology


def _node(node_id: str, known: Node | None, steps: tuple[str, ...], *, declared: bool, energy: bool) -> Node:
    kind, colon, name = node_id.partition(":")
    kind = kind if colon else ""
    if known is None:
        return Node(id=node_id, title=name or node_id, kind=kind, zone=zone_of(kind), steps=steps, has_energy=energy)
    if known.column is not None:
        return known  # a unit of a run shows its progress, and no steps
    return msgspec.structs.replace(
        known,
        steps=tuple(dict.fromkeys((*known.steps, *steps))) if declared else steps,
        has_energy=known.has_energy or energy,
    )


def _edges(styles: Mapping[EdgeStyle, tuple[int, int]]) -> list[Edge]:
    """One edge for each pair, in the style that most of its events have; the earliest wins a tie."""
    triggers: dict[tuple[str, str], Counter[Trigger]] = {}
    call_types: dict[tuple[str, str], Counter[CallType]] = {}
    for (source, target, style), (_, count) in sorted(styles.items(), key=lambda item: item[1][0]):
        trigger, call_type = _style_of(style)
        triggers.setdefault((source, target), Counter())[trigger] += count
        call_types.setdefault((source, target), Counter())[call_type] += count
    return [
        Edge(
            from_node_id=source,
            to_node_id=target,
            trigger=counted.most_common(1)[0][0],
            call_type=call_types[source, target].most_common(1)[0][0],
            events=counted.total(),
        )
        for (source, target), counted in triggers.items()
    ]


def _style_of(text: str) -> tuple[Trigger, CallType]:
    """Trigger and call type of a style; the first ones for what is none."""
    first, _, second = text.partition(" ")
    trigger = next((known for known in TRIGGERS if known == first), TRIGGERS[0])
    return trigger, next((known for known in CALL_TYPES if known == second), CALL_TYPES[0])
