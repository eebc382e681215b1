"""The store of a live session: the same actions, and those of live sources (STORE-10, STORE-11)."""

from dataclasses import replace
from typing import Any, Final

from connectome_tui.events.topology import Topology
from connectome_tui.events.topology_growth import GrowingTopology
from connectome_tui.store.docks import RetentionEviction
from connectome_tui.store.entries import Session
from connectome_tui.store.live_batches import RealtimeBatch, steps_in, view_within
from connectome_tui.store.live_ledger import DetailOf, LiveLedger, LiveLedgerView
from connectome_tui.store.release import Look
from connectome_tui.store.retention import Retention
from connectome_tui.store.sessions import boundary_event, cleared
from connectome_tui.store.state import Explanation, LiveStatus, Mode, SourceStatus, Speed, State, TickDisplay
from connectome_tui.store.store import RestartPolicy, Store, seen
from connectome_tui.store.ticks import retimed


class LiveStore(Store):
    """Entries come in batches and leave by retention, the one exception to STORE-5; each batch is one commit."""

    has_ticks = False

    def __init__(
        self,
        retention: Retention | None = None,
        detail_of: DetailOf | None = None,
        restart_policy: RestartPolicy = "boundary",
    ) -> None:
        super().__init__(restart_policy)
        self.retention: Final = retention or Retention()
        self._detail_of = detail_of
        self._growing = GrowingTopology()
        self._evicted = 0
        self._evicted_why = ""
        self._shown = 0
        self._entries = self._new_ledger(Session("", 0.0, Topology(), 0))

    @property
    def entries_held(self) -> int:
        """How many entries the ledger holds; retention bounds them."""
        return self._entries.count

    def open_live(
        self, session_id: str, title: str, live: LiveStatus, explanation: Explanation, *, mode: Mode, now_ms: float
    ) -> None:
        """Begin the first session of live sources: with an empty ledger, in realtime mode or as stepper."""
        self._begin("open_live")
        speed: Speed = "1x" if mode == "realtime" else "pause"
        self._entries = self._new_ledger(Session(session_id, now_ms, Topology(), self._entries.end, title=title))
        self._commit(
            "open_live",
            **cleared(session_id, explanation),
            mode=mode,
            speed=speed,
            tick_display=retimed(TickDisplay(), speed, now_ms, running=False),
            script_total=None,
            ledger=self._entries.view(),
            topology=self._growing.topology,
            flow=None,
            source=SourceStatus(name=title),
            live=live,
        )

    def append_realtime_batch(self, batch: RealtimeBatch) -> None:
        """Append what live sources brought; focus, explanation, wait, topology and counters follow in one commit.

        A pinned focus and one that looks back stay (STORE-11), unless the entry looked at leaves the ledger.
        """
        state, entries = self._state, self._entries
        commit_id = self._begin("append_realtime_batch")
        self._growing.describe(batch.nodes)
        newest: int | None = None
        for arrivals in batch.arrivals:
            entries.append(arrivals, commit_id, batch.now_ms)
            self._growing.add(arrivals.events)
            newest = entries.end - 1
        steps = steps_in(batch.arrivals)
        self._shown += steps
        gone, why = entries.evict(batch.now_ms)
        self._evicted += gone
        topology = self._growing.topology
        if topology is not state.topology:
            entries.set_topology(topology)
        ledger = entries.view()
        self._evicted_why = why if gone else self._evicted_why
        changes: dict[str, Any] = {"live": self._completed(batch.live)}
        if newest is not None or gone or topology is not state.topology:
            changes["ledger"] = ledger
        if newest is not None:
            changes["cursor"] = state.cursor + steps
            look = batch.look_at(ledger, newest)
            changes |= self._followed(state, look, ledger, stepped=batch.stepped)
        if gone:
            changes["view"] = view_within(state.view, ledger)
        if batch.mode is not None:
            changes |= {"mode": batch.mode, "local_pause": False}
        self._commit("append_realtime_batch", topology=topology, **changes)
        if gone:
            self.dock_store_retention_evictions.report(RetentionEviction(gone, why))

    def set_live_status(self, live: LiveStatus, explanation: Explanation | None = None) -> None:
        """What the sources say of themselves, and how much waits; None leaves the explanation as it is."""
        self._begin("set_live_status")
        said = {} if explanation is None else {"current_explanation": explanation}
        self._commit("set_live_status", live=self._completed(live), **said)

    def evict_aged(self, now_ms: float, live: LiveStatus) -> None:
        """Let entries go that are older than retention allows; no commit when there are none."""
        # Begun only when something leaves: nothing else of the ledger changes by it.
        gone, why = self._entries.evict(now_ms)
        if not gone:
            return
        self._begin("evict_aged")
        self._evicted += gone
        self._evicted_why = why
        ledger = self._entries.view()
        changes: dict[str, Any] = {"view": view_within(self._state.view, ledger)}
        if self._state.inspection_index is not None and not ledger.holds(self._state.inspection_index):
            changes["inspection_index"] = None
        self._commit("evict_aged", ledger=ledger, live=self._completed(live), **changes)
        self.dock_store_retention_evictions.report(RetentionEviction(gone, why))

    def restart_live_session(self, session_id: str, explanation: Explanation, now_ms: float) -> None:
        """Begin a new session at cursor 0 (STORE-9): behind a boundary, or with an empty ledger under `clear`."""
        commit_id = self._begin("restart_session_clear_or_boundary")
        state, entries = self._state, self._entries
        topology, title = state.topology, state.source.name
        clear = self.restart_policy == "clear"
        if clear:
            self._entries = self._new_ledger(Session(session_id, now_ms, topology, entries.end, title=title))
        else:
            session = Session(session_id, now_ms, topology, entries.end + 1, title=title)
            entries.begin_session(session, boundary_event(session_id, now_ms), commit_id, now_ms)
        self._commit(
            "restart_session_clear_or_boundary",
            **cleared(session_id, explanation),
            ledger=self._entries.view(),
            view=self._view_without_entries() if clear else state.view,
        )
        if clear:
            self.dock_store_retention_evictions.report(RetentionEviction(len(state.ledger), "restart"))

    def _followed(self, state: State, look: Look, ledger: LiveLedgerView, *, stepped: bool) -> dict[str, Any]:
        """What changes with the newest event: all that is seen, unless the user holds on to something else."""
        inspected = state.inspection_index
        if inspected is not None and not stepped and ledger.holds(inspected):
            return {}
        changes = dict(seen(look)) | {"inspection_index": None}
        if state.pinned and not stepped:
            del changes["active_focus"], changes["current_explanation"]
        return changes

    def _completed(self, live: LiveStatus) -> LiveStatus:
        return replace(
            live,
            shown=self._shown,
            evicted=self._evicted,
            evicted_why=self._evicted_why,
            nodes_left_out=self._growing.nodes_left_out,
            gaps=self._entries.gaps,
        )

    def _new_ledger(self, session: Session) -> LiveLedger:
        return LiveLedger(session, self.retention, self._detail_of)
