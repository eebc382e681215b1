"""Rates of the last minute as small bars with a figure (SCREENS "Header")."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run

CELLS: Final = 10
_AVERAGED: Final = 10
"""The figure is the mean of so many whole seconds, so that it can be read."""
_FIGURE_CELLS: Final = 7


def rate_runs(buckets: Sequence[int], glyphs: Glyphs, token: str, *, cells: int = CELLS) -> Sequence[Run]:
    """`▁▂▅▇ 212/s`: the minute in `cells` cells, then the rate of its last seconds; always equally wide.

    `buckets` are counts of whole seconds, oldest first, the last of them the second that still runs.
    """
    figure = rate_text(rate_of(buckets)).ljust(_FIGURE_CELLS)
    if not glyphs.sparkline:
        return (Run(figure, "text"),)
    return (Run(bars(buckets, cells, glyphs.sparkline), token), Run(f" {figure}", "text"))


def bars(buckets: Sequence[int], cells: int, levels: str) -> str:
    """One character a cell: the mean of its seconds against that of the highest cell; blank where nothing came."""
    if not buckets:
        return " " * cells
    size = len(buckets) / cells
    sums = [sum(buckets[round(cell * size) : round((cell + 1) * size)]) for cell in range(cells)]
    highest = max(sums) or 1
    return "".join(levels[max(0, -(-total * len(levels) // highest) - 1)] if total else " " for total in sums)


def rate_of(buckets: Sequence[int]) -> float:
    """Events a second: the mean of the last whole seconds, from the first on in which something came."""
    whole = list(buckets[-_AVERAGED - 1 : -1])
    if not any(buckets[: -_AVERAGED - 1]):
        while whole and not whole[0]:
            del whole[0]
    return sum(whole) / len(whole) if whole else float(buckets[-1]) if buckets else 0.0


def rate_text(rate: float) -> str:
    """`0/s`, `1.4/s`, `212/s`, `24.9k/s`."""
    if rate >= 999_500:
        return f"{rate / 1_000_000:.1f}M/s"
    if rate >= 9_999.5:
        return f"{rate / 1000:.1f}k/s" if rate < 99_950 else f"{rate / 1000:.0f}k/s"
    return f"{rate:.0f}/s" if rate >= 9.95 or not rate else f"{rate:.1f}/s"
