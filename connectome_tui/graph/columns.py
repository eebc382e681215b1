"""Which column a card stands in: zones are bands of columns, and inside a zone edges lead to the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectome_tui.events.topology import Zone
from connectome_tui.graph.parts import Parts


@dataclass(frozen=True, slots=True)
class Band:
    """The columns of a zone, both ends included."""

    zone: Zone
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Columns:
    """The column of each part, from 0, and the bands from left to right."""

    of_part: tuple[int, ...]
    bands: tuple[Band, ...]

    @property
    def count(self) -> int:
        """The number of columns."""
        return self.bands[-1].last + 1 if self.bands else 0


def ranks_in_zones(parts: Parts) -> list[int]:
    """For each part the longest path that leads to it inside its zone, edges back to an earlier part ignored.

    A part whose column is given (a unit of a run) stands there.
    """
    zone = [part.zone for part in parts.parts]
    out: list[list[int]] = [[] for _ in zone]
    entered = [False] * len(zone)
    for way in parts.ways:
        if zone[way.source] == zone[way.target]:
            out[way.source].append(way.target)
            entered[way.target] = True
    depth = _longest_path_to_sink(out, sorted(range(len(zone)), key=lambda part: entered[part]))
    rank = [0] * len(zone)
    for part in sorted(range(len(zone)), key=lambda part: -depth[part]):
        for target in out[part]:
            if depth[target] < depth[part]:
                rank[target] = max(rank[target], rank[part] + 1)
    return [at if part.column is None else part.column for part, at in zip(parts.parts, rank, strict=True)]


def spread_columns(parts: Parts, ranks: Sequence[int], most_in_zone: int) -> Columns:
    """Columns from ranks, at most `most_in_zone` for each zone: what would stand further right shares the last."""
    of_part: list[int] = [0] * len(ranks)
    bands: list[Band] = []
    by_zone: dict[Zone, list[int]] = {}
    for index, part in enumerate(parts.parts):
        by_zone.setdefault(part.zone, []).append(index)
    base = 0
    for zone, inside in by_zone.items():
        last = min(max(ranks[part] for part in inside), most_in_zone - 1)
        for index in inside:
            of_part[index] = base + min(ranks[index], last)
        bands.append(Band(zone, base, base + last))
        base += last + 1
    return Columns(tuple(of_part), tuple(bands))


def _longest_path_to_sink(out: Sequence[Sequence[int]], starts: Sequence[int]) -> list[int]:
    """Depth-first from `starts` in order; an edge to a part that is still open leads back and counts nothing."""
    depth = [-1] * len(out)
    is_open = [False] * len(out)
    for start in starts:
        if depth[start] >= 0:
            continue
        stack = [(start, iter(out[start]))]
        depth[start], is_open[start] = 0, True
        while stack:
            part, targets = stack[-1]
            for target in targets:
                if is_open[target]:
                    continue
                if depth[target] < 0:
                    depth[target], is_open[target] = 0, True
                    stack.append((target, iter(out[target])))
                    break
                depth[part] = max(depth[part], depth[target] + 1)
            else:
                stack.pop()
                is_open[part] = False
                if stack:
                    caller = stack[-1][0]
                    depth[caller] = max(depth[caller], depth[part] + 1)
    return depth
