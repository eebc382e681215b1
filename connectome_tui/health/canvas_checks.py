"""Checkers of the flow graph (HEALTH-1): what it must hold, and that it stands still."""

from typing import Final

from connectome_tui.engine.runtime import CommandOutcome
from connectome_tui.graph.picture import Picture, lay_out
from connectome_tui.health.checker import Checker
from connectome_tui.health.store_checks import RELEASES
from connectome_tui.store.docks import CommitTransaction

SIZE: Final = (120, 40)


class TopologyHoldsEvents(Checker):
    """SPAN-3, GRAPH-3: the nodes and the edge of every released event are parts of the graph."""

    module = "flow_canvas"
    name = "health_check_topology_holds_every_event"
    indicator = "canvas_topology_completeness"

    def on_outcome(self, outcome: CommandOutcome) -> None:
        event = outcome.result.released_event
        if event is None:
            return
        topology = outcome.after.topology
        for node_id in (event.from_node_id, event.to_node_id):
            self.check(node_id in topology.node_by_id, f"event {event.id} names node {node_id}, which is not drawn")
        inside = event.from_node_id == event.to_node_id
        self.check(inside or event.edge_id in topology.edge_by_id, f"the edge {event.edge_id} is not drawn")


class SteppingMovesNothing(Checker):
    """GRAPH-3: a release changes no part of what is laid out."""

    module = "flow_canvas"
    name = "health_check_stepping_moves_nothing"
    indicator = "canvas_stillness_while_stepping"

    def on_commit(self, transaction: CommitTransaction) -> None:
        if transaction.action in RELEASES:
            self.check(transaction.new.topology is transaction.old.topology, "a release changed the topology")


class LayoutIsDeterministic(Checker):
    """GRAPH-3: the same topology is drawn the same twice, every card in a place of its own."""

    module = "flow_canvas"
    name = "health_check_layout_is_deterministic"
    indicator = "canvas_layout_determinism"

    def conclude(self) -> None:
        topology = self.session.store.state.topology
        first, second = lay_out(topology, SIZE), lay_out(topology, SIZE)
        self.check(places(first) == places(second), "the same topology was drawn in two ways")
        cells = [
            (x, y)
            for card in first.cards
            for x in range(card.x, card.x + card.width)
            for y in range(card.y, card.y + card.height)
        ]
        self.check(len(cells) == len(set(cells)), "two cards share a cell")


def places(picture: Picture) -> list[tuple[str, int, int, int, int]]:
    """Where the cards of a drawing stand."""
    return [(card.part.id, *card.rect) for card in picture.cards]
