"""Thin bars with half-cell steps."""

from collections.abc import Sequence

from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run


def bar_runs(share: float, cells: int, glyphs: Glyphs, token: str = "text", rest_token: str = "rule") -> Sequence[Run]:
    """A bar of `cells` cells, `share` of it (0 to 1) done, in steps of half a cell; it never says more than that."""
    halves = max(0, min(2 * cells, int(share * 2 * cells + 1e-9)))
    full, odd = divmod(halves, 2)
    done = glyphs.bar_full * full + (glyphs.bar_half if odd else "")
    return (Run(done, token), Run(glyphs.bar_rest * (cells - full - odd), rest_token))
