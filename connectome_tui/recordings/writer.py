"""Writing a recording: a queue, a thread, and one commit for a group of events (EVENT-8, SPAN-9).

A group is committed when it has a hundred events or is a few milliseconds old. What was committed
survives the death of the program; nothing is acknowledged before it is.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from connectome_tui import __version__
from connectome_tui.clock import Clock, SystemClock
from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.recordings.about import Kind, about_of
from connectome_tui.recordings.database import check_tables, connect_writer, is_full, make_tables, why_not
from connectome_tui.recordings.failures import (
    RecordingError,
    RecordingFullError,
    RecordingTakenError,
)
from connectome_tui.recordings.jobs import MAX_BYTES, MAX_EVENTS, Job, JobQueue
from connectome_tui.recordings.keeper import BLOCK, Block, Keeper, RawBatch, next_batch, next_row, pending, recorded_ids
from connectome_tui.recordings.lock import HeldRecording, hold
from connectome_tui.recordings.names import SESSION_PREFIX, SUFFIX

RETRY_SECONDS: Final = 0.5
"""How long to stand back before what could not be written is tried again."""
FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


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
        self._connection = connection
        self._held = held
        self._clock = clock
        self._attributes = attributes
        about = dict(connection.execute("SELECT name, value FROM about"))
        self.about = about_of(about)
        self._keeper = Keeper(connection, self.about.kind, about["epoch"])
        self._database = threading.Lock()
        self._queue = JobQueue(max_events, max_bytes)
        self._next_row = next_row(connection)
        self._next_batch = next_batch(connection)
        self._events = self._lost = 0
        self._trouble = ""
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
        _make_file(path)
        held = hold(path)
        try:
            connection = connect_writer(path)
            make_tables(connection)
            about = {
                "id": recording_id,
                "source": source,
                "kind": kind,
                "started_at_ms": clock.now_ms(),
                "program": __version__,
                "epoch": 1,
            }
            connection.executemany("INSERT INTO about VALUES (?, ?)", list(about.items()))
        except sqlite3.Error as problem:
            held.release()
            path.unlink(missing_ok=True)
            raise SourceError(str(path), f"cannot be written: {_why(problem)}") from problem
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
        if not path.is_file():
            raise SourceError(str(path), "no such recording")
        held = hold(path)
        try:
            connection = connect_writer(path)
            check_tables(connection, str(path))
            connection.execute("UPDATE about SET value = value + 1 WHERE name = 'epoch'")
            connection.execute("DELETE FROM about WHERE name = 'ended_at_ms'")
        except sqlite3.Error as problem:
            held.release()
            raise SourceError(str(path), why_not(problem)) from problem
        except BaseException:
            held.release()
            raise
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
        with self._database:
            yield from pending(self._connection)

    def recorded_ids(self, flow_id: str) -> set[str]:
        """The ids of the events of a flow that are in the recording, so that a replay adds none twice."""
        with self._database:
            return recorded_ids(self._connection, flow_id)

    @property
    def status(self) -> WriterStatus:
        """How it stands now."""
        return WriterStatus(self._events, self._queue.waiting, self._lost, self._trouble)

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
            self._come_to_rest()

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
                    events=events,
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
        queue.changed.wait_for(lambda: queue.has_room(events, 0) or self._trouble or self._gone)
        self._check_usable()
        if dropped := queue.drop_oldest(events):
            count = sum(len(job.events) for job in dropped)
            self._lost += count
            text = f"{count} events are not recorded: {self._trouble}"
            behind = dropped[-1].first + len(dropped[-1].events)
            queue.add(Job(first=behind, gap=(self._clock.now_ms(), text)))

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
            with self._database:
                self._commit(group)
        except sqlite3.Error as problem:
            return self._fail(group, problem)
        except BaseException as problem:  # noqa: BLE001 -- it is told to everyone who calls from now on
            self._gone = problem
            self._trouble = str(problem)
            failure = (
                problem if isinstance(problem, RecordingError) else RecordingError(f"cannot be written: {problem}")
            )
            with suppress(sqlite3.Error):
                self._keeper.roll_back()
            self._refuse([*group, *self._emptied()], failure)
            self._queue.done(group)
            return 0.0
        self._trouble = ""
        self._events += sum(len(job.events) for job in group)
        self._queue.done(group)
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
        with suppress(sqlite3.Error):
            self._keeper.roll_back()
        self._trouble = str(failure)
        back = [] if self._queue.closing else [job for job in group if job.done is None]
        self._lost += sum(len(job.events) for job in group if job.done is None and job not in back)
        self._queue.done(group, back)
        self._refuse(group, failure)
        return RETRY_SECONDS if back else 0.0

    def _commit(self, group: Sequence[Job]) -> None:
        keeper = self._keeper
        keeper.begin()
        for block in _blocks(group):
            keeper.add_block(block)
        for job in group:
            if job.nodes:
                keeper.note_nodes(job.nodes, job.first)
            if job.gap:
                keeper.note_gap(job.first, *job.gap)
            if job.batch:
                keeper.keep(job.batch)
            if job.counts:
                keeper.count(job.counts)
            if job.settles:
                keeper.forget(job.settles)
        keeper.commit()

    def _emptied(self) -> list[Job]:
        with self._queue.changed:
            jobs = [job for job in self._queue.unwritten() if job.done is not None]
            self._queue.changed.notify_all()
            return jobs

    def _refuse(self, jobs: Sequence[Job], failure: RecordingError) -> None:
        for job in jobs:
            if job.done is not None and not job.done.done():
                job.done.set_exception(failure)

    def _come_to_rest(self) -> None:
        """One file and no other beside it; what cannot be done now is done when it is opened next."""
        connection = self._connection
        with suppress(sqlite3.Error):
            if not isinstance(self._gone, RecordingTakenError):
                connection.execute("INSERT OR REPLACE INTO about VALUES ('ended_at_ms', ?)", (self._clock.now_ms(),))
                connection.execute("PRAGMA busy_timeout=200").close()
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
                connection.execute("PRAGMA journal_mode=DELETE").close()
        connection.close()
        self._held.release()


def _blocks(group: Sequence[Job]) -> Iterator[Block]:
    """The events of a group in blocks of consecutive rows."""
    events: list[FlowEvent] = []
    details: list[EventDetail | None] = []
    first = 0
    for job in group:
        if events and job.events and job.first != first + len(events):
            yield from _cut(first, events, details)
            events, details = [], []
        if job.events:
            first = first if events else job.first
            events += job.events
            details += job.details
    yield from _cut(first, events, details)


def _cut(first: int, events: Sequence[FlowEvent], details: Sequence[EventDetail | None]) -> Iterator[Block]:
    for start in range(0, len(events), BLOCK):
        yield Block(first + start, events[start : start + BLOCK], details[start : start + BLOCK])


def _make_file(path: Path) -> None:
    """An empty file that only the user may read, in a folder that, if it is made here, only the user may enter."""
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    except FileExistsError:
        raise SourceError(str(path), "there is such a file: a recording needs a new one") from None
    except OSError as problem:
        raise SourceError(str(path), f"cannot be written: {problem.strerror}") from problem


def _why(problem: sqlite3.Error) -> str:
    return "the disk is full" if is_full(problem) else str(problem)
