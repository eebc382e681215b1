"""What waits while a live session is paused or stepped (ENGINE-5): in the recording, or in a bounded buffer."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.model import GAP_LABEL, UNKNOWN, FlowEvent
from connectome_tui.events.numbers import counted
from connectome_tui.store.live_chunks import Arrivals

HELD_PER_SOURCE: Final = 1000
"""So many events of a source wait in memory; then its oldest are dropped and counted."""

ReadRows = Callable[[int, int], Sequence[FlowEvent]]
"""Events of the recording: the first row, and how many."""


@dataclass(slots=True)
class _Piece:
    """Events of one source that wait together. Without `events` they are in the recording, from `first_row` on.

    `gap` says what is missing before them, `lost` how many of the source were dropped there.
    """

    number: int
    source: str
    count: int
    events: Sequence[FlowEvent] | None
    details: Sequence[EventDetail | None]
    first_row: int | None
    gap: str | None = None
    lost: int = 0

    def first(self, count: int, read: ReadRows | None) -> Arrivals:
        """The first so many events; fewer when the recording cannot give them any more, which becomes a gap."""
        if self.events is not None:
            row = self.first_row
            return Arrivals(self.source, self.events[:count], self.details[:count], row)
        assert read is not None, "what is in the recording can be read"
        assert self.first_row is not None, "what is kept nowhere else has a row"
        try:
            events = read(self.first_row, count)
        except SourceError:
            events = ()
        return Arrivals(self.source, events, (), self.first_row)

    def drop(self, count: int) -> None:
        """Let the first so many go."""
        self.count -= count
        if self.events is not None:
            self.events, self.details = self.events[count:], self.details[count:]
        if self.first_row is not None:
            self.first_row += count


@dataclass(slots=True)
class Held:
    """Pieces in the order in which they came, source by source. `read` reads the recording, when there is one."""

    read: ReadRows | None = None
    per_source: int = HELD_PER_SOURCE
    overflowed: int = 0
    """Events that were dropped because too many waited."""
    unread: int = 0
    """Events that the recording could not give back."""
    _pieces: dict[str, deque[_Piece]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _numbers: int = 0

    def __len__(self) -> int:
        return sum(self._counts.values())

    @property
    def counts(self) -> Mapping[str, int]:
        """How many events of each source wait."""
        return self._counts

    def put(self, arrivals: Arrivals, gap: str | None = None) -> None:
        """Let events wait; where there is no recording, the oldest of their source give way."""
        source, count = arrivals.source, len(arrivals.events)
        if not count:
            return
        in_recording = self.read is not None and arrivals.first_row is not None
        pieces = self._pieces.setdefault(source, deque())
        self._counts[source] = self._counts.get(source, 0) + count
        newest = pieces[-1] if pieces else None
        goes_on = (
            in_recording
            and gap is None
            and newest is not None
            and newest.events is None
            and newest.number == self._numbers
            and newest.first_row is not None
            and newest.first_row + newest.count == arrivals.first_row
        )
        if goes_on and newest is not None:
            newest.count += count
            return
        self._numbers += 1
        events = None if in_recording else arrivals.events
        details = () if in_recording else arrivals.details
        pieces.append(_Piece(self._numbers, source, count, events, details, arrivals.first_row, gap))
        if not in_recording:
            self._bound(source)

    def take(self, count: int) -> list[Arrivals]:
        """The next events, at most so many, in the order in which they came; gaps stand before what follows them."""
        taken: list[Arrivals] = []
        while count > 0 and (piece := self._oldest()) is not None:
            number = min(count, piece.count)
            arrivals = piece.first(number, self.read)
            unread = number - len(arrivals.events)
            self.unread += unread
            if why := _why(piece, unread):
                at_ms = arrivals.events[0].at_ms if arrivals.events else 0.0
                taken.append(Arrivals(piece.source, [gap_event(piece.source, piece.number, why, at_ms)]))
                piece.gap, piece.lost = None, 0
            if arrivals.events:
                taken.append(arrivals)
            self._shrink(piece, number)
            count -= number
        return taken

    def _oldest(self) -> _Piece | None:
        fronts = (pieces[0] for pieces in self._pieces.values() if pieces)
        return min(fronts, key=lambda piece: piece.number, default=None)

    def _shrink(self, piece: _Piece, count: int) -> None:
        piece.drop(count)
        self._counts[piece.source] -= count
        if not piece.count:
            self._pieces[piece.source].popleft()
            if not self._counts[piece.source]:
                del self._counts[piece.source], self._pieces[piece.source]

    def _bound(self, source: str) -> None:
        lost, gap = 0, None
        while (excess := self._counts[source] - self.per_source) > 0:
            piece = self._pieces[source][0]
            number = min(excess, piece.count)
            lost += piece.lost + number
            gap = piece.gap or gap
            piece.lost, piece.gap = 0, None
            self.overflowed += number
            self._shrink(piece, number)
        if lost:
            oldest = self._pieces[source][0]
            oldest.lost += lost
            oldest.gap = gap or oldest.gap


def _why(piece: _Piece, unread: int) -> str:
    parts = [piece.gap] if piece.gap else []
    if unread:
        parts.append(f"{counted(unread, 'event')} could not be read from the recording")
    if piece.lost:
        parts.append(f"{counted(piece.lost, 'event')} dropped: too many waited while paused")
    return "; ".join(parts)


def gap_event(source: str, number: int, why: str, at_ms: float = 0.0) -> FlowEvent:
    """The entry that says that something is missing here."""
    return FlowEvent(
        id=f"gap:{source}:{number}",
        at_ms=at_ms,
        from_node_id=UNKNOWN,
        to_node_id=UNKNOWN,
        trigger="hook",
        call_type="code",
        label=GAP_LABEL,
        payload_summary=why,
        source_id=source,
    )
