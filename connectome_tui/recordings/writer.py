"""Writing a recording: a queue, a thread, and one commit for a group of events (EVENT-8, SPAN-9).

A group is committed when it has a hundred events or is a few milliseconds old. What was committed
survives the death of the program; nothing is acknowledged before it is.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from connectome_tui import __version__
from connectome_tui.clock import Clock, SystemClock
from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.recordings.about import About, Kind
from connectome_tui.recordings.blocks import UnreadableBlobError
from connectome_tui.recordings.cap import FolderCap, size_text
from connectome_tui.recordings.committer import Committer
from connectome_tui.recordings.database import UNREADABLE, is_full
from connectome_tui.recordings.failures import (
    RecordingError,
    RecordingFullError,
    RecordingTakenError,
)
from connectome_tui.recordings.files import new_file, taken_over
from connectome_tui.recordings.jobs import MAX_BYTES, MAX_EVENTS, Job, JobQueue
from connectome_tui.recordings.keeper import RawBatch
from connectome_tui.recordings.lock import HeldRecording
from connectome_tui.recordings.names import SESSION_PREFIX, SUFFIX

RETRY_SECONDS: Final = 0.5
"""How long to stand back before what could not be written is tried again."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The rows that events got: `first <= row < end`."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """`trouble` says in one line why nothing is written now; `lost` events found no room while that was so."""

    events: int = 0
    waiting: int = 0
    lost: int = 0
    trouble: str = ""
    notice: str = ""
    """What was taken away last to stay within the limit, in one line; empty when nothing was."""


