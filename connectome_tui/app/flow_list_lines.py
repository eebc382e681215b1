"""The lines of the picker: pure, from the list and the report to cells."""

from dataclasses import dataclass
from typing import Final

from connectome_tui.app.flow_list import FlowList
from connectome_tui.events.flow import FlowSummary
from connectome_tui.events.numbers import counted, grouped
from connectome_tui.net.flows import FlowsSource
from connectome_tui.widgets.painting import CellLine, Look, Run, runs_width
from connectome_tui.widgets.palette import took_token
from connectome_tui.widgets.times import clock_text, is_wall_clock, offset_text, took_text

START_X: Final = 2
TITLE_X: Final = 16
TOOK_WIDTH: Final = 7
EVENTS_WIDTH: Final = 7
ERRORS_WIDTH: Final = 7

_FORMAT_NAMES: Final = {
    "otlp-json": "OTLP/JSON",
    "otlp-protobuf": "OTLP/protobuf",
    "jaeger": "Jaeger JSON",
    "zipkin": "Zipkin JSON",
}


@dataclass(frozen=True, slots=True)
class ListColumns:
    """Cells from the left. `through_x` None: there is no room for the names of the nodes."""

    width: int
    title_width: int
    result_x: int
    took_x: int
    bar_x: int
    bar_width: int
    events_x: int
    errors_x: int
    through_x: int | None


def list_columns(width: int) -> ListColumns:
    """The columns for a list of this width."""
    narrow = width < 100
    title_width = 24 if narrow else 26
    if width < 80:
        title_width = max(8, title_width - (80 - width))
    result_x = TITLE_X + title_width + 1
    took_x = result_x + 7
    bar_x = took_x + TOOK_WIDTH + 2
    bar_width = 6 if narrow else 12
    events_x = bar_x + bar_width + 1
    errors_x = events_x + EVENTS_WIDTH + 1
    through_x = None if narrow else errors_x + ERRORS_WIDTH + 2
    return ListColumns(width, title_width, result_x, took_x, bar_x, bar_width, events_x, errors_x, through_x)


def counts_line(look: Look, width: int, flows: int, source: FlowsSource) -> CellLine:
    """How many flows there are, and that all that came in is in them (SPAN-2)."""
    line = look.line(width)
    left = (Run("Choose a flow", "text.strong", "b"), Run(f"   {grouped(flows)} flows"))
    x = line.put_runs(1, left)
    spans = f"{grouped(source.spans)} spans + {grouped(source.span_events)} span events" if source.spans else ""
    total = f" = {grouped(source.events)} events" if spans else f"{grouped(source.events)} events"
    right = [Run(spans, "text.muted"), Run(total)]
    more = [Run(f"   {look.glyphs.error} {grouped(source.errors)} errors", "error")] if source.errors else []
    skipped = _skipped_text(source)
    more.append(Run(f"   {skipped}", "warn" if source.bad_lines else "text.muted"))
    room = width - x - 4
    if runs_width(right + more) <= room:
        right += more
    elif runs_width(right) > room:
        right = [Run(f"{grouped(source.events)} events")]
    line.put_right(width - 1, right)
    return line


def _skipped_text(source: FlowsSource) -> str:
    if source.bad_lines:
        return f"! {counted(source.bad_lines, 'line')} could not be read"
    if source.skipped:
        return ", ".join(f"{grouped(count)} {name} skipped" for name, count in source.skipped.items())
    return "nothing skipped"


def input_line(look: Look, width: int, flows: FlowList) -> CellLine:
    """What was typed, and how many flows match."""
    line = look.line(width)
    x = line.put(1, f"{look.glyphs.chain} ", "focus", "b")
    if flows.query:
        x = line.put(x, flows.query, "text.strong", "b", limit=width - 24)
        line.put(x, look.glyphs.cursor, "focus")
    else:
        x = line.put(x, look.glyphs.cursor, "focus")
        line.put(x, "type to narrow", "text.muted")
    line.put_right(width - 1, (Run(f"{grouped(len(flows.shown))} of {grouped(len(flows.flows))}", "text.muted"),))
    return line


def heading_line(look: Look, columns: ListColumns, flows: FlowList) -> CellLine:
    """The rule with the names of the columns; the order in force is bold and marked."""
    line = look.line(columns.width)
    line.fill(0, columns.width, character=look.glyphs.rule_heavy, fg="focus")
    mark = look.glyphs.text("▴" if flows.order.ascending else "▾")
    for name, x, width in (
        ("start", START_X, 0),
        ("flow", TITLE_X, 0),
        ("result", columns.result_x, 0),
        ("took", columns.took_x, TOOK_WIDTH),
        ("events", columns.events_x, EVENTS_WIDTH),
        ("errors", columns.errors_x, ERRORS_WIDTH),
        ("through", columns.through_x, 0),
    ):
        if x is None:
            continue
        is_order = name == flows.order.column
        text = f"{name} {mark}" if is_order else name
        at = x + width - len(text) if width else x
        line.put(at - 1, f" {text} ", "focus" if is_order else "text.muted", "b" if is_order else "")
    return line


