"""The time axis of the log's span bars: fixed for a flow, with its silences squeezed."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log1p
from typing import Final

from connectome_tui.events.flow import Flow
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.samples import GROUP, READ_WHOLE
from connectome_tui.widgets.glyphs import Glyphs

_UNSQUEEZED_MS: Final = 0.5
"""Up to about this long an interval keeps its length; longer ones grow with their logarithm."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Times in milliseconds, ascending, and the place of each between 0 and 1."""

    times_ms: Sequence[float] = ()
    places: Sequence[float] = ()

    def __bool__(self) -> bool:
        return len(self.times_ms) > 1

    def place(self, at_ms: float) -> float:
        """Where a time lies, 0 to 1; times outside lie at the ends."""
        if not self.times_ms or at_ms <= self.times_ms[0]:
            return 0.0
        if at_ms >= self.times_ms[-1]:
            return 1.0
        right = bisect_right(self.times_ms, at_ms)
        earlier, later = self.times_ms[right - 1], self.times_ms[right]
        share = (at_ms - earlier) / (later - earlier)
        return self.places[right - 1] + share * (self.places[right] - self.places[right - 1])


def squeezed_axis(times_ms: Iterable[float]) -> TimeAxis:
    """An axis over these times on which each interval takes `log1p` of its length."""
    ordered = sorted(set(times_ms))
    lengths = [0.0]
    for earlier, later in pairwise(ordered):
        lengths.append(lengths[-1] + log1p((later - earlier) / _UNSQUEEZED_MS))
    whole = lengths[-1] or 1.0
    return TimeAxis(tuple(ordered), tuple(length / whole for length in lengths))


def axis_of_flow(flow: Flow, sample: Sequence[FlowEvent]) -> TimeAxis:
    """The axis of a flow, from the starts and ends of these events of it.

    While a long flow is still being indexed its end is known from its summary alone, and the axis is
    an even one, so that it need not change later.
    """
    start = flow.summary.started_at_ms
    end = start + flow.summary.duration_ms
    if not flow.events.complete:
        return TimeAxis((start, end), (0.0, 1.0)) if end > start else TimeAxis()
    times = [start, end]
    # Of each group one event: the others would take the place of all that stands between the groups.
    for event in sample if len(flow.events) <= READ_WHOLE else sample[::GROUP]:
        # An event that starts before the flow (clock skew) would squeeze all others to the right.
        begins_ms = max(start, event.begins_ms)
        times += [begins_ms, begins_ms + max(0.0, event.duration_ms or 0.0)]
    return squeezed_axis(times)


def span_cells(axis: TimeAxis, at_ms: float, duration_ms: float | None, width: int, glyphs: Glyphs) -> tuple[int, str]:
    """The bar of an event on `width` cells, in steps of half a cell: its first cell and its characters."""
    halves = 2 * width
    first = min(halves - 1, int(axis.place(at_ms) * halves))
    last = min(halves, max(first + 1, round(axis.place(at_ms + max(0.0, duration_ms or 0.0)) * halves)))
    bar = ""
    for cell in range(first // 2, (last + 1) // 2):
        left, right = cell * 2 >= first, cell * 2 + 1 < last
        bar += glyphs.bar_full if left and right else glyphs.bar_half if left else glyphs.bar_half_start
    return first // 2, bar
