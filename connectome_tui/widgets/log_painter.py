"""Draws the log of any state, anchor and size; it knows no widget, and keeps the strips that it drew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual.cache import LRUCache
from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.events.flow import Flow
from connectome_tui.store.entries import is_placeholder
from connectome_tui.store.state import State
from connectome_tui.widgets.lean_strip import LeanStrip
from connectome_tui.widgets.log_columns import LIVE_MEASURES, FlowMeasures, LogColumns, measure_flow, place_columns
from connectome_tui.widgets.log_hits import mark_hits
from connectome_tui.widgets.log_line import RowMarks, draw_entry, draw_rule
from connectome_tui.widgets.log_order import TimeOrder, ledger_identity, released_order
from connectome_tui.widgets.log_rows import Anchor, LogRow, LogRows
from connectome_tui.widgets.log_rule import boundary_text, gap_text, rule_runs, unread_text
from connectome_tui.widgets.painting import CellLine, Look
from connectome_tui.widgets.pane import rule_line
from connectome_tui.widgets.times import silence_text

_KEPT_STRIPS: Final = 1024
_KEPT_SILENCES: Final = 8192


@dataclass(frozen=True, slots=True)
class _StripKey:
    row: LogRow
    marks: RowMarks
    query: str
    in_thumb: bool


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all rows of one drawing share."""

    state: State
    rows: LogRows
    columns: LogColumns
    look: Look


class LogPainter:
    """The lines of the log, with its rule. What it keeps can be made again from the state at any time."""

    def __init__(self) -> None:
        self._measured: tuple[Flow | None, FlowMeasures] = (None, FlowMeasures())
        self._columns: LogColumns | None = None
        self._strips: LRUCache[_StripKey, Strip] = LRUCache(_KEPT_STRIPS)
        self._strips_for: tuple[object, ...] = ()
        self._silences: dict[tuple[int, int], float] = {}
        self._silences_of: tuple[str, int] = ("", 0)
        self._time_order: TimeOrder | None = None
        self.is_ordering = False
        """Whether entries wait to be put in order of time."""
        self.must_go_on = False
        """Whether drawing again goes on with it, and no entry has to come first."""

    def rows(self, state: State) -> LogRows:
        """The rows of a state, in the order that it asks for."""
        identity = ledger_identity(state)
        if len(self._silences) > _KEPT_SILENCES or identity != self._silences_of:
            self._silences.clear()
            self._silences_of = identity
        return LogRows(state, self._order_by_time(state), self._silences)

    def lines(self, state: State, flow: Flow | None, anchor: Anchor | None, look: Look, size: Size) -> Sequence[Strip]:
        """The lines of a pane of this size, scrolled to `anchor` (None: to its end)."""
        rows = self.rows(state)
        shown = rows.window(anchor, size.height - 1)
        count = len(rows.order)
        top, behind = _positions(rows, shown)
        measures = LIVE_MEASURES if state.live is not None else None
        frame = _Frame(state, rows, self._columns_for(flow, size.width, measures), look)
        self._check_strips(frame)
        in_thumb = _thumb(top, behind, count, size.height - 1)
        ordered = count / max(1, len(released_order(state))) if self.is_ordering else None
        lines = [_rule(frame, count - behind, ordered).strip()]
        lines += [self._strip(row, at in in_thumb, frame) for at, row in enumerate(shown)]
        if not shown:
            lines.append(_empty(state, look, size.width).strip())
        return lines

    def _order_by_time(self, state: State) -> TimeOrder | None:
        if not state.view.raw_time_order:
            self._time_order, self.is_ordering, self.must_go_on = None, False, False
            return None
        if self._time_order is None or not self._time_order.still_holds(state):
            self._time_order = TimeOrder(state)
        self.is_ordering = not self._time_order.extend(state)
        self.must_go_on = self.is_ordering and not self._time_order.is_waiting
        return self._time_order

    def _columns_for(self, flow: Flow | None, width: int, live: FlowMeasures | None) -> LogColumns:
        """The columns, measured once a flow: they stay when more of it becomes known."""
        known = self._measured[0]
        if flow is not None and (known is None or known.summary.id != flow.summary.id):
            self._measured = (flow, measure_flow(flow))
        measures = live or self._measured[1]
        if self._columns is None or self._columns.width != width or self._columns.measures is not measures:
            self._columns = place_columns(width, measures)
        return self._columns

    def _check_strips(self, frame: _Frame) -> None:
        """Forget the strips of another width, theme, ledger, topology or source."""
        state = frame.state
        made_for = (frame.columns, frame.look, ledger_identity(state), state.topology, state.source.skipped_lines)
        if made_for != self._strips_for:
            self._strips.clear()
            self._strips_for = made_for

    def _strip(self, row: LogRow, in_thumb: bool, frame: _Frame) -> Strip:  # noqa: FBT001  (one cell of the row)
        search = frame.state.view.search
        key = _StripKey(row, _marks(row, frame.state), search.query if search else "", in_thumb)
        # What a silence row says depends on its neighbours, which the order decides.
        strip = None if row.kind == "silence" else self._strips.get(key)
        if strip is None:
            bar = frame.look.line(1)
            if in_thumb:
                bar.put(0, frame.look.glyphs.scroll, "line")
            segments = [*_line(key, frame).strip(), *bar.strip()]
            strip = LeanStrip(segments, frame.columns.width)
            if row.kind != "entry" or not is_placeholder(frame.state.ledger[row.arrival_index].event):
                self._strips[key] = strip
        return strip


