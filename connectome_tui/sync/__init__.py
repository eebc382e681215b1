"""Revision sync (SYNC): events say that something changed, snapshots say what it is now.

A library on its own: it imports nothing else of this package, and no transport. `docs/sync.md` shows it
at work; the transports that ship are in `connectome_tui.sync.transports`.
"""

from connectome_tui.sync.contracts import (
    Applier,
    ErrorContext,
    EventHandler,
    InvalidationEvent,
    Logger,
    OnError,
    Phase,
    Provider,
    ShouldRefresh,
    SnapshotEnvelope,
    Subscriber,
    Unsubscribe,
)
from connectome_tui.sync.engine import RevisionSync, create_revision_sync
from connectome_tui.sync.errors import OptionError, ProtocolError, RevisionError, StoppedError, SyncError
from connectome_tui.sync.retry import DEFAULT_RETRY_POLICY, RetryPolicy, with_retry
from connectome_tui.sync.revision import (
    MAX_REVISION,
    ZERO_REVISION,
    Revision,
    compare_revisions,
    is_canonical_revision,
)
from connectome_tui.sync.scheduling import LoopScheduler, ManualScheduler, Scheduler, Timer
from connectome_tui.sync.throttle import ThrottlingOptions

__all__ = [
    "DEFAULT_RETRY_POLICY",
    "MAX_REVISION",
    "ZERO_REVISION",
    "Applier",
    "ErrorContext",
    "EventHandler",
    "InvalidationEvent",
    "Logger",
    "LoopScheduler",
    "ManualScheduler",
    "OnError",
    "OptionError",
    "Phase",
    "ProtocolError",
    "Provider",
    "RetryPolicy",
    "Revision",
    "RevisionError",
    "RevisionSync",
    "Scheduler",
    "ShouldRefresh",
    "SnapshotEnvelope",
    "StoppedError",
    "Subscriber",
    "SyncError",
    "ThrottlingOptions",
    "Timer",
    "Unsubscribe",
    "compare_revisions",
    "create_revision_sync",
    "is_canonical_revision",
    "with_retry",
]
