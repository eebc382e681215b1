"""The parts of a live session: they grow as events come, and stay the same object while nothing is new (GRAPH-3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from connectome_tui.events.model import UNKNOWN, CallType, FlowEvent, Trigger
from connectome_tui.events.topology import Edge, Node, Topology
from connectome_tui.events.topology_builder import zone_of

MAX_NODES: Final = 2000
MAX_EDGES: Final = 10_000
MAX_STEPS: Final = 200
"""What is drawn and listed has an end, whatever names a stream makes up."""

_Style = tuple[Trigger, CallType]


@dataclass(slots=True)
class _Traffic:
    """What travelled an edge, by style in order of first appearance, and the edge as it was last said."""

    counts: dict[_Style, int] = field(default_factory=dict)
    edge: Edge | None = None

    def style(self) -> _Style:
        """That of most events; the earliest wins a tie."""
        counts = self.counts
        return next(iter(counts)) if len(counts) == 1 else max(counts, key=counts.__getitem__)


class GrowingTopology:
    """Nodes and edges in order of first appearance. Edges count their events as of their last change."""

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self._nodes: dict[str, Node] = {}
        self._described: set[str] = set()
        self._steps: dict[str, dict[str, None]] = {}
        self._traffic: dict[tuple[str, str], _Traffic] = {}
        self._resting: set[tuple[str, str]] = set()
        self._gone: set[str] = set()
        self._left_out: set[str] = set()
        self._topology = Topology()
        self._changed = False
        self.describe(nodes)

    @property
    def nodes_left_out(self) -> int:
        """Nodes that there was no room for, as far as they were counted."""
        return len(self._left_out)

    @property
    def topology(self) -> Topology:
        """All parts now; the same object as before when no part changed."""
        if self._changed:
            edges = tuple(traffic.edge for traffic in self._traffic.values() if traffic.edge is not None)
            topology = Topology(nodes=tuple(self._nodes.values()), edges=edges)
            self._topology = self._topology if topology == self._topology else topology
            self._changed = False
        return self._topology

    def describe(self, nodes: Iterable[Node]) -> None:
        """Take in what a source knows of nodes; it replaces what was known of them.

        An orchestrator begins a run, which replaces the one before (RUN-3): what of its units is not
        described again is gone.
        """
        described = list(nodes)
        for node in described:
            if node.kind == "orchestrator" and node.column is not None:
                self._end_run()
            self._gone.discard(node.id)
            known = self._nodes.get(node.id)
            if known is None and not self._has_room(node.id):
                continue
            self._described.add(node.id)
            if known is not None and known.has_energy and not node.has_energy:
                node = msgspec.structs.replace(node, has_energy=True)  # noqa: PLW2901 - what is known of it in all
            if node != known:
                self._nodes[node.id] = node
                self._changed = True
        for node in described:
            for source in node.after:
                self._let_rest(source, node.id)

    def add(self, events: Sequence[FlowEvent]) -> None:
        """Take in events that come next."""
        touched: dict[tuple[str, str], _Traffic] = {}
        for event in events:
            if event.is_gap or event.is_boundary:
                continue
            source, target = event.from_node_id, event.to_node_id
            if source == target:
                self._note_step(target, event.step_key)
            else:
                pair = source, target
                traffic = self._traffic.get(pair) or self._new_traffic(pair)
                style = event.trigger, event.call_type
                traffic.counts[style] = traffic.counts.get(style, 0) + 1
                touched[pair] = traffic
            if event.energy_delta is not None:
                self._note_energy(target)
        for pair, traffic in touched.items():
            self._restyle(pair, traffic)

    def _new_traffic(self, pair: tuple[str, str]) -> _Traffic:
        self._know(pair[0])
        self._know(pair[1])
        if len(self._traffic) < MAX_EDGES and pair[0] in self._nodes and pair[1] in self._nodes:
            traffic = self._traffic[pair] = _Traffic()
            return traffic
        return _Traffic()

    def _end_run(self) -> None:
        ended = {node.id for node in self._nodes.values() if node.column is not None}
        if not ended:
            return
        self._gone |= ended
        self._nodes = {node_id: node for node_id, node in self._nodes.items() if node_id not in ended}
        self._traffic = {pair: traffic for pair, traffic in self._traffic.items() if ended.isdisjoint(pair)}
        self._resting.intersection_update(self._traffic)
        self._changed = True

    def _let_rest(self, source: str, target: str) -> None:
        """An edge that is there before any event travels it; it keeps its style, so that no event redraws it."""
        pair = source, target
        known = self._traffic.get(pair)
        if source == target or (known is not None and known.edge is not None):
            return
        if len(self._traffic) < MAX_EDGES and source in self._nodes and target in self._nodes:
            self._traffic[pair] = _Traffic(edge=Edge(from_node_id=source, to_node_id=target))
            self._resting.add(pair)
            self._changed = True

    def _restyle(self, pair: tuple[str, str], traffic: _Traffic) -> None:
        if pair not in self._traffic or pair in self._resting:
            return
        trigger, call_type = traffic.style()
        known = traffic.edge
        if known is None or known.trigger != trigger or known.call_type != call_type:
            traffic.edge = Edge(
                from_node_id=pair[0],
                to_node_id=pair[1],
                trigger=trigger,
                call_type=call_type,
                events=sum(traffic.counts.values()),
            )
            self._changed = True

    def _note_step(self, node_id: str, step: str | None) -> None:
        self._know(node_id)
        if not step or node_id in self._described or node_id not in self._nodes:
            return
        steps = self._steps.setdefault(node_id, {})
        if step not in steps and len(steps) < MAX_STEPS:
            steps[step] = None
            self._nodes[node_id] = msgspec.structs.replace(self._nodes[node_id], steps=tuple(steps))
            self._changed = True

    def _note_energy(self, node_id: str) -> None:
        node = self._nodes.get(node_id)
        if node is not None and not node.has_energy:
            self._nodes[node_id] = msgspec.structs.replace(node, has_energy=True)
            self._changed = True

    def _know(self, node_id: str) -> None:
        if node_id in self._nodes or node_id in self._gone or not self._has_room(node_id):
            return
        kind, colon, name = node_id.partition(":")
        kind = kind if colon else ("unknown" if node_id == UNKNOWN else "")
        self._nodes[node_id] = Node(id=node_id, title=name or node_id, kind=kind, zone=zone_of(kind))
        self._changed = True

    def _has_room(self, node_id: str) -> bool:
        if len(self._nodes) < MAX_NODES:
            return True
        if len(self._left_out) < MAX_NODES:
            self._left_out.add(node_id)
        return False
