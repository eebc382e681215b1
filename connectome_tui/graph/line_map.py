"""Which edges use which cell, and at which sides of the cell their lines leave it; a row at a time, when asked for."""

from collections.abc import Mapping, Sequence
from typing import Final

from connectome_tui.graph.nets import RIGHT
from connectome_tui.graph.routes import Route

NORTH: Final = 1
EAST: Final = 2
SOUTH: Final = 4
WEST: Final = 8
HORIZONTAL: Final = EAST | WEST
VERTICAL: Final = NORTH | SOUTH

RoutesInCell = dict[int, int]
"""The routes of one net in a cell, each with the sides (NORTH …) at which it leaves the cell."""
NetsInCell = Mapping[int, RoutesInCell]
"""What shares a cell, by net. More than one net: they cross there."""


class LineMap:
    """The cells of all routes of a picture."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._level: dict[int, list[tuple[int, int, int]]] = {}
        self._upright: list[tuple[int, int, int, int]] = []
        self._ports: dict[int, list[tuple[int, int]]] = {}
        self._ends: dict[int, list[int]] = {}
        self._rows: dict[int, dict[int, NetsInCell]] = {}
        for index, route in enumerate(routes):
            self._ports.setdefault(route.port[1], []).append((index, route.port[0]))
            for y in sorted({route.port[1], route.head[1]}):
                self._ends.setdefault(y, []).append(index)
            for (x1, y1), (x2, y2) in route.stretches:
                if y1 == y2:
                    self._level.setdefault(y1, []).append((index, min(x1, x2), max(x1, x2)))
                else:
                    self._upright.append((index, x1, min(y1, y2), max(y1, y2)))

    def row(self, y: int) -> Mapping[int, NetsInCell]:
        """The cells of a row that edges use."""
        if y not in self._rows:
            self._rows[y] = self._make_row(y)
        return self._rows[y]

    def ends_in_row(self, y: int) -> Sequence[int]:
        """The routes that begin or end in a row."""
        return self._ends.get(y, ())

    def _make_row(self, y: int) -> dict[int, NetsInCell]:
        cells: dict[int, dict[int, RoutesInCell]] = {}

        def mark(x: int, route: int, sides: int) -> None:
            routes = cells.setdefault(x, {}).setdefault(self._routes[route].net, {})
            routes[route] = routes.get(route, 0) | sides

        for route, first, last in self._level.get(y, ()):
            for x in range(first, last + 1):
                mark(x, route, (WEST if x > first else 0) | (EAST if x < last else 0))
        for route, x, first, last in self._upright:
            if first <= y <= last:
                mark(x, route, (NORTH if y > first else 0) | (SOUTH if y < last else 0))
        for route, x in self._ports.get(y, ()):
            mark(x, route, WEST if self._routes[route].leaves == RIGHT else EAST)
        return dict(sorted(cells.items()))