def all_flows_line(look: Look, columns: ListColumns, source: FlowsSource, *, in_hand: bool) -> CellLine:
    """The first row: everything, one flow after the other."""
    line = _row_line(look, columns, in_hand=in_hand)
    title = ("text.strong", "b") if in_hand else ("text", "")
    line.put(TITLE_X, "All flows", *title, limit=columns.title_width)
    _put_counts(line, look, columns, source.events, source.errors, muted=False)
    if columns.through_x is not None:
        line.put(columns.through_x, "one after the other", "text.muted", limit=columns.width - columns.through_x - 1)
    return line


def flow_line(look: Look, columns: ListColumns, flow: FlowSummary, longest_ms: float, *, in_hand: bool) -> CellLine:
    """A row: when it began, what it is, how it ended, how long it took, what it went through."""
    line = _row_line(look, columns, in_hand=in_hand)
    is_one_event = flow.events <= 1
    title_fg = "text.strong" if in_hand else "text.muted" if is_one_event else "text"
    line.put(START_X, start_text(flow.started_at_ms), "text.muted", limit=TITLE_X - START_X - 1)
    line.put(TITLE_X, flow.title, title_fg, "b" if in_hand else "", limit=columns.title_width)
    line.put(columns.result_x, flow.result, result_token(flow.result), limit=columns.took_x - columns.result_x)
    took = took_text(flow.duration_ms)
    line.put(columns.took_x + TOOK_WIDTH - len(took), took, took_token(flow.duration_ms))
    _put_bar(line, look, columns, flow.duration_ms, longest_ms)
    _put_counts(line, look, columns, flow.events, flow.errors, muted=is_one_event)
    if columns.through_x is not None:
        room = columns.width - columns.through_x - 1
        line.put(columns.through_x, " ".join(flow.through), "text.muted", limit=room)
    return line


def start_text(started_at_ms: float) -> str:
    """The time of day of a start; for a script, what it counts."""
    return clock_text(started_at_ms, milliseconds=True) if is_wall_clock(started_at_ms) else offset_text(started_at_ms)


def result_token(result: str) -> str:
    """Results from 500 are errors, from 400 warnings, and so are words for them."""
    if result.isdecimal():
        return "error" if int(result) >= 500 else "warn" if int(result) >= 400 else "text.muted"
    return "error" if result == "error" else "text.muted"


def _row_line(look: Look, columns: ListColumns, *, in_hand: bool) -> CellLine:
    line = look.line(columns.width, bg="select" if in_hand else "base")
    if in_hand:
        line.put(0, look.glyphs.row_bar, "focus")
    return line


def _put_bar(line: CellLine, look: Look, columns: ListColumns, duration_ms: float, longest_ms: float) -> None:
    share = duration_ms / longest_ms if longest_ms > 0 else 0.0
    halves = round(min(share, 1.0) * 2 * columns.bar_width)
    text = look.glyphs.bar_full * (halves // 2) + (look.glyphs.bar_half if halves % 2 else "")
    line.put(columns.bar_x, text, took_token(duration_ms))


def _put_counts(line: CellLine, look: Look, columns: ListColumns, events: int, errors: int, *, muted: bool) -> None:
    count = grouped(events)
    line.put(columns.events_x + EVENTS_WIDTH - len(count), count, "text.muted" if muted else "text")
    if errors:
        failed = f"{look.glyphs.error} {grouped(errors)}"
        line.put(columns.errors_x + ERRORS_WIDTH - len(failed), failed, "error", "b")


def format_name(form: str) -> str:
    """A format as people write it: `OTLP/JSON`; several are joined by a plus."""
    return " + ".join(_FORMAT_NAMES.get(name, name) for name in form.split(" + "))


def source_line(look: Look, width: int, source: FlowsSource) -> CellLine:
    """The header: the source at the left, its format and when it was recorded at the right."""
    line = look.line(width, bg="raised")
    x = line.put(1, "connectome", "text.strong", "b")
    right = [Run(format_name(source.format), "text.muted")]
    if source.started_at_ms is not None and is_wall_clock(source.started_at_ms) and width >= 100:
        first, last = source.started_at_ms, source.started_at_ms + source.duration_ms
        right.append(Run(f" {look.glyphs.dot} {clock_text(first)} – {clock_text(last)}", "text.muted"))
    line.put(x + 2, source.name, "text.muted", limit=width - x - 4 - runs_width(right))
    line.put_right(width - 1, right)
    return line
