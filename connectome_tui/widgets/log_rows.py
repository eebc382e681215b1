"""Which rows the log shows: computed from the ledger on demand, at a cost that does not grow with it.

A row is an entry, or a line that stands before one: a silence, or what could not be read of the
source. Where the log is scrolled to is kept as the entry at its top (`Anchor`), not as a row
number, so that rows between entries need neither to be counted nor to be stored.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from connectome_tui.store.ledger import Ledger
from connectome_tui.store.state import State

SILENCE_MS: Final = 1000.0
"""From this gap between two events on, a row of its own tells of it."""

RowKind = Literal["entry", "silence", "unread"]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row: an entry, or the line of a kind that stands before it."""

    kind: RowKind
    arrival_index: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """The row at the top of a log that does not follow."""

    row: LogRow


class Order(Protocol):
    """The entries that the log goes through, by position from 0."""

    def __len__(self) -> int: ...

    def index_at(self, position: int) -> int:
        """The arrival index at a position."""
        ...

    def position_of(self, arrival_index: int) -> int:
        """The position of an entry, or, when it is not among them, of the next one that is."""
        ...


class EveryEntry:
    """The whole ledger, in its order."""

    def __init__(self, ledger: Ledger) -> None:
        self._start, self._end = ledger.start, ledger.end

    def __len__(self) -> int:
        return self._end - self._start

    def index_at(self, position: int) -> int:
        return self._start + position

    def position_of(self, arrival_index: int) -> int:
        return min(max(arrival_index, self._start), self._end) - self._start


class PassingEntries:
    """Entries that pass a filter, ascending."""

    def __init__(self, passing: Sequence[int]) -> None:
        self._passing = passing

    def __len__(self) -> int:
        return len(self._passing)

    def index_at(self, position: int) -> int:
        return self._passing[position]

    def position_of(self, arrival_index: int) -> int:
        return bisect_left(self._passing, arrival_index)


def order_of(state: State) -> Order:
    """What the log goes through as of this state: all entries, or those that pass the filter in force."""
    log_filter = state.view.log_filter
    return EveryEntry(state.ledger) if log_filter is None else PassingEntries(log_filter.passing)


def silence_before(ledger: Ledger, arrival_index: int) -> float:
    """The milliseconds between this entry and the one before it, when that is a silence; else 0."""
    if arrival_index <= ledger.start:
        return 0.0
    entry, before = ledger[arrival_index], ledger[arrival_index - 1]
    if entry.event.is_boundary or before.event.is_boundary or entry.session_id != before.session_id:
        return 0.0
    gap = entry.event.at_ms - before.event.at_ms
    return gap if gap >= SILENCE_MS else 0.0


class LogRows:
    """The rows of one state, walked from any of them in both directions."""

    def __init__(self, state: State, silences: dict[int, float] | None = None) -> None:
        """`silences` remembers what was found out of entries, which never change (STORE-5)."""
        self.order = order_of(state)
        self._silences = {} if silences is None else silences
        self._ledger = state.ledger
        self._is_filtered = state.view.log_filter is not None
        self._has_unread = bool(state.source.skipped_lines) and not self._is_filtered

    def group(self, position: int) -> Sequence[LogRow]:
        """The entry at a position with the lines that stand before it, from top to bottom."""
        index = self.order.index_at(position)
        rows = [LogRow("entry", index)]
        if not self._is_filtered and self.silence(index):
            rows.insert(0, LogRow("silence", index))
        if self._has_unread and position == 0:
            rows.insert(0, LogRow("unread", index))
        return rows

    def silence(self, arrival_index: int) -> float:
        """The silence before an entry in milliseconds, 0 for none."""
        silence = self._silences.get(arrival_index)
        if silence is None:
            silence = self._silences[arrival_index] = silence_before(self._ledger, arrival_index)
        return silence

    def down_from(self, row: LogRow) -> Iterator[LogRow]:
        """`row` and all rows below it."""
        position = self.order.position_of(row.arrival_index)
        is_above = True
        while position < len(self.order):
            group = self.group(position)
            for candidate in group:
                is_above = is_above and row in group and candidate != row
                if not is_above:
                    yield candidate
            is_above = False
            position += 1

    def up_from(self, row: LogRow | None) -> Iterator[LogRow]:
        """All rows above `row`, from the nearest; None: from the last row on."""
        position = len(self.order) - 1
        if row is not None:
            position = self.order.position_of(row.arrival_index)
            group = self.group(position) if position < len(self.order) else ()
            if row in group:
                yield from reversed(group[: group.index(row)])
            position -= 1
        while position >= 0:
            yield from reversed(self.group(position))
            position -= 1

    def window(self, anchor: Anchor | None, height: int) -> Sequence[LogRow]:
        """The rows on a screen of `height` rows: from the anchor down, or the last ones when it follows."""
        if anchor is not None:
            rows = _take(self.down_from(anchor.row), height)
            missing = height - len(rows)
            above = _take(self.up_from(rows[0] if rows else None), missing) if missing else []
            return above[::-1] + rows
        return _take(self.up_from(None), height)[::-1]

    def anchor_at(self, arrival_index: int, height: int) -> Anchor | None:
        """The anchor that brings an entry to the middle; None when that shows the last row anyway."""
        position = self.order.position_of(arrival_index)
        if position >= len(self.order):
            return None
        row = LogRow("entry", self.order.index_at(position))
        above = _take(self.up_from(row), height // 2)
        return self.settled(Anchor(above[-1] if above else row), height)

    def moved(self, anchor: Anchor | None, delta: int, height: int) -> Anchor | None:
        """The anchor `delta` rows further down (negative: up); None once the last row is on the screen."""
        shown = self.window(anchor, height)
        if not shown:
            return None
        if delta < 0:
            above = _take(self.up_from(shown[0]), -delta)
            return self.settled(Anchor(above[-1] if above else shown[0]), height)
        below = _take(self.down_from(shown[0]), delta + 1)
        return self.settled(Anchor(below[-1]), height)

    def settled(self, anchor: Anchor, height: int) -> Anchor | None:
        """`anchor`, or None when the last row is on the screen with it, so that the log follows again."""
        return anchor if len(_take(self.down_from(anchor.row), height + 1)) > height else None


def _take(rows: Iterator[LogRow], count: int) -> list[LogRow]:
    """The first `count` of them."""
    taken: list[LogRow] = []
    while len(taken) < count and (row := next(rows, None)) is not None:
        taken.append(row)
    return taken
