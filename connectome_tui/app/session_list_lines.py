"""The lines of the session selector: pure, from the list to cells; the same look as the list of flows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectome_tui.app.session_list import SessionList
from connectome_tui.events.numbers import counted, grouped
from connectome_tui.net.items import CatalogItem, ScenarioItem
from connectome_tui.widgets.footer import KeyHint, keys_line
from connectome_tui.widgets.painting import CellLine, Look, Run, runs_width
from connectome_tui.widgets.times import clock_text

KEYS: Final = (
    KeyHint("enter", "follow", 9),
    KeyHint("type", "to narrow", 7),
    KeyHint("↑ ↓", "move", 5),
    KeyHint("ctrl+r", "refresh", 6),
    KeyHint("esc", "clear, leave", 8),
)
SCENARIO_KEYS: Final = (*KEYS[:3], KeyHint("delete", "begin anew", 4), *KEYS[3:])
"""With a scenario in hand."""
FLOWS_KEY: Final = KeyHint("→", "flows", 6)
NAME_X: Final = 2


@dataclass(frozen=True, slots=True)
class SessionColumns:
    """Cells from the left. `seen_x` None: there is no room for the time of the last change."""

    width: int
    title_x: int
    kind_x: int
    steps_x: int
    here_x: int
    seen_x: int | None


def session_columns(width: int) -> SessionColumns:
    """The columns for a list of this width."""
    is_narrow = width < 100
    name_width = 18 if is_narrow else 26
    steps_width, here_width, kind_width = 15, 6, 11
    behind = kind_width + steps_width + here_width + (0 if is_narrow else 14)
    title_x = NAME_X + name_width + 1
    kind_x = max(title_x + 8, width - 1 - behind)
    steps_x = kind_x + kind_width
    here_x = steps_x + steps_width
    return SessionColumns(width, title_x, kind_x, steps_x, here_x, None if is_narrow else here_x + here_width + 2)


def session_lines(
    look: Look, width: int, listed: SessionList, *, first: int, body: int, here: str, now_ms: float
) -> Iterator[CellLine]:
    """Count, input, headings and as many rows as there is room for; `here` is the session of this window."""
    columns = session_columns(width)
    yield count_line(look, width, listed, now_ms)
    yield _input_line(look, width, listed)
    yield _heading_line(look, columns)
    rows = listed.rows
    reason = _reason(listed)
    if reason:
        line = look.line(width)
        line.put(NAME_X, reason, "text.muted", limit=width - 4)
        yield line
    for at in range(first, min(len(rows), first + body - bool(reason))):
        row = rows[at]
        in_hand = at == listed.at and not listed.is_disabled
        if isinstance(row, CatalogItem):
            line = _session_line(look, columns, row, in_hand=in_hand, is_here=row.name == here)
        else:
            line = _scenario_line(look, columns, row, in_hand=in_hand)
        if listed.is_disabled:
            line.restyle(0, width, fg="text.muted", attrs="")
        yield line


def count_line(look: Look, width: int, listed: SessionList, now_ms: float) -> CellLine:
    """`Choose a session   3 sessions`; what keeps the list from being true now stands in the count's place."""
    line = look.line(width)
    selector = listed.selector
    token = "text"
    match selector.kind:
        case "loading":
            text = "loading"
        case "none there":
            text = "none there"
        case "stale":
            text, token = f"stale since {_minute(selector.stale_since)}", "warn"
        case "not reachable":
            text, token = "not reachable", "warn"
        case _:
            text = counted(len(selector.items), "session")
    if listed.next_try_ms is not None and selector.kind in {"stale", "not reachable"}:
        text += f", next try in {max(0, round((listed.next_try_ms - now_ms) / 1000))} s"
    line.put_runs(1, (Run("Choose a session", "text.strong", "b"), Run(f"   {text}", token)))
    if listed.scenarios:
        line.put_right(width - 1, (Run(counted(len(listed.scenarios), "scenario"), "text.muted"),))
    return line


def footer_line_of(look: Look, width: int, listed: SessionList, message: str, *, has_flows: bool = False) -> CellLine:
    """The keys, or what was just refused. `has_flows`: the session in hand has flows to choose from."""
    if message:
        return footer_message_line(look, width, message)
    keys = SCENARIO_KEYS if isinstance(listed.chosen, ScenarioItem) else KEYS
    return keys_line(look, width, (*keys[:-2], FLOWS_KEY, *keys[-2:]) if has_flows else keys)


