"""The ledger (EVENT-6, STORE-5): an append-only buffer and immutable views of it.

Old views stay true prefixes: a view is (`buffer`, `start`, `end`) and the buffer never changes what
it holds. Rows of recordings are kept as references (STORE-15); live events and boundaries inline.
An entry of a recording costs its commit id and three postings, 32 bytes.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from connectome_tui.events.flow import EventDetail, EventSequence, FlowSummary
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.store.entries import (
    EdgeHistory,
    Ledger,
    LedgerEntry,
    NodeHistory,
    Session,
    UnitCounts,
    UnitStanding,
)
from connectome_tui.store.postings import Postings

__all__ = ["EMPTY_LEDGER", "EdgeHistory", "Ledger", "LedgerBuffer", "LedgerEntry", "NodeHistory", "Session"]


@dataclass(slots=True)
class _Run:
    """A session in the buffer: its first entry (the boundary, if it has one) and where its events come from.

    The event of row `r` of the sequence is entry `first_index + r`. Events without a sequence are
    found by their ids.
    """

    session: Session
    begins_at: int
    events: EventSequence | None
    index_by_id: dict[str, int] = field(default_factory=dict)
    children_by_id: dict[str, list[int]] = field(default_factory=dict)

    def row(self, index: int) -> int:
        """The row that an entry shows; negative for the boundary."""
        return index - self.session.first_index


class LedgerBuffer:
    """Grows at its end and changes nowhere else. One writer; views may be read in other threads."""

    def __init__(self, session: Session, events: EventSequence | None) -> None:
        self.base = session.first_index
        self._commit_ids = array("q")
        self._inline: dict[int, FlowEvent] = {}
        self._postings = Postings()
        self._runs = [_Run(session, self.base, events)]
        self._run_starts = array("q", [self.base])

    @property
    def end(self) -> int:
        """The arrival index that the next entry gets."""
        return self.base + len(self._commit_ids)

    def view(self) -> "LedgerView":
        """What the buffer holds now."""
        return LedgerView(self, self.base, self.end)

    def begin_run(self, session: Session, events: EventSequence | None, boundary: FlowEvent, commit_id: int) -> None:
        """Append the boundary of a new session (STORE-9)."""
        assert session.first_index == self.end + 1, "a session begins behind its boundary"
        self._runs.append(_Run(session, self.end, events))
        self._run_starts.append(self.end)
        self._append(boundary, commit_id)
        self._inline[self.end - 1] = boundary

    def append_row(self, event: FlowEvent, commit_id: int) -> int:
        """Append the next row of the session's sequence by reference; `event` is that row, decoded."""
        assert self._runs[-1].events is not None, "a row needs a sequence"
        return self._append(event, commit_id)

    def append_inline(self, event: FlowEvent, commit_id: int) -> int:
        """Append an event that is kept here."""
        index = self._append(event, commit_id)
        self._inline[index] = event
        run = self._runs[-1]
        run.index_by_id.setdefault(event.id, index)
        if event.parent_event_id is not None:
            run.children_by_id.setdefault(event.parent_event_id, []).append(index)
        return index

    def amend_session(self, events: EventSequence, flow: FlowSummary, topology: Topology) -> None:
        """Take over what is known of the flow in hand once all of it was read; its entries stay as they are."""
        run = self._runs[-1]
        run.events = events
        run.session = replace(run.session, flow=flow, topology=topology, title=flow.title)

    def _append(self, event: FlowEvent, commit_id: int) -> int:
        index = self.end
        self._commit_ids.append(commit_id)
        self._postings.add(index, event)
        return index

    def run_at(self, index: int) -> _Run:
        """The session of an entry."""
        if index >= self._run_starts[-1]:
            return self._runs[-1]
        return self._runs[bisect_right(self._run_starts, index) - 1]

    def runs_between(self, start: int, end: int) -> list[_Run]:
        """The sessions of entries in `start <= index < end`, the buffer's first one even when it has no entries."""
        first = 0 if start == self.base else bisect_right(self._run_starts, start) - 1
        return self._runs[first : max(bisect_left(self._run_starts, end), first + 1)]

    def event(self, index: int, run: _Run) -> FlowEvent:
        """The event of an entry, decoded when it is a reference."""
        inline = self._inline.get(index) if self._inline else None
        if inline is not None:
            return inline
        assert run.events is not None, "an entry is inline or a row"
        return run.events[run.row(index)]

    def commit_id(self, index: int) -> int:
        """The commit that appended an entry."""
        return self._commit_ids[index - self.base]

    @property
    def held(self) -> int:
        """How many events are kept here and not by reference."""
        return len(self._inline)

    @property
    def postings(self) -> Postings:
        """Where each node and edge was touched."""
        return self._postings


