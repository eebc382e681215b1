"""One row of the log, drawn: an entry in its columns (LOG-2), or a line that spans the width."""

from dataclasses import dataclass

from connectome_tui.events.model import UNKNOWN, FlowEvent, has_note
from connectome_tui.events.topology import Topology
from connectome_tui.widgets.badges import SHORT_CALL, call_glyph, trigger_glyph
from connectome_tui.widgets.log_columns import LEAST_LABEL, SPAN_WIDTH, LogColumns
from connectome_tui.widgets.painting import CellLine, Look, Run, elide, elide_middle, width_of
from connectome_tui.widgets.palette import took_token
from connectome_tui.widgets.time_axis import span_cells
from connectome_tui.widgets.times import clock_text, is_wall_clock, offset_text, took_text

_LEAST_SUMMARY = 6


@dataclass(frozen=True, slots=True)
class RowMarks:
    """What is said of a row besides its event. `later`: behind the entry looked at, so without colour."""

    newest: bool = False
    selected: bool = False
    later: bool = False


def draw_entry(event: FlowEvent, topology: Topology, columns: LogColumns, marks: RowMarks, look: Look) -> CellLine:
    """The row of an event, without the scroll bar's cell."""
    surface = "select" if marks.selected else "raised" if marks.newest else "base"
    line = look.line(columns.width - 1, bg=surface)
    _draw_gutter(line, event, marks)
    _draw_time(line, event, columns)
    _draw_badges(line, event, columns)
    took = took_text(event.duration_ms)
    line.put(columns.took_end - len(took), took, took_token(event.duration_ms))
    _draw_route(line, event, topology, columns, marks)
    _draw_texts(line, event, columns, marks)
    if columns.span_x is not None:
        _draw_span(line, event, columns)
    if marks.later:
        line.restyle(0, line.width, fg="text.muted", attrs="")
    return line


def draw_rule(text: str, width: int, look: Look, *, warn: bool = False) -> CellLine:
    """A row that is no event and spans the width; `warn` for what was lost."""
    line = look.line(width - 1)
    character, fg = (look.glyphs.rule_gap, "warn") if warn else (look.glyphs.rule, "rule")
    line.fill(2, width - 4, character=character, fg=fg)
    line.put(4, f" {text} ", "warn" if warn else "text.muted", "b" if warn else "", limit=width - 8)
    return line


def _draw_gutter(line: CellLine, event: FlowEvent, marks: RowMarks) -> None:
    glyphs = line.glyphs
    is_error = event.status == "error"
    if marks.selected:
        line.put(0, glyphs.row_bar, "focus")
    elif marks.newest:
        line.put(0, glyphs.row_bar, "error" if is_error else f"call.{event.tone}.lit")
    if is_error:
        line.put(1, glyphs.error, "error", "b")
    elif event.notes:
        line.put(1, glyphs.note, "warn", "b")


def _draw_time(line: CellLine, event: FlowEvent, columns: LogColumns) -> None:
    if columns.measures.clock_times and is_wall_clock(event.at_ms):
        text = clock_text(event.at_ms, milliseconds=True)
    else:
        text = offset_text(event.at_ms - columns.measures.started_at_ms)
    line.put(columns.time_end - len(text), text, "warn" if has_note(event, "skew") else "text.muted")


def _draw_badges(line: CellLine, event: FlowEvent, columns: LogColumns) -> None:
    glyphs = line.glyphs
    end = line.put_runs(columns.trigger_x, (trigger_glyph(event.trigger, glyphs),))
    if columns.trigger_word:
        line.put(end + 1, event.trigger, "text.muted")
    badge = call_glyph(event.tone, glyphs)
    end = line.put_runs(columns.call_x, (badge,))
    if columns.call_word != "glyph":
        line.put(end + 1, SHORT_CALL[event.tone] if columns.call_word == "short" else event.tone, badge.fg)


def _draw_route(line: CellLine, event: FlowEvent, topology: Topology, columns: LogColumns, marks: RowMarks) -> None:
    glyphs = line.glyphs
    start, end = fitted_names(
        topology.title(event.from_node_id), topology.title(event.to_node_id), columns.route_width - 3, glyphs.ellipsis
    )
    attrs = "b" if marks.newest else ""
    is_loop = event.from_node_id == event.to_node_id
    x = line.put(columns.route_x, start, _name_token(event.from_node_id, "text"), attrs)
    x = line.put(x, f" {glyphs.arrow} ", "text.muted")
    line.put(x, end, _name_token(event.to_node_id, "text.muted" if is_loop else "text"), "" if is_loop else attrs)


def _name_token(node_id: str, usual: str) -> str:
    return "warn" if node_id == UNKNOWN else usual


def fitted_names(start: str, end: str, cells: int, ellipsis: str = "…") -> tuple[str, str]:
    """Two names in `cells` cells together; the longer one is elided in its middle, then both."""
    start_width, end_width = width_of(start), width_of(end)
    if start_width + end_width <= cells:
        return start, end
    half = cells // 2
    if start_width <= half:
        return start, elide_middle(end, cells - start_width, ellipsis)
    if end_width <= cells - half:
        return elide_middle(start, cells - end_width, ellipsis), end
    return elide_middle(start, half, ellipsis), elide_middle(end, cells - half, ellipsis)


def _draw_texts(line: CellLine, event: FlowEvent, columns: LogColumns, marks: RowMarks) -> None:
    glyphs = line.glyphs
    is_bad = event.status == "error" or (event.call_type == "moment" and event.label == "exception")
    label = Run(
        event.label, "error" if is_bad else "text.strong" if marks.newest else "text", "b" if marks.newest else ""
    )
    tail = f" {glyphs.dot} ".join(text for text in (event.payload_summary, event.rate_hint) if text)
    if columns.summary_x is not None:
        line.put(columns.label_x, label.text, label.fg, label.attrs, limit=columns.label_width)
        x, end = columns.summary_x, columns.text_end
        if event.notes:
            x = line.put(x, event.notes, "warn", limit=end - x)
            tail = f" {glyphs.dot} {tail}" if tail else ""
        line.put(x, tail, "text.muted", limit=end - x)
        return
    note = f" {_first_words(event.notes)}" if event.notes else ""
    end = columns.text_end
    room = max(LEAST_LABEL, columns.label_width - width_of(note))
    x = line.put(columns.label_x, label.text, label.fg, label.attrs, limit=room)
    x = line.put(x, note, "warn", limit=end - x)
    dash = f" {glyphs.dash} "
    if tail and end - x - len(dash) >= _LEAST_SUMMARY:
        line.put(x, dash + elide(tail, end - x - len(dash), glyphs.ellipsis), "text.muted")


def _first_words(notes: str) -> str:
    """Each note by its first word alone: `orphan skew`."""
    return " ".join(note.split(" ")[0].rstrip(":") for note in notes.split("; "))


def _draw_span(line: CellLine, event: FlowEvent, columns: LogColumns) -> None:
    axis, x = columns.measures.axis, columns.span_x
    assert axis is not None
    assert x is not None
    cell, bar = span_cells(axis, event.begins_ms, event.duration_ms, SPAN_WIDTH, line.glyphs)
    fg = "error" if event.status == "error" else took_token(event.duration_ms) if event.duration_ms else "call.moment"
    line.put(x + cell, bar, fg)
