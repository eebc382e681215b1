"""Orchestration runs (RUN): a store of their state, and what each of their events means in a flow.

`RunStore` is a library of its own: it needs no terminal and nothing of the rest of the program.

>>> store = RunStore()
>>> store.handle_event({"type": "orch.started", "payload": {"graph": {"nodes": [{"id": "build", "tasks": 2}]}}})
True
>>> store.snapshot().summary.pending
1
"""

from connectome_tui.runs.model import RunSnapshot, RunSummary, UnitSnapshot
from connectome_tui.runs.run_graph import GraphEdge, GraphNode, RunGraph
from connectome_tui.runs.store import RunStore

__all__ = ["GraphEdge", "GraphNode", "RunGraph", "RunSnapshot", "RunStore", "RunSummary", "UnitSnapshot"]
