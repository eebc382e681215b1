"""Samples of a flow: what stands for it where it is measured, also from elsewhere."""

import pytest

from connectome_tui.events.flow import Flow
from connectome_tui.events.samples import SampledEvents, sample_events, stripped_sample
from connectome_tui.widgets.log_columns import measure_flow
from tests.factories import ListSequence, make_event, make_flow


@pytest.mark.parametrize("count", [0, 1, 9, 2000, 2001, 5000])
def test_a_flow_is_measured_from_its_stripped_sample(count: int) -> None:
    """SERVER-3: a window far away draws the same columns and the same axis as who has the flow."""
    events = [
        make_event(
            number,
            label="x" * (number % 17),
            duration_ms=float(number % 7),
            to_node_id="service:api" if number % 50 == 0 else "store:db",
        )
        for number in range(count)
    ]
    flow = make_flow(events)
    there = Flow(flow.summary, SampledEvents(stripped_sample(flow), count), flow.topology)
    assert len(sample_events(there)) == len(sample_events(flow))
    assert measure_flow(there) == measure_flow(flow)


def test_a_flow_that_is_not_read_to_its_end_has_no_sample() -> None:
    """What it would say could change; from elsewhere it stays unknown until the window begins anew."""
    flow = make_flow(9, sequence=ListSequence([make_event(1), make_event(2)], readable=1))
    assert stripped_sample(flow) == ()
    assert not SampledEvents((), None).complete
    assert not SampledEvents((), 2).complete
