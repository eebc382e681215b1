"""The squeezed axis of the span bars."""

from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.flow import Flow
from connectome_tui.events.samples import sample_events
from connectome_tui.widgets.glyphs import UNICODE
from connectome_tui.widgets.time_axis import TimeAxis, axis_of_flow, span_cells, squeezed_axis
from tests.factories import ListSequence, make_event, make_flow

TIMES = st.lists(st.floats(0, 1e7), min_size=2, max_size=30)


@given(TIMES, st.floats(-1e7, 2e7), st.floats(-1e7, 2e7))
def test_the_axis_keeps_the_order_of_times(times: list[float], one: float, other: float) -> None:
    """What is later never lies further left, and all lies between 0 and 1."""
    axis = squeezed_axis(times)
    early, late = sorted((one, other))
    assert 0.0 <= axis.place(early) <= axis.place(late) <= 1.0 + 1e-9


def test_silence_is_squeezed() -> None:
    """A retry after 200 ms does not flatten the 16 ms before it to nothing."""
    axis = squeezed_axis([0, 4, 8, 12, 16, 216, 220])
    assert axis.place(16) > 0.5


@given(TIMES, st.floats(0, 1e7), st.none() | st.floats(-5, 1e7))
def test_a_bar_lies_within_its_cells(times: list[float], at_ms: float, duration_ms: float | None) -> None:
    """Every event has a bar of at least half a cell that never leaves the column."""
    first, bar = span_cells(squeezed_axis(times), at_ms, duration_ms, 26, UNICODE)
    assert bar
    assert first >= 0
    assert first + len(bar) <= 26


def test_bars_go_in_half_cells() -> None:
    """A bar begins and ends in the middle of a cell where that is nearer."""
    axis = TimeAxis((0.0, 100.0), (0.0, 1.0))
    assert span_cells(axis, 5, 20, 10, UNICODE) == (0, "╺━╸")
    assert span_cells(axis, 100, 0, 10, UNICODE) == (9, "╺")


def long_flow(events: int, *, readable: int | None = None) -> tuple[Flow, ListSequence]:
    listed = [make_event(number, duration_ms=1.0) for number in range(1, events + 1)]
    sequence = ListSequence(listed, readable=readable)
    return make_flow(listed, sequence=sequence), sequence


def test_long_flows_are_sampled() -> None:
    """Of a flow of many thousand events a few hundred are read for axis and widths."""
    flow, _ = long_flow(5000)
    assert 150 <= len(sample_events(flow)) <= 260


def test_the_axis_of_a_flow_does_not_wait_for_its_index() -> None:
    """While a file is being indexed nothing is sampled, and the axis is even from the start of the flow to its end."""
    flow, _ = long_flow(10, readable=3)
    assert sample_events(flow) == ()
    axis = axis_of_flow(flow, ())
    middle = flow.summary.started_at_ms + flow.summary.duration_ms / 2
    assert abs(axis.place(middle) - 0.5) < 1e-9
