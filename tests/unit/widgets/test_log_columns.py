"""The columns of the log at every width."""

import pytest

from connectome_tui.widgets.log_columns import FlowMeasures, measure_flow, place_columns
from connectome_tui.widgets.time_axis import TimeAxis
from tests.factories import make_event, make_flow
from tests.unit.widgets.stepped import shop_flow

MEASURES = FlowMeasures(route=21, label=40, axis=TimeAxis((0.0, 1.0), (0.0, 1.0)))


@pytest.mark.parametrize("route", [9, 21, 80])
def test_columns_never_overlap_and_keep_their_least(route: int) -> None:
    """At any width columns follow one another, 12 cells of from → to and 8 of the label stay (SCREENS "Log")."""
    for width in range(60, 260):
        columns = place_columns(width, FlowMeasures(route=route, label=200, axis=MEASURES.axis))
        assert columns.time_end < columns.trigger_x < columns.call_x < columns.took_x < columns.route_x
        assert columns.route_x + columns.route_width < columns.label_x
        assert columns.route_width >= min(12, route)
        assert columns.label_width >= 8
        assert columns.text_end <= (columns.span_x if columns.span_x is not None else width - 2)


@pytest.mark.parametrize(
    ("width", "call_word", "trigger_word", "has_span", "own_summary", "most_route"),
    [
        (60, "glyph", False, False, False, 22),
        (80, "glyph", False, False, False, 22),
        (90, "short", False, False, False, 22),
        (100, "short", False, False, False, 30),
        (120, "short", False, False, True, 30),
        (129, "short", False, False, True, 30),
        (130, "short", True, True, False, 30),
        (160, "short", True, True, True, 30),
        (170, "full", True, True, True, 30),
        (200, "full", True, True, True, 30),
    ],
)
def test_what_is_elided_at_which_width(
    width: int, call_word: str, *, trigger_word: bool, has_span: bool, own_summary: bool, most_route: int
) -> None:
    """Span, own summary, words of trigger and call type, and from → to go in the order that SCREENS gives."""
    columns = place_columns(width, FlowMeasures(route=40, label=40, axis=MEASURES.axis))
    assert columns.call_word == call_word
    assert columns.trigger_word == trigger_word
    assert (columns.span_x is not None) == has_span
    assert (columns.summary_x is not None) == own_summary
    assert columns.route_width <= most_route


def test_widths_come_from_the_whole_flow() -> None:
    """From → to is as wide as the longest in the topology, the label as the longest of all events."""
    flow = shop_flow()
    measures = measure_flow(flow)
    assert measures.route == len("gateway → gateway")
    assert measures.label == len("run/charge_payment")
    assert measures.started_at_ms == flow.summary.started_at_ms
    assert measures.axis


def test_a_flow_on_the_clock_has_no_span_bars() -> None:
    """A script waits for its user: a time axis would mean nothing."""
    assert measure_flow(make_flow([make_event(1, duration_ms=5.0)], waits_on_clock=True)).axis is None
