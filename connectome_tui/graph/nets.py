"""Nets: edges of the same source, style, colour and direction share one port, one trunk and their lanes.

The structure is a graph of items: one for each card, and one for each lane, the row in which a net
passes through a column on its way to a farther one. It does not depend on sizes or on the screen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from connectome_tui.events.model import CallType, Trigger
from connectome_tui.graph.columns import Columns
from connectome_tui.graph.parts import Parts, Way

LEFT: Final = 0
RIGHT: Final = 1
CARD: Final = -1
"""What stands in `Structure.net_of` for an item that is a card and no lane."""

NetKey = tuple[int, Trigger, CallType, bool]


@dataclass(frozen=True, slots=True)
class Joint:
    """A stretch of a net through one gutter (the one right of column `gutter`), from `near` to `far`."""

    gutter: int
    net: int
    near: int
    far: int
    near_side: int
    far_side: int


class End(NamedTuple):
    """A joint as one of its two items sees it."""

    side: int
    other: int
    other_side: int
    net: int


@dataclass(slots=True)
class Structure:
    """Items by number: those of the parts come first, lanes follow. `order` lists each column from the top."""

    parts: Parts
    columns: Columns
    column_of: list[int]
    net_of: list[int]
    key_of: list[str]
    ports: list[tuple[list[int], list[int]]]
    ends: list[list[End]]
    joints: list[Joint] = field(default_factory=list)
    paths: list[tuple[Joint, ...]] = field(default_factory=list)
    order: list[list[int]] = field(default_factory=list)

    @property
    def item_count(self) -> int:
        """Cards and lanes together."""
        return len(self.column_of)

    def is_card(self, item: int) -> bool:
        """Whether an item is a card, not a lane."""
        return self.net_of[item] == CARD

    def add_lane(self, net: int, column: int, key: str) -> int:
        """A new lane for a net in a column."""
        self.column_of.append(column)
        self.net_of.append(net)
        self.key_of.append(key)
        self.ports.append(([], []))
        self.ends.append([])
        return len(self.column_of) - 1


def nets_of(ways: Iterable[Way], columns: Columns) -> dict[NetKey, list[int]]:
    """The ways of each net: of one source, style and direction, in order of first appearance."""
    groups: dict[NetKey, list[int]] = {}
    for index, way in enumerate(ways):
        forward = columns.of_part[way.target] >= columns.of_part[way.source]
        groups.setdefault((way.source, way.trigger, way.call_type, forward), []).append(index)
    return groups


def build_structure(parts: Parts, columns: Columns) -> Structure:
    """Thread every way through the columns; items stand in the order in which they were made."""
    count = len(parts.parts)
    structure = Structure(
        parts=parts,
        columns=columns,
        column_of=list(columns.of_part),
        net_of=[CARD] * count,
        key_of=[part.id for part in parts.parts],
        ports=[([], []) for _ in range(count)],
        ends=[[] for _ in range(count)],
    )
    paths: dict[int, tuple[Joint, ...]] = {}
    for net, (key, members) in enumerate(nets_of(parts.ways, columns).items()):
        _thread_net(structure, net, key, members, paths)
    structure.paths = [paths[way] for way in range(len(parts.ways))]
    structure.order = [[] for _ in range(columns.count)]
    for item, column in enumerate(structure.column_of):
        structure.order[column].append(item)
    return structure


def _thread_net(
    structure: Structure, net: int, key: NetKey, members: Sequence[int], paths: dict[int, tuple[Joint, ...]]
) -> None:
    """Lay the lanes of a net as far as its farthest target, and lead each of its ways along them."""
    source, trigger, call_type, forward = key
    ways, column_of = structure.parts.ways, structure.column_of
    start = column_of[source]
    nearest_first = sorted(members, key=lambda way: abs(column_of[ways[way].target] - start))
    step = 1 if forward else -1
    name = f"{structure.key_of[source]} {trigger} {call_type} {step}"
    lanes = {
        column: structure.add_lane(net, column, f"{name} {column}")
        for column in range(start + step, column_of[ways[nearest_first[-1]].target], step)
    }
    made: dict[tuple[int, int], Joint] = {}

    def joint(near: int, far: int) -> Joint:
        if (near, far) not in made:
            made[near, far] = _join(structure, net, near, far)
        return made[near, far]

    for way in nearest_first:
        target = ways[way].target
        stops = [source, *(lanes[column] for column in range(start + step, column_of[target], step)), target]
        paths[way] = tuple(joint(near, far) for near, far in pairwise(stops))


def _join(structure: Structure, net: int, near: int, far: int) -> Joint:
    """Join two items of a net in the gutter between their columns (or right of the one they share)."""
    gutter = min(structure.column_of[near], structure.column_of[far])
    near_side, far_side = (RIGHT if structure.column_of[item] == gutter else LEFT for item in (near, far))
    joint = Joint(gutter, net, near, far, near_side, far_side)
    structure.joints.append(joint)
    for item, side, other, other_side in ((near, near_side, far, far_side), (far, far_side, near, near_side)):
        structure.ends[item].append(End(side, other, other_side, net))
        if net not in structure.ports[item][side]:
            structure.ports[item][side].append(net)
    return joint
