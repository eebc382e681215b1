"""Checkers of the source (HEALTH-1): nothing is lost on the way, and nothing piles up."""

from connectome_tui.engine.runtime import CommandOutcome
from connectome_tui.health.checker import Checker
from connectome_tui.session import SteppedSession


class StreamIntegrity(Checker):
    """SPAN-2, SPAN-4: rows come one after the other, a parent before its children, and all of them in the end."""

    module = "sources"
    name = "health_check_stream_integrity"
    indicator = "source_stream_integrity"

    def on_outcome(self, outcome: CommandOutcome) -> None:
        event = outcome.result.released_event
        if event is None:
            return
        events, row = self.session.flow.events, outcome.after.cursor - 1
        self.check(row < len(events), f"row {row} was released, but there are {len(events)}")
        if row < len(events):
            self.check(events[row].id == event.id, f"row {row} reads as {events[row].id}, released was {event.id}")
            parent = events.parent_row(row)
            self.check(parent is None or parent < row, f"the parent of row {row} comes behind it, in row {parent}")

    def conclude(self) -> None:
        flow = self.session.flow
        if flow.events.complete:
            counted, read = flow.summary.events, len(flow.events)
            self.check(counted == read, f"the source counts {counted} events and gives {read}")


class BufferBounds(Checker):
    """STORE-15: the events of a recording stay in their source; the ledger holds references and boundaries only."""

    module = "sources"
    name = "health_check_buffer_bounds"
    indicator = "source_buffer_bounds"

    def __init__(self, session: SteppedSession) -> None:
        super().__init__(session)
        self._restarts = session.store.entries_held

    def on_outcome(self, outcome: CommandOutcome) -> None:
        if outcome.command is not None and outcome.command.kind == "restart":
            self._restarts += 1
        held = self.session.store.entries_held
        self.check(held <= self._restarts, f"{held} entries are held in memory, {self._restarts} of them boundaries")
