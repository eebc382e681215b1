"""Recordings and events for the tests of this folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import EventDetail, no_progress
from connectome_tui.events.model import FlowEvent
from connectome_tui.recordings.about import Kind
from connectome_tui.recordings.recorded import RecordedSession
from connectome_tui.recordings.writer import RecordingWriter

NOW_MS = 1_790_000_000_000.0
SOON = 20.0
"""Seconds that nothing here needs; a test that waits so long has failed."""


def event(number: int, **fields: Any) -> FlowEvent:
    values: dict[str, Any] = {
        "id": f"e{number}",
        "at_ms": float(number),
        "from_node_id": "service:a",
        "to_node_id": "service:b",
        "trigger": "direct",
        "call_type": "code",
        "label": f"call {number}",
    }
    return FlowEvent(**(values | fields))


def events(start: int, end: int, **fields: Any) -> list[FlowEvent]:
    return [event(number, **fields) for number in range(start, end)]


def detail(number: int) -> EventDetail:
    return EventDetail({"number": number, "text": "x" * 50}, {"service.name": "a"}, {"span": f"{number:016x}"})


def writer_at(path: Path, kind: Kind = "events", **choices: Any) -> RecordingWriter:
    return RecordingWriter.create(
        path, recording_id="20260921-130000-abcd", source="follow x", kind=kind, clock=ManualClock(NOW_MS), **choices
    )


def written(
    path: Path, what: Sequence[FlowEvent], details: Sequence[EventDetail | None] = (), kind: Kind = "events"
) -> Path:
    """A recording at rest that holds these events."""
    writer = writer_at(path, kind)
    writer.append(what, details).result(SOON)
    writer.close()
    return path


def reopened(path: Path) -> RecordedSession:
    recording = RecordedSession(path, path.name)
    recording.finish(no_progress)
    return recording
