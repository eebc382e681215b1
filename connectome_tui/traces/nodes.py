"""The nodes and edges of a flow, gathered event by event (SPAN-3): titles, zones, details, steps."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from connectome_tui.events.model import CallType, Trigger
from connectome_tui.events.topology import Edge, Node, Topology
from connectome_tui.traces import attributes as attrs
from connectome_tui.traces.facts import SpanFacts
from connectome_tui.traces.meaning import Act
from connectome_tui.traces.places import UNKNOWN_NODE, NodeKey, bounded
from connectome_tui.traces.span import Span, SpanEvent
from connectome_tui.traces.words import moment_label

MAX_DESCRIBED: Final = 20_000
"""So many ways that spans took are remembered, then all are forgotten."""

_BY_LANGUAGE: Final = 1
_BY_ENTRY: Final = 2


class NodeBook:
    """Collects the parts of a flow in order of first appearance; `keys` are known to appear, in this order."""

    def __init__(self, keys: Iterable[NodeKey] = ()) -> None:
        self._keys: dict[str, NodeKey] = {key.id: key for key in keys}
        self._details: dict[NodeKey, tuple[int, str]] = {}
        self._addresses: dict[NodeKey, dict[str, None]] = {}
        self._steps: dict[str, dict[str, None]] = {}
        self._edges: dict[tuple[str, str], dict[tuple[Trigger, CallType], int]] = {}
        self._described: set[tuple[SpanFacts, NodeKey, NodeKey]] = set()

    def note_span(self, facts: SpanFacts, source: NodeKey, target: NodeKey) -> None:
        """Enter a span that goes from `source` to `target`."""
        self._note_step(source, target, facts.trigger, facts.call_type, facts.label)
        if facts.is_shared:
            # The first of those that say the same has said it all.
            way = facts, source, target
            if way in self._described:
                return
            if len(self._described) >= MAX_DESCRIBED:
                self._described.clear()
            self._described.add(way)
        span, act, service = facts.span, facts.act, facts.place.service
        self._describe_service(span, act, service)
        for peer in (source, target):
            if peer != service:
                self._describe_peer(span, act, peer)

    def note_moment(self, event: SpanEvent, node: NodeKey) -> None:
        """Enter an event within a span, which happens at `node`."""
        self._note_step(node, node, "hook", "moment", moment_label(event))

    def _describe_peer(self, span: Span, act: Act, target: NodeKey) -> None:
        attributes = span.attributes
        if target.kind in {"database", "cache", "search"} and act == "query":
            system = attrs.db_system(attributes)
            address = attrs.without_loopback(attrs.peer_address(attributes))
            if address:
                self._addresses.setdefault(target, {})[address] = None
            else:
                self._offer(target, _BY_LANGUAGE, "in process" if system in attrs.EMBEDDED_STORES else system)
        elif target.kind == "model":
            self._offer(target, _BY_LANGUAGE, attrs.model_provider(attributes))
        elif target.kind == "agent":
            self._offer(target, _BY_LANGUAGE, attrs.first_text(attributes, "model_name", "gen_ai.request.model"))
        elif target.kind == "queue":
            self._offer(target, _BY_LANGUAGE, attrs.messaging_system(attributes) or _framework(span))
        elif target.kind == "host":
            self._offer(
                target, _BY_LANGUAGE, attrs.rpc_system(attributes) or "http" * bool(attrs.http_method(attributes))
            )

    def _describe_service(self, span: Span, act: Act, service: NodeKey) -> None:
        known = self._details.get(service)
        if known and (known[0] == _BY_ENTRY or act not in {"http_serve", "rpc_serve", "process"}):
            return
        language = attrs.sdk_language(span.resource.attributes)
        if act == "process":
            framework = _framework(span)
            self._offer(
                service, _BY_ENTRY, framework or f"{language} {attrs.messaging_system(span.attributes)}".strip()
            )
        elif act == "rpc_serve":
            self._offer(service, _BY_ENTRY, f"{language} {attrs.rpc_system(span.attributes)}".strip())
        else:
            self._offer(service, _BY_ENTRY if act == "http_serve" else _BY_LANGUAGE, language)

    def _offer(self, key: NodeKey, rank: int, detail: str) -> None:
        """Take a detail unless one of the same or a higher rank is known already."""
        known = self._details.get(key)
        if detail and (known is None or known[0] < rank):
            self._details[key] = rank, bounded(detail)

    def _note_step(self, source: NodeKey, target: NodeKey, trigger: Trigger, call_type: CallType, step: str) -> None:
        """Count an event to its edge, or remember it as a step of its node."""
        source_id, target_id = source.id, target.id
        self._keys.setdefault(source_id, source)
        self._keys.setdefault(target_id, target)
        if source_id == target_id:
            self._steps.setdefault(target_id, {})[step] = None
            return
        counts = self._edges.setdefault((source_id, target_id), {})
        style = trigger, call_type
        counts[style] = counts.get(style, 0) + 1

    def topology(self) -> Topology:
        """All that was collected."""
        nodes = tuple(self._node(node_id, key) for node_id, key in self._keys.items())
        edges = tuple(_edge(source, target, counts) for (source, target), counts in self._edges.items())
        return Topology(nodes, edges)

    def node(self, node_id: str) -> Node:
        """What is known of one node so far."""
        return self._node(node_id, self._keys[node_id])

    def _node(self, node_id: str, key: NodeKey) -> Node:
        return Node(
            id=node_id,
            title=key.title,
            kind=key.kind,
            zone=key.zone,
            detail=self._detail(key),
            steps=tuple(self._steps.get(node_id, ())),
        )

    def _detail(self, key: NodeKey) -> str:
        addresses = self._addresses.get(key)
        if addresses:
            return next(iter(addresses)) if len(addresses) == 1 else f"{len(addresses)} addresses"
        known = self._details.get(key)
        if known and known[1].lower() not in {key.name.lower(), key.name.partition(" ")[0].lower()}:
            return known[1]
        if key == UNKNOWN_NODE:
            return "not in the file"
        return key.kind if key.kind in {"agent", "tool", "chain", "model", "retriever", "queue"} else ""


def _edge(source: str, target: str, counts: dict[tuple[Trigger, CallType], int]) -> Edge:
    """An edge in the style that most of its events have; the earliest wins a tie."""
    triggers: Counter[Trigger] = Counter()
    call_types: Counter[CallType] = Counter()
    for (trigger, call_type), events in counts.items():
        triggers[trigger] += events
        call_types[call_type] += events
    return Edge(
        from_node_id=source,
        to_node_id=target,
        trigger=triggers.most_common(1)[0][0],
        call_type=call_types.most_common(1)[0][0],
        events=sum(counts.values()),
    )


def _framework(span: Span) -> str:
    """`celery` for what its instrumentation recorded; most queues name their system instead."""
    return "celery" if "celery.action" in span.attributes else ""
