"""Where the columns of the log stand: from the width of the pane and from the whole flow, never from rows seen."""

from dataclasses import dataclass, field
from typing import Final, Literal

from connectome_tui.events.flow import Flow
from connectome_tui.events.samples import sample_events
from connectome_tui.widgets.painting import width_of
from connectome_tui.widgets.time_axis import TimeAxis, axis_of_flow

CallWord = Literal["glyph", "short", "full"]

SPAN_WIDTH: Final = 26
_TIME_X: Final = 2
_TOOK_WIDTH: Final = 7
_LEAST_ROUTE: Final = 12
LEAST_LABEL: Final = 8
_OWN_SUMMARY_FROM: Final = 50
_ANY_LABEL: Final = 200
"""Where labels are not known beforehand: as wide as there is room for."""


@dataclass(frozen=True, slots=True)
class FlowMeasures:
    """What the columns need to know of a flow: its longest `from → to` and label, in cells, and its time axis.

    `started_at_ms` is where offsets count from. `axis` None: no span bars (scripts that wait on a clock).
    """

    route: int = 30
    label: int = _ANY_LABEL
    started_at_ms: float = 0.0
    axis: TimeAxis | None = None
    clock_times: bool = False


LIVE_MEASURES: Final = FlowMeasures(route=26, clock_times=True)
"""Of what comes live nothing is known beforehand; its times are those of the clock."""


@dataclass(frozen=True, slots=True)
class LogColumns:
    """Cells from the left edge, and widths. `summary_x` None: the summary follows the label behind a dash."""

    width: int
    time_width: int
    trigger_x: int
    trigger_word: bool
    call_x: int
    call_word: CallWord
    took_x: int
    route_x: int
    route_width: int
    label_x: int
    label_width: int
    summary_x: int | None
    summary_width: int
    span_x: int | None
    measures: FlowMeasures = field(default_factory=FlowMeasures)

    @property
    def time_end(self) -> int:
        """The cell behind the time, which is set to the right."""
        return _TIME_X + self.time_width

    @property
    def took_end(self) -> int:
        """The cell behind the duration, which is set to the right."""
        return self.took_x + _TOOK_WIDTH

    @property
    def text_end(self) -> int:
        """The cell behind label and summary."""
        return self.label_x + self.label_width if self.summary_x is None else self.summary_x + self.summary_width


def measure_flow(flow: Flow | None) -> FlowMeasures:
    """Widths and axis of a flow. Names come from its topology, labels from its events (samples of a long flow)."""
    if flow is None:
        return FlowMeasures()
    topology = flow.topology
    titles = {node.id: width_of(node.title) for node in topology.nodes}
    route = max(
        (titles.get(edge.from_node_id, 1) + titles.get(edge.to_node_id, 1) for edge in topology.edges), default=0
    )
    loops = max(titles.values(), default=1) * 2 if not topology.edges else 0
    sample = sample_events(flow)
    for event in sample:
        if event.from_node_id == event.to_node_id:
            loops = max(loops, 2 * titles.get(event.to_node_id, 1))
    return FlowMeasures(
        route=max(route, loops) + 3,
        label=max((width_of(event.label) for event in sample), default=_ANY_LABEL),
        started_at_ms=flow.summary.started_at_ms,
        axis=None if flow.waits_on_clock else axis_of_flow(flow, sample) or None,
    )


def place_columns(width: int, measures: FlowMeasures) -> LogColumns:
    """The columns for a log of `width` cells; the last two are a margin and the scroll bar."""
    end = width - 2
    time_width = 13 if measures.clock_times else 8
    trigger_word = width >= 130
    call_word: CallWord = "glyph" if width < 90 else "short" if width < 170 else "full"
    trigger_x = _TIME_X + time_width + 2
    call_x = trigger_x + (9 if trigger_word else 2) + 1
    took_x = call_x + {"glyph": 1, "short": 8, "full": 12}[call_word] + 1
    route_x = took_x + _TOOK_WIDTH + 2
    most_route = min(measures.route, 22 if width < 100 else 30)
    route_width = max(_LEAST_ROUTE, min(most_route, end - route_x - 2 - LEAST_LABEL))
    label_x = route_x + route_width + 2
    has_span = width >= 130 and measures.axis is not None
    room = max(1, end - label_x - (SPAN_WIDTH + 2 if has_span else 0))
    own_summary = room >= _OWN_SUMMARY_FROM
    label_width = min(measures.label, room * 45 // 100) if own_summary else room
    return LogColumns(
        width=width,
        time_width=time_width,
        trigger_x=trigger_x,
        trigger_word=trigger_word,
        call_x=call_x,
        call_word=call_word,
        took_x=took_x,
        route_x=route_x,
        route_width=route_width,
        label_x=label_x,
        label_width=label_width,
        summary_x=label_x + label_width + 2 if own_summary else None,
        summary_width=room - label_width - 2 if own_summary else 0,
        span_x=end - SPAN_WIDTH if has_span else None,
        measures=measures,
    )
