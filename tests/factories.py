"""Events, sequences and flows for tests: everything has a default, a test names only what it is about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from connectome_tui.events.flow import EventDetail, Flow, FlowSummary, ProgressCallback, ReadReport, WaitAction
from connectome_tui.events.listed import ListedEvents
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Edge, Node, Topology, Zone

ZONE_BY_KIND: Final[Mapping[str, Zone]] = {
    "page": "FRONTEND",
    "service": "BACKEND",
    "agent": "AGENTS",
    "store": "GRAPH",
}


def make_event(number: int = 1, **fields: Any) -> FlowEvent:
    """A call `service:api → store:db`, 10 ms after the one of the number before; `fields` override."""
    defaults: dict[str, Any] = {
        "id": f"e{number}",
        "at_ms": 1000.0 + 10.0 * number,
        "from_node_id": "service:api",
        "to_node_id": "store:db",
        "trigger": "direct",
        "call_type": "code",
        "label": f"call {number}",
    }
    return FlowEvent(**defaults | fields)


def make_topology(events: Iterable[FlowEvent]) -> Topology:
    """The nodes and edges that these events name, in order of first appearance."""
    nodes: dict[str, Node] = {}
    edges: dict[str, Edge] = {}
    for event in events:
        for node_id in (event.from_node_id, event.to_node_id):
            kind, _, name = node_id.partition(":")
            nodes.setdefault(
                node_id, Node(id=node_id, title=name or kind, kind=kind, zone=ZONE_BY_KIND.get(kind, "EXTERNAL"))
            )
        if event.from_node_id != event.to_node_id:
            known = edges.get(event.edge_id)
            edges[event.edge_id] = Edge(
                from_node_id=event.from_node_id,
                to_node_id=event.to_node_id,
                trigger=known.trigger if known else event.trigger,
                call_type=known.call_type if known else event.call_type,
                events=known.events + 1 if known else 1,
            )
    return Topology(nodes=tuple(nodes.values()), edges=tuple(edges.values()))


class ListSequence(ListedEvents):
    """Events in memory that can also play a file which is still being indexed: set `readable` to hold rows back."""

    def __init__(
        self,
        events: Sequence[FlowEvent],
        details: Mapping[int, EventDetail] | None = None,
        wait_actions: Mapping[int, WaitAction] | None = None,
        readable: int | None = None,
    ) -> None:
        super().__init__(events, details, wait_actions)
        self.readable = readable

    @property
    def complete(self) -> bool:
        """False while `readable` holds rows back."""
        return self.readable is None

    def __len__(self) -> int:
        return super().__len__() if self.readable is None else self.readable


def make_flow(
    events: Sequence[FlowEvent] | int = 3,
    *,
    flow_id: str = "flow",
    title: str = "POST /checkout",
    waits_on_clock: bool = False,
    sequence: ListSequence | None = None,
    **details: Any,
) -> Flow:
    """A flow of these events (or of so many made ones, each the child of the one before)."""
    if isinstance(events, int):
        events = [
            make_event(number, parent_event_id=f"e{number - 1}" if number > 1 else None)
            for number in range(1, events + 1)
        ]
    started = events[0].at_ms if events else 0.0
    summary = FlowSummary(
        id=flow_id,
        title=title,
        started_at_ms=started,
        duration_ms=max((event.at_ms + (event.duration_ms or 0) for event in events), default=started) - started,
        events=len(events),
        errors=sum(event.status == "error" for event in events),
    )
    return Flow(
        summary=summary,
        events=ListSequence(events, **details) if sequence is None else sequence,
        topology=make_topology(events),
        waits_on_clock=waits_on_clock,
    )


class ListRecording:
    """A recording of flows in memory."""

    def __init__(self, flows: Sequence[Flow], name: str = "test.jsonl", report: ReadReport | None = None) -> None:
        self._flows = {flow.summary.id: flow for flow in flows}
        self.name = name
        self.report = report or ReadReport(format="test", flows=len(flows))
        self.closed = False

    @property
    def complete(self) -> bool:
        """Whether all its sequences are."""
        return all(flow.events.complete for flow in self._flows.values())

    @property
    def flows(self) -> Sequence[FlowSummary]:
        """Every flow, in the order given."""
        return [flow.summary for flow in self._flows.values()]

    def flow(self, flow_id: str) -> Flow:
        """One flow by its id."""
        return self._flows[flow_id]

    def put(self, flow: Flow) -> None:
        """More is known of a flow."""
        self._flows[flow.summary.id] = flow

    def finish(self, progress: ProgressCallback) -> None:
        """Nothing is left to be read."""

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
