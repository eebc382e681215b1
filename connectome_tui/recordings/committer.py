"""Groups of jobs as transactions, the limit that is kept meanwhile, and the rest in which the file is left."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from connectome_tui.clock import Clock
from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.recordings.about import about_of
from connectome_tui.recordings.cap import FolderCap, size_text
from connectome_tui.recordings.jobs import Job
from connectome_tui.recordings.keeper import (
    BLOCK,
    Block,
    Keeper,
    RawBatch,
    next_batch,
    next_row,
    pending_numbers,
    raw_batch,
    recorded_ids,
)


class Committer:
    """The one connection that writes; its methods may be called from any thread, one after the other."""

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        self._path = path
        self._connection = connection
        self._clock = clock
        self._lock = threading.Lock()
        about = dict(connection.execute("SELECT name, value FROM about"))
        self.about = about_of(about)
        self._keeper = Keeper(connection, self.about.kind, about["epoch"])
        self.next_row = next_row(connection)
        self.next_batch = next_batch(connection)
        self._checked_at: int | None = None

    def commit(self, group: Sequence[Job]) -> None:
        """Write all jobs, or none. Raises `sqlite3.Error` and `RecordingTakenError`."""
        with self._lock:
            try:
                self._write(group)
            except BaseException:
                with suppress(sqlite3.Error):
                    self._keeper.roll_back()
                raise

    def stay_within(self, cap: FolderCap) -> None:
        """Now and then, make room in the folder, and when that is not enough, in this recording."""
        with self._lock:
            keeper = self._keeper
            if self._checked_at is not None and keeper.written_bytes < self._checked_at + cap.every_bytes:
                return
            self._checked_at = keeper.written_bytes
            over = cap.make_room(self._path, keeper.used_bytes())
            if over > 0:
                self._trim(over + cap.every_bytes, cap)

    def pending(self) -> Iterator[RawBatch]:
        """Raw batches that are not settled, in order."""
        with self._lock:
            numbers = pending_numbers(self._connection)
        for number in numbers:
            with self._lock:
                batch = raw_batch(self._connection, number)
            if batch is not None:
                yield batch

    def recorded_ids(self, flow_id: str) -> set[str]:
        """The ids of the events of a flow that are in the recording."""
        with self._lock:
            return recorded_ids(self._connection, flow_id)

    def come_to_rest(self, *, is_ours: bool) -> None:
        """One file and no other beside it; what cannot be done now is done when it is opened next."""
        connection = self._connection
        with self._lock:
            with suppress(sqlite3.Error):
                if is_ours:
                    connection.execute(
                        "INSERT OR REPLACE INTO about VALUES ('ended_at_ms', ?)", (self._clock.now_ms(),)
                    )
                    connection.execute("PRAGMA busy_timeout=200").close()
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
                    connection.execute("PRAGMA journal_mode=DELETE").close()
            connection.close()

    def _write(self, group: Sequence[Job]) -> None:
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

    def _trim(self, wanted_bytes: int, cap: FolderCap) -> None:
        keeper = self._keeper
        text = ""
        try:
            keeper.begin()
            events, row = keeper.trim(wanted_bytes)
            if events:
                text = f"the oldest {events} events left the recording to stay within {size_text(cap.max_bytes)}"
                keeper.note_gap(row, self._clock.now_ms(), text)
            keeper.commit()
        except BaseException:
            with suppress(sqlite3.Error):
                keeper.roll_back()
            raise
        if text:
            cap.say(text)


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
