"""The ledger of a live session (EVENT-6, STORE-10): it grows at its end, and its oldest entries leave it.

It is made of chunks; a view holds the ones there were, so that it stays true whatever is appended or
leaves afterwards. Where several sources come together, entries can be missing between `start` and
`end`, because the ones around them belonged to a source that had more than its share.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.events.model import GAP_LABEL, UNKNOWN, FlowEvent
from connectome_tui.events.numbers import grouped
from connectome_tui.events.topology import Topology
from connectome_tui.store.entries import EdgeHistory, LedgerEntry, NodeHistory, Session, UnitCounts, UnitStanding
from connectome_tui.store.live_chunks import NO_ROW, Arrivals, Chunk, joined
from connectome_tui.store.live_postings import LivePostings
from connectome_tui.store.retention import Retention, takings

DetailOf = Callable[[int], EventDetail]
"""Reads the detail of a row of the recording."""

SESSION_SOURCE: Final = ""
"""The source of the entries that the session itself makes: boundaries and gaps."""


class LiveLedger:
    """The growing end of a live ledger; one writer."""

    def __init__(self, session: Session, retention: Retention, detail_of: DetailOf | None = None) -> None:
        self.retention: Final = retention
        self.detail_of: Final = detail_of
        self.postings: Final = LivePostings()
        self.index_by_id: Final[dict[str, int]] = {}
        self.children_by_id: Final[dict[str, list[int]]] = {}
        self.end = session.first_index
        self.counts: Final[Counter[str]] = Counter()
        self.gaps = 0
        """How many of the entries say that something is missing."""
        self._chunk_size = retention.batch
        self._layout = _Layout((), array("q"), array("q", [0]))
        self._sessions: tuple[Session, ...] = (session,)
        self._trimmed_at = self.end

    @property
    def start(self) -> int:
        """The oldest entry that is kept; `end` when there is none."""
        chunks = self._layout.chunks
        return chunks[0].indexes[0] if chunks else self.end

    @property
    def count(self) -> int:
        """How many entries there are."""
        return self.counts.total()

    @property
    def session_first(self) -> int:
        """The index of the first event of the session that runs."""
        return self._sessions[-1].first_index

    def view(self) -> "LiveLedgerView":
        """What the ledger holds now."""
        return LiveLedgerView(self, self._layout, self._sessions, self.start, self.end)

    def begin_session(self, session: Session, boundary: FlowEvent, commit_id: int, now_ms: float) -> None:
        """Append the boundary of a new session (STORE-9)."""
        assert session.first_index == self.end + 1, "a session begins behind its boundary"
        self.append(Arrivals(SESSION_SOURCE, [boundary]), commit_id, now_ms)
        self._sessions = (*self._sessions, session)
        self.postings.begin_session(session.first_index)

    def set_topology(self, topology: Topology) -> None:
        """The parts of the session that runs, now that more of them are known."""
        self._sessions = (*self._sessions[:-1], replace(self._sessions[-1], topology=topology))

    def append(self, arrivals: Arrivals, commit_id: int, now_ms: float) -> None:
        """Append events in their order."""
        index = self.end
        self._note(index, arrivals.events)
        self.counts[arrivals.source] += len(arrivals.events)
        begin, total = 0, len(arrivals.events)
        while begin < total:
            chunk = self._open_chunk(index + begin)
            end = min(total, begin + self._chunk_size - len(chunk))
            chunk.extend(index + begin, arrivals, range(begin, end), commit_id, now_ms)
            begin = end
        self.end = index + total

    def evict(self, now_ms: float) -> tuple[int, str]:
        """Let go what retention does not keep; how many entries that were, and why."""
        aged = self._evict_aged(now_ms)
        excess = self.count - self.retention.max_events
        crowded = self._evict_excess(excess) if excess > 0 else 0
        most = self.retention.max_events
        if self.start - self._trimmed_at > most // 8 or self.end - self._trimmed_at > 3 * most:
            self._trim()
        return aged + crowded, "their age" if aged > crowded else f"more than {grouped(self.retention.max_events)}"

    def _trim(self) -> None:
        """Keep postings as far back as entries lie close together; a few old ones do without."""
        self._trimmed_at = max(self.start, self.end - 2 * self.retention.max_events)
        self.postings.trim(self._trimmed_at, self.view().holds)
        first_kept = next(
            (number for number, session in enumerate(self._sessions[1:]) if session.first_index > self.start),
            len(self._sessions) - 1,
        )
        self._sessions = self._sessions[first_kept:]

    def _note(self, index: int, events: Sequence[FlowEvent]) -> None:
        self.postings.add_all(index, events)
        by_id, children = self.index_by_id, self.children_by_id
        for place, event in enumerate(events, index):
            if event.label == GAP_LABEL and event.is_gap:
                self.gaps += 1
                continue
            by_id.setdefault(event.id, place)
            parent_id = event.parent_event_id
            if parent_id is not None:
                siblings = children.get(parent_id)
                if siblings is None:
                    children[parent_id] = [place]
                else:
                    siblings.append(place)

    def _open_chunk(self, index: int) -> Chunk:
        chunks = self._layout.chunks
        if chunks and len(chunks[-1]) < self._chunk_size:
            return chunks[-1]
        chunk = Chunk()
        self._layout = self._layout.grown(chunk, index)
        return chunk

    def _evict_aged(self, now_ms: float) -> int:
        oldest = self.retention.max_age_ms
        if oldest is None:
            return 0
        gone = 0
        chunks = self._layout.chunks
        while gone < len(chunks) and chunks[gone].newest_ms < now_ms - oldest:
            gone += 1
        return self._drop_chunks(gone)

    def _evict_excess(self, excess: int) -> int:
        """At least `excess` entries go, oldest first, and none of a source that has no more than its share."""
        wanted = min(max(excess, self.retention.batch), self.count - self.counts[SESSION_SOURCE] - 1)
        if wanted <= 0:
            return 0
        gone, chunks = 0, self._layout.chunks
        counts = {source: count for source, count in self.counts.items() if source != SESSION_SOURCE}
        if (newest := chunks[-1].sources[-1]) in counts:
            counts[newest] -= 1  # The newest entry never leaves.
        takes = takings(counts, wanted)
        # Whole chunks first: with one source this is all there is to do.
        while gone < len(chunks) - 1:
            here = Counter(chunks[gone].sources)
            here.pop(SESSION_SOURCE, None)
            if any(takes.get(source, 0) < count for source, count in here.items()):
                break
            for source, count in here.items():
                takes[source] -= count
            gone += 1
        dropped = self._drop_chunks(gone)
        if self.count <= self.retention.max_events:
            return dropped
        return dropped + self._thin_out({source: take for source, take in takes.items() if take})

    def _drop_chunks(self, number: int) -> int:
        if not number:
            return 0
        gone = self._layout.chunks[:number]
        for chunk in gone:
            self._forget(chunk.indexes, chunk.events, chunk.sources)
        self._layout = _Layout.of(self._layout.chunks[number:])
        return sum(len(chunk) for chunk in gone)

    def _thin_out(self, takes: dict[str, int]) -> int:
        """Take the oldest entries of these sources out of where they stand between those of others."""
        dropped = 0

        def keeps(chunk: Chunk, place: int) -> bool:
            nonlocal dropped
            source = chunk.sources[place]
            if source == SESSION_SOURCE:
                # A boundary goes when what follows it goes.
                keep = not any(takes.values())
            else:
                keep = takes.get(source, 0) <= 0
                takes[source] = takes.get(source, 0) - (not keep)
            if keep:
                return True
            dropped += 1
            self._forget(chunk.indexes[place : place + 1], chunk.events[place : place + 1], [source])
            return False

        new: list[Chunk] = []
        chunks = self._layout.chunks
        for number, chunk in enumerate(chunks):
            if not any(takes.values()):
                new.extend(chunks[number:])
                break
            thinned = joined([chunk], keeps)
            if new and len(new[-1]) + len(thinned) <= self._chunk_size:
                new[-1] = joined([new[-1], thinned], lambda _chunk, _place: True)
            elif len(thinned):
                new.append(thinned)
        self._layout = _Layout.of(tuple(new))
        return dropped

    def _forget(self, indexes: Sequence[int], events: Sequence[FlowEvent], sources: Sequence[str]) -> None:
        """These entries leave."""
        for source, count in Counter(sources).items():
            self.counts[source] -= count
        by_id, children = self.index_by_id, self.children_by_id
        for index, event in zip(indexes, events, strict=True):
            if event.label == GAP_LABEL and event.is_gap:
                self.gaps -= 1
            event_id, parent_id = event.id, event.parent_event_id
            if by_id.get(event_id) == index:
                del by_id[event_id]
            children.pop(event_id, None)
            siblings = None if parent_id is None else children.get(parent_id)
            if siblings and parent_id is not None and siblings[0] == index:
                if len(siblings) > 1:
                    del siblings[0]
                else:
                    del children[parent_id]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Chunks with the index each begins with, and how many entries stand before each."""

    chunks: tuple[Chunk, ...]
    firsts: "array[int]"
    before: "array[int]"

    @staticmethod
    def of(chunks: tuple[Chunk, ...]) -> "_Layout":
        before = array("q", [0])
        for chunk in chunks:
            before.append(before[-1] + len(chunk))
        return _Layout(chunks, array("q", (chunk.indexes[0] for chunk in chunks)), before[:-1] or array("q", [0]))

    def grown(self, chunk: Chunk, first: int) -> "_Layout":
        """With one more at the end, which begins with the entry `first`."""
        before = self.before[:]
        if self.chunks:
            before.append(before[-1] + len(self.chunks[-1]))
        return _Layout((*self.chunks, chunk), self.firsts + array("q", [first]), before)


