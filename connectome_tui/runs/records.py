"""The records of a run as they come (RUN-5): one object a line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectome_tui.runs.run_graph import MalformedEventError, RunGraph, count_of, name_of, read_graph
from connectome_tui.runs.run_times import time_ms

RUN_TYPES: Final = frozenset(("orch.started", "orch.completed", "orch.failed"))
UNIT_TYPES: Final = frozenset(
    ("unit.queued", "unit.started", "task.started", "unit.completed", "unit.failed", "unit.blocked")
)
RUN_PREFIXES: Final = ("orch.", "unit.", "task.")
"""What the type of a record of a run begins with."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A record that is right. `unit` is empty for those of the run itself, `task` counts from 1.

    `payload` is what it brought besides; what the store goes by is read out of it: `graph` and
    `parallelism` of `orch.started`, `total_tasks` and `completed_tasks` of `unit.started`.
    """

    type: str
    time: str | int | float | None = None
    at_ms: float | None = None
    unit: str = ""
    task: int | None = None
    error: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    graph: RunGraph | None = None
    parallelism: int | None = None
    total_tasks: int | None = None
    completed_tasks: int = 0

    @property
    def is_known(self) -> bool:
        """Whether RUN-2 says what it does."""
        return self.type in RUN_TYPES or self.type in UNIT_TYPES


def read_record(value: object) -> RunRecord:
    """A record as it came; `MalformedEventError` says what is wrong with it.

    A time that cannot be read is as if there were none: the rest is not lost for it.
    """
    if not isinstance(value, Mapping):
        raise MalformedEventError("expected an object")
    kind = value.get("type")
    if not isinstance(kind, str) or not kind:
        raise MalformedEventError("type: expected text that is not empty")
    payload = value.get("payload")
    if payload is None:
        payload = {}
    if not isinstance(payload, Mapping):
        raise MalformedEventError("payload: expected an object")
    at_ms = time_ms(value.get("time"))
    is_start, is_unit_start = kind == "orch.started", kind == "unit.started"
    return RunRecord(
        type=kind,
        time=value["time"] if at_ms is not None else None,
        at_ms=at_ms,
        unit=_unit_of(kind, value),
        task=_count(value, "task") if kind == "task.started" else None,
        error=_error_text(value.get("error")),
        payload=payload,
        graph=read_graph(payload["graph"]) if is_start and payload.get("graph") is not None else None,
        parallelism=_count(payload, "parallelism") if is_start else None,
        total_tasks=_count(payload, "total_tasks") if is_unit_start else None,
        completed_tasks=count_of(payload.get("completed_tasks"), "completed_tasks") if is_unit_start else 0,
    )


def _unit_of(kind: str, value: Mapping[str, Any]) -> str:
    unit = value.get("unit")
    if kind in UNIT_TYPES:
        return name_of(unit, "unit")
    return unit if isinstance(unit, str) else ""


def _count(value: Mapping[str, Any], name: str) -> int | None:
    return None if value.get(name) is None else count_of(value[name], name)


def _error_text(value: object) -> str | None:
    if isinstance(value, Mapping) and isinstance(value.get("message"), str):
        value = value["message"]
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else str(value)
