"""Where the label of an edge may lie: on the longest straight run of its own cells."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from connectome_tui.graph.line_map import HORIZONTAL, LineMap
from connectome_tui.graph.routes import Route

_LINE_BESIDE_LABEL: Final = 1


class Run(NamedTuple):
    """Free cells of a line on which a label can lie."""

    x: int = 0
    y: int = 0
    length: int = 0


class LabelRuns:
    """The runs on which routes can be labelled, found when they are first asked for.

    A run ends where another net crosses. Runs of different edges share no cell, so that no two labels meet.
    """

    def __init__(self, routes: Sequence[Route], line_map: LineMap) -> None:
        self._routes, self._line_map = routes, line_map
        self._found: dict[tuple[int, bool], Run] = {}

    def run(self, route: int, *, lit: bool) -> Run:
        """The longest run of cells that no other edge uses; for a `lit` edge, that only its net uses."""
        key = route, lit
        if key not in self._found:
            self._found[key] = self._longest(route, lit=lit)
        return self._found[key]

    def _longest(self, index: int, *, lit: bool) -> Run:
        """The longest run of free cells, the first of equals, without the cells at both ends of the route."""
        route, best = self._routes[index], Run()
        for (x1, y1), (x2, y2) in route.stretches:
            if y1 != y2:
                continue
            length = 0
            for x in range(min(x1, x2), max(x1, x2) + 1):
                is_end = (x, y1) in (route.port, route.head)
                length = length + 1 if not is_end and self._is_free(index, x, y1, lit=lit) else 0
                if length > best.length:
                    best = Run(x - length + 1, y1, length)
        return best

    def _is_free(self, index: int, x: int, y: int, *, lit: bool) -> bool:
        nets = self._line_map.row(y)[x]
        routes = nets[self._routes[index].net]
        return len(nets) == 1 and routes[index] == HORIZONTAL and (lit or len(routes) == 1)


def place_label(run: Run, cells: int) -> tuple[int, int] | None:
    """Where a label of so many cells begins on a run, with a blank and a piece of line at each side; None: no room."""
    needed = cells + 2
    if not cells or run.length < needed + _LINE_BESIDE_LABEL:
        return None
    return run.x + (run.length - needed) // 2 + 1, run.y
