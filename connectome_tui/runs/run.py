"""The state of one run, and what each record does to it (RUN-2). Not thread-safe: see `RunStore`."""

from typing import Literal

from connectome_tui.runs.model import RunSnapshot, RunStatus, RunSummary, Time, UnitSnapshot
from connectome_tui.runs.records import UNIT_TYPES, RunRecord
from connectome_tui.runs.run_graph import RunGraph

Effect = Literal["changed", "unknown event", "unknown unit"]


class Run:
    """A run; `waiting` until `orch.started` comes."""

    def __init__(self) -> None:
        self.status: RunStatus = "waiting"
        self.started_at: Time | None = None
        self.ended_at: Time | None = None
        self.parallelism: int | None = None
        self.error: str | None = None
        self.graph: RunGraph | None = None
        self.units: dict[str, UnitSnapshot] = {}

    def apply(self, record: RunRecord, time: Time) -> Effect:
        """Take in a record of this `time`; unknown events and units change nothing (RUN-3)."""
        if record.type in UNIT_TYPES:
            unit = self.units.get(record.unit)
            if unit is None:
                return "unknown unit"
            _apply_to_unit(unit, record, time)
            return "changed"
        match record.type:
            case "orch.started":
                self._begin(record, time)
            case "orch.completed":
                self._end("completed", record, time)
            case "orch.failed":
                self._end("failed", record, time)
            case _:
                return "unknown event"
        return "changed"

    def summary(self) -> RunSummary:
        """How many units there are in each status (RUN-4)."""
        summary = RunSummary(total=len(self.units))
        for unit in self.units.values():
            setattr(summary, unit.status, getattr(summary, unit.status) + 1)
        return summary

    def snapshot(self, *, connected: bool) -> RunSnapshot:
        """Copies of all of it."""
        units = [
            UnitSnapshot(
                unit.id,
                unit.status,
                unit.current_task,
                unit.total_tasks,
                unit.error,
                unit.started_at,
                unit.ended_at,
            )
            for unit in self.units.values()
        ]
        return RunSnapshot(
            status=self.status,
            connected=connected,
            units=units,
            summary=self.summary(),
            parallelism=self.parallelism,
            error=self.error,
            started_at=self.started_at,
            ended_at=self.ended_at,
        )

    def _begin(self, record: RunRecord, time: Time) -> None:
        self.status, self.started_at, self.ended_at, self.error = "running", time, None, None
        self.parallelism, self.graph = record.parallelism, record.graph
        nodes = record.graph.nodes if record.graph else ()
        self.units = {node.id: UnitSnapshot(node.id, total_tasks=node.tasks) for node in nodes}

    def _end(self, status: RunStatus, record: RunRecord, time: Time) -> None:
        self.status, self.ended_at, self.error = status, time, record.error


def _apply_to_unit(unit: UnitSnapshot, record: RunRecord, time: Time) -> None:
    match record.type:
        case "unit.queued":
            unit.status, unit.error = "ready", None
        case "unit.started":
            unit.status, unit.error = "in_progress", None
            unit.started_at, unit.ended_at = time, None
            unit.current_task = record.completed_tasks
            if record.total_tasks is not None:
                unit.total_tasks = record.total_tasks
        case "task.started":
            unit.current_task += 1
        case "unit.completed":
            unit.status, unit.ended_at, unit.error = "complete", time, None
        case "unit.failed":
            unit.status, unit.ended_at, unit.error = "failed", time, record.error
        case "unit.blocked":
            unit.status = "blocked"