@dataclass(frozen=True, slots=True)
class LedgerView:
    """Entries `start <= index < end` of a buffer; see `Ledger` for what its reads mean."""

    buffer: LedgerBuffer
    start: int
    end: int

    @property
    def sessions(self) -> Sequence[Session]:
        return tuple(run.session for run in self.buffer.runs_between(self.start, self.end))

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, arrival_index: int, /) -> LedgerEntry:
        run = self._run(arrival_index)
        return LedgerEntry(
            arrival_index,
            self.buffer.commit_id(arrival_index),
            run.session.session_id,
            self.buffer.event(arrival_index, run),
        )

    def __iter__(self) -> Iterator[LedgerEntry]:
        return (self[index] for index in range(self.start, self.end))

    def holds(self, arrival_index: int) -> bool:
        return self.start <= arrival_index < self.end

    def index_at(self, position: int) -> int:
        return self.start + position

    def position_of(self, arrival_index: int) -> int:
        return min(max(arrival_index, self.start), self.end) - self.start

    def indexes(self, first: int, behind: int) -> range:
        return range(max(first, self.start), min(behind, self.end))

    def detail(self, arrival_index: int) -> EventDetail:
        run = self._run(arrival_index)
        row = run.row(arrival_index)
        return NO_DETAIL if run.events is None or row < 0 else run.events.detail(row)

    def session_at(self, arrival_index: int) -> Session:
        return self._run(arrival_index).session

    def parent_index(self, arrival_index: int) -> int | None:
        run = self._run(arrival_index)
        if (row := run.row(arrival_index)) < 0:
            return None
        if run.events is not None:
            parent_row = run.events.parent_row(row)
            index = None if parent_row is None else run.session.first_index + parent_row
        else:
            parent_id = self.buffer.event(arrival_index, run).parent_event_id
            index = None if parent_id is None else run.index_by_id.get(parent_id)
        return index if index is not None and self.start <= index < self.end and index != arrival_index else None

    def child_indexes(self, arrival_index: int) -> tuple[int, ...]:
        run = self._run(arrival_index)
        if (row := run.row(arrival_index)) < 0:
            return ()
        indexes: Sequence[int]
        if run.events is not None:
            indexes = [run.session.first_index + child for child in run.events.child_rows(row)]
        else:
            indexes = run.children_by_id.get(self.buffer.event(arrival_index, run).id, ())
        return tuple(index for index in indexes if self.start <= index < self.end)

    def edge_history(self, edge_id: str, upto: int) -> EdgeHistory:
        return self.buffer.postings.edge(edge_id, self._first_of_session(upto), upto)

    def node_history(self, node_id: str, upto: int) -> NodeHistory:
        return self.buffer.postings.node(node_id, self._first_of_session(upto), upto)

    def unit_standing(self, node_id: str, upto: int) -> UnitStanding | None:
        return self.buffer.postings.units.standing(node_id, self._first_of_session(upto), upto)

    def unit_counts(self, upto: int) -> UnitCounts:
        return self.buffer.postings.units.counts(self._first_of_session(upto), upto)

    def error_after(self, arrival_index: int) -> int | None:
        errors = self.buffer.postings.errors
        place = bisect_right(errors, max(arrival_index, self.start - 1))
        return errors[place] if place < len(errors) and errors[place] < self.end else None

    def error_before(self, arrival_index: int) -> int | None:
        errors = self.buffer.postings.errors
        place = bisect_left(errors, min(arrival_index, self.end)) - 1
        return errors[place] if place >= 0 and errors[place] >= self.start else None

    def error_count(self, first: int, behind: int) -> int:
        errors = self.buffer.postings.errors
        return max(bisect_left(errors, min(behind, self.end)) - bisect_left(errors, max(first, self.start)), 0)

    def _run(self, index: int) -> _Run:
        if not self.start <= index < self.end:
            raise IndexError(f"entry {index} is not in {self.start} … {self.end - 1}")
        return self.buffer.run_at(index)

    def _first_of_session(self, index: int) -> int:
        return max(self._run(index).session.first_index, self.start)


def empty_ledger(first_index: int = 0) -> LedgerBuffer:
    """A buffer without a flow, whose first entry will get this index."""
    return LedgerBuffer(Session("", 0.0, Topology(), first_index), None)


EMPTY_LEDGER: Final[Ledger] = empty_ledger().view()
