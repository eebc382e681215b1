"""The wait bar (WAIT-1): seconds with one decimal, full at 4.0; a pure function of the state and the time."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.store.selectors import WaitReading
from connectome_tui.widgets.bars import bar_runs
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run

_TOKENS: Final = {"green": "ok", "yellow": "took.yellow", "orange": "took.orange", "red": "took.red"}
_FIGURE_WIDTH: Final = 6


def wait_runs(reading: WaitReading, cells: int, glyphs: Glyphs) -> Sequence[Run]:
    """`━━━━━━╸───────── 1.7 s`: a bar of `cells` cells in the colour of its class, and the figure."""
    bar = bar_runs(reading.value_0_1 if reading.started else 0.0, cells, glyphs, _TOKENS[reading.wait_class])
    return (*bar, Run(reading.text.rjust(_FIGURE_WIDTH), "text" if reading.started else "text.muted"))
