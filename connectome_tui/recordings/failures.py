"""What can go wrong while a recording is written."""


class RecordingError(Exception):
    """What was handed over is not kept: nothing of it may be acknowledged."""


class RecordingFullError(RecordingError):
    """There is no room on the disk; it may work again once there is."""


class RecordingBusyError(RecordingError):
    """The queue is full: come again when the writer has caught up."""


class RecordingTakenError(RecordingError):
    """Another process has taken the recording over; this writer is of no use any more."""
