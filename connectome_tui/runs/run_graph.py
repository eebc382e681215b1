"""The dependency graph of a run, as `orch.started` brings it (RUN-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectome_tui.runs.plain_data import PlainData


class MalformedEventError(ValueError):
    """A record that is not what RUN-5 says; the message says what is wrong."""


@dataclass(slots=True)
class GraphNode(PlainData):
    """A unit of the graph: its id, the level that it stands in, from 0, and how many tasks it has."""

    id: str
    level: int = 0
    tasks: int = 0


@dataclass(slots=True)
class GraphEdge(PlainData):
    """From the dependency to the dependent."""

    from_id: str = field(metadata={"name": "from"})
    to_id: str = field(metadata={"name": "to"})


@dataclass(slots=True)
class RunGraph(PlainData):
    """Units, dependencies, and the units of each level; every unit stands in exactly one level."""

    nodes: list[GraphNode] = field(default_factory=list)
    edges: list[GraphEdge] = field(default_factory=list)
    levels: list[list[str]] = field(default_factory=list)

    def copy(self) -> "RunGraph":
        """A graph of its own: changing it changes nothing else."""
        return RunGraph(
            [GraphNode(node.id, node.level, node.tasks) for node in self.nodes],
            [GraphEdge(edge.from_id, edge.to_id) for edge in self.edges],
            [list(level) for level in self.levels],
        )

    def dependencies(self) -> dict[str, tuple[str, ...]]:
        """For each unit what it depends on, in the order of the edges."""
        found: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            found[edge.to_id].append(edge.from_id)
        return {unit: tuple(needs) for unit, needs in found.items()}


def read_graph(value: object) -> RunGraph:
    """The graph in a payload; `MalformedEventError` when it is none.

    Levels that are not given, or leave units out, are made from the nodes' own, and those from the
    longest way that leads to them.
    """
    if not isinstance(value, Mapping):
        raise MalformedEventError("graph: expected an object")
    graph = RunGraph(nodes=[_read_node(node) for node in _list(value, "nodes")])
    known = {node.id for node in graph.nodes}
    if len(known) < len(graph.nodes):
        raise MalformedEventError("graph.nodes: an id stands there twice")
    seen: set[tuple[str, str]] = set()
    for given in _list(value, "edges"):
        edge = _read_edge(given, known)
        if edge.from_id != edge.to_id and (edge.from_id, edge.to_id) not in seen:
            seen.add((edge.from_id, edge.to_id))
            graph.edges.append(edge)
    _set_levels(graph, value)
    return graph


def count_of(value: object, name: str) -> int:
    """A number of things: an integer from 0 on, or a list of them; nothing counts as 0."""
    if value is None:
        return 0
    if isinstance(value, list):
        return len(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MalformedEventError(f"{name}: expected a number from 0 on")
    return value


def name_of(value: object, name: str) -> str:
    """An id: text that is not empty; a number is its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise MalformedEventError(f"{name}: expected text that is not empty")
    return value


def _list(value: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = value.get(name)
    if found is None:
        return ()
    if not isinstance(found, list | tuple):
        raise MalformedEventError(f"graph.{name}: expected a list")
    return found


def _read_node(value: object) -> GraphNode:
    if isinstance(value, str):
        value = {"id": value}
    if not isinstance(value, Mapping):
        raise MalformedEventError("graph.nodes: expected objects")
    node_id = name_of(value.get("id"), "graph.nodes: id")
    level = -1 if value.get("level") is None else count_of(value["level"], f"graph.nodes: level of {node_id}")
    return GraphNode(node_id, level, count_of(value.get("tasks"), f"graph.nodes: tasks of {node_id}"))


def _read_edge(value: object, known: set[str]) -> GraphEdge:
    if not isinstance(value, Mapping):
        raise MalformedEventError("graph.edges: expected objects")
    edge = GraphEdge(name_of(value.get("from"), "graph.edges: from"), name_of(value.get("to"), "graph.edges: to"))
    for end in (edge.from_id, edge.to_id):
        if end not in known:
            raise MalformedEventError(f"graph.edges: {end} is no node of the graph")
    return edge


def _set_levels(graph: RunGraph, value: Mapping[str, Any]) -> None:
    level_of = _given_levels(graph, value)
    depths: dict[str, int] = {}
    for node in graph.nodes:
        if node.id in level_of:
            node.level = level_of[node.id]
        elif node.level < 0:
            depths = depths or _depths(graph)
            node.level = depths[node.id]
    by_level: dict[int, list[str]] = {}
    levels = {node.id: node.level for node in graph.nodes}
    for unit in dict.fromkeys((*level_of, *levels)):
        by_level.setdefault(levels[unit], []).append(unit)
    graph.levels = [by_level[level] for level in sorted(by_level)]


def _given_levels(graph: RunGraph, value: Mapping[str, Any]) -> dict[str, int]:
    known = {node.id for node in graph.nodes}
    level_of: dict[str, int] = {}
    for number, level in enumerate(_list(value, "levels")):
        if not isinstance(level, list | tuple):
            raise MalformedEventError("graph.levels: expected lists of ids")
        for unit in level:
            unit_id = name_of(unit, "graph.levels")
            if unit_id not in known:
                raise MalformedEventError(f"graph.levels: {unit_id} is no node of the graph")
            level_of.setdefault(unit_id, number)
    return level_of


def _depths(graph: RunGraph) -> dict[str, int]:
    """For each unit the longest way that leads to it; units in a circle are at 0."""
    waiting = {unit: len(needs) for unit, needs in graph.dependencies().items()}
    depths = dict.fromkeys(waiting, 0)
    dependents: dict[str, list[str]] = {}
    for edge in graph.edges:
        dependents.setdefault(edge.from_id, []).append(edge.to_id)
    free = [unit for unit, count in waiting.items() if not count]
    while free:
        unit = free.pop()
        for dependent in dependents.get(unit, ()):
            depths[dependent] = max(depths[dependent], depths[unit] + 1)
            waiting[dependent] -= 1
            if not waiting[dependent]:
                free.append(dependent)
    return depths
