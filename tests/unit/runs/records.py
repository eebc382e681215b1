"""Records of runs for tests."""

from collections.abc import Mapping, Sequence
from typing import Any

Record = dict[str, Any]


def started(
    needs: Mapping[str, Sequence[str]], *, tasks: Mapping[str, int] | None = None, at: float = 0.0, **payload: Any
) -> Record:
    """`orch.started` of a graph: for each unit what it depends on."""
    tasks = tasks or {}
    graph = {
        "nodes": [{"id": unit, "tasks": tasks.get(unit, 0)} for unit in needs],
        "edges": [{"from": need, "to": unit} for unit, its in needs.items() for need in its],
    }
    return record("orch.started", at=at, payload={"graph": graph, **payload})


def record(kind: str, unit: str | None = None, *, at: float = 0.0, **more: Any) -> Record:
    """A record at so many seconds after a fixed moment."""
    fields: Record = {"type": kind, "time": 1_772_616_600.0 + at}
    return fields | ({"unit": unit} if unit is not None else {}) | more
