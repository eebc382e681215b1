"""The store of a window on a shared session: written by whole server commits, and by what the window looks at."""

from collections.abc import Callable
from dataclasses import replace

from connectome_tui.events.flow import Flow
from connectome_tui.events.samples import SampledEvents
from connectome_tui.events.topology import Topology
from connectome_tui.store.commits import Commits
from connectome_tui.store.deltas import Baseline, CommitDelta, LookAnswer, Page, RecordChange, Standing
from connectome_tui.store.live_batches import view_within
from connectome_tui.store.state import State, ViewState
from connectome_tui.store.window_changes import (
    changed_fields,
    identity_of,
    patched,
    sessions_after,
    sessions_of,
    view_following,
    view_of_none,
)
from connectome_tui.store.window_entries import (
    KEPT_NEWEST,
    LedgerWants,
    WindowEntries,
)
from connectome_tui.store.window_histories import WindowHistories
from connectome_tui.store.window_ledger import WindowLedger
from connectome_tui.store.window_looks import OwnLook, look_at_newest, look_of, own_look_after, own_look_of, seen_alone
from connectome_tui.store.window_ranges import HeldRanges


class GapError(Exception):
    """A delta does not follow what this window has: it needs a replay or a baseline."""


class WindowStore(Commits):
    """The state of a window: the server's, but for what this window looks at by itself.

    `commit_id` is always the server's; views and pages that come leave it. Panes cannot tell that the
    session is elsewhere (`state`, `subscribe`, `set_view` as in `Store`). With `wants` None nothing is
    ever fetched, and histories count what is still here when somebody first asks for them.
    """

    def __init__(self, wants: LedgerWants | None = None, kept_newest: int = KEPT_NEWEST) -> None:
        super().__init__()
        self._wants = wants
        self._kept_newest = kept_newest
        self._revision = -1
        self._server = State()
        self._ledger = self._empty_ledger(0)
        self._view = self._server.view
        self._flow: Flow | None = None
        self._is_detached = False
        self._own: OwnLook | None = None
        self._records: dict[tuple[str, str, str], RecordChange] = {}
        self._applied_listeners: list[Callable[[CommitDelta], None]] = []

    @property
    def revision(self) -> int:
        """The newest commit of the server that was applied; -1 before the first baseline."""
        return self._revision

    @property
    def flow(self) -> Flow | None:
        """What panes measure: summary, topology, and sampled events; None for a live session."""
        return self._flow

    @property
    def is_detached(self) -> bool:
        """Whether this window looks at its own place."""
        return self._is_detached

    @property
    def entries_held(self) -> int:
        """How many entries of the ledger are here."""
        return self._ledger.entries.held

    @property
    def shared_state(self) -> State:
        """The server's state, whatever this window looks at by itself."""
        return self._server

    # What comes from the server

    def apply_baseline(self, baseline: Baseline) -> None:
        """Begin anew from a baseline: one commit. An older one than what is here, of the same session, is ignored.

        Call `forget` first when the session is another one, or its server counts anew (another epoch).
        """
        revision = int(baseline.revision)
        if revision < self._revision:
            return
        before = self._server
        sessions = sessions_of(baseline.sessions, baseline.topology)
        is_same = not set(map(identity_of, self._ledger.sessions)).isdisjoint(map(identity_of, sessions))
        entries = WindowEntries(self._wants, self._kept_newest, like=self._ledger.entries if is_same else None)
        entries.put_page(baseline.page, baseline.end, newest=True)
        self._take_entries(entries, baseline.head)
        self._take_entries(entries, baseline.standing)
        first = sessions[-1].first_index if baseline.head is not None else baseline.end
        held = HeldRanges.of(baseline.runs, baseline.end)
        self._take_ledger(
            WindowLedger(entries, WindowHistories(entries, baseline.head, first), held, sessions, baseline.standing)
        )
        self._revision = revision
        self._server = replace(
            State(**changed_fields(baseline.changes)),
            topology=baseline.topology,
            ledger=self._ledger,
            commit_id=revision,
        )
        self._records = {(change.scope, change.target, change.key): change for change in baseline.records}
        self._flow = self._flow_of(baseline)
        if not is_same and before.commit_id:
            # It began anew, perhaps with another flow: what was looked at and searched was of the one before.
            self._view, before = view_of_none(self._view), State()
            self._own = own_look_of(self._server, self._ledger) if self._is_detached else None
        self._view = view_within(self._view, self._ledger)
        self._follow(before)
        self._show("apply_baseline")

    def apply_server_commit(self, delta: CommitDelta) -> bool:
        """Apply one whole commit of the server; false for one that was applied before. `GapError` for a hole."""
        revision = int(delta.revision)
        if revision <= self._revision:
            return False
        if int(delta.base) != self._revision:
            raise GapError(f"commit {revision} follows {delta.base}, and {self._revision} is what is here")
        before = self._server
        topology = before.topology if delta.topology is None else patched(before.topology, delta.topology)
        self._change_ledger(delta, revision, topology)
        changes = changed_fields(delta.changes)
        if "inspection_index" in changes or delta.standing is not None:
            self._take_entries(self._ledger.entries, delta.standing)
            self._take_ledger(replace(self._ledger, standing=delta.standing))
        self._revision = revision
        self._server = replace(before, topology=topology, ledger=self._ledger, commit_id=revision, **changes)
        self._records.update(((change.scope, change.target, change.key), change) for change in delta.records)
        if self._flow is not None and (topology is not before.topology or "flow" in changes):
            self._flow = replace(self._flow, topology=topology, summary=self._server.flow or self._flow.summary)
        if delta.emptied:
            self._view = view_of_none(self._view)
        elif delta.gone:
            self._view = view_within(self._view, self._ledger)
        self._follow(before)
        self._show("apply_server_commit")
        for listener in tuple(self._applied_listeners):
            listener(delta)
        return True

    def apply_page(self, page: Page) -> None:
        """Entries that were lacking have come."""
        self._ledger.entries.put_page(page, self._ledger.end)
        self._take_ledger(replace(self._ledger))
        self._server = replace(self._server, ledger=self._ledger)
        self._show("apply_page")

    def forget(self) -> None:
        """Another session is chosen: empty, as before the first baseline."""
        self._revision = -1
        self._server = State()
        self._take_ledger(self._empty_ledger(0))
        self._view = view_of_none(self._view)
        self._flow, self._own, self._is_detached = None, None, False
        self._records = {}
        self._show("forget")

    # What this window looks at

    def set_view(self, view: ViewState) -> None:
        """What this window looks at."""
        self._view = view
        self._show("set_view")

    def detach(self) -> None:
        """Look at an own place from now on: own selection, own look back."""
        if not self._is_detached:
            self._is_detached = True
            self._own = own_look_of(self._server, self._ledger)
            self._show("detach")

    def attach(self) -> None:
        """Follow the shared view again; what was looked at alone is dropped."""
        if self._is_detached:
            self._is_detached, self._own = False, None
            self._view = view_following(self._view, self._server.shared, self._server)
            self._show("attach")

    def look_alone(self, answer: LookAnswer) -> None:
        """While detached: see what was to be seen at an entry (`index` None: the head). Nothing, when it is refused."""
        if not self._is_detached or answer.refused:
            return
        at_head = answer.index is None
        look = answer.look
        if at_head:
            at_newest = self._server.inspection_index is None
            look = look_of(self._server) if at_newest else look or look_at_newest(self._server, self._ledger)
        if look is None or (answer.index is not None and not self._ledger.holds(answer.index)):
            return
        self._take_entries(self._ledger.entries, answer.standing)
        self._own = OwnLook(answer.index, look, None if at_head else answer.standing)
        self._show("look_alone")

    # What is known besides

    def record(self, scope: str, target: str, key: str) -> RecordChange | None:
        """The confirmed value of a record, whose version a write has to name (SERVER-5)."""
        return self._records.get((scope, target, key))

    def released_by(self, arrival_index: int) -> str:
        """The actor id of who released an entry; empty when nobody did, or it is not known here."""
        return self._ledger.entries.actor(arrival_index)

    def on_applied(self, listener: Callable[[CommitDelta], None]) -> Callable[[], None]:
        """Call back after each server commit that was applied; the answer ends it."""
        self._applied_listeners.append(listener)
        return lambda: self._applied_listeners.remove(listener)

    # How it is done

    def _change_ledger(self, delta: CommitDelta, revision: int, topology: Topology) -> None:
        ledger = self._empty_ledger(delta.first_index) if delta.emptied else self._ledger
        sessions, held = tuple(ledger.sessions)[delta.sessions_gone :], ledger.held
        if delta.events:
            ledger.entries.append(delta.first_index, delta.events, revision, delta.actor_id)
            held = held.grown(delta.first_index, delta.first_index + len(delta.events))
        if delta.gone:
            held = held.without(delta.gone)
        sessions = sessions_after(sessions, delta.session, topology)
        histories = ledger.histories
        if delta.head is not None:
            histories = WindowHistories(ledger.entries, delta.head, sessions[-1].first_index)
        if held is not ledger.held or sessions != ledger.sessions or histories is not ledger.histories:
            ledger = replace(ledger, held=held, sessions=sessions, histories=histories)
        self._take_ledger(ledger)
        ledger.histories.rest(sessions[-1].first_index)

    def _follow(self, before: State) -> None:
        """Let what is looked at follow the server: the shared selection, or the own place as far as it is there."""
        now = self._server
        if self._is_detached and self._own is not None:
            self._own = own_look_after(self._own, before, now, self._ledger)
        elif now.shared.selection != before.shared.selection or before.commit_id == 0:
            self._view = view_following(self._view, now.shared, now)

    def _show(self, action: str) -> None:
        state = replace(self._server, view=self._view)
        if self._own is not None:
            state = seen_alone(state, self._ledger, self._own)
        self._put(action, state)

    def _take_ledger(self, ledger: WindowLedger) -> None:
        """Go on with this ledger; one of other entries wants nothing any more."""
        if ledger.entries is not self._ledger.entries:
            self._ledger.entries.wants = None
        self._ledger = ledger
        if self._wants is not None:
            ledger.entries.before_leaving = ledger.histories.count_to

    def _take_entries(self, entries: WindowEntries, standing: Standing | None) -> None:
        for entry in () if standing is None else standing.entries:
            entries.put(entry)

    def _empty_ledger(self, start: int) -> WindowLedger:
        entries = WindowEntries(self._wants, self._kept_newest)
        return WindowLedger(entries, WindowHistories(entries, None, start), HeldRanges(start, start), ())

    def _flow_of(self, baseline: Baseline) -> Flow | None:
        summary = self._server.flow
        if not baseline.has_flow or summary is None:
            return None
        events = SampledEvents(baseline.sample, self._server.script_total)
        return Flow(summary, events, baseline.topology, baseline.waits_on_clock)
