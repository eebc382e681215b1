"""What a run store tells (RUN-2, RUN-4): copies that are the caller's own."""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from connectome_tui.runs.plain_data import PlainData

RunStatus = Literal["waiting", "running", "completed", "failed"]
UnitStatus = Literal["pending", "ready", "in_progress", "complete", "failed", "blocked"]
UNIT_STATUSES: Final[tuple[UnitStatus, ...]] = get_args(UnitStatus)

Time = str | int | float
"""A time as the record said it; ISO 8601 text of the clock when it said none."""


@dataclass(slots=True)
class UnitSnapshot(PlainData):
    """A unit of work. `current_task` counts the tasks that were started, `error` says why it failed."""

    id: str
    status: UnitStatus = "pending"
    current_task: int = 0
    total_tasks: int = 0
    error: str | None = None
    started_at: Time | None = None
    ended_at: Time | None = None


@dataclass(slots=True)
class RunSummary(PlainData):
    """How many units there are in each status; they add up to `total`."""

    total: int = 0
    pending: int = 0
    ready: int = 0
    in_progress: int = 0
    complete: int = 0
    failed: int = 0
    blocked: int = 0


@dataclass(slots=True)
class RunSnapshot(PlainData):
    """A run at one moment. `units` stand in the order of the graph; `parallelism` is None where nobody said it."""

    status: RunStatus = "waiting"
    connected: bool = False
    units: list[UnitSnapshot] = field(default_factory=list)
    summary: RunSummary = field(default_factory=RunSummary)
    parallelism: int | None = None
    error: str | None = None
    started_at: Time | None = None
    ended_at: Time | None = None
