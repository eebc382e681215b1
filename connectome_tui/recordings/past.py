"""The newest of a recording that a session goes on with: events by their rows, and what was missing between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec

from connectome_tui.events.flow import SourceError
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.recordings.blocks import UnreadableBlobError, read_events
from connectome_tui.recordings.cap import files_of
from connectome_tui.recordings.database import ReadingDatabase
from connectome_tui.recordings.opening import bring_to_rest


@dataclass(frozen=True, slots=True)
class PastEvents:
    """Events with consecutive rows; `gap` says what is missing right before them, and when that was said."""

    first_row: int
    events: Sequence[FlowEvent]
    gap: tuple[float, str] | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What was read. `next_row` is the row behind the last event; `left_out` older events are not here.

    `gap_behind` is missing behind all of them. `ended_at_ms` is when something was written last.
    """

    pieces: Sequence[PastEvents]
    nodes: Sequence[Node]
    next_row: int
    left_out: int
    gap_behind: str
    ended_at_ms: float


def read_past(path: Path, most: int, *, since_ms: float | None = None) -> Past:
    """The newest events of a recording that nobody writes, at most so many, none from before `since_ms`.

    `SourceError` for a damaged one.
    """
    ended_at_ms = max(one.stat().st_mtime for one in files_of(path) if one.exists()) * 1000
    bring_to_rest(path)
    database = ReadingDatabase(path, path.name)
    try:
        return _read(database, most, since_ms, ended_at_ms)
    except (UnreadableBlobError, msgspec.DecodeError, ValueError, TypeError) as problem:
        raise SourceError(path.name, f"is a damaged recording: {problem}") from problem
    finally:
        database.close()


def _read(database: ReadingDatabase, most: int, since_ms: float | None, ended_at_ms: float) -> Past:
    counts = database.rows("SELECT first, count FROM blocks ORDER BY first DESC")
    wanted, left = 0, most
    while wanted < len(counts) and left > 0:
        left -= counts[wanted][1]
        wanted += 1
    gaps: dict[int, tuple[float, str]] = {}
    for row, at_ms, text in database.rows("SELECT row, at_ms, text FROM gaps ORDER BY row, number"):
        gaps[row] = (at_ms, f"{gaps[row][1]}; {text}" if row in gaps else str(text))
    pieces: list[PastEvents] = []
    if wanted:
        query = "SELECT first, events FROM blocks WHERE first >= ? ORDER BY first"
        for first, blob in database.rows(query, (counts[wanted - 1][0],)):
            events = read_events(blob)
            skip = max(-left, 0) if not pieces else 0
            if since_ms is None or events[-1].at_ms >= since_ms:
                pieces += _cut(first + skip, events[skip:], gaps)
            left = max(left, 0)
    held = sum(len(piece.events) for piece in pieces)
    next_row = counts[0][0] + counts[0][1] if counts else 0
    return Past(
        pieces=pieces,
        nodes=[_node.decode(known) for (known,) in database.rows(_NODES)],
        next_row=next_row,
        left_out=sum(count for _, count in counts) - held,
        gap_behind="; ".join(text for row, (_, text) in gaps.items() if row >= next_row),
        ended_at_ms=ended_at_ms,
    )


def _cut(first: int, events: Sequence[FlowEvent], gaps: dict[int, tuple[float, str]]) -> list[PastEvents]:
    """A block, cut where something is missing inside it."""
    end = first + len(events)
    places = [first, *(row for row in gaps if first < row < end), end]
    return [
        PastEvents(begin, events[begin - first : behind - first], gaps.get(begin))
        for begin, behind in pairwise(places)
        if behind > begin
    ]


_NODES: Final = "SELECT known FROM nodes WHERE known IS NOT NULL ORDER BY first, number"
_node: Final[msgspec.msgpack.Decoder[Any]] = msgspec.msgpack.Decoder(Node)