@dataclass(frozen=True, slots=True, eq=False)
class LiveLedgerView:
    """The entries that there were; see `Ledger`. An index in between whose entry left reads as a gap."""

    ledger: LiveLedger
    layout: _Layout
    sessions: Sequence[Session]
    start: int
    end: int

    def __len__(self) -> int:
        return self.position_of(self.end)

    def __iter__(self) -> Iterator[LedgerEntry]:
        return (self[index] for index in self.indexes(self.start, self.end))

    def __getitem__(self, arrival_index: int, /) -> LedgerEntry:
        session_id = self.session_at(arrival_index).session_id
        chunk = self._chunk(arrival_index)
        if chunk is None:
            return LedgerEntry(arrival_index, 0, session_id, left_entry(arrival_index))
        place = chunk.place_of(arrival_index)
        return LedgerEntry(arrival_index, chunk.commit_ids[place], session_id, chunk.events[place])

    def holds(self, arrival_index: int) -> bool:
        """Whether this entry is there."""
        return self.start <= arrival_index < self.end and self._chunk(arrival_index) is not None

    def index_at(self, position: int) -> int:
        """The arrival index of the entry at a position, from 0."""
        number = bisect_right(self.layout.before, position) - 1
        return self.layout.chunks[number].indexes[position - self.layout.before[number]]

    def position_of(self, arrival_index: int) -> int:
        """The position of an entry, or of the next one that is there."""
        number = bisect_right(self.layout.firsts, min(arrival_index, self.end)) - 1
        if number < 0:
            return 0
        return self.layout.before[number] + self.layout.chunks[number].place_of(min(arrival_index, self.end))

    def indexes(self, first: int, behind: int) -> Sequence[int]:
        """The arrival indexes of the entries in `first <= index < behind`."""
        first, behind = max(first, self.start), min(behind, self.end)
        positions = range(self.position_of(first), self.position_of(behind))
        if len(positions) == behind - first:
            return range(first, behind)
        return array("q", (self.index_at(position) for position in positions))

    def detail(self, arrival_index: int) -> EventDetail:
        chunk = self._chunk(arrival_index)
        if chunk is None:
            return NO_DETAIL
        place = chunk.place_of(arrival_index)
        detail, row = chunk.details[place], chunk.rows[place]
        if detail is not None:
            return detail
        return NO_DETAIL if row == NO_ROW or self.ledger.detail_of is None else self.ledger.detail_of(row)

    def session_at(self, arrival_index: int) -> Session:
        if not self.start <= arrival_index < self.end:
            raise IndexError(f"entry {arrival_index} is not in {self.start} … {self.end - 1}")
        # The boundary stands before the first event of its session.
        if arrival_index >= self.sessions[-1].first_index - 1:
            return self.sessions[-1]
        number = bisect_right(self.sessions, arrival_index + 1, key=lambda session: session.first_index) - 1
        return self.sessions[max(number, 0)]

    def parent_index(self, arrival_index: int) -> int | None:
        parent_id = self[arrival_index].event.parent_event_id
        index = None if parent_id is None else self.ledger.index_by_id.get(parent_id)
        if index is None or index == arrival_index or not self.start <= index < self.end:
            return None
        return index if self.session_at(index) == self.session_at(arrival_index) else None

    def child_indexes(self, arrival_index: int) -> tuple[int, ...]:
        session = self.session_at(arrival_index)
        indexes = self.ledger.children_by_id.get(self[arrival_index].event.id, ())
        return tuple(index for index in indexes if self.holds(index) and self.session_at(index) == session)

    def edge_history(self, edge_id: str, upto: int) -> EdgeHistory:
        history = self.ledger.postings.edge(edge_id, self.session_at(upto).first_index, upto)
        return history if self._is_there(history.newest_index) else replace(history, newest_index=-1)

    def node_history(self, node_id: str, upto: int) -> NodeHistory:
        return self.ledger.postings.node(node_id, self.session_at(upto).first_index, upto)

    def unit_standing(self, node_id: str, upto: int) -> UnitStanding | None:
        return self.ledger.postings.units.standing(node_id, self.session_at(upto).first_index, upto)

    def unit_counts(self, upto: int) -> UnitCounts:
        return self.ledger.postings.units.counts(self.session_at(upto).first_index, upto)

    def error_after(self, arrival_index: int) -> int | None:
        errors = self.ledger.postings.errors
        place = bisect_right(errors, max(arrival_index, self.start - 1))
        while place < len(errors) and errors[place] < self.end:
            if self.holds(errors[place]):
                return errors[place]
            place += 1
        return None

    def error_before(self, arrival_index: int) -> int | None:
        errors = self.ledger.postings.errors
        place = bisect_left(errors, min(arrival_index, self.end)) - 1
        while place >= 0 and errors[place] >= self.start:
            if self.holds(errors[place]):
                return errors[place]
            place -= 1
        return None

    def error_count(self, first: int, behind: int) -> int:
        errors = self.ledger.postings.errors
        begin, end = bisect_left(errors, max(first, self.start)), bisect_left(errors, min(behind, self.end))
        if len(self) == self.end - self.start:
            return max(end - begin, 0)
        return sum(self.holds(index) for index in errors[begin:end])

    def _is_there(self, index: int) -> bool:
        return index < 0 or self.holds(index)

    def _chunk(self, index: int) -> Chunk | None:
        number = bisect_right(self.layout.firsts, index) - 1
        if number < 0:
            return None
        chunk = self.layout.chunks[number]
        return chunk if chunk.holds(index) else None


def left_entry(index: int) -> FlowEvent:
    """What is read in the place of an entry that left the ledger."""
    return FlowEvent(
        id=f"left:{index}",
        at_ms=0.0,
        from_node_id=UNKNOWN,
        to_node_id=UNKNOWN,
        trigger="hook",
        call_type="code",
        label=GAP_LABEL,
        payload_summary="left the log: there are newer ones",
    )
