"""Checkers of revision sync (HEALTH-1): they look on while a real sync follows a hub over the transport in memory."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.health.checker import Looker
from connectome_tui.health.sync_run import SyncMoment
from connectome_tui.sync import compare_revisions

MOST_PULLS: Final = 2
"""SYNC-5: while one refresh is in flight, it and one more are all that a burst may cost."""


class SyncChecker(Looker):
    """Looks on at a sync: at each moment when it has come to rest."""

    module = "sync"

    def on_moment(self, before: SyncMoment, now: SyncMoment) -> None:
        """Look at what became of a sync between two rests."""


class RevisionNeverGoesBack(SyncChecker):
    """SYNC-3: what is applied is newer than what was, and the local revision is that of the newest."""

    name = "health_check_sync_revision_never_goes_back"
    indicator = "sync_revision_monotonic_integrity"

    def on_moment(self, before: SyncMoment, now: SyncMoment) -> None:
        back = f"behind {now.what}: the local revision went from {before.local} to {now.local}"
        self.check(compare_revisions(now.local, before.local) >= 0, back)
        for older, newer in zip(now.applied, now.applied[1:], strict=False):
            self.check(compare_revisions(older, newer) < 0, f"behind {now.what}: applied {newer} over {older}")


class BurstsAreBounded(SyncChecker):
    """SYNC-5: however many events come, few snapshots are pulled."""

    name = "health_check_sync_bursts_are_bounded"
    indicator = "sync_burst_bounds"

    def on_moment(self, before: SyncMoment, now: SyncMoment) -> None:
        if now.events > before.events:
            events, pulls = now.events - before.events, now.pulls - before.pulls
            self.check(pulls <= MOST_PULLS, f"behind {now.what}: {events} events cost {pulls} snapshots")


class StopAppliesNothing(SyncChecker):
    """SYNC-4: behind a stop nothing is applied, and the local revision does not move."""

    name = "health_check_sync_stop_applies_nothing"
    indicator = "sync_stop_integrity"

    def on_moment(self, before: SyncMoment, now: SyncMoment) -> None:
        if now.is_stopped:
            self.check(now.applied == before.applied, f"behind {now.what}: {now.applied[-1:]} was applied")
            self.check(now.local == before.local, f"behind {now.what}: the local revision moved to {now.local}")
            self.check(not now.subscribers, f"behind {now.what}: {now.subscribers} subscriptions are left")


class EndsAtTheNewest(SyncChecker):
    """SYNC-3, SYNC-6: at rest the local revision is the server's, also behind errors and reordered events."""

    name = "health_check_sync_ends_at_the_newest"
    indicator = "sync_convergence_integrity"

    def on_moment(self, before: SyncMoment, now: SyncMoment) -> None:  # noqa: ARG002 - one signature for all
        if now.is_settled:
            behind = f"behind {now.what}: the server is at {now.server}, the sync at {now.local}"
            self.check(now.local == now.server, behind)


class ErrorsAreReportedOnce(SyncChecker):
    """SYNC-6: each failure that is made reaches `on_error`, once."""

    name = "health_check_sync_errors_are_reported_once"
    indicator = "sync_error_report_integrity"

    def on_moment(self, before: SyncMoment, now: SyncMoment) -> None:
        failures, reports = now.failures - before.failures, now.reports - before.reports
        self.check(failures == reports, f"behind {now.what}: {failures} failures were reported {reports} times")


SYNC_CHECKERS: Final[Sequence[type[SyncChecker]]] = (
    RevisionNeverGoesBack,
    BurstsAreBounded,
    StopAppliesNothing,
    EndsAtTheNewest,
    ErrorsAreReportedOnce,
)
