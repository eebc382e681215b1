"""The ledger of a window on a shared session: the server's, of which a part is here and the rest is asked for.

What is not here reads as a placeholder entry (`is_placeholder`) and is wanted from the server. Old
views stay true: an entry never changes, and a view goes on holding what it held.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.store.deltas import Standing
from connectome_tui.store.entries import (
    PLACEHOLDER,
    EdgeHistory,
    LedgerEntry,
    NodeHistory,
    Session,
    UnitCounts,
    UnitStanding,
)
from connectome_tui.store.postings import NO_EDGE_HISTORY, NO_NODE_HISTORY
from connectome_tui.store.window_entries import WindowEntries
from connectome_tui.store.window_histories import WindowHistories
from connectome_tui.store.window_ranges import HeldRanges
from connectome_tui.store.window_relations import Relations


@dataclass(frozen=True, slots=True, eq=False)
class WindowLedger:
    """See `Ledger` for what its reads mean. `standing` is of the entry that is looked at.

    Histories are exact at the head, at the entry looked at, and at all that was appended since the
    window came; elsewhere they are counted from what is here. `error_after`, `error_before` and
    `error_count` know what is here alone: the server answers for the rest (`ledger.find`, `error`).
    """

    entries: WindowEntries
    histories: WindowHistories
    held: HeldRanges
    sessions: Sequence[Session]
    standing: Standing | None = None

    @property
    def lineage(self) -> int:
        """Entries of equal index are equal as long as this stays; never 0."""
        return self.entries.lineage

    @property
    def start(self) -> int:
        return self.held.start

    @property
    def end(self) -> int:
        return self.held.end

    def __len__(self) -> int:
        return len(self.held)

    def __iter__(self) -> Iterator[LedgerEntry]:
        return (self[index] for index in self.indexes(self.start, self.end))

    def __getitem__(self, arrival_index: int, /) -> LedgerEntry:
        session = self.session_at(arrival_index)
        event = self.entries.get(arrival_index)
        if event is None:
            self._want(arrival_index, detail=False)
            return LedgerEntry(arrival_index, 0, session.session_id, PLACEHOLDER)
        return LedgerEntry(arrival_index, self.entries.commit_id(arrival_index), session.session_id, event)

    def holds(self, arrival_index: int) -> bool:
        return self.held.holds(arrival_index)

    def index_at(self, position: int) -> int:
        return self.held.index_at(position)

    def position_of(self, arrival_index: int) -> int:
        return self.held.position_of(arrival_index)

    def indexes(self, first: int, behind: int) -> Sequence[int]:
        return self.held.indexes(first, behind)

    def is_whole(self, *, detail: bool = False) -> bool:
        """Whether every entry is here, and with its detail: all can be copied without asking for more."""
        get, known = self.entries.get, self.entries.relations.get

        def is_here(index: int) -> bool:
            return get(index) is not None and (
                not detail or ((told := known(index)) is not None and told.detail is not None)
            )

        return all(is_here(index) for index in self.indexes(self.start, self.end))

    def detail(self, arrival_index: int) -> EventDetail:
        known = self.entries.relations.get(arrival_index)
        if known is not None and known.detail is not None:
            return known.detail
        self._want(arrival_index, detail=True)
        return NO_DETAIL

    def session_at(self, arrival_index: int) -> Session:
        return self.sessions[self._session_number(arrival_index)]

    def parent_index(self, arrival_index: int) -> int | None:
        known = self._relations(arrival_index)
        index = None if known is None else known.parent
        return index if index is not None and index != arrival_index and self.holds(index) else None

    def child_indexes(self, arrival_index: int) -> tuple[int, ...]:
        known = self._relations(arrival_index)
        return () if known is None else tuple(index for index in sorted(known.children) if self.holds(index))

    def edge_history(self, edge_id: str, upto: int) -> EdgeHistory:
        if self.standing is not None and self.standing.index == upto:
            history = self.standing.edges.get(edge_id, NO_EDGE_HISTORY)
        else:
            history = self.histories.edge(edge_id, self._first_of_session(upto), upto)
        if history.newest_index < 0 or self.holds(history.newest_index):
            return history
        return replace(history, newest_index=-1)

    def node_history(self, node_id: str, upto: int) -> NodeHistory:
        if self.standing is not None and self.standing.index == upto:
            return self.standing.nodes.get(node_id, NO_NODE_HISTORY)
        return self.histories.node(node_id, self._first_of_session(upto), upto)

    def unit_standing(self, node_id: str, upto: int) -> UnitStanding | None:
        if self.standing is not None and self.standing.index == upto:
            return self.standing.units.get(node_id)
        return self.histories.unit(node_id, self._first_of_session(upto), upto)

    def unit_counts(self, upto: int) -> UnitCounts:
        if self.standing is not None and self.standing.index == upto:
            return self.standing.counts
        return self.histories.counts(self._first_of_session(upto), upto)

    def error_after(self, arrival_index: int) -> int | None:
        here = self.entries.here(max(arrival_index + 1, self.start), self.end)
        return next((index for index, event in here if event.status == "error" and self.holds(index)), None)

    def error_before(self, arrival_index: int) -> int | None:
        here = self.entries.here_backwards(self.start, min(arrival_index, self.end))
        return next((index for index, event in here if event.status == "error" and self.holds(index)), None)

    def error_count(self, first: int, behind: int) -> int:
        here = self.entries.here(max(first, self.start), min(behind, self.end))
        return sum(event.status == "error" and self.holds(index) for index, event in here)

    def _relations(self, index: int) -> Relations | None:
        """What pages told of an entry, and what was released since that page."""
        number = self._session_number(index)
        known = self.entries.relations.get(index)
        event = self.entries.get(index)
        if known is None or event is None:
            self._want(index, detail=True)
            return None
        last = number + 1 == len(self.sessions)
        behind = self.end if last else self.sessions[number + 1].first_index - 1
        if known.known_to < behind:
            known.go_on(event, self.entries.here(known.known_to, behind), behind)
        return known

    def _session_number(self, index: int) -> int:
        if not self.start <= index < self.end:
            raise IndexError(f"entry {index} is not in {self.start} … {self.end - 1}")
        # The boundary stands before the first event of its session.
        return max(bisect_right(self.sessions, index, key=lambda session: session.first_index - 1) - 1, 0)

    def _first_of_session(self, index: int) -> int:
        return self.session_at(index).first_index

    def _want(self, index: int, *, detail: bool) -> None:
        if self.holds(index):
            self.entries.want(index, self.start, self.end, detail=detail)
