"""How the run that is looked at stands (RUN-6): computed when it is read, at the head and looking back alike."""

from dataclasses import dataclass

from connectome_tui.store.entries import NO_UNITS, UnitCounts
from connectome_tui.store.selectors import select_shown_index
from connectome_tui.store.state import State


@dataclass(frozen=True, slots=True)
class RunReading:
    """How many units there are, and how many of them are in each state."""

    total: int
    counts: UnitCounts

    @property
    def pending(self) -> int:
        """Units of which nothing was told yet."""
        return max(0, self.total - sum(self.counts))


def select_run(state: State) -> RunReading | None:
    """The run as it stood at the entry looked at; None where there is no run."""
    index = select_shown_index(state)
    topology = state.topology if index is None else state.ledger.session_at(index).topology
    return RunReading(len(topology.unit_ids), select_unit_counts(state)) if topology.unit_ids else None


def select_unit_counts(state: State) -> UnitCounts:
    """The counts alone: the same object as long as no unit changed its state."""
    index = select_shown_index(state)
    return NO_UNITS if index is None else state.ledger.unit_counts(index)
