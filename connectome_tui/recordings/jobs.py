"""What waits to be written, in order and bounded (`RecordingWriter` takes it from here)."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.recordings.failures import RecordingBusyError
from connectome_tui.recordings.keeper import RawBatch

GROUP: Final = 100
"""So many events are committed without waiting for more."""
GROUP_SECONDS: Final = 0.004
"""How long fewer than that wait for company."""
LARGEST_GROUP: Final = 4096
LARGEST_GROUP_BYTES: Final = 8 << 20
MAX_EVENTS: Final = 50_000
MAX_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """Things that get into the file together or not at all. Without `done` nobody waits: it is tried until it works."""

    first: int = 0
    events: Sequence[FlowEvent] = ()
    details: Sequence[EventDetail | None] = ()
    nodes: Sequence[Node] = ()
    gap: tuple[float, str] | None = None
    batch: RawBatch | None = None
    settles: Sequence[int] = ()
    counts: Mapping[str, int] | None = None
    done: "Future[Any] | None" = None

    @property
    def size(self) -> int:
        """Bytes that weigh on the queue beside the events."""
        return len(self.batch.body) if self.batch else 0


class JobQueue:
    """Filled from any thread, emptied by one. `unwritten` jobs are those in it and those taken but not done."""

    def __init__(self, max_events: int, max_bytes: int) -> None:
        self.changed = threading.Condition()
        self.closing = False
        self._jobs: deque[Job] = deque()
        self._taken: list[Job] = []
        self._events = 0
        self._bytes = 0
        self._max_events = max_events
        self._max_bytes = max_bytes

    def has_room(self, events: int, size: int) -> bool:
        """Whether so much more fits; into an empty queue everything does."""
        return not (self._events or self._bytes) or (
            self._events + events <= self._max_events and self._bytes + size <= self._max_bytes
        )

    def add(self, job: Job) -> None:
        """Put a job at the end (the caller holds `changed`); `RecordingBusyError` when there is no room."""
        if not self.has_room(len(job.events), job.size):
            raise RecordingBusyError("the recording is written more slowly than events come")
        before = self._events
        self._jobs.append(job)
        self._events += len(job.events)
        self._bytes += job.size
        if len(self._jobs) == 1 or before < GROUP <= self._events:
            self.changed.notify_all()

    def take(self, patience: float) -> list[Job] | None:
        """The next group, after waiting for it; None when the queue is closed and empty.

        `patience` is how long to stand back first, unless the queue is being closed.
        """
        with self.changed:
            if patience:
                self.changed.wait_for(lambda: self.closing, patience)
            self.changed.wait_for(lambda: self.closing or self._jobs)
            if not self.closing and self._events < GROUP:
                self.changed.wait_for(lambda: self.closing or self._events >= GROUP, GROUP_SECONDS)
            if not self._jobs:
                return None
            group: list[Job] = []
            events = size = 0
            while self._jobs and (not group or (events < LARGEST_GROUP and size < LARGEST_GROUP_BYTES)):
                job = self._jobs.popleft()
                group.append(job)
                events, size = events + len(job.events), size + job.size
            self._taken = group
            return group

    def done(self, group: Sequence[Job], back: Sequence[Job] = ()) -> None:
        """A group that was taken is dealt with; `back` are those of its jobs that are to be tried again, first."""
        with self.changed:
            self._taken = []
            self._jobs.extendleft(reversed(back))
            self._events -= sum(len(job.events) for job in group) - sum(len(job.events) for job in back)
            self._bytes -= sum(job.size for job in group) - sum(job.size for job in back)
            self.changed.notify_all()

    def drop_oldest(self, events: int) -> list[Job]:
        """Make room for so many events (the caller holds `changed`): jobs with events that nobody waits for go."""
        dropped: list[Job] = []
        kept: deque[Job] = deque()
        while self._jobs and not self.has_room(events, 0):
            job = self._jobs.popleft()
            if job.events and job.done is None:
                dropped.append(job)
                self._events -= len(job.events)
            else:
                kept.append(job)
        self._jobs.extendleft(reversed(kept))
        return dropped

    def unwritten(self) -> list[Job]:
        """All jobs that may not be in the file yet (the caller holds `changed`)."""
        return [*self._taken, *self._jobs]

    @property
    def waiting(self) -> int:
        """Events that are not written yet."""
        return self._events
