"""The flows to choose from: narrowed by what was typed, in one of four orders (SPAN-7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from connectome_tui.events.flow import ALL_FLOWS, FlowSummary


@dataclass(frozen=True, slots=True)
class FlowOrder:
    """One way to sort. `column` is the heading that it marks; `ascending` says with which mark."""

    column: str
    key: Callable[[FlowSummary], float]
    ascending: bool


ORDERS: Final = (
    FlowOrder("start", lambda flow: flow.started_at_ms, ascending=True),
    FlowOrder("took", lambda flow: -flow.duration_ms, ascending=False),
    FlowOrder("events", lambda flow: -flow.events, ascending=False),
    FlowOrder("errors", lambda flow: -flow.errors, ascending=False),
)


@dataclass(frozen=True)
class FlowList:
    """What the picker shows. `at` is the row in hand; row 0 is "All flows" while nothing was typed."""

    flows: Sequence[FlowSummary]
    query: str = ""
    order: FlowOrder = ORDERS[0]
    at: int = 0

    @cached_property
    def shown(self) -> Sequence[FlowSummary]:
        """The flows that match, in order."""
        words = self.query.casefold().split()
        matching = [flow for flow in self.flows if all(word in _haystack(flow) for word in words)]
        return sorted(matching, key=self.order.key)

    @property
    def has_all_row(self) -> bool:
        """Whether "All flows" stands first: it is no match of anything that is typed."""
        return not self.query

    def __len__(self) -> int:
        """The rows there are, "All flows" counted."""
        return len(self.shown) + self.has_all_row

    def row(self, at: int) -> FlowSummary | None:
        """The flow of a row, None for "All flows"."""
        if self.has_all_row:
            return self.shown[at - 1] if at else None
        return self.shown[at]

    @property
    def chosen_id(self) -> str | None:
        """The id of the flow in hand; None when nothing matches."""
        if not len(self):
            return None
        flow = self.row(self.at)
        return ALL_FLOWS if flow is None else flow.id

    def typed(self, query: str) -> "FlowList":
        """The list for another query; what is in hand stays in hand when it is still there."""
        return self._keeping(replace(self, query=query))

    def next_order(self, by: int = 1) -> "FlowList":
        """The list in the next order."""
        order = ORDERS[(ORDERS.index(self.order) + by) % len(ORDERS)]
        return self._keeping(replace(self, order=order))

    def moved(self, by: int) -> "FlowList":
        """The list with another row in hand; it ends at both ends."""
        return replace(self, at=max(0, min(len(self) - 1, self.at + by)))

    def at_flow(self, flow_id: str) -> "FlowList":
        """The list with this flow in hand; as it is when that is all of them, or not there."""
        at = next((at for at, flow in enumerate(self.shown) if flow.id == flow_id), None)
        return self if at is None else replace(self, at=at + self.has_all_row)

    def _keeping(self, other: "FlowList") -> "FlowList":
        """`other` with the flow in hand that this list has, or with its first row."""
        in_hand = self.chosen_id
        if in_hand == ALL_FLOWS:
            return replace(other, at=0)
        for at, flow in enumerate(other.shown):
            if flow.id == in_hand:
                return replace(other, at=at + other.has_all_row)
        return replace(other, at=0)


def first_choice(flows: Sequence[FlowSummary]) -> int:
    """The row to begin at: the flow with the most events, the earliest of these (row 0 is "All flows")."""
    if not flows:
        return 0
    ordered = FlowList(flows).shown
    most = max(flow.events for flow in ordered)
    return next(at for at, flow in enumerate(ordered, start=1) if flow.events == most)


def _haystack(flow: FlowSummary) -> str:
    return " ".join((flow.title, flow.result, *flow.through, flow.id)).casefold()
