"""What edges, nodes and units saw, as a window knows it: how they stood when it came, and what was appended since.

Nothing is counted before somebody asks: a client without a screen pays nothing.
"""

from typing import Final

from connectome_tui.store.deltas import Standing
from connectome_tui.store.entries import EdgeHistory, NodeHistory, UnitCounts, UnitStanding
from connectome_tui.store.postings import NO_EDGE_HISTORY, NO_NODE_HISTORY, Postings
from connectome_tui.store.unit_postings import UnitPostings
from connectome_tui.store.window_entries import WindowEntries

LOOKED_BACK: Final = 4096
"""Of so many entries before one that nothing is known of it is counted what is here."""
_MOST_COUNTED: Final = 200_000
"""When so many entries were counted one by one, those numbers replace them."""


class WindowHistories:
    """Exact from where the window came on; before that, as far as entries are here (`best known`)."""

    def __init__(self, entries: WindowEntries, standing: Standing | None, first: int) -> None:
        """`first` is the first entry of the session that `standing` is of, or where the ledger begins."""
        self._entries = entries
        self._base = standing or Standing(index=first - 1)
        self._base_first = first
        self._counted_to = self._base.index + 1
        self._postings = Postings()
        self._postings.units.begin_at(self._base.index, self._base.units, self._base.counts, self._base.run_node)

    def count_to(self, behind: int) -> None:
        """Count the entries before this one."""
        if behind <= self._counted_to:
            return
        for first, events in self._entries.side_by_side(self._counted_to, behind):
            self._postings.add_all(first, events)
        self._counted_to = behind

    def edge(self, edge_id: str, first: int, upto: int) -> EdgeHistory:
        """What an edge saw from the first entry of a session up to another one."""
        if upto < self._base.index:
            return self._edge_here(edge_id, first, upto)
        self.count_to(upto + 1)
        since = self._postings.edge(edge_id, first, upto)
        before = self._base.edges.get(edge_id) if first <= self._base.index else None
        if before is None:
            return since
        newest = since.newest_index if since.newest_index >= 0 else before.newest_index
        return EdgeHistory(before.events + since.events, before.errors + since.errors, newest)

    def node(self, node_id: str, first: int, upto: int) -> NodeHistory:
        """What a node saw from the first entry of a session up to another one."""
        if upto < self._base.index:
            return self._node_here(node_id, first, upto)
        self.count_to(upto + 1)
        since = self._postings.node(node_id, first, upto)
        before = self._base.nodes.get(node_id) if first <= self._base.index else None
        return since if before is None else _together(before, since)

    def unit(self, node_id: str, first: int, upto: int) -> UnitStanding | None:
        """How a unit stood at an entry."""
        self.count_to(upto + 1)
        return self._postings.units.standing(node_id, first, upto)

    def counts(self, first: int, upto: int) -> UnitCounts:
        """How many units stood in each state at an entry."""
        self.count_to(upto + 1)
        return self._postings.units.counts(first, upto)

    def rest(self, first: int) -> None:
        """Let numbers take the place of single entries when those are many; `first` is that of the session."""
        if self._counted_to - self._base.index <= _MOST_COUNTED:
            return
        upto = self._counted_to - 1
        edges = {*self._base.edges, *self._postings.edges}
        nodes = {*self._base.nodes, *self._postings.nodes}
        self._base = Standing(
            index=upto,
            edges={name: seen for name in edges if (seen := self.edge(name, first, upto)).events},
            nodes={name: met for name in nodes if (met := self.node(name, first, upto)).newest_index >= 0},
        )
        units: UnitPostings = self._postings.units
        units.trim(upto)
        self._postings = Postings()
        self._postings.units = units

    def _edge_here(self, edge_id: str, first: int, upto: int) -> EdgeHistory:
        events = errors = 0
        newest = -1
        for index, event in self._entries.here_backwards(max(first, upto + 1 - LOOKED_BACK), upto + 1):
            if event.edge_id == edge_id:
                events += 1
                errors += event.status == "error"
                newest = max(newest, index)
        return EdgeHistory(events, errors, newest) if events else NO_EDGE_HISTORY

    def _node_here(self, node_id: str, first: int, upto: int) -> NodeHistory:
        arrivals = departures = errors = 0
        newest, energy = -1, None
        for index, event in self._entries.here_backwards(max(first, upto + 1 - LOOKED_BACK), upto + 1):
            if event.to_node_id == node_id:
                arrivals += 1
                errors += event.status == "error"
                if event.energy_delta is not None:
                    energy = (energy or 0.0) + event.energy_delta
            elif event.from_node_id == node_id:
                departures += 1
            else:
                continue
            newest = max(newest, index)
        return NodeHistory(arrivals, departures, errors, energy, newest) if newest >= 0 else NO_NODE_HISTORY


def _together(before: NodeHistory, since: NodeHistory) -> NodeHistory:
    energies = [energy for energy in (before.energy, since.energy) if energy is not None]
    return NodeHistory(
        before.arrivals + since.arrivals,
        before.departures + since.departures,
        before.errors + since.errors,
        sum(energies) if energies else None,
        since.newest_index if since.newest_index >= 0 else before.newest_index,
    )
