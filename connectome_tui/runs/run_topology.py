"""The parts of a run (RUN-6): the run itself, then its units in columns by level."""

from typing import Final

from connectome_tui.events.numbers import counted
from connectome_tui.events.topology import Node
from connectome_tui.runs.run_graph import RunGraph

RUN_NODE: Final = "orchestrator:run"
"""The node of the run itself: what starts units that depend on nothing."""
RUN_TITLE: Final = "run"


def unit_node(unit: str) -> str:
    """The id of a unit's node."""
    return f"unit:{unit}"


def nodes_of(graph: RunGraph, title: str = "") -> tuple[Node, ...]:
    """The run in column 0, each unit in the column behind that of its level."""
    needs = graph.dependencies()
    tasks = {node.id: node.tasks for node in graph.nodes}
    run = Node(
        id=RUN_NODE,
        title=title or RUN_TITLE,
        kind="orchestrator",
        zone="BACKEND",
        detail=counted(len(graph.nodes), "unit"),
        column=0,
    )
    units = (
        Node(
            id=unit_node(unit),
            title=unit,
            kind="unit",
            zone="BACKEND",
            detail=counted(tasks[unit], "task") if tasks[unit] else "",
            column=1 + number,
            after=tuple(unit_node(need) for need in needs[unit]) or (RUN_NODE,),
        )
        for number, level in enumerate(graph.levels)
        for unit in level
    )
    return (run, *units)
