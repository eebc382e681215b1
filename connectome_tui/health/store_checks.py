"""Checkers of the store (HEALTH-1): ledger, focus, commits, wait, restart."""

from dataclasses import replace
from typing import Final

from connectome_tui.health.checker import Checker
from connectome_tui.session import SteppedSession
from connectome_tui.store.docks import CommitTransaction
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.release import active_focus, focus_of
from connectome_tui.store.selectors import select_wait
from connectome_tui.store.state import ActiveFocus, State, WaitProgress

RELEASES: Final = frozenset(
    {
        "commit_step_release_append_event_and_set_focus_and_explanation",
        "append_realtime_event_and_update_focus_if_needed",
    }
)
RESTART: Final = "restart_session_clear_or_boundary"
OPENING: Final = "open_flow"
MAX_REMEMBERED: Final = 4096
LOOK_AGAIN_EVERY: Final = 64
MAX_WAIT_SECONDS: Final = 4.0


def fingerprint(ledger: Ledger, index: int) -> tuple[object, ...]:
    """What must never change about an entry."""
    entry = ledger[index]
    event = entry.event
    return entry.commit_id, entry.session_id, event.id, event.label, event.edge_id, event.at_ms, event.status


class LedgerIsAppendOnly(Checker):
    """STORE-5: the ledger never shrinks and no past entry changes."""

    module = "state_store"
    name = "health_check_ledger_is_append_only"
    indicator = "store_ledger_append_only_integrity"

    def __init__(self, session: SteppedSession) -> None:
        super().__init__(session)
        self._remembered: dict[int, tuple[object, ...]] = {}
        self._commits = 0

    def on_commit(self, transaction: CommitTransaction) -> None:
        old, new = transaction.old.ledger, transaction.new.ledger
        begins = transaction.action == OPENING or (
            transaction.action == RESTART and self.session.store.restart_policy == "clear"
        )
        if begins:
            self._remembered.clear()
        else:
            self.check(
                new.start == old.start and new.end >= old.end,
                f"{transaction.action} turned entries {old.start}…{old.end} into {new.start}…{new.end}",
            )
            self._look_again(new)
        for index in range(max(old.end, new.start), new.end):
            if len(self._remembered) < MAX_REMEMBERED:
                self._remembered[index] = fingerprint(new, index)

    def conclude(self) -> None:
        ledger = self.session.store.state.ledger
        for index in self._remembered:
            self._compare(ledger, index)

    def _look_again(self, ledger: Ledger) -> None:
        """Now and then one old entry, each in its turn: far back in a large file it must be read from the disk."""
        self._commits += 1
        if self._remembered and self._commits % LOOK_AGAIN_EVERY == 0:
            place = self._commits // LOOK_AGAIN_EVERY % len(self._remembered)
            self._compare(ledger, next(iter(self._remembered)) + place)

    def _compare(self, ledger: Ledger, index: int) -> None:
        if ledger.start <= index < ledger.end and index in self._remembered:
            self.check(fingerprint(ledger, index) == self._remembered[index], f"entry {index} is not what it was")
        else:
            self.check(index not in self._remembered, f"entry {index} is gone")


class SingleActiveFocus(Checker):
    """STORE-6: one node, one edge and one step are lit, those of the event that is shown, or nothing."""

    module = "state_store"
    name = "health_check_single_active_focus"
    indicator = "store_single_focus_integrity"

    def on_commit(self, transaction: CommitTransaction) -> None:
        old, new = transaction.old, transaction.new
        if new.active_focus is old.active_focus and new.ledger is old.ledger:
            return
        focus = new.active_focus
        if focus.active_node_id is None:
            self.check(focus == ActiveFocus(), "an edge or a step is lit and no node")
            self.check(new.cursor == 0 or new.pinned, "nothing is lit although events were released")
            return
        edge = focus.active_edge_id
        self.check(
            edge is None or edge.endswith(f"→{focus.active_node_id}"),
            f"the lit edge {edge} does not lead to the lit node {focus.active_node_id}",
        )
        index = new.ledger.end - 1 if new.inspection_index is None else new.inspection_index
        shown_is_known = new.inspection_index is not None or (new.cursor > 0 and not new.pinned)
        if shown_is_known and new.ledger.start <= index < new.ledger.end:
            event = new.ledger[index].event
            self.check(focus == active_focus(focus_of(event)), f"the focus is not that of event {event.id}")
        else:
            self.check(new.cursor > 0, "a node is lit before the first event")


