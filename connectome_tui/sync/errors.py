"""What can go wrong in a sync."""


class SyncError(Exception):
    """Something that revision sync itself found wrong."""


class RevisionError(SyncError, ValueError):
    """A value is not a canonical revision (SYNC-1)."""


class ProtocolError(SyncError, ValueError):
    """An event or a snapshot has not the form that SYNC-1 to SYNC-3 ask for."""


class StoppedError(SyncError, RuntimeError):
    """A sync was started that had been stopped: it is over, make a new one (SYNC-4)."""


class OptionError(SyncError, ValueError):
    """A sync, a retry or a throttle was made with an option that has no meaning."""
