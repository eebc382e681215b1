"""When waiting begins and ends in a flow (SPAN-8), and how the wait timer stood at any entry."""

from bisect import bisect_right

from connectome_tui.events.flow import EventSequence, WaitAction, WaitScript
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.state import WaitProgress


def wait_action(events: EventSequence, row: int, event: FlowEvent, before: FlowEvent | None) -> tuple[WaitAction, bool]:
    """What the event of a row of a recording does to the wait, and whether it is the only one of its flow.

    The first event of a flow starts it, the last one stops it; where several flows follow one another
    each has its own wait. `before` is the event of the row before.
    """
    first = before is None or before.flow_id != event.flow_id
    behind = row + 1
    last = events[behind].flow_id != event.flow_id if behind < len(events) else events.complete
    if last:
        return "stop", first
    return ("start" if first else "none"), False


def scripted_wait_action(events: EventSequence, row: int) -> WaitAction:
    """What a script says that the step of a row does to the wait."""
    return events.wait_action(row) if isinstance(events, WaitScript) else "none"


class WaitMarks:
    """The wait timer as it was set at the entries that changed it."""

    def __init__(self) -> None:
        self._indexes: list[int] = []
        self._waits: list[WaitProgress] = []

    def add(self, index: int, wait: WaitProgress) -> None:
        """Note that entry `index` set the timer."""
        self._indexes.append(index)
        self._waits.append(wait)

    def at(self, index: int) -> WaitProgress:
        """The timer as of an entry."""
        place = bisect_right(self._indexes, index)
        return self._waits[place - 1] if place else WaitProgress()
