"""A live session that was recorded, as the recording holds it: shown again before the source goes on (SERVER-7)."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from connectome_tui.clock import Clock
from connectome_tui.engine.holding import gap_event
from connectome_tui.events.durations import duration_text
from connectome_tui.events.flow import SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.recordings.lock import is_in_use
from connectome_tui.recordings.past import Past, read_past
from connectome_tui.recordings.writer import RecordingWriter
from connectome_tui.session import LiveSession
from connectome_tui.store.live_chunks import Arrivals
from connectome_tui.store.retention import Retention

LET_GO_SECONDS: Final = 5.0
"""So long the process that received for a server which was killed may take to record what it has."""
_LOOK_SECONDS: Final = 0.02


def past_of(path: Path, retention: Retention, clock: Clock) -> Past:
    """What of a recording is to be shown again; `SourceError` when it is gone, damaged, or another program has it."""
    if not path.is_file():
        raise SourceError(str(path), "the recording is gone")
    give_up_at = time.monotonic() + LET_GO_SECONDS
    while is_in_use(path):
        if time.monotonic() > give_up_at:
            raise SourceError(str(path), "another program writes this recording")
        time.sleep(_LOOK_SECONDS)
    since_ms = None if retention.max_age_ms is None else clock.now_ms() - retention.max_age_ms
    return read_past(path, retention.max_events, since_ms=since_ms)


def bring_back(session: LiveSession, past: Past, gap: str) -> None:
    """Show what was, and behind it that the server was away."""
    source = session.sources[0].name
    session.engine.bring_back(list(_arrivals(past, source)), past.nodes, (source, gap))


def away_text(past: Past, clock: Clock) -> str:
    """What is said of the time in which no server ran."""
    away = f"the server was away for {duration_text(max(clock.now_ms() - past.ended_at_ms, 0.0))}"
    return f"{past.gap_behind}; {away}" if past.gap_behind else away


def note_away(path: Path, text: str) -> None:
    """Let the recording say it too, where its source writes it in a process of its own."""
    writer = RecordingWriter.resume(path)
    try:
        writer.post((), gap=text)
    finally:
        writer.close()


def _arrivals(past: Past, source: str) -> Iterator[Arrivals]:
    number = 0
    for piece in past.pieces:
        if piece.gap is not None:
            number += 1
            yield Arrivals(source, [_recorded_gap(source, number, *piece.gap)])
        yield Arrivals(source, piece.events, (), piece.first_row)


def _recorded_gap(source: str, number: int, at_ms: float, text: str) -> FlowEvent:
    return gap_event(f"{source}:recorded", number, text, at_ms)
