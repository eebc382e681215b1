"""From joints to cells: the way of each edge through gutters and lanes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectome_tui.graph.layout import Arrangement, Placement
from connectome_tui.graph.nets import RIGHT, Joint, Structure
from connectome_tui.graph.parts import Way

Point = tuple[int, int]
Rect = tuple[int, int, int, int]
"""First cell, first row, cells, rows."""


@dataclass(frozen=True, slots=True)
class Route:
    """An edge in cells: straight stretches from the source on, each from its first cell to its last.

    `port` is the cell beside the source in which it begins, `head` the one beside the target in which
    it ends; `leaves` and `enters` are the sides of the cards.
    """

    way: Way
    net: int
    stretches: tuple[tuple[Point, Point], ...]
    leaves: int
    enters: int

    @property
    def port(self) -> Point:
        """Its first cell."""
        return self.stretches[0][0]

    @property
    def head(self) -> Point:
        """Its last cell."""
        return self.stretches[-1][1]

    @property
    def frame_cell(self) -> Point:
        """The cell of the source's card beside the port, where a frame of lines is joined."""
        x, y = self.port
        return (x - 1 if self.leaves == RIGHT else x + 1), y

    def rects(self) -> Iterator[Rect]:
        """All its cells, that of the frame included."""
        for start, end in (*self.stretches, (self.frame_cell, self.port)):
            yield _rect(start, end)


def trace_routes(structure: Structure, arrangement: Arrangement, placement: Placement) -> list[Route]:
    """The route of every way."""
    tracer = _Tracer(structure, arrangement, placement)
    return [tracer.trace(way, joints) for way, joints in zip(structure.parts.ways, structure.paths, strict=True)]


class _Tracer:
    def __init__(self, structure: Structure, arrangement: Arrangement, placement: Placement) -> None:
        self.structure, self.arrangement, self.placement = structure, arrangement, placement

    def trace(self, way: Way, joints: Sequence[Joint]) -> Route:
        """Lead one way from card to card."""
        points: list[Point] = []
        for joint in joints:
            points.extend(self._points(joint))
        return Route(way, joints[0].net, tuple(_straight(points)), joints[0].near_side, joints[-1].far_side)

    def _points(self, joint: Joint) -> list[Point]:
        """The corners of a joint, from its near end to its far end."""
        near, far = self._port(joint.near, joint.near_side, joint.net), self._port(joint.far, joint.far_side, joint.net)
        trunk = self.arrangement.gutters[joint.gutter].trunks.get(joint.net)
        if trunk is None:
            return [near, far]
        x = self._track(joint.gutter, trunk.first)
        if trunk.second < 0 or joint.near_side == joint.far_side == RIGHT:
            return [near, (x, near[1]), (x, far[1]), far]
        second = self._track(joint.gutter, trunk.second)
        row = trunk.dogleg_row
        if joint.near_side == RIGHT:
            return [near, (x, near[1]), (x, row), (second, row), (second, far[1]), far]
        return [near, (second, near[1]), (second, row), (x, row), (x, far[1]), far]

    def _port(self, item: int, side: int, net: int) -> Point:
        """The cell beside an item where a net comes to it."""
        column = self.structure.column_of[item]
        left = self.placement.left[column]
        x = left + self.placement.width[column] if side == RIGHT else left - 1
        return x, self.arrangement.rows.port[item][side][net]

    def _track(self, gutter: int, track: int) -> int:
        return self.placement.track[gutter] + track * self.placement.spacing.track_pitch


def _straight(points: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    """The straight stretches of a line, neighbours in one direction taken together."""
    start = end = points[0]
    for point in points[1:]:
        if point == end:
            continue
        if start != end and (start[0] == end[0]) != (end[0] == point[0]):
            yield start, end
            start = end
        end = point
    yield start, end


def _rect(start: Point, end: Point) -> Rect:
    x, y = min(start[0], end[0]), min(start[1], end[1])
    return x, y, abs(start[0] - end[0]) + 1, abs(start[1] - end[1]) + 1
