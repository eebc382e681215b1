"""How a run stands, for the header (RUN-6): `7/10  ◐ 1  ✗ 1  ⊘ 2`."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.events.model import UnitState
from connectome_tui.events.numbers import grouped
from connectome_tui.graph.unit_marks import UNIT_MARKS
from connectome_tui.store.run_selectors import RunReading, select_run
from connectome_tui.store.state import State
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run

_SHOWN: Final[Sequence[UnitState]] = ("in_progress", "ready", "failed", "blocked", "pending")
_SHOWN_WHEN_NARROW: Final[Sequence[UnitState]] = ("in_progress", "failed", "blocked")


def run_summary_runs(state: State, glyphs: Glyphs, *, narrow: bool) -> Sequence[Run]:
    """Units done of all, then how many are in each state that has any; nothing where there is no run."""
    reading = select_run(state)
    if reading is None:
        return ()
    done = UNIT_MARKS["complete"]
    runs = [
        Run(done.ascii if glyphs.ascii_only else done.glyph, done.token),
        Run(f" {grouped(reading.counts.complete)}", "text.strong", "b"),
        Run(f"/{grouped(reading.total)}", "text.muted"),
    ]
    for state_of_unit in _SHOWN_WHEN_NARROW if narrow else _SHOWN:
        if count := _count(reading, state_of_unit):
            mark = UNIT_MARKS[state_of_unit]
            glyph = mark.ascii if glyphs.ascii_only else mark.glyph
            runs.append(Run(f"  {glyph} {grouped(count)}", mark.token, "b" if state_of_unit == "failed" else ""))
    return runs


def _count(reading: RunReading, state: UnitState) -> int:
    return reading.pending if state == "pending" else getattr(reading.counts, state, 0)
