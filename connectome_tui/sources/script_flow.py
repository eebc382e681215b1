"""A step script as a flow: its steps as events (EVENT-4), its nodes as topology."""

from connectome_tui.events.flow import Flow, FlowSummary, WaitAction
from connectome_tui.events.ids import step_id
from connectome_tui.events.listed import ListedEvents
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node, Topology
from connectome_tui.events.topology_builder import TopologyBuilder, zone_of
from connectome_tui.sources.script_parts import NodeParts, ScriptParts, StepParts

SCRIPT_FLOW_ID = "script"


def script_flow(script: ScriptParts) -> Flow:
    """The one flow of a script. Its wait timer follows the clock, and its steps start and stop it (SPAN-8)."""
    events = _events(script.steps)
    waits: dict[int, WaitAction] = {row: step.wait for row, step in enumerate(script.steps) if step.wait != "none"}
    topology = _topology(script, events)
    started = min(event.at_ms for event in events)
    summary = FlowSummary(
        id=SCRIPT_FLOW_ID,
        title=script.title,
        started_at_ms=started,
        duration_ms=max(event.at_ms + max(event.duration_ms or 0.0, 0.0) for event in events) - started,
        events=len(events),
        errors=sum(event.status == "error" for event in events),
        through=tuple(topology.title(node_id) for node_id in _visited(events)),
    )
    return Flow(
        summary=summary, events=ListedEvents(events, wait_actions=waits), topology=topology, waits_on_clock=True
    )


def _events(steps: tuple[StepParts, ...]) -> list[FlowEvent]:
    ids: dict[str, str] = {}
    events: list[FlowEvent] = []
    for index, step in enumerate(steps):
        event_id = step_id(index, step.key)
        events.append(
            FlowEvent(
                id=event_id,
                at_ms=_start(step, events[-1] if events else None),
                from_node_id=step.from_node,
                to_node_id=step.to_node,
                trigger=step.trigger,
                call_type=step.call_type,
                label=step.label,
                duration_ms=step.duration_ms,
                payload_summary=step.summary,
                rate_hint=step.rate,
                step_key=step.key if step.step_key or step.from_node == step.to_node else None,
                energy_delta=step.energy_delta,
                notes=step.notes,
                status=step.status,
                parent_event_id=ids[step.parent] if step.parent else None,
                link_event_ids=tuple(ids[key] for key in step.links),
                sentence=step.sentence,
            )
        )
        ids[step.key] = event_id
    return events


def _start(step: StepParts, before: FlowEvent | None) -> float:
    """When a step starts: as it says, or so long after the start of the one before, or at the end of that one."""
    if step.at_ms is not None:
        return step.at_ms
    if before is None:
        return step.after_ms or 0.0
    return before.at_ms + (before.duration_ms or 0.0 if step.after_ms is None else step.after_ms)


def _topology(script: ScriptParts, events: list[FlowEvent]) -> Topology:
    builder = TopologyBuilder(Topology())
    builder.add(events)
    found = builder.build()
    return Topology(nodes=tuple(_node(node, found.node_by_id.get(node.id)) for node in script.nodes), edges=found.edges)


def _node(parts: NodeParts, found: Node | None) -> Node:
    kind, colon, name = parts.id.partition(":")
    kind = parts.kind or (kind if colon else "")
    return Node(
        id=parts.id,
        title=parts.title or name or parts.id,
        kind=kind,
        zone=parts.zone or zone_of(kind),
        detail=parts.detail,
        steps=found.steps if found else (),
        has_energy=found.has_energy if found else False,
    )


def _visited(events: list[FlowEvent]) -> dict[str, None]:
    """The nodes in the order in which the flow comes by."""
    return dict.fromkeys(node_id for event in events for node_id in (event.from_node_id, event.to_node_id))
