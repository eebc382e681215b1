"""Which entries there are in the ledger of a window: ranges of arrival indexes, the last one growing."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from connectome_tui.store.live_ranges import Range


def _none() -> "array[int]":
    return array("q")


@dataclass(frozen=True, slots=True, eq=False)
class HeldRanges:
    """Closed ranges (`firsts`, `behinds`, and how many entries stand before each), and the one that grows.

    The growing one is `tail_first <= index < end`, with `tail_before` entries before it.
    """

    tail_first: int
    end: int
    firsts: "array[int]" = field(default_factory=_none)
    behinds: "array[int]" = field(default_factory=_none)
    before: "array[int]" = field(default_factory=_none)
    tail_before: int = 0

    @staticmethod
    def of(ranges: Sequence[Range], end: int) -> "HeldRanges":
        """These ascending ranges of a ledger that ends there."""
        closed = list(ranges)
        tail_first = closed.pop()[0] if closed and closed[-1][1] == end else end
        before, count = array("q"), 0
        for first, behind in closed:
            before.append(count)
            count += behind - first
        return HeldRanges(
            tail_first,
            end,
            array("q", (first for first, _ in closed)),
            array("q", (behind for _, behind in closed)),
            before,
            count,
        )

    @property
    def start(self) -> int:
        """The oldest entry; `end` when there is none."""
        return self.firsts[0] if self.firsts else self.tail_first

    @property
    def ranges(self) -> Iterable[Range]:
        """All of them, ascending."""
        yield from zip(self.firsts, self.behinds, strict=True)
        if self.tail_first < self.end:
            yield self.tail_first, self.end

    def __len__(self) -> int:
        return self.tail_before + self.end - self.tail_first

    def holds(self, index: int) -> bool:
        """Whether there is such an entry."""
        if index >= self.tail_first:
            return index < self.end
        place = bisect_right(self.firsts, index) - 1
        return place >= 0 and index < self.behinds[place]

    def index_at(self, position: int) -> int:
        """The entry at a position, from 0."""
        if position >= self.tail_before:
            return self.tail_first + position - self.tail_before
        place = bisect_right(self.before, position) - 1
        return self.firsts[place] + position - self.before[place]

    def position_of(self, index: int) -> int:
        """The position of an entry, or of the next one that there is."""
        if index >= self.tail_first:
            return self.tail_before + min(index, self.end) - self.tail_first
        place = bisect_right(self.firsts, index) - 1
        if place < 0:
            return 0
        return self.before[place] + min(index, self.behinds[place]) - self.firsts[place]

    def indexes(self, first: int, behind: int) -> Sequence[int]:
        """The entries in `first <= index < behind`."""
        first, behind = max(first, self.start), min(behind, self.end)
        positions = range(self.position_of(first), self.position_of(behind))
        if len(positions) == behind - first:
            return range(first, behind)
        return array("q", (self.index_at(position) for position in positions))

    def grown(self, first: int, behind: int) -> "HeldRanges":
        """With more entries at the end; between `end` and `first` there are none."""
        if first == self.end:
            return replace(self, end=behind)
        if self.tail_first == self.end:
            return replace(self, tail_first=first, end=behind)
        return HeldRanges.of((*self.ranges, (first, behind)), behind)

    def without(self, gone: Sequence[Range]) -> "HeldRanges":
        """Without the entries of these ascending ranges."""
        if not self.firsts and len(gone) == 1 and gone[0][0] <= self.tail_first:
            return replace(self, tail_first=min(max(gone[0][1], self.tail_first), self.end))
        left: list[Range] = []
        behinds = [behind for _, behind in gone]
        for first, behind in self.ranges:
            place = bisect_right(behinds, first)
            begin = first
            while place < len(gone) and gone[place][0] < behind:
                if begin < gone[place][0]:
                    left.append((begin, gone[place][0]))
                begin = gone[place][1]
                place += 1
            if begin < behind:
                left.append((begin, behind))
        return HeldRanges.of(left, self.end)
