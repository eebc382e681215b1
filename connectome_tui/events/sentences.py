"""The explanation of an event that brings none of its own: scripts and bare session files (EVENT-9).

Spans get richer sentences from `traces.phrases`, which knows their attributes.
"""

from collections.abc import Iterable
from typing import Final

from connectome_tui.events.durations import duration_text
from connectome_tui.events.model import UNKNOWN, FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.events.visible import cell_width, elide, one_line

SENTENCE_CELLS: Final = 76
"""What templates aim at: the Now line of the narrowest screen."""

UNRECORDED: Final = "something not recorded"
"""The name of a node that is not known, within a sentence."""


def best_fit(candidates: Iterable[str], cells: int = SENTENCE_CELLS) -> str:
    """The first candidate that fits in `cells`; when none does, the shortest one."""
    shortest = ""
    for candidate in candidates:
        if cell_width(candidate) <= cells:
            return candidate
        if not shortest or len(candidate) < len(shortest):
            shortest = candidate
    return shortest


def describe(event: FlowEvent, topology: Topology, parent: FlowEvent | None = None) -> str:
    """One sentence: what happened, between whom, with what outcome, how long, and why now."""
    if event.sentence:
        return event.sentence
    if event.is_boundary:
        return "The flow begins again."
    act = _inside(event, topology) if event.from_node_id == event.to_node_id else _between(event, topology)
    outcomes = [_outcome(event, with_summary=True), _outcome(event, with_summary=False)]
    reasons = [_reason(event, topology, parent), ""]
    return best_fit(f"{act}{outcome}{reason}" for outcome in outcomes for reason in reasons)


def _name(node_id: str, topology: Topology) -> str:
    return UNRECORDED if node_id == UNKNOWN else one_line(topology.title(node_id))


def _label(event: FlowEvent) -> str:
    return "something without a name" if event.label == UNKNOWN else elide(one_line(event.label), 40)


def _inside(event: FlowEvent, topology: Topology) -> str:
    node, label = _name(event.to_node_id, topology), _label(event)
    if event.trigger == "timer":
        return f"{node} was woken by its timer for {label}"
    if event.call_type == "moment":
        return f"{node} noted {label}"
    if event.trigger == "async":
        return f"{node} took up {label}"
    if event.call_type == "llm":
        return f"{node} thought about {label}"
    return f"{node} ran {label}"


def _between(event: FlowEvent, topology: Topology) -> str:
    source, target, label = _name(event.from_node_id, topology), _name(event.to_node_id, topology), _label(event)
    if event.trigger == "timer":
        return f"{source} called {target} on its timer: {label}"
    if event.trigger == "stream":
        return _streamed(event, topology, source, target, label)
    if event.call_type == "moment":
        return f"{source} told {target}: {label}"
    if event.call_type == "graphLink":
        return f"{source} handed {label} on to {target}"
    if event.trigger == "async":
        return f"{source} queued {label} for {target}"
    if event.call_type == "code":
        return f"{source} called {target} for {label}"
    return f"{source} asked {target} for {label}"


def _streamed(event: FlowEvent, topology: Topology, source: str, target: str, label: str) -> str:
    """A call to a model streams its answer back to the caller; anything else streams forward."""
    node = topology.node_by_id.get(event.to_node_id)
    answers = event.call_type == "llm" and node is not None and node.zone == "AGENTS"
    return f"{source} streamed {label} {'from' if answers else 'to'} {target}"


def _outcome(event: FlowEvent, *, with_summary: bool) -> str:
    summary = elide(one_line(event.payload_summary), 32) if with_summary and event.payload_summary else ""
    took = "" if event.duration_ms is None else f" in {duration_text(event.duration_ms)}"
    if event.status == "error":
        return f", which failed{took}" + (f": {summary}" if summary else "")
    if not summary:
        return took
    return f" with {summary}{took}" if event.call_type == "moment" else f" and got {summary}{took}"


def _reason(event: FlowEvent, topology: Topology, parent: FlowEvent | None) -> str:
    if parent is None or parent.label == UNKNOWN or parent.is_boundary:
        return ""
    if parent.label == event.label:
        return f", called from {_name(parent.to_node_id, topology)}"
    return f", called from {_label(parent)}"
