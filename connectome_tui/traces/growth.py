"""The nodes of a live source as they become known: what is new or better since it was last said."""

from collections.abc import Iterable
from typing import Final

from connectome_tui.events.model import CallType, FlowEvent, Trigger
from connectome_tui.events.topology import Node
from connectome_tui.traces.nodes import NodeBook
from connectome_tui.traces.places import NodeKey

MAX_STEPS: Final = 200
"""A node has no more steps than this while it is live: labels with ids in them would have no end."""
MAX_NODES: Final = 10_000
"""So many nodes are remembered; then all are forgotten, and said again when something touches them."""


class LiveNodeBook(NodeBook):
    """A book without end: it counts no edges, and a node has a bounded number of steps."""

    def _note_step(  # the signature is that of the book, which counts edges
        self,
        source: NodeKey,
        target: NodeKey,
        trigger: Trigger,  # noqa: ARG002
        call_type: CallType,  # noqa: ARG002
        step: str,
    ) -> None:
        node_id, keys = source.id, self._keys
        if node_id not in keys:
            keys[node_id] = source
        if source != target:
            keys.setdefault(target.id, target)
            return
        steps = self._steps.get(node_id)
        if steps is None:
            self._steps[node_id] = {step: None}
        elif len(steps) < MAX_STEPS:
            steps[step] = None

    def __len__(self) -> int:
        return len(self._keys)


class GrowingNodes:
    """One book for all traces of a source, and what of it was handed on."""

    def __init__(self) -> None:
        self.book = LiveNodeBook()
        self._said: dict[str, Node] = {}

    def news(self, events: Iterable[FlowEvent]) -> list[Node]:
        """The nodes that these events touch and that are new or better known now, in order of first appearance."""
        touched: dict[str, None] = {}
        for event in events:
            touched[event.from_node_id] = None
            touched[event.to_node_id] = None
        news = []
        for node_id in touched:
            node = self.book.node(node_id)
            if self._said.get(node_id) != node:
                self._said[node_id] = node
                news.append(node)
        if len(self.book) > MAX_NODES:
            self.book = LiveNodeBook()
            self._said.clear()
        return news
