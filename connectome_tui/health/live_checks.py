"""Checkers of live sessions (HEALTH-1): nothing is lost uncounted, nothing piles up, no past entry changes."""

from typing import Final

from connectome_tui.events.topology_growth import MAX_EDGES, MAX_NODES
from connectome_tui.health.checker import LiveChecker
from connectome_tui.health.store_checks import fingerprint
from connectome_tui.session import LiveSession
from connectome_tui.sources.pump import MOST_WAITING
from connectome_tui.store.docks import CommitTransaction
from connectome_tui.store.state import State

OPENING: Final = "open_live"
RESTART: Final = "restart_session_clear_or_boundary"
_LOOKED_AT: Final = 4


class LiveStreamIntegrity(LiveChecker):
    """STORE-10, ENGINE-5: every event that arrived is shown, waits, or is counted as lost."""

    module = "sources"
    name = "health_check_live_stream_integrity"
    indicator = "source_live_stream_integrity"

    def on_commit(self, transaction: CommitTransaction) -> None:
        old, new = transaction.old.live, transaction.new.live
        if new is None or old is None or new is old:
            return
        lost = new.overflowed + new.unread
        self.check(
            new.arrived == new.shown + new.held + lost,
            f"{new.arrived} events arrived: {new.shown} were shown, {new.held} wait, {lost} were lost",
        )
        before = (old.arrived, old.shown, old.evicted, old.overflowed, old.unread)
        now = (new.arrived, new.shown, new.evicted, new.overflowed, new.unread)
        self.check(all(a <= b for a, b in zip(before, now, strict=True)), f"a count went back: {before} → {now}")
        of_each = sum(source.held for source in new.sources)
        self.check(new.held == of_each, f"{new.held} events wait, and {of_each} by source")


class LiveBufferBounds(LiveChecker):
    """STORE-10, ENGINE-5: the ledger, what waits in memory, and the picture stay within their bounds."""

    module = "sources"
    name = "health_check_live_buffer_bounds"
    indicator = "source_live_buffer_bounds"

    def on_commit(self, transaction: CommitTransaction) -> None:
        state, live = transaction.new, transaction.new.live
        if live is None:
            return
        most = self.session.store.retention.max_events
        entries = len(state.ledger)
        self.check(entries <= most + len(state.ledger.sessions), f"{entries} entries, {most} allowed")
        if not live.held_in_recording:
            most = self.session.engine.held_per_source
            self.check(all(source.held <= most for source in live.sources), f"more than {most} events of a source wait")
        nodes, edges = len(state.topology.nodes), len(state.topology.edges)
        self.check(nodes <= MAX_NODES and edges <= MAX_EDGES, f"{nodes} nodes and {edges} edges are drawn")
        waiting = self.session.pump.waiting
        self.check(waiting < 2 * MOST_WAITING, f"{waiting} events wait to be drained")


class LiveLedgerGrows(LiveChecker):
    """STORE-5, STORE-10: entries come at the end, leave counted, and never change."""

    module = "state_store"
    name = "health_check_live_ledger_is_append_only"
    indicator = "store_live_ledger_integrity"

    def __init__(self, session: LiveSession) -> None:
        super().__init__(session)
        self._remembered: dict[int, tuple[object, ...]] = {}

    def on_commit(self, transaction: CommitTransaction) -> None:
        old, new = transaction.old, transaction.new
        begins = transaction.action == OPENING or (
            transaction.action == RESTART and self.session.store.restart_policy == "clear"
        )
        if begins:
            self._remembered.clear()
        elif new.ledger is not old.ledger:
            self._compare(transaction.action, old, new)
        ledger = new.ledger
        for index in range(max(old.ledger.end, ledger.start, ledger.end - _LOOKED_AT), ledger.end):
            self._remembered[index] = fingerprint(ledger, index)
        while len(self._remembered) > _LOOKED_AT * _LOOKED_AT:
            del self._remembered[next(iter(self._remembered))]

    def _compare(self, action: str, old: State, new: State) -> None:
        evicted = (new.live.evicted if new.live else 0) - (old.live.evicted if old.live else 0)
        grown = new.ledger.end - old.ledger.end
        self.check(
            grown >= 0 and len(new.ledger) == len(old.ledger) + grown - evicted,
            f"{action}: {len(old.ledger)} entries and {grown} more, {evicted} left, makes {len(new.ledger)}",
        )
        for index, remembered in self._remembered.items():
            if new.ledger.holds(index):
                self.check(fingerprint(new.ledger, index) == remembered, f"entry {index} is not what it was")


class LiveCommitIsWhole(LiveChecker):
    """STORE-4: what arrives together is one commit, and focus and sentence are those of its newest event."""

    module = "state_store"
    name = "health_check_live_commit_updates_all_fields"
    indicator = "store_live_commit_integrity"

    def on_commit(self, transaction: CommitTransaction) -> None:
        old, new = transaction.old, transaction.new
        if new.ledger.end == old.ledger.end or transaction.action != "append_realtime_batch":
            return
        newest = new.ledger[new.ledger.end - 1]
        self.check(newest.commit_id == new.commit_id, f"entry {newest.arrival_index} carries another commit")
        if new.pinned or new.inspection_index is not None:
            return
        focus = new.active_focus
        self.check(
            (focus.active_node_id, focus.active_edge_id) == (newest.event.to_node_id, newest.event.edge_id),
            f"the focus is not that of event {newest.event.id}",
        )
        self.check(new.current_explanation.sentence, f"nothing explains event {newest.event.id}")


LIVE_CHECKERS: Final = (LiveStreamIntegrity, LiveBufferBounds, LiveLedgerGrows, LiveCommitIsWhole)
