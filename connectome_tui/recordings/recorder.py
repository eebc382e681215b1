"""The recording of a session that takes its events from streams and runs (`EventRecorder`)."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.recordings.failures import RecordingError
from connectome_tui.recordings.jobs import Job
from connectome_tui.recordings.tail import RecordingTail
from connectome_tui.recordings.writer import RecordingWriter, WriterStatus


class SessionRecorder:
    """Writes behind the session's back and reads what it wrote, also before it is in the file."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer
        self._tail = RecordingTail(writer.path)

    @property
    def status(self) -> WriterStatus:
        """How it stands: what waits, what was lost, and why nothing is written now."""
        return self._writer.status

    @property
    def name(self) -> str:
        """What `open` takes, for the screen."""
        return self._writer.name

    @property
    def trouble(self) -> str:
        """Why nothing is written now; empty when all is well."""
        return self._writer.status.trouble

    @property
    def notice(self) -> str:
        """Which recordings were taken away last to stay within the limit."""
        return self._writer.status.notice

    def append(self, events: Sequence[FlowEvent], details: Sequence[EventDetail | None] = ()) -> int:
        """Take these events; the row of the first. Waits while the queue is full and the writer at work.

        `SourceError` when nothing can be written ever again.
        """
        try:
            return self._writer.post(events, details)
        except RecordingError as problem:
            raise SourceError(self.name, str(problem)) from problem

    def note_gap(self, text: str) -> None:
        """Say that something is missing before the next event."""
        with suppress(RecordingError):  # whoever appends next is told
            self._writer.post((), gap=text)

    def note_nodes(self, nodes: Iterable[Node]) -> None:
        """Keep what is known of nodes."""
        with suppress(RecordingError):  # whoever appends next is told
            self._writer.note_nodes(tuple(nodes))

    def read(self, first_row: int, count: int) -> Sequence[FlowEvent]:
        """Events that were appended; `SourceError` when they are lost or cannot be read."""
        # In this order: what is not among the unwritten ones any more is in the file.
        unwritten = self._unwritten(first_row, first_row + count)
        events: list[FlowEvent] = []
        row, end = first_row, first_row + count
        for job in unwritten:
            if job.first > row:
                events += self._tail.read(row, job.first - row)
                row = job.first
            part = job.events[row - job.first : end - job.first]
            events += part
            row += len(part)
        if row < end:
            events += self._tail.read(row, end - row)
        return events

    def detail(self, row: int) -> EventDetail:
        """Attributes and the rest of an event that was appended."""
        for job in self._unwritten(row, row + 1):
            return job.details[row - job.first] or NO_DETAIL
        return self._tail.detail(row)

    def close(self) -> None:
        """Write what is left, and release the file."""
        self._tail.close()
        self._writer.close()

    def _unwritten(self, first_row: int, end: int) -> list[Job]:
        return [job for job in self._writer.unwritten() if job.first < end and job.first + len(job.events) > first_row]
