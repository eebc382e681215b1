"""Events held in memory as an `EventSequence`: step scripts, samples, short traces and tests."""

from collections.abc import Mapping, Sequence
from typing import Final

from connectome_tui.events.flow import EventDetail, WaitAction
from connectome_tui.events.model import FlowEvent

NO_DETAIL: Final = EventDetail()


class ListedEvents:
    """A complete sequence of events; parents are found by `parent_event_id`.

    `details` and `wait_actions` hold what some rows have besides; a row that is not in them has none.
    """

    def __init__(
        self,
        events: Sequence[FlowEvent],
        details: Mapping[int, EventDetail] | None = None,
        wait_actions: Mapping[int, WaitAction] | None = None,
    ) -> None:
        self._events = tuple(events)
        self._details = details or {}
        self._wait_actions = wait_actions or {}
        row_by_id = {event.id: row for row, event in enumerate(self._events)}
        self._parents: list[int | None] = []
        self._children: dict[int, list[int]] = {}
        for row, event in enumerate(self._events):
            parent = row_by_id.get(event.parent_event_id) if event.parent_event_id else None
            parent = None if parent == row else parent
            self._parents.append(parent)
            if parent is not None:
                self._children.setdefault(parent, []).append(row)

    @property
    def complete(self) -> bool:
        """Always true: nothing is left to be read."""
        return True

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, row: int, /) -> FlowEvent:
        if not 0 <= row < len(self._events):
            raise IndexError(row)
        return self._events[row]

    def parent_row(self, row: int) -> int | None:
        """The row of the event's parent, when it is in this sequence."""
        return self._parents[row]

    def child_rows(self, row: int) -> Sequence[int]:
        """The rows of the events whose parent it is, in order."""
        return self._children.get(row, ())

    def detail(self, row: int) -> EventDetail:
        """What was given for this row; nothing by default."""
        return self._details.get(row, NO_DETAIL)

    def wait_action(self, row: int, /) -> WaitAction:
        """What the step of this row does to the wait timer."""
        return self._wait_actions.get(row, "none")
