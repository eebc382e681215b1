"""Pulling a snapshot and applying it: the only way in which the local revision moves (SYNC-3)."""

import asyncio
import inspect
from typing import Any

from connectome_tui.sync.contracts import Applier, ErrorContext, Phase, Provider
from connectome_tui.sync.reading import as_envelope, read_snapshot
from connectome_tui.sync.refreshes import Refresh
from connectome_tui.sync.reporting import Reporter
from connectome_tui.sync.revision import ZERO_REVISION, Revision, compare_revisions
from connectome_tui.sync.scope import REFRESH_SCOPE, RefreshScope


class SnapshotPull:
    """Asks the provider, and applies what is newer; knows the revision of what was applied last."""

    def __init__(self, topic: str, provider: Provider[Any], applier: Applier, reporter: Reporter) -> None:
        self.local_revision: Revision = ZERO_REVISION
        self._applied_any = False
        self._topic = topic
        self._provider = provider
        self._applier = applier
        self._reporter = reporter

    def is_old(self, revision: Revision) -> bool:
        """Whether what has this revision is here already; before the first snapshot nothing is."""
        return self._applied_any and compare_revisions(revision, self.local_revision) <= 0

    async def perform(self, refresh: Refresh, stopping: "asyncio.Future[None]") -> None:
        """One refresh: one snapshot, applied when it is newer. Reports an error once, and raises it.

        Behind a stop nothing is applied, reported or raised any more.
        """
        phase: Phase = "getSnapshot"
        scope = RefreshScope(stopping, lambda *failure: self._report_retry(refresh, *failure))
        try:
            snapshot = await self._get_snapshot(scope)
            if stopping.done():
                return
            phase = "protocol"
            revision = read_snapshot(snapshot)
            if self.is_old(revision):
                self._reporter.note(f"the snapshot at {revision} is not newer than {self.local_revision}")
                return
            phase = "apply"
            refresh.applying = True
            applied = self._applier.apply(as_envelope(snapshot))
            if inspect.isawaitable(applied):
                await applied
        except Exception as error:
            if stopping.done():
                self._reporter.note(f"behind the stop, {phase} failed with {error!r}")
                return
            self._reporter.report(ErrorContext(phase, self._topic, error, refresh.event, scope.attempt))
            raise
        if not stopping.done():
            self.local_revision, self._applied_any = revision, True
            self._reporter.note(f"applied {revision}")

    async def _get_snapshot(self, scope: RefreshScope) -> object:
        token = REFRESH_SCOPE.set(scope)
        try:
            return await self._provider.get_snapshot()
        finally:
            REFRESH_SCOPE.reset(token)

    def _report_retry(self, refresh: Refresh, error: Exception, attempt: int, next_delay_ms: float) -> None:
        self._reporter.report(
            ErrorContext(
                "getSnapshot", self._topic, error, refresh.event, attempt, will_retry=True, next_delay_ms=next_delay_ms
            )
        )
