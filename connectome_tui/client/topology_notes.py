"""Notes of what becomes of the graph (CLIENT-8): few, as a live session may grow with every commit."""

from typing import Final

from connectome_tui.client.notes import Notes
from connectome_tui.clock import Clock
from connectome_tui.store.deltas import Baseline, CommitDelta
from connectome_tui.store.window_store import WindowStore

REST_MS: Final = 10_000.0


class TopologyNotes:
    """Notes each baseline, and at most every ten seconds that the graph changed."""

    def __init__(self, notes: Notes, clock: Clock, store: WindowStore) -> None:
        self._notes = notes
        self._clock = clock
        self._store = store
        self._not_before_ms = float("-inf")
        store.on_applied(self._applied)

    def began(self, baseline: Baseline, why: str) -> None:
        """The window begins from a baseline."""
        self._note("baseline", baseline.revision, {"why": why})

    def _applied(self, delta: CommitDelta) -> None:
        if delta.topology is not None and self._clock.now_ms() >= self._not_before_ms:
            self._not_before_ms = self._clock.now_ms() + REST_MS
            self._note("changed", delta.revision, {})

    def _note(self, event: str, revision: str, more: dict[str, str]) -> None:
        topology = self._store.state.topology
        counts = {"nodes": len(topology.nodes), "edges": len(topology.edges)}
        self._notes.note("topology", event, {"revision": revision, **counts, **more})