class RecordingWriter:
    """The one that writes a recording; safe to be called from any thread. See `create` and `resume`."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        held: HeldRecording,
        *,
        clock: Clock,
        attributes: bool = True,
        max_events: int = MAX_EVENTS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.path = path
        self._held = held
        self._clock = clock
        self._attributes = attributes
        self._committer = Committer(path, connection, clock)
        self.about = self._committer.about
        self._queue = JobQueue(max_events, max_bytes)
        self._next_row = self._committer.next_row
        self._next_batch = self._committer.next_batch
        self._events = self._lost = 0
        self._trouble = self._notice = ""
        self._cap: FolderCap | None = None
        self._gone: BaseException | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        recording_id: str,
        source: str,
        kind: Kind,
        clock: Clock | None = None,
        attributes: bool = True,
        max_events: int = MAX_EVENTS,
        max_bytes: int = MAX_BYTES,
    ) -> Self:
        """A new recording; `SourceError` when there is such a file, or when it cannot be made.

        With `attributes` off, attributes, resources and ids of spans are not kept (EVENT-8).
        """
        clock = clock or SystemClock()
        about = About(recording_id, source, kind, clock.now_ms(), program=__version__)
        connection, held = new_file(path, about)
        return cls(
            path, connection, held, clock=clock, attributes=attributes, max_events=max_events, max_bytes=max_bytes
        )

    @classmethod
    def resume(
        cls,
        path: Path,
        *,
        clock: Clock | None = None,
        attributes: bool = True,
        max_events: int = MAX_EVENTS,
        max_bytes: int = MAX_BYTES,
    ) -> Self:
        """Go on with a recording whose writer ended; one that still writes finds itself shut out.

        `pending` then gives the bodies that were acknowledged and whose spans are not all recorded.
        """
        connection, held = taken_over(path)
        return cls(
            path,
            connection,
            held,
            clock=clock or SystemClock(),
            attributes=attributes,
            max_events=max_events,
            max_bytes=max_bytes,
        )

    @property
    def next_row(self) -> int:
        """The row that the next event gets."""
        return self._next_row

    @property
    def name(self) -> str:
        """What `open` takes: `session:ID` for one in the folder of recordings, else the file."""
        if self.path.name == f"{self.about.id}{SUFFIX}":
            return f"{SESSION_PREFIX}{self.about.id}"
        return str(self.path)

    def append(
        self,
        events: Sequence[FlowEvent],
        details: Sequence[EventDetail | None] = (),
        *,
        nodes: Sequence[Node] = (),
        gap: str | None = None,
        settles: Sequence[int] = (),
    ) -> "Future[Recorded]":
        """Record events together; the future says which rows they got once they are committed.

        It fails with a `RecordingError` when they are not kept: the next try is the caller's.
        `settles` are the numbers of raw batches whose spans are all recorded with these events: they
        are dropped in the same commit. `gap` says what is missing right before the events.
        `RecordingBusyError` when the queue is full.
        """
        done: Future[Recorded] = Future()
        self._add(events, details, nodes=nodes, gap=gap, settles=settles, done=done)
        return done

    def post(
        self,
        events: Sequence[FlowEvent],
        details: Sequence[EventDetail | None] = (),
        *,
        nodes: Sequence[Node] = (),
        gap: str | None = None,
    ) -> int:
        """Record events that nobody waits for; the row of the first.

        A full queue is waited for, unless nothing can be written now: then the oldest that are not
        written are dropped, counted, and a gap stands in the recording in their place.
        """
        return self._add(events, details, nodes=nodes, gap=gap, done=None)

    def keep(self, body: bytes, content_type: str) -> "Future[int]":
        """Keep a body as it was received, before it is acknowledged; the future gives its number.

        It fails with a `RecordingError` when the body is not kept: then it must not be acknowledged.
        """
        done: Future[int] = Future()
        with self._queue.changed:
            self._check_usable()
            batch = RawBatch(self._next_batch, content_type, body, self._clock.now_ms())
            self._queue.add(Job(batch=batch, done=done))
            self._next_batch += 1
        return done

    def note_nodes(self, nodes: Sequence[Node]) -> None:
        """Keep what is known of nodes; the latest word stands."""
        self._put(Job(nodes=tuple(nodes)))

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to what is counted of the recording: `duplicates`, or `skipped: metrics`."""
        self._put(Job(counts=dict(counts)))

    def settle(self, batches: Sequence[int]) -> None:
        """Drop raw batches that need no further event."""
        self._put(Job(settles=tuple(batches)))

    def pending(self) -> Iterator[RawBatch]:
        """Raw batches that are not settled, in order; read it before new ones are kept."""
        return self._committer.pending()

    def recorded_ids(self, flow_id: str) -> set[str]:
        """The ids of the events of a flow that are in the recording, so that a replay adds none twice."""
        return self._committer.recorded_ids(flow_id)

    def limit(self, cap: FolderCap) -> None:
        """Keep all recordings of a folder within a limit from now on, the oldest first, this one's own events last."""
        self._cap = cap

    @property
    def status(self) -> WriterStatus:
        """How it stands now."""
        return WriterStatus(self._events, self._queue.waiting, self._lost, self._trouble, self._notice)

    def unwritten(self) -> Sequence[Job]:
        """What may not be in the file yet; whatever was posted and is not here is."""
        with self._queue.changed:
            return self._queue.unwritten()

    def flush(self, seconds: float | None = None) -> bool:
        """Wait until all that was handed over is dealt with; False when that took longer."""
        with self._queue.changed:
            return self._queue.changed.wait_for(lambda: not self._queue.unwritten(), seconds)

    def close(self) -> None:
        """Write what is left, bring the file to rest, and release it. Harmless when called again."""
        with self._queue.changed:
            self._queue.closing = True
            self._queue.changed.notify_all()
        self._thread.join()
        if not self._closed:
            self._closed = True
            self._committer.come_to_rest(is_ours=not isinstance(self._gone, RecordingTakenError))
            self._held.release()

    def _add(
        self,
        events: Sequence[FlowEvent],
        details: Sequence[EventDetail | None],
        *,
        nodes: Sequence[Node],
        gap: str | None,
        done: "Future[Any] | None",
        settles: Sequence[int] = (),
    ) -> int:
        assert not details or len(details) == len(events), "one detail for each event, or none"
        kept = details if self._attributes and details else (None,) * len(events)
        with self._queue.changed:
            self._check_usable()
            if done is None:
                self._wait_for_room(len(events))
            first = self._next_row
            self._queue.add(
                Job(
                    first=first,
                    events=tuple(events),
                    details=kept,
                    nodes=tuple(nodes),
                    gap=None if gap is None else (self._clock.now_ms(), gap),
                    settles=tuple(settles),
                    done=done,
                )
            )
            self._next_row = first + len(events)
        return first

    def _put(self, job: Job) -> None:
        with self._queue.changed:
            self._check_usable()
            self._queue.add(job)

    def _wait_for_room(self, events: int) -> None:
        """Wait while the writer is at work; while it cannot work, make room."""
        queue = self._queue
        while not queue.has_room(events, 0):
            self._check_usable()
            if self._trouble and (dropped := queue.drop_oldest(events)):
                count = sum(len(job.events) for job in dropped)
                self._lost += count
                text = f"{count} events are not recorded: {self._trouble}"
                behind = dropped[-1].first + len(dropped[-1].events)
                queue.add(Job(first=behind, gap=(self._clock.now_ms(), text)))
            else:
                queue.changed.wait(RETRY_SECONDS)

    def _check_usable(self) -> None:
        if self._gone is not None:
            raise RecordingError(f"nothing is recorded any more: {self._gone}") from self._gone
        if self._queue.closing:
            raise RecordingError("the recording is closed")

    def _run(self) -> None:
        patience = 0.0
        while (group := self._queue.take(patience)) is not None:
            patience = self._write(group)

    def _write(self, group: Sequence[Job]) -> float:
        """Write a group; how long to stand back before the next."""
        try:
            self._committer.commit(group)
        except sqlite3.Error as problem:
            return self._fail(group, problem)
        except BaseException as problem:  # noqa: BLE001 -- it is told to everyone who calls from now on
            self._gone = problem
            self._trouble = str(problem)
            failure = (
                problem if isinstance(problem, RecordingError) else RecordingError(f"cannot be written: {problem}")
            )
            self._lost += sum(len(job.events) for job in group if job.done is None)
            self._queue.done(group)
            self._refuse(group, failure)
            return 0.0
        self._trouble = ""
        self._events += sum(len(job.events) for job in group)
        self._queue.done(group)
        if self._cap is not None:
            self._stay_within(self._cap)
        for job in group:
            if job.done is not None:
                job.done.set_result(job.batch.number if job.batch else Recorded(job.first, job.first + len(job.events)))
        return 0.0

    def _fail(self, group: Sequence[Job], problem: sqlite3.Error) -> float:
        """Nothing of the group is kept: who waits is told, the rest is tried again."""
        failure: RecordingError
        if is_full(problem):
            failure = RecordingFullError("the disk is full")
        else:
            failure = RecordingError(f"the recording cannot be written: {problem}")
        self._trouble = str(failure)
        back = [] if self._queue.closing else [job for job in group if job.done is None]
        self._lost += sum(len(job.events) for job in group if job.done is None and job not in back)
        self._queue.done(group, back)
        self._refuse(group, failure)
        return RETRY_SECONDS if back else 0.0

    def _stay_within(self, cap: FolderCap) -> None:
        try:
            self._committer.stay_within(cap)
        except (OSError, SourceError, UnreadableBlobError, *UNREADABLE) as problem:
            self._trouble = f"the recordings cannot be kept within {size_text(cap.max_bytes)}: {problem}"
        self._notice = cap.notice

    def _refuse(self, jobs: Sequence[Job], failure: RecordingError) -> None:
        for job in jobs:
            if job.done is not None and not job.done.done():
                job.done.set_exception(failure)
