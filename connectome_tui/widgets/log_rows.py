"""Which rows the log shows: computed from the ledger on demand, at a cost that does not grow with it.

A row is an entry, or a line that stands before one: a silence, what is missing there in a recording,
or what could not be read of the source. Where the log is scrolled to is kept as the entry at its top
(`Anchor`), not as a row number, so that rows between entries need neither to be counted nor to be stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from connectome_tui.events.model import has_note
from connectome_tui.store.entries import is_placeholder
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.state import State
from connectome_tui.widgets.log_order import Order, released_order

SILENCE_MS: Final = 1000.0
"""From this gap between two events on, a row of its own tells of it."""

RowKind = Literal["entry", "silence", "gap", "unread"]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row: an entry, or the line of a kind that stands before it."""

    kind: RowKind
    arrival_index: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """The row at the top of a log that does not follow."""

    row: LogRow


class LogRows:
    """The rows of one state, walked from any of them in both directions."""

    def __init__(
        self, state: State, order: Order | None = None, silences: dict[tuple[int, int], float] | None = None
    ) -> None:
        """In `order`, or in that of the release; `silences` remembers what was found out of neighbours."""
        self.order = released_order(state) if order is None else order
        self._silences = {} if silences is None else silences
        self._ledger = state.ledger
        self._is_filtered = state.view.log_filter is not None
        self._has_gaps = state.flow is not None and bool(state.flow.gaps) and not self._is_filtered
        self._has_unread = bool(state.source.skipped_lines) and not self._is_filtered

    def group(self, position: int) -> Sequence[LogRow]:
        """The entry at a position with the lines that stand before it, from top to bottom."""
        index = self.order.index_at(position)
        rows = [LogRow("entry", index)]
        if self._has_gaps and self.gap_before(index):
            rows.insert(0, LogRow("gap", index))
        if position > 0 and self.silence_before(position):
            rows.insert(0, LogRow("silence", index))
        if self._has_unread and position == 0:
            rows.insert(0, LogRow("unread", index))
        return rows

    def gap_before(self, index: int) -> str:
        """What is missing right before an entry in the recording that is stepped; empty for nothing."""
        session = self._ledger.session_at(index)
        return "" if session.flow is None else session.flow.gaps.get(index - session.first_index, "")

    def silence_before(self, position: int) -> float:
        """The milliseconds between the entry at a position and the row above it, when that is a silence; else 0.

        Between rows that a filter left there is none: what happened there is not shown.
        """
        if self._is_filtered:
            return 0.0
        pair = (self.order.index_at(position - 1), self.order.index_at(position))
        silence = self._silences.get(pair)
        if silence is None:
            silence = _silence_between(self._ledger, *pair)
            if silence is None:
                return 0.0
            self._silences[pair] = silence
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

    def anchor_below(self, arrival_index: int, height: int) -> Anchor | None:
        """The anchor that brings an entry to the bottom; None when that is the last row anyway."""
        position = self.order.position_of(arrival_index)
        if position >= len(self.order):
            return None
        row = LogRow("entry", self.order.index_at(position))
        above = _take(self.up_from(row), height - 1)
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


def _silence_between(ledger: Ledger, earlier: int, later: int) -> float | None:
    """The milliseconds between two entries, 0 for no silence; None while one of them is not here yet."""
    before, after = ledger[earlier], ledger[later]
    if is_placeholder(before.event) or is_placeholder(after.event):
        return None
    if before.event.is_boundary or after.event.is_boundary or before.session_id != after.session_id:
        return 0.0
    if has_note(before.event, "skew") or has_note(after.event, "skew"):
        return 0.0  # a clock that runs wrong makes no silence
    gap = after.event.at_ms - before.event.at_ms
    return gap if gap >= SILENCE_MS else 0.0


def _take(rows: Iterator[LogRow], count: int) -> list[LogRow]:
    """The first `count` of them."""
    taken: list[LogRow] = []
    while len(taken) < count and (row := next(rows, None)) is not None:
        taken.append(row)
    return taken
