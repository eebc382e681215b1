"""What the receiving process asks of a recording: bodies kept before they are acknowledged, events, and rows again."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from connectome_tui.clock import Clock
from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.recordings.keeper import RawBatch
from connectome_tui.recordings.writer import Recorded, RecordingWriter


class Recorder(Protocol):
    """As much of `RecordingWriter` as is used here. All of it may raise `RecordingError`."""

    def keep(self, body: bytes, content_type: str) -> "Future[int]":
        """Keep a body; the future gives its number once it is safe."""
        ...

    def append(
        self,
        events: Sequence[FlowEvent],
        details: Sequence[EventDetail | None] = (),
        *,
        nodes: Sequence[Node] = (),
        gap: str | None = None,
        settles: Sequence[int] = (),
    ) -> "Future[Recorded]":
        """Record events; the future gives their rows once they are safe. `settles` are bodies that need no more."""
        ...

    def settle(self, batches: Sequence[int]) -> None:
        """Drop bodies that need no further event."""
        ...

    def flush(self, seconds: float | None = None) -> bool:
        """Wait until all is dealt with."""
        ...

    def pending(self) -> Iterator[RawBatch]:
        """Bodies that were kept and whose spans are not all recorded."""
        ...

    def recorded_ids(self, flow_id: str) -> set[str]:
        """The ids of the events of a flow that are recorded."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


def open_recorder(path: Path, title: str, clock: Clock, *, attributes: bool, goes_on: bool = False) -> RecordingWriter:
    """A new recording, or with `goes_on` the one whose writer died. `SourceError` for a file that is something else."""
    if goes_on and path.is_file():
        return RecordingWriter.resume(path, clock=clock, attributes=attributes)
    return RecordingWriter.create(
        path, recording_id=path.stem, source=title, kind="spans", clock=clock, attributes=attributes
    )
