"""The lines of the Now section, as pure functions of the state and the time."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.events.model import FlowEvent
from connectome_tui.events.numbers import grouped
from connectome_tui.store.selectors import (
    select_shown_entry,
    select_step_number,
    select_tick_progress,
    select_wait,
)
from connectome_tui.store.state import Cause, State
from connectome_tui.widgets.badges import call_badge, call_glyph, error_run, trigger_badge, trigger_glyph
from connectome_tui.widgets.cron_tick import small_tick_runs, tick_runs
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.health_marks import health_marks
from connectome_tui.widgets.live_marks import is_holding, waiting_runs
from connectome_tui.widgets.painting import CellLine, Look, Run, runs_width, width_of
from connectome_tui.widgets.standing import ALONE, Standing
from connectome_tui.widgets.standing_marks import badges_shown
from connectome_tui.widgets.wait_bar import wait_runs

_NARROW_BELOW: Final = 100
_BAR: Final = 16
_NARROW_BAR: Final = 10
_BY_HAND_WIDTH: Final = 28
_PLAYING_WIDTH: Final = 35
"""Cells of the right column; wider while a speed is set, for the real gap. Fixed, so that nothing moves."""
_HELD_WIDTH: Final = 46
_LEAST_PROGRESS: Final = 8


def now_lines(
    state: State, now_ms: float, look: Look, width: int, height: int, *, standing: Standing = ALONE
) -> Sequence[CellLine]:
    """The rule, the sentence, what is active, and in the fourth of four rows why."""
    right = 0 if width < _NARROW_BELOW else right_width(state)
    lines = [rule_of_now(state, look, width, standing)]
    lines += [look.line(width, bg="raised") for _ in range(max(0, height - 1))]
    if height >= 2:
        lines[1].put(
            1,
            state.current_explanation.sentence,
            "text.strong",
            "b",
            limit=width - 2 if not right else width - right - 3,
        )
    if height >= 3:
        _draw_timers(lines, state, now_ms, right)
        small = 0 if right else runs_width(_small_timers(state, now_ms, look.glyphs)) + 2
        _draw_active(lines[2], state, width - (right or small) - 3)
    if height >= 4:
        _draw_causes(lines[3], state, width - max(right, 1) - 2)
    return lines


def right_width(state: State) -> int:
    """The cells of the column with wait and tick."""
    if state.live is not None and is_holding(state) and not state.live.held_in_recording:
        return _HELD_WIDTH
    if state.live is None and state.tick_display.nominal_interval_ms is None:
        return _BY_HAND_WIDTH
    return _PLAYING_WIDTH


def rule_of_now(state: State, look: Look, width: int, standing: Standing = ALONE) -> CellLine:
    """`Step 18 of 33`, the flow as a bar, and the health of each part."""
    line = look.line(width)
    glyphs = look.glyphs
    x = line.put_runs(1, _step_runs(state, glyphs)) + 1
    marks = health_marks(badges_shown(state, standing), glyphs, width - x - _LEAST_PROGRESS)
    end = line.put_right(width - 1, marks) - 1 if marks else width
    _draw_progress(line, state, x, end - x)
    return line


def _step_runs(state: State, glyphs: Glyphs) -> Sequence[Run]:
    total = "" if state.script_total is None else f" of {grouped(state.script_total)}"
    runs = [Run("Step ", "text.muted"), Run(grouped(state.cursor), "text.strong", "b"), Run(total, "text.muted")]
    if state.inspection_index is not None:
        session = state.ledger.session_at(state.inspection_index)
        number = grouped(select_step_number(state, state.inspection_index))
        where = (
            f"looking at {number} of {grouped(state.cursor)}"
            if session.session_id == state.session_id
            else f"looking at {number} of an earlier session"
        )
        runs += [Run(f" {glyphs.dot} ", "line"), Run(where, "focus", "b")]
    return runs


def _draw_progress(line: CellLine, state: State, x: int, cells: int) -> None:
    glyphs, total = line.glyphs, state.script_total
    line.fill(x, cells, character=glyphs.bar_rest, fg="rule")
    if not total:
        return
    looked_at = _looked_at_step(state)
    halves = round(min(1.0, state.cursor / total) * 2 * cells)
    done = glyphs.bar_full * (halves // 2) + (glyphs.bar_half if halves % 2 else "")
    line.put(x, done, "text.muted" if looked_at is None else "line")
    if looked_at is not None:
        place = min(cells - 1, round(looked_at / total * cells))
        line.put(x, glyphs.bar_full * place, "text.muted")
        line.put(x + place, glyphs.bar_here, "focus", "b")
    if state.ended and cells > _LEAST_PROGRESS:
        line.put(x + cells - 6, " end ", "text.strong", "b")


def _looked_at_step(state: State) -> int | None:
    """The step looked at, when it is of this session."""
    index = state.inspection_index
    if index is None or state.ledger.session_at(index).session_id != state.session_id:
        return None
    return select_step_number(state, index)


def _draw_timers(lines: Sequence[CellLine], state: State, now_ms: float, right: int) -> None:
    line = lines[1]
    if not right:
        lines[2].put_right(line.width - 1, _small_timers(state, now_ms, line.glyphs))
        return
    x = line.width - right
    reading, progress = select_wait(state, now_ms), select_tick_progress(state, now_ms)
    line.put_runs(x, (Run("wait ", "text.muted"), *wait_runs(reading, _BAR, line.glyphs)))
    if state.live is not None and is_holding(state):
        lines[2].put_runs(x, waiting_runs(state.live, line.glyphs, cells=_BAR))
    else:
        lines[2].put_runs(x, (Run("tick ", "text.muted"), *tick_runs(state, progress, _BAR, line.glyphs)))


def _small_timers(state: State, now_ms: float, glyphs: Glyphs) -> Sequence[Run]:
    if state.live is not None and is_holding(state):
        tick = waiting_runs(state.live, glyphs, cells=0)
    else:
        tick = small_tick_runs(state, select_tick_progress(state, now_ms), glyphs)
    return (*tick, Run("  "), *wait_runs(select_wait(state, now_ms), _NARROW_BAR, glyphs))


def _draw_active(line: CellLine, state: State, room: int) -> None:
    entry = select_shown_entry(state)
    if entry is None or entry.event.is_boundary:
        line.put_runs(1, (Run("Active: ", "text.muted"), Run("?", "text.muted")))
        return
    event = entry.event
    title = state.ledger.session_at(entry.arrival_index).topology.title
    glyphs = line.glyphs
    names = (
        Run("Active: ", "text.muted"),
        Run(title(event.from_node_id), "text", "b"),
        Run(f" {glyphs.arrow} ", "text.muted"),
        Run(title(event.to_node_id), "text", "b"),
        Run(" : ", "text.muted"),
    )
    badges = _fitting_badges(event, glyphs, room - runs_width(names) - width_of(event.label))
    end = 1 + room - runs_width(badges)
    x = line.put_runs(1, names, limit=end - 1)
    x = line.put(x, event.label, "text", limit=end - x)
    line.put_runs(x, badges)


def _fitting_badges(event: FlowEvent, glyphs: Glyphs, room: int) -> Sequence[Run]:
    """Full words, else short ones, else glyphs, whatever the room."""
    trigger, tone = event.trigger, event.tone
    error, mark = error_run(event, glyphs), error_run(event, glyphs, word=False)
    full = (Run("   "), trigger_badge(trigger, glyphs), Run("  "), call_badge(tone, glyphs))
    short = (Run("  "), trigger_glyph(trigger, glyphs), Run(" "), call_badge(tone, glyphs, short=True))
    tiny = (Run("  "), trigger_glyph(trigger, glyphs), Run(" "), call_glyph(tone, glyphs))
    for badges in (
        (*full, *((Run("   "), *error) if error else ())),
        (*short, *((Run("  "), *error) if error else ())),
    ):
        if runs_width(badges) <= room:
            return badges
    return (*tiny, *((Run(" "), *mark) if mark else ()))


def _draw_causes(line: CellLine, state: State, room: int) -> None:
    """The chain of parents, elided from the left: the nearest cause always stands."""
    causes = state.current_explanation.causes
    if not causes:
        return
    glyphs = line.glyphs
    x = line.put(1, "Why:    ", "text.muted")
    names = _cause_names(state, causes)
    room -= x - 1
    while len(names) > 1 and sum(map(width_of, names)) + 3 * (len(names) - 1) > room:
        names = [glyphs.ellipsis, *names[2 if names[0] == glyphs.ellipsis else 1 :]]
    end = x + room
    for number, name in enumerate(names):
        if number:
            x = line.put(x, f" {glyphs.chain} ", "line")
        x = line.put(x, name, "text.muted", limit=end - x)


def _cause_names(state: State, causes: Sequence[Cause]) -> list[str]:
    """`node label`; the node only where it is another than before, and once where both are the same."""
    names = []
    before = ""
    for cause in causes:
        title = state.topology.title(cause.node_id)
        is_named = cause.node_id == before or title == cause.label
        names.append(cause.label if is_named else f"{title} {cause.label}")
        before = cause.node_id
    return names
