"""The log (LOG-2, SCREENS "Log"): rows on demand from the ledger, at constant cost whatever its length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual import events
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from connectome_tui.events.flow import Flow
from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.log_columns import FlowMeasures, LogColumns, measure_flow, place_columns
from connectome_tui.widgets.log_line import RowMarks, draw_entry, draw_rule, mark_hits
from connectome_tui.widgets.log_rows import Anchor, LogRow, LogRows
from connectome_tui.widgets.log_rule import rule_runs
from connectome_tui.widgets.painting import Look
from connectome_tui.widgets.pane import rule_line
from connectome_tui.widgets.times import clock_text, grouped, silence_text

_WHEEL_ROWS: Final = 3
_KEPT_STRIPS: Final = 1024
_KEPT_SILENCES: Final = 8192
_NAMED_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class _StripKey:
    row: LogRow
    marks: RowMarks
    query: str
    thumb: bool


class LogPanel(LinePane, can_focus=True):
    """The rows released so far. It follows its end unless it is scrolled, and selects by message."""

    class EntrySelected(Message):
        """A row was chosen, by mouse or key: `arrival_index` is its entry."""

        def __init__(self, arrival_index: int) -> None:
            super().__init__()
            self.arrival_index = arrival_index

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (the name that Textual gives it)
        super().__init__(id=id)
        self._anchor: Anchor | None = None
        self._measured: tuple[Flow | None, FlowMeasures] = (None, FlowMeasures())
        self._columns: LogColumns | None = None
        self._strips: LRUCache[_StripKey, Strip] = LRUCache(_KEPT_STRIPS)
        self._strips_for: tuple[object, ...] = ()
        self._silences: dict[int, float] = {}

    # What is shown

    def slices(self, state: State) -> Sequence[object]:
        return (state.ledger, state.inspection_index, state.view, state.source, state.topology, state.flow)

    def on_commit(self, old: State, new: State) -> None:
        """Keep in view what has to be, then repaint what differs."""
        if old.ledger is not new.ledger and old.ledger.start != new.ledger.start:
            self._anchor = None
        if old.view.log_filter is not new.view.log_filter and _filter_text(old) != _filter_text(new):
            self._anchor = None
        if old.inspection_index != new.inspection_index:
            self._anchor = None if new.inspection_index is None else self._revealing(new, new.inspection_index)
        elif new.inspection_index is not None and self._anchor is None and old.ledger is not new.ledger:
            shown = self._rows(old).window(None, self._body)
            self._anchor = Anchor(shown[0]) if shown else None
        chosen = selected_index(new)
        if chosen is not None and chosen != selected_index(old):
            self._anchor = self._revealing(new, chosen)
        super().on_commit(old, new)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        rows = self._rows(state)
        shown = rows.window(self._anchor, size.height - 1)
        top, behind = _span_of(rows, shown)
        count = len(rows.order)
        focused = state.view.focused_pane == "log"
        rule = rule_line(
            size.width,
            look.palette,
            look.glyphs,
            "Log",
            tuple(rule_runs(state, count - behind, look.glyphs)),
            focused=focused,
        )
        lines = [rule.strip()]
        columns = self._columns_for(size.width)
        self._check_cache(columns, look, state)
        thumb = _thumb(top, behind, count, size.height - 1)
        lines += [self._strip(row, at in thumb, state, rows, columns, look) for at, row in enumerate(shown)]
        if not shown:
            line = look.line(size.width)
            line.put(
                2,
                "No released event passes the filter." if len(state.ledger) else "Nothing released yet.",
                "text.muted",
            )
            lines.append(line.strip())
        return lines

    def _strip(
        self,
        row: LogRow,
        in_thumb: bool,
        state: State,
        rows: LogRows,
        columns: LogColumns,
        look: Look,  # noqa: FBT001
    ) -> Strip:
        search = state.view.search
        key = _StripKey(row, _marks(row, state), search.query if search else "", in_thumb)
        strip = self._strips.get(key)
        if strip is None:
            bar = look.line(1)
            if in_thumb:
                bar.put(0, look.glyphs.scroll, "line")
            strip = Strip.join([self._line(key, state, rows, columns, look), bar.strip()])
            self._strips[key] = strip = Strip(list(strip), columns.width)
        return strip

    def _line(self, key: _StripKey, state: State, rows: LogRows, columns: LogColumns, look: Look) -> Strip:
        """A row without the scroll bar's cell."""
        index = key.row.arrival_index
        if key.row.kind == "silence":
            return draw_rule(silence_text(rows.silence(index)), columns.width, look).strip()
        if key.row.kind == "unread":
            return draw_rule(unread_text(state.source.skipped_lines), columns.width, look, warn=True).strip()
        event = state.ledger[index].event
        if event.is_boundary:
            return draw_rule(boundary_text(state, index), columns.width, look).strip()
        session = state.ledger.session_at(index)
        line = draw_entry(event, session.topology, columns, key.marks, look)
        if key.query and not key.marks.later:
            mark_hits(line, list(line.find_cells(key.query)))
        return line.strip()

    def _check_cache(self, columns: LogColumns, look: Look, state: State) -> None:
        """Forget the strips of another width, theme, topology or flow."""
        made_for = (columns, look, id(state.topology), state.source.skipped_lines)
        if made_for != self._strips_for:
            self._strips.clear()
            self._strips_for = made_for

    def _columns_for(self, width: int) -> LogColumns:
        flow = self.host.flow
        if flow is not None and (self._measured[0] is None or self._measured[0].events is not flow.events):
            self._measured = (flow, measure_flow(flow))
        measures = self._measured[1]
        if self._columns is None or self._columns.width != width or self._columns.measures is not measures:
            self._columns = place_columns(width, measures)
        return self._columns

    def _rows(self, state: State) -> LogRows:
        if len(self._silences) > _KEPT_SILENCES:
            self._silences.clear()
        return LogRows(state, self._silences)

    # Scrolling and choosing

    @property
    def _body(self) -> int:
        """The rows below the rule."""
        return max(1, self.size.height - 1)

    def _revealing(self, state: State, arrival_index: int) -> Anchor | None:
        """The anchor to show an entry with: the one in force when it is on the screen."""
        rows = self._rows(state)
        if LogRow("entry", arrival_index) in rows.window(self._anchor, self._body):
            return self._anchor
        return rows.anchor_at(arrival_index, self._body)

    def scroll_rows(self, delta: int) -> None:
        """Scroll down by `delta` rows (negative: up); at the end the log follows again."""
        self._anchor = self._rows(self.host.state).moved(self._anchor, delta, self._body)
        self.redraw()

    def scroll_pages(self, pages: int) -> None:
        """Scroll down by `pages` times the height (negative: up)."""
        self.scroll_rows(pages * max(1, self._body - 1))

    def scroll_to_top(self) -> None:
        """Show the first row."""
        rows = self._rows(self.host.state)
        if len(rows.order):
            self._anchor = rows.settled(Anchor(rows.group(0)[0]), self._body)
            self.redraw()

    def scroll_to_bottom(self) -> None:
        """Show the last row, and follow."""
        self._anchor = None
        self.redraw()

    def move_selection(self, delta: int) -> None:
        """Choose the entry `delta` rows further down; the first time, the one that is in focus."""
        state = self.host.state
        order = self._rows(state).order
        if not len(order):
            return
        chosen = selected_index(state)
        if chosen is None:
            current = state.inspection_index if state.inspection_index is not None else state.ledger.end - 1
            position = order.position_of(current)
        else:
            position = order.position_of(chosen) + delta
        self._choose(position)

    def select_first(self) -> None:
        """Choose the first entry."""
        self._choose(0)

    def select_last(self) -> None:
        """Choose the last entry."""
        self._choose(len(self._rows(self.host.state).order) - 1)

    def _choose(self, position: int) -> None:
        order = self._rows(self.host.state).order
        if len(order):
            self.post_message(self.EntrySelected(order.index_at(min(max(position, 0), len(order) - 1))))

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        event.stop()
        shown = self._rows(self.host.state).window(self._anchor, self._body)
        if 1 <= event.y <= len(shown) and shown[event.y - 1].kind == "entry":
            self.post_message(self.EntrySelected(shown[event.y - 1].arrival_index))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls the log."""
        event.stop()
        self.scroll_rows(-_WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls the log."""
        event.stop()
        self.scroll_rows(_WHEEL_ROWS)


