"""Events of a recording that somebody still writes, by their rows: for what waits while paused, and for details."""

from collections.abc import Sequence
from pathlib import Path

from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.recordings.blocks import UnreadableBlobError, read_details, read_events
from connectome_tui.recordings.database import ReadingDatabase


class RecordingTail:
    """Reads what is committed at the moment of each call. The blocks that were read last are kept."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._database = ReadingDatabase(path, path.name)
        self._details: tuple[int, Sequence[EventDetail]] = (0, ())

    def read(self, first_row: int, count: int) -> Sequence[FlowEvent]:
        """Events by their rows; `SourceError` when they are not there."""
        if count <= 0:
            return ()
        end = first_row + count
        events: list[FlowEvent] = []
        for first, blob in self._database.rows(
            "SELECT first, events FROM blocks WHERE first < ? AND first >="
            " (SELECT max(first) FROM blocks WHERE first <= ?) ORDER BY first",
            (end, first_row),
        ):
            found = self._decoded(first, blob)
            events += found[max(first_row - first, 0) : max(end - first, 0)]
        if len(events) != count:
            raise SourceError(self._name, "these events are not in the recording", f"row {first_row + len(events)}")
        return events

    def detail(self, row: int) -> EventDetail:
        """Attributes and the rest of an event; `SourceError` when it is not there."""
        first, details = self._details
        if not first <= row < first + len(details):
            for first, count, blob in self._database.rows(
                "SELECT first, count, details FROM blocks WHERE first <= ? ORDER BY first DESC LIMIT 1", (row,)
            ):
                self._details = first, self._decoded_details(first, blob, count)
            first, details = self._details
        if not first <= row < first + len(details):
            raise SourceError(self._name, "this event is not in the recording", f"row {row}")
        return details[row - first]

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def _decoded(self, first: int, blob: bytes) -> list[FlowEvent]:
        try:
            return read_events(blob)
        except UnreadableBlobError as problem:
            raise SourceError(self._name, f"is a damaged recording: {problem}", f"row {first}") from problem

    def _decoded_details(self, first: int, blob: bytes, count: int) -> list[EventDetail]:
        try:
            return read_details(blob, count)
        except UnreadableBlobError as problem:
            raise SourceError(self._name, f"is a damaged recording: {problem}", f"row {first}") from problem