def _line(key: _StripKey, frame: _Frame) -> CellLine:
    """A row without the scroll bar's cell."""
    index, width = key.row.arrival_index, frame.columns.width
    if key.row.kind == "silence":
        gap_ms = frame.rows.silence_before(frame.rows.order.position_of(index))
        return draw_rule(silence_text(gap_ms), width, frame.look)
    if key.row.kind == "unread":
        return draw_rule(unread_text(frame.state.source.skipped_lines), width, frame.look, warn=True)
    if key.row.kind == "gap":
        return draw_rule(gap_text(frame.rows.gap_before(index)), width, frame.look, warn=True)
    ledger = frame.state.ledger
    event = ledger[index].event
    if is_placeholder(event):
        line = frame.look.line(width - 1)
        line.put(frame.columns.route_x, frame.look.glyphs.ellipsis, "text.muted")
        return line
    if event.is_boundary:
        return draw_rule(boundary_text(ledger, index), width, frame.look)
    if event.is_gap:
        return draw_rule(gap_text(event.payload_summary or ""), width, frame.look, warn=True)
    line = draw_entry(event, ledger.session_at(index).topology, frame.columns, key.marks, frame.look)
    if key.query and not key.marks.later:
        mark_hits(line, key.query)
    return line


def selected_index(state: State) -> int | None:
    """The entry that is selected: in the log, or as the hit in hand of a search."""
    selection, search = state.view.selection, state.view.search
    if selection is not None:
        return selection.arrival_index if selection.kind == "event" else None
    if search is not None and not search.whole_recording and 0 <= search.current < len(search.hits):
        return search.hits[search.current]
    return None


def _marks(row: LogRow, state: State) -> RowMarks:
    index, looked_at = row.arrival_index, state.inspection_index
    is_later = looked_at is not None and index > looked_at
    if row.kind != "entry":
        return RowMarks(later=is_later)
    current = state.ledger.end - 1 if looked_at is None else looked_at
    return RowMarks(index == current, index == selected_index(state), is_later)


def _rule(frame: _Frame, newer: int, ordered: float | None) -> CellLine:
    look, view = frame.look, frame.state.view
    runs = tuple(rule_runs(frame.state, newer, look.glyphs, ordered, is_stale=look.palette.is_faded))
    focused = view.focused_pane == "log"
    return rule_line(frame.columns.width, look.palette, look.glyphs, "Log", runs, focused=focused)


def _empty(state: State, look: Look, width: int) -> CellLine:
    line = look.line(width)
    text = "Nothing released so far passes the filter." if len(state.ledger) else "Nothing released yet."
    line.put(2, text, "text.muted")
    return line


def _positions(rows: LogRows, shown: Sequence[LogRow]) -> tuple[int, int]:
    """The positions of the first entry shown and behind the last one."""
    if not shown:
        return 0, len(rows.order)
    last = rows.order.position_of(shown[-1].arrival_index)
    return rows.order.position_of(shown[0].arrival_index), last + (shown[-1].kind == "entry")


def _thumb(top: int, behind: int, count: int, height: int) -> range:
    """The rows of the scroll bar's thumb; none while everything is in view."""
    if behind - top >= count or height <= 0:
        return range(0)
    size = max(1, height * (behind - top) // count)
    first = round((height - size) * top / max(1, count - (behind - top)))
    return range(first, first + size)