def footer_message_line(look: Look, width: int, message: str) -> CellLine:
    """What was just refused, or is waited for."""
    line = look.line(width, bg="raised")
    line.put_runs(1, (Run(f"{look.glyphs.note} ", "warn", "b"), Run(message, "text.strong")), limit=width - 2)
    return line


def header_of(look: Look, width: int, address: str, user: str) -> CellLine:
    """The server at the left, as whom one is here at the right."""
    line = look.line(width, bg="raised")
    x = line.put(1, "connectome", "text.strong", "b")
    right = (Run(f"as {user}", "text.muted"),)
    line.put(x + 2, address, "text.muted", limit=width - x - 4 - runs_width(right))
    line.put_right(width - 1, right)
    return line


def _reason(listed: SessionList) -> str:
    """The first row of a list that cannot be used, or in which there is nothing."""
    if listed.is_disabled or not listed.selector.items:
        return listed.selector.disabled_why or listed.selector.line
    return "" if listed.rows else "No session matches."


def _input_line(look: Look, width: int, listed: SessionList) -> CellLine:
    line = look.line(width)
    x = line.put(1, f"{look.glyphs.chain} ", "focus", "b")
    if listed.query:
        x = line.put(x, listed.query, "text.strong", "b", limit=width - 24)
        line.put(x, look.glyphs.cursor, "focus")
    else:
        x = line.put(x, look.glyphs.cursor, "focus")
        line.put(x, "type to narrow", "text.muted")
    total = len(listed.selector.items) + len(listed.scenarios)
    line.put_right(width - 1, (Run(f"{grouped(len(listed.rows))} of {grouped(total)}", "text.muted"),))
    return line


def _heading_line(look: Look, columns: SessionColumns) -> CellLine:
    line = look.line(columns.width)
    line.fill(0, columns.width, character=look.glyphs.rule_heavy, fg="focus")
    headings: Sequence[tuple[str, int | None]] = (
        ("session", NAME_X),
        ("what", columns.title_x),
        ("kind", columns.kind_x),
        ("steps", columns.steps_x),
        ("here", columns.here_x),
        ("last change", columns.seen_x),
    )
    for name, x in headings:
        if x is not None:
            line.put(x - 1, f" {name} ", "text.muted")
    return line


def _row_line(look: Look, columns: SessionColumns, name: str, title: str, kind: str, *, in_hand: bool) -> CellLine:
    line = look.line(columns.width, bg="select" if in_hand else "base")
    if in_hand:
        line.put(0, look.glyphs.row_bar, "focus")
    strong = ("text.strong", "b") if in_hand else ("text", "")
    line.put(NAME_X, name, *strong, limit=columns.title_x - NAME_X - 1)
    line.put(columns.title_x, title, "text.strong" if in_hand else "text", limit=columns.kind_x - columns.title_x - 2)
    line.put(columns.kind_x, kind, "text.muted", limit=columns.steps_x - columns.kind_x - 1)
    return line


def _session_line(look: Look, columns: SessionColumns, item: CatalogItem, *, in_hand: bool, is_here: bool) -> CellLine:
    line = _row_line(look, columns, item.name, item.title, item.kind, in_hand=in_hand)
    total = "" if item.total is None else f" of {grouped(item.total)}"
    line.put(columns.steps_x, f"{grouped(item.steps)}{total}", limit=columns.here_x - columns.steps_x - 1)
    line.put(columns.here_x, f"{item.here}{' you' if is_here else ''}" if item.here else look.glyphs.dash, "text.muted")
    if columns.seen_x is not None:
        line.put(columns.seen_x, clock_text(item.last_seen_at), "text.muted")
    return line


def _scenario_line(look: Look, columns: SessionColumns, item: ScenarioItem, *, in_hand: bool) -> CellLine:
    line = _row_line(look, columns, item.name, item.title, "scenario", in_hand=in_hand)
    if item.trouble:
        line.put(columns.steps_x, item.trouble, "error", limit=columns.width - columns.steps_x - 1)
    else:
        text = f"made: {item.session}" if item.made else f"makes {item.session}"
        line.put(columns.steps_x, text, "text.muted", limit=columns.width - columns.steps_x - 1)
    return line


def _minute(at_ms: float | None) -> str:
    return "?" if at_ms is None else clock_text(at_ms)[:5]
