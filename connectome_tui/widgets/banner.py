"""The banner: one row under the header for what concerns the whole screen (a source that changed or went away)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol, cast

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import CellLine, Look, Run, runs_width, width_of
from connectome_tui.widgets.pane import PaneHost


@dataclass(frozen=True, slots=True)
class BannerContent:
    """What happened, longest wording first, and what can be done about it, also in brief."""

    texts: Sequence[str]
    remedy: str = ""
    brief_remedy: str = ""


class BannerHost(PaneHost, Protocol):
    """The application, as the banner needs it."""

    @property
    def banner_content(self) -> BannerContent | None:
        """What to say, None while there is nothing."""
        ...


class Banner(LinePane):
    """One row on `warn.fill`. The application calls `redraw` when its content is another."""

    def slices(self, state: State) -> Sequence[object]:
        del state
        return ()

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        content = cast("BannerHost", self.host).banner_content
        return [] if content is None else [banner_line(content, look, size.width).strip()]


def banner_line(content: BannerContent, look: Look, width: int) -> CellLine:
    """The longest wording that fits beside the remedy, in full or in brief; else the shortest alone."""
    line = look.line(width, bg="warn.fill", fg="text.strong")
    mark = Run(f" {look.glyphs.stale} ", "warn", "b")
    remedies = (content.remedy, *([content.brief_remedy] if content.brief_remedy else []))
    for text, remedy in product(content.texts, remedies):
        runs = (Run(f"{remedy} ", "warn"),) if remedy else ()
        if width_of(text) <= width - runs_width((mark, *runs)) - 2:
            line.put_runs(0, (mark, Run(text, "text.strong")))
            line.put_right(width, runs)
            return line
    line.put_runs(0, (mark, Run(content.texts[-1], "text.strong")), limit=width - 1)
    return line