def selected_index(state: State) -> int | None:
    """The entry that is selected: in the log, or as the hit in hand of a search."""
    selection, search = state.view.selection, state.view.search
    if selection is not None:
        return selection.arrival_index if selection.kind == "event" else None
    if search is not None and not search.whole_recording and 0 <= search.current < len(search.hits):
        return search.hits[search.current]
    return None


def boundary_text(state: State, arrival_index: int) -> str:
    """`session 2 · restarted 13:20:07`."""
    sessions = state.ledger.sessions
    number = next(
        (number for number, session in enumerate(sessions, 1) if session.first_index == arrival_index + 1),
        len(sessions),
    )
    return f"session {number} · restarted {clock_text(sessions[number - 1].started_at_ms)}"


def unread_text(lines: Sequence[int]) -> str:
    """`3 lines could not be read: 12, 40, 77`."""
    named = ", ".join(str(line) for line in lines[:_NAMED_LINES]) + (" …" if len(lines) > _NAMED_LINES else "")
    return f"{grouped(len(lines))} line{'' if len(lines) == 1 else 's'} could not be read: {named}"


def _marks(row: LogRow, state: State) -> RowMarks:
    index, looked_at = row.arrival_index, state.inspection_index
    if row.kind != "entry":
        return RowMarks(later=looked_at is not None and index > looked_at)
    current = looked_at if looked_at is not None else state.ledger.end - 1
    return RowMarks(index == current, index == selected_index(state), looked_at is not None and index > looked_at)


def _filter_text(state: State) -> str:
    return state.view.log_filter.text if state.view.log_filter else ""


def _span_of(rows: LogRows, shown: Sequence[LogRow]) -> tuple[int, int]:
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
