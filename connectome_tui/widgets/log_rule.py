"""What the rule above the log says: how much there is, and what is searched, filtered or out of view."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.events.numbers import grouped
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.state import FilterState, SearchState, State
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run
from connectome_tui.widgets.times import clock_text

_NAMED_LINES: Final = 5


def rule_runs(
    state: State, newer: int, glyphs: Glyphs, ordered_0_1: float | None = None, *, is_stale: bool = False
) -> Sequence[Run]:
    """The right of the rule; `newer` counts the rows below the last one shown.

    `ordered_0_1` is how far a long log has been put in order of time, None when it is. `is_stale`: it is as it
    was when the connection was lost.
    """
    runs: list[Run] = []
    if is_stale:
        runs += [Run("stale", "stale"), Run(f" {glyphs.dot} ", "text.muted")]
    if newer:
        runs += [
            Run(f"{glyphs.newer} {grouped(newer)} newer", "text.strong", "b"),
            Run(f" {glyphs.dot} ", "text.muted"),
        ]
    events = event_count(state.ledger) - (0 if state.live is None else state.live.gaps)
    gaps = _gaps_shown(state)
    if state.view.search is not None:
        return [*runs, *_search_runs(state.view.search, glyphs), Run(_counted(events, "event"), "text.muted")]
    if state.view.log_filter is not None:
        return [*runs, *_filter_runs(state.view.log_filter, events)]
    if state.view.raw_time_order:
        order = "in order of time" if ordered_0_1 is None else f"ordering {int(ordered_0_1 * 100)} %"
        runs.append(Run(f"{order} {glyphs.dot} ", "text.strong", "b"))
    if gaps:
        runs += [Run(_counted(gaps, "gap"), "warn"), Run(f" {glyphs.dot} ", "text.muted")]
    if len(state.ledger.sessions) > 1:
        runs.append(Run(f"{_counted(len(state.ledger.sessions), 'session')} {glyphs.dot} ", "text.muted"))
    gone = "" if state.live is None or not state.live.evicted else f" {glyphs.dot} {grouped(state.live.evicted)} gone"
    return [*runs, Run(_counted(events, "event") + gone, "text.muted")]


def _gaps_shown(state: State) -> int:
    """The rows that say that something is missing: entries of a live session, or lines in a recording."""
    if state.live is not None:
        return state.live.gaps
    if state.flow is None or not state.flow.gaps:
        return 0
    sessions = state.ledger.sessions
    ends = [*(session.first_index - 1 for session in sessions[1:]), state.ledger.end]
    return sum(
        session.first_index + row < end
        for session, end in zip(sessions, ends, strict=True)
        for row in (session.flow.gaps if session.flow else ())
    )


def event_count(ledger: Ledger) -> int:
    """The entries that are events and no boundaries; every session but the first begins behind one (STORE-9)."""
    boundaries = sum(ledger.start < session.first_index <= ledger.end for session in ledger.sessions)
    return len(ledger) - boundaries


def hits_text(search: SearchState) -> str:
    """`2 of 4`, `4 hits`, `no hit`, or `4 hits so far` while the search goes on."""
    count = search.total or len(search.hits)
    if 0 <= search.current < count:
        text = f"{grouped(search.current + 1)} of {grouped(count)}"
    else:
        text = _counted(count, "hit") if count else "no hit"
    return text if search.done else f"{text} so far" if count else "searching"


def _search_runs(search: SearchState, glyphs: Glyphs) -> Sequence[Run]:
    where = " in the recording" if search.whole_recording else ""
    return (
        Run(f"/ {search.query}", "text.strong", "b"),
        Run(f"  {hits_text(search)}{where} {glyphs.dot} ", "text.muted"),
    )


def _filter_runs(log_filter: FilterState, events: int) -> Sequence[Run]:
    passing = f"{grouped(len(log_filter.passing))} of {_counted(events, 'event')}"
    return (
        Run(f"\\ {log_filter.text}", "text.strong", "b"),
        Run(f"  {passing}{'' if log_filter.done else ' so far'}", "text.muted"),
    )


def _counted(count: int, noun: str) -> str:
    return f"{grouped(count)} {noun}{'' if count == 1 else 's'}"


def boundary_text(ledger: Ledger, arrival_index: int) -> str:
    """`session 2 · restarted 13:20:07`."""
    sessions = ledger.sessions
    number = next(
        (number for number, session in enumerate(sessions, 1) if session.first_index == arrival_index + 1),
        len(sessions),
    )
    return f"session {number} · restarted {clock_text(sessions[number - 1].started_at_ms)}"


def gap_text(why: str) -> str:
    """`gap · 212 events dropped: the buffer was full while paused`."""
    return f"gap · {why}" if why else "gap"


def unread_text(lines: Sequence[int]) -> str:
    """`3 lines could not be read: 12, 40, 77`."""
    named = ", ".join(str(line) for line in lines[:_NAMED_LINES]) + (" …" if len(lines) > _NAMED_LINES else "")
    return f"{grouped(len(lines))} line{'' if len(lines) == 1 else 's'} could not be read: {named}"
