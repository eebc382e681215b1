"""The contract of live sources: what a receiver, a stream or a run listener is to a live session.

A source runs on threads or in a process of its own. It calls `hand_over` from any of its threads; the
call never raises. It returns at once unless very much waits for the screen: then it returns when that
is less, so that a source which can wait (a file, a pipe) does. The session drains what has come on
the application's loop: one wake-up a drain, one commit a drain. A source is bounded by itself: what
it cannot keep it refuses or counts as dropped.
"""

from collections.abc import Callable
from typing import Protocol

from connectome_tui.events.live import (
    CONNECTION_PHASES,
    ConnectionPhase,
    ConnectionStatus,
    EventRecorder,
    LiveBatch,
    LiveCounters,
)

__all__ = [
    "CONNECTION_PHASES",
    "ConnectionPhase",
    "ConnectionStatus",
    "EventRecorder",
    "HandOver",
    "LiveBatch",
    "LiveCounters",
    "LiveSource",
]

HandOver = Callable[[LiveBatch], None]
"""Takes a batch from any thread but the application's. Batches of one source keep their order."""


class LiveSource(Protocol):
    """Brings events while they happen."""

    @property
    def name(self) -> str:
        """What the header calls it, unique in a session: `127.0.0.1:4318`, `events.jsonl`, `stdin`."""
        ...

    @property
    def kind(self) -> str:
        """One word: `receiver`, `sse`, `tail`, `stdin`, `run`."""
        ...

    def start(self, hand_over: HandOver) -> None:
        """Begin. Raises `SourceError` when it cannot (a port in use, a file that is not there)."""
        ...

    def stop(self) -> None:
        """End and release everything; waits for its threads and processes, nothing is handed over after it.

        Harmless when called again or before `start`.
        """
        ...

    def describe(self) -> tuple[str, ...]:
        """Lines for the screen while nothing has come: the address, then a line to paste. No secrets."""
        ...
