"""The two lists of a window on a shared session, named above the one that is open: sessions, and flows of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from connectome_tui.widgets.painting import CellLine, Look, Run, runs_width

TABS_Y: Final = 1
"""The row of the screen."""
GAP: Final = 3
Listed = Literal["sessions", "flows"]


@dataclass(frozen=True, slots=True)
class ChooserTabs:
    """The sessions, or the flows of `session`."""

    session: str
    open: Listed

    def line(self, look: Look, width: int) -> CellLine:
        """Both names; that of the list that is open is marked."""
        line = look.line(width)
        x = 1
        for _, runs in self._tabs(look):
            x = line.put_runs(x, runs, limit=width - x - 1) + GAP
        return line

    def at(self, look: Look, x: int) -> Listed | None:
        """Which of them a column belongs to."""
        left = 1
        for listed, runs in self._tabs(look):
            right = left + runs_width(runs)
            if left <= x < right:
                return listed
            left = right + GAP
        return None

    def _tabs(self, look: Look) -> Sequence[tuple[Listed, Sequence[Run]]]:
        titles: Sequence[tuple[Listed, str]] = (("sessions", "Sessions"), ("flows", f"Flows of {self.session}"))
        marked = (Run(f"{look.glyphs.chain} ", "focus", "b"), "text.strong", "b")
        return [(listed, _runs(title, *(marked if listed == self.open else _QUIET))) for listed, title in titles]


_QUIET: Final = (Run("  "), "text.muted", "")


def _runs(title: str, mark: Run, fg: str, attrs: str) -> Sequence[Run]:
    return (mark, Run(title, fg, attrs))
