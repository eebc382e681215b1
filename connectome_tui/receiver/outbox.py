"""What is to be handed to the application: frames of many events or of a few milliseconds, and a bound behind them.

The pipe is written by a thread of its own, so that an application that is slow holds up nothing here.
What it does not take in time stays in the recording and is read back from there when its turn comes;
without a recording the process accepts no more until there is room.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.live import ConnectionStatus, LiveBatch, LiveCounters
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.receiver.frames import Message, encode_frame

ENOUGH: Final = 200
"""So many events are sent without waiting for more."""
EVERY_SECONDS: Final = 0.02
"""Fewer events follow the frame before them after this time."""
MOST: Final = 1000
"""Events of one frame."""
COUNTERS_SECONDS: Final = 0.25
"""How often numbers alone are told, at most."""

ReadBack = Callable[[int, int], Sequence[FlowEvent]]
"""Events of the recording: the first row and how many."""


class Piece(msgspec.Struct, kw_only=True):
    """Events that belong together, or a word without any. `events` is None for what is in the recording only."""

    count: int = 0
    events: Sequence[FlowEvent] | None = ()
    details: Sequence[EventDetail | None] = ()
    first_row: int | None = None
    nodes: Sequence[Node] = ()
    status: ConnectionStatus | None = None
    gap: str | None = None
    notice: str = ""


class Outbox:
    """Filled from any thread; `run` empties it until `close`."""

    def __init__(
        self,
        source: str,
        write: Callable[[bytes], None],
        counters: Callable[[], LiveCounters],
        *,
        bound: int,
        read_back: ReadBack | None = None,
    ) -> None:
        self._source = source
        self._write = write
        self._counters = counters
        self._bound = bound
        self._read_back = read_back
        self._changed = threading.Condition()
        self._pieces: deque[Piece] = deque()
        self._messages: deque[Message] = deque()
        self._closing = False
        self._touched = False
        self._urgent = False
        self._held = 0
        self._waiting = 0
        self._sent_at = self._told_at = 0.0
        self._told: LiveCounters | None = None
        self.sent = 0
        """Events that were handed over."""
        self.is_broken = False
        """Whether nobody reads any more."""

    @property
    def waiting(self) -> int:
        """Events that are not handed over yet."""
        return self._waiting

    @property
    def has_room(self) -> bool:
        """Whether fewer events than the bound are held."""
        return self._held < self._bound

    def put(
        self,
        events: Sequence[FlowEvent],
        *,
        details: Sequence[EventDetail | None] = (),
        first_row: int | None = None,
        nodes: Sequence[Node] = (),
        gap: str | None = None,
    ) -> None:
        """Hand events over, in order; of those in the recording only their rows are kept over the bound."""
        with self._changed:
            if self.is_broken:
                return
            piece = Piece(count=len(events), events=events, details=details, first_row=first_row, nodes=nodes, gap=gap)
            if first_row is not None and self._read_back is not None and not self.has_room:
                piece.events = None
            else:
                self._held += piece.count
            self._waiting += piece.count
            self._pieces.append(piece)
            self._changed.notify()

    def put_rows(self, first_row: int, count: int) -> None:
        """Hand over events that stand in the recording."""
        assert self._read_back is not None, "there is a recording"
        with self._changed:
            self._waiting += count
            self._pieces.append(Piece(count=count, events=None, first_row=first_row))
            self._changed.notify()

    def tell(self, status: ConnectionStatus | None = None, *, notice: str = "") -> None:
        """Say how things stand, or what went to make room, after what was put before."""
        with self._changed:
            self._pieces.append(Piece(status=status, notice=notice))
            self._urgent = True
            self._changed.notify()

    def send(self, message: Message) -> None:
        """Send a message that is no batch, before everything that waits."""
        with self._changed:
            self._messages.append(message)
            self._changed.notify()

    def touch(self) -> None:
        """The counters have changed: tell them, if nothing else does."""
        if not self._touched:
            with self._changed:
                self._touched = True
                self._changed.notify()

    def close(self) -> None:
        """Let `run` send what is left, with the last numbers, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def run(self) -> None:
        """Send until it is closed or nobody reads any more."""
        try:
            while self._send_next():
                pass
        except OSError:
            with self._changed:
                self.is_broken = True
                self._pieces.clear()
                self._held = self._waiting = 0

    def _send_next(self) -> bool:
        """Wait for something to send and send it; False at the end."""
        with self._changed:
            while (delay := self._delay()) is None or delay > 0:
                self._changed.wait(delay)
            messages, self._messages = self._messages, deque()
            taken = self._take()
            self._touched = False
            self._urgent = self._urgent and bool(self._pieces)
            closing = self._closing and not self._pieces
        for message in messages:
            self._write(encode_frame(message))
        self._send(taken)
        return not closing

    def _delay(self) -> float | None:
        """Seconds until something is to be sent; None while there is nothing."""
        if self._closing or self._messages or self._urgent:
            return 0.0
        now = time.monotonic()
        if self._pieces:
            return 0.0 if self._waiting >= ENOUGH else max(0.0, self._sent_at + EVERY_SECONDS - now)
        return max(0.0, self._told_at + COUNTERS_SECONDS - now) if self._touched else None

    def _take(self) -> list[Piece]:
        """The pieces of the next frame: as many as follow one another, up to the bound of a frame."""
        taken: list[Piece] = []
        count = 0
        while self._pieces and count < MOST:
            piece = self._pieces[0]
            if taken and not _follows(taken[-1], piece):
                break
            if count + piece.count > MOST:
                piece, rest = _split(piece, MOST - count)
                self._pieces[0] = rest
            else:
                self._pieces.popleft()
            taken.append(piece)
            count += piece.count
            self._waiting -= piece.count
            self._held -= piece.count if piece.events is not None else 0
        return taken

    def _send(self, pieces: Sequence[Piece]) -> None:
        events: list[FlowEvent] = []
        details: list[EventDetail | None] = []
        nodes: list[Node] = []
        gap = pieces[0].gap if pieces else None
        for piece in pieces:
            try:
                events += self._events_of(piece)
            except SourceError as problem:
                gap = f"{piece.count} events are in the recording but cannot be read back: {problem.expected}"
            details += piece.details
            nodes += piece.nodes
        self.sent += len(events)
        self._sent_at = time.monotonic()
        counters = self._new_counters()
        if not pieces and counters is None:
            return
        first = pieces[0] if pieces else Piece()
        batch = LiveBatch(
            source=self._source,
            events=tuple(events),
            details=tuple(details) if len(details) == len(events) else (),
            first_row=first.first_row,
            nodes=tuple(nodes),
            counters=counters,
            status=pieces[-1].status if pieces else None,
            gap=gap,
            notice=first.notice,
        )
        self._write(encode_frame(batch))

    def _events_of(self, piece: Piece) -> Sequence[FlowEvent]:
        if piece.events is not None:
            return piece.events
        assert self._read_back is not None, "only what is recorded is let go of"
        assert piece.first_row is not None, "only what is recorded is let go of"
        return self._read_back(piece.first_row, piece.count)

    def _new_counters(self) -> LiveCounters | None:
        """The numbers, when they changed since they were told."""
        counters = self._counters()
        if counters == self._told:
            return None
        self._told, self._told_at = counters, self._sent_at
        return counters


def _follows(before: Piece, piece: Piece) -> bool:
    """Whether a piece can stand in the same frame: its rows go on, and nothing is to be said before it."""
    if piece.gap is not None or any(each.status is not None or each.notice for each in (before, piece)):
        return False
    if bool(before.details) != bool(piece.details):
        return False
    if before.first_row is None or piece.first_row is None:
        return before.first_row is piece.first_row
    return before.first_row + before.count == piece.first_row


def _split(piece: Piece, count: int) -> tuple[Piece, Piece]:
    """A piece in two, the first with `count` events."""
    events = piece.events
    row = piece.first_row
    head = Piece(
        count=count,
        events=None if events is None else events[:count],
        details=piece.details[:count],
        first_row=row,
        nodes=piece.nodes,
        gap=piece.gap,
    )
    rest = Piece(
        count=piece.count - count,
        events=None if events is None else events[count:],
        details=piece.details[count:],
        first_row=None if row is None else row + count,
    )
    return head, rest