class AtomicCommit(Checker):
    """STORE-4: one commit changes ledger, focus, explanation, cursor and commit id together, and nothing is lost."""

    module = "state_store"
    name = "health_check_atomic_commit_updates_all_fields"
    indicator = "store_atomic_commit_integrity"

    def __init__(self, session: SteppedSession) -> None:
        super().__init__(session)
        self._last: State = session.store.state

    def on_commit(self, transaction: CommitTransaction) -> None:
        old, new, action = transaction.old, transaction.new, transaction.action
        self.check(old is self._last, f"the state changed outside of a commit, before {action}")
        self.check(new.commit_id == old.commit_id + 1, f"{action} went from commit {old.commit_id} to {new.commit_id}")
        self._last = new
        if action in RELEASES:
            self._check_release(old, new)
        elif action not in {RESTART, OPENING}:
            self.check(
                (new.ledger.end, new.cursor) == (old.ledger.end, old.cursor),
                f"{action} moved the ledger or the cursor",
            )

    def _check_release(self, old: State, new: State) -> None:
        grown, moved = new.ledger.end - old.ledger.end, new.cursor - old.cursor
        self.check((grown, moved) == (1, 1), f"a release appended {grown} entries and moved the cursor by {moved}")
        if grown < 1:
            return
        entry = new.ledger[new.ledger.end - 1]
        self.check(entry.commit_id == new.commit_id, f"entry {entry.arrival_index} carries another commit")
        if new.inspection_index is None and not new.pinned:
            explanation = new.current_explanation
            self.check(
                explanation.sentence and explanation is not old.current_explanation,
                f"event {entry.event.id} came without its explanation",
            )
            self.check(
                new.active_focus.active_node_id == entry.event.to_node_id,
                f"event {entry.event.id} came without its focus",
            )


class WaitTimerClamps(Checker):
    """STORE-7: what the wait shows lies between 0 and 4.0 seconds, and its share between 0 and 1."""

    module = "state_store"
    name = "health_check_wait_timer_clamps_to_max_4_seconds"
    indicator = "store_wait_timer_clamp_integrity"

    def on_commit(self, transaction: CommitTransaction) -> None:
        new = transaction.new
        if new.wait_progress is transaction.old.wait_progress and self.observed:
            return
        started = new.wait_progress.started_at_ms or 0.0
        by_clock = replace(new, wait_now_ms=None)
        for later_ms in (-1000.0, 0.0, 1999.0, 4000.0, 3_600_000.0):
            reading = select_wait(by_clock, started + later_ms)
            self.check(
                0.0 <= reading.seconds <= MAX_WAIT_SECONDS and 0.0 <= reading.value_0_1 <= 1.0,
                f"after {later_ms / 1000:.1f} s the wait shows {reading.seconds:.1f} s",
            )


class RestartFollowsPolicy(Checker):
    """STORE-9: a restart begins a new session, clears what it must, and keeps or clears the ledger by policy."""

    module = "state_store"
    name = "health_check_restart_policy"
    indicator = "store_restart_policy_consistency"

    def on_commit(self, transaction: CommitTransaction) -> None:
        if transaction.action != RESTART:
            return
        old, new = transaction.old, transaction.new
        self.check(new.session_id != old.session_id, "the session kept its id")
        self.check(new.cursor == 0 and not new.ended, f"the cursor stands at {new.cursor}")
        self.check(new.active_focus == ActiveFocus(), "the focus was not cleared")
        self.check(new.wait_progress == WaitProgress(), "the wait was not cleared")
        if self.session.store.restart_policy == "clear":
            self.check(not len(new.ledger), f"policy clear left {len(new.ledger)} entries")
            return
        self.check(new.ledger.end == old.ledger.end + 1, f"the ledger went from {old.ledger.end} to {new.ledger.end}")
        newest = new.ledger[new.ledger.end - 1].event if len(new.ledger) else None
        self.check(
            newest is not None and newest.is_boundary and newest.call_type == "code", "the newest entry is no boundary"
        )
