"""Events that stand for a whole flow: what widths of columns and the time axis are measured from."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.events.flow import EventDetail, Flow
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.events.model import FlowEvent

READ_WHOLE: Final = 2000
"""A flow of up to so many events is read whole for its axis and widths; of a longer one, samples."""
GROUP: Final = 8
"""Samples are evenly spread groups of so many events: what stands together is read together."""
_GROUPS: Final = 25


def sample_events(flow: Flow) -> Sequence[FlowEvent]:
    """The events to look at for what holds for a whole flow: all, or evenly spread groups of a long flow.

    None while it is still being indexed: what they would say could change.
    """
    if not flow.events.complete:
        return ()
    return [flow.events[row] for row in _sampled_rows(len(flow.events))]


def stripped_sample(flow: Flow) -> tuple[FlowEvent, ...]:
    """The same events with nothing but what is measured of them: times, labels, and whether they stay in a node.

    A label that came before is left out: it makes no column wider.
    """
    labels: set[str] = set()
    stripped = []
    for event in sample_events(flow):
        inside = event.from_node_id == event.to_node_id
        stripped.append(
            FlowEvent(
                id="",
                at_ms=event.at_ms,
                from_node_id=event.to_node_id if inside else "",
                to_node_id=event.to_node_id if inside else "?",
                trigger="direct",
                call_type="code",
                label="" if event.label in labels else event.label,
                duration_ms=event.duration_ms,
                unit_state=event.unit_state,
            )
        )
        labels.add(event.label)
    return tuple(stripped)


class SampledEvents:
    """The sampled events of a flow that is elsewhere, as a sequence: no other rows can be read.

    `count` is how many events the flow has, None while that is not known.
    """

    def __init__(self, sample: Sequence[FlowEvent], count: int | None) -> None:
        known = count is not None and len(sample) == len(_sampled_rows(count))
        self._sample = dict(zip(_sampled_rows(count), sample, strict=True)) if known and count is not None else {}
        self._count = count or 0
        self._complete = known

    @property
    def complete(self) -> bool:
        """Whether the flow is known to its end."""
        return self._complete

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int, /) -> FlowEvent:
        try:
            return self._sample[row]
        except KeyError:
            raise IndexError(row) from None

    def parent_row(self, _row: int) -> int | None:
        """Not known here."""
        return None

    def child_rows(self, _row: int) -> Sequence[int]:
        """Not known here."""
        return ()

    def detail(self, _row: int) -> EventDetail:
        """Not known here."""
        return NO_DETAIL


def _sampled_rows(count: int) -> Sequence[int]:
    if count <= READ_WHOLE:
        return range(count)
    return [row for first in range(0, count - GROUP, count // _GROUPS) for row in range(first, first + GROUP)]
