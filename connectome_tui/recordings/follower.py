"""The recording of a session whose source writes it itself, in a process of its own (`EventRecorder`)."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.recordings.lock import HeldRecording, hold
from connectome_tui.recordings.opening import bring_to_rest
from connectome_tui.recordings.tail import RecordingTail


class RecordingFollower:
    """Reads what the source wrote. The file need not be there before something is read.

    It holds the recording, so that nobody removes or mends it while its source is started again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tail: RecordingTail | None = None
        self._lock = threading.Lock()
        self._held: HeldRecording | None = None
        with suppress(OSError):  # a folder that is not there yet is made by the source
            self._held = hold(path)

    @property
    def trouble(self) -> str:
        """The source says itself what is wrong."""
        return ""

    @property
    def notice(self) -> str:
        """The source says itself what went."""
        return ""

    def append(self, events: Sequence[FlowEvent], details: Sequence[EventDetail | None] = ()) -> int:
        """Never needed: such a source hands over events with their rows."""
        del events, details
        raise SourceError(str(self._path), "is written by its source alone")

    def note_gap(self, text: str) -> None:
        """The source keeps them."""

    def note_nodes(self, nodes: Iterable[Node]) -> None:
        """The source keeps them."""

    def read(self, first_row: int, count: int) -> Sequence[FlowEvent]:
        """Events by their rows; `SourceError` when they are not there."""
        return self._opened().read(first_row, count)

    def detail(self, row: int) -> EventDetail:
        """Attributes and the rest of an event; `SourceError` when it is not there."""
        return self._opened().detail(row)

    def close(self) -> None:
        """Release the file; when its writer has ended, it is left as one file (reading kept the log beside it)."""
        with self._lock:
            if self._tail is not None:
                self._tail.close()
                self._tail = None
            if self._held is not None:
                self._held.release()
        bring_to_rest(self._path)

    def _opened(self) -> RecordingTail:
        with self._lock:
            if self._tail is None:
                self._tail = RecordingTail(self._path)
            return self._tail
