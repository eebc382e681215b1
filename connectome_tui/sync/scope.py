"""What a provider may know of the refresh that it is asked for."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(slots=True)
class RefreshScope:
    """One refresh of a sync, as `with_retry` sees it.

    `stopping` is done once the sync has been stopped. `attempt` is the one that is made, from 1.
    """

    stopping: "asyncio.Future[None]"
    report: Callable[[Exception, int, float], None]
    attempt: int = 1

    def report_retry(self, error: Exception, next_delay_ms: float) -> None:
        """Tell the sync that this attempt failed, and that another follows."""
        self.report(error, self.attempt, next_delay_ms)


REFRESH_SCOPE: Final[ContextVar[RefreshScope | None]] = ContextVar("connectome_tui_sync_refresh_scope", default=None)
"""The refresh that runs in this context, or None outside of one.

A context variable, so that it is found through whatever a user wraps around a provider.
"""
