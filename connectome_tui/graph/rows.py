"""In which row each card and lane stands, and each port on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectome_tui.graph.isotonic import isotonic
from connectome_tui.graph.nets import LEFT, RIGHT, Structure

SWEEPS: Final = 10
_BOTH_SIDES_FROM: Final = 8
_WEIGHT_OF_OLD_ROW: Final = 50.0
_BESIDE_SAME_COLUMN: Final = 4


PortRows = tuple[dict[int, int], dict[int, int]]
"""The rows of an item's ports by net, on its left and on its right."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the level of detail asks for: rows of each part's card, rows of its frame, blank rows between cards."""

    heights: tuple[int, ...]
    frame: int
    gap: int


@dataclass(slots=True)
class Rows:
    """For each item its first row and its height, and for each net that has a port there the port's row, by side."""

    top: list[int]
    height: list[int]
    port: list[PortRows]

    @property
    def total(self) -> int:
        """Rows from the first to the last that is used."""
        return max((top + height for top, height in zip(self.top, self.height, strict=True)), default=0)


def card_heights(structure: Structure, sizes: Sizes) -> list[int]:
    """A card is as high as its text and its ports need; a lane is one row."""
    heights = [1] * structure.item_count
    for part, height in enumerate(sizes.heights):
        ports = max(len(side) for side in structure.ports[part])
        heights[part] = max(height, 2 * sizes.frame + max(1, ports))
    return heights


def least_rows(structure: Structure, sizes: Sizes) -> int:
    """The rows of the fullest column: no drawing can be lower."""
    solver = _Solver(structure, sizes, {})
    return max((solver.room[column[-1]] + solver.height[column[-1]] for column in structure.order if column), default=0)


def find_rows(
    structure: Structure, sizes: Sizes, *, most: int | None = None, previous: Mapping[str, int] | None = None
) -> Rows:
    """Rows for all items in their order: towards their neighbours, connected parts as high as they can.

    With `most`, lines are bent where that keeps the drawing within so many rows. With `previous` (rows by
    item key) what was there stays where it was, as far as the order allows.
    """
    solver = _Solver(structure, sizes, previous or {})
    for sweep in range(SWEEPS):
        solver.sweep(sweep)
    if previous:
        solver.begin_at_zero(only_if_above=True)
    else:
        solver.pull_up()
        solver.begin_at_zero()
    if most is not None:
        solver.squeeze(most)
    return Rows(solver.top, solver.height, solver.final_ports())


class _Solver:
    """The rows while they are being found."""

    def __init__(self, structure: Structure, sizes: Sizes, previous: Mapping[str, int]) -> None:
        self.structure, self.sizes = structure, sizes
        self.height = card_heights(structure, sizes)
        self.old = {item: previous[key] for item, key in enumerate(structure.key_of) if key in previous}
        self.room = [0] * structure.item_count
        for column in structure.order:
            used = 0
            for above, item in zip([None, *column], column, strict=False):
                used += 0 if above is None else self._distance(above, item)
                self.room[item] = used
        self.top = [self.old.get(item, room) for item, room in enumerate(self.room)]

    def sweep(self, number: int) -> None:
        """Pull every column towards one side, in the last sweeps towards both."""
        offsets = self._offsets()
        towards = LEFT if number % 2 == 0 else RIGHT
        both = number >= _BOTH_SIDES_FROM
        for column in self.structure.order if towards == LEFT else reversed(self.structure.order):
            wanted, weights = [], []
            for item in column:
                row, weight = self._wish(item, offsets, None if both else towards)
                wanted.append(row - self.room[item])
                weights.append(weight)
            for item, shift in zip(column, isotonic(wanted, weights), strict=True):
                self.top[item] = shift + self.room[item]

    def pull_up(self) -> None:
        """Move each connected component up as far as the others in its columns allow."""
        component = _components(self.structure)
        members: dict[int, list[int]] = {}
        for item, root in enumerate(component):
            members.setdefault(root, []).append(item)
        lowest = min(self.top, default=0)
        above = {item: column[at - 1] for column in self.structure.order for at, item in enumerate(column) if at}
        for root, items in sorted(members.items(), key=lambda entry: min(self.top[item] for item in entry[1])):
            free = [
                self.top[item]
                - (self.top[above[item]] + self._distance(above[item], item) if item in above else lowest)
                for item in items
                if item not in above or component[above[item]] != root
            ]
            for item in items:
                self.top[item] -= min(free)

    def begin_at_zero(self, *, only_if_above: bool = False) -> None:
        """Let the highest item stand in row 0 (with `only_if_above`: or below it)."""
        lowest = min(self.top, default=0)
        if only_if_above and lowest > 0:
            return
        self.top = [top - lowest for top in self.top]

    def squeeze(self, most: int) -> None:
        """Move what stands below row `most` up, and what is in its way, where a column has the room for it."""
        for column in self.structure.order:
            limit = most
            for at in range(len(column) - 1, -1, -1):
                item = column[at]
                self.top[item] = max(min(self.top[item], limit - self.height[item]), self.room[item])
                limit = self.top[item] - (self.sizes.gap if at and self._is_spaced(column[at - 1], item) else 0)

    def final_ports(self) -> list[PortRows]:
        """The row of each port: left to right, in the order of the far ends, whose rows are known on the left."""
        known: list[PortRows] = [({}, {}) for _ in self.top]
        for column in self.structure.order:
            for item in column:
                for side in (LEFT, RIGHT):
                    for net, offset in self._spread(item, side, known).items():
                        known[item][side][net] = self.top[item] + offset
        return known

    def _is_spaced(self, above: int, below: int) -> bool:
        return self.structure.is_card(above) and self.structure.is_card(below)

    def _distance(self, above: int, below: int) -> int:
        return self.height[above] + (self.sizes.gap if self._is_spaced(above, below) else 0)

    def _offsets(self) -> list[PortRows]:
        """For each card the rows of its ports inside it, as long as only the places of the far ends are known."""
        nowhere: list[PortRows] = [({}, {})] * len(self.top)
        return [
            (self._spread(card, LEFT, nowhere), self._spread(card, RIGHT, nowhere))
            for card in range(len(self.sizes.heights))
        ]

    def _spread(self, item: int, side: int, known: Sequence[PortRows]) -> dict[int, int]:
        """Ports of one side in the order of their far ends, spread over the rows inside the frame."""
        nets = self.structure.ports[item][side]
        if not self.structure.is_card(item):
            return dict.fromkeys(nets, 0)
        count, inner = len(nets), self.height[item] - 2 * self.sizes.frame
        if count > 1:
            far = self._far_ends(item, side, known)
            nets = sorted(nets, key=lambda net: (far[net], net))
        return {
            net: self.sizes.frame + (at if count == inner else (2 * at + 1) * inner // (2 * count))
            for at, net in enumerate(nets)
        }

    def _far_ends(self, item: int, side: int, known: Sequence[PortRows]) -> dict[int, float]:
        """For each net with a port on this side, the mean row in which it ends."""
        total: dict[int, float] = {}
        count: dict[int, int] = {}
        for own_side, other, other_side, net in self.structure.ends[item]:
            if own_side == side:
                row = known[other][other_side].get(net)
                far = self.top[other] + self.height[other] / 2 if row is None else row
                total[net] = total.get(net, 0.0) + far
                count[net] = count.get(net, 0) + 1
        return {net: total[net] / count[net] for net in total}

    def _wish(self, item: int, offsets: Sequence[PortRows], towards: int | None) -> tuple[float, float]:
        """The row an item would like to begin in, and how much."""
        if item in self.old:
            return self.old[item], _WEIGHT_OF_OLD_ROW
        column_of, cards, top = self.structure.column_of, len(offsets), self.top
        own_column = column_of[item]
        rows, beside, has_sides = [], [], False
        for own_side, other, other_side, net in self.structure.ends[item]:
            if column_of[other] == own_column:
                is_above = self.room[other] < self.room[item]
                beside.append(top[other] + (_BESIDE_SAME_COLUMN if is_above else -_BESIDE_SAME_COLUMN))
                continue
            has_sides = True
            if towards is None or own_side == towards:
                row = top[other] + (offsets[other][other_side][net] if other < cards else 0)
                rows.append(row - (offsets[item][own_side][net] if item < cards else 0))
        if not has_sides:
            rows = beside
        weight = (1.0 if item < cards else 4.0) + 0.2 * len(rows)
        return (_upper_median(rows) if rows else top[item]), weight


def _upper_median(rows: list[int]) -> int:
    rows.sort()
    return rows[len(rows) // 2]


def _components(structure: Structure) -> list[int]:
    """For each item the number of its connected component (its lowest item, by union and find)."""
    root = list(range(structure.item_count))

    def find(item: int) -> int:
        while root[item] != item:
            root[item] = root[root[item]]
            item = root[item]
        return item

    for joint in structure.joints:
        a, b = find(joint.near), find(joint.far)
        if a != b:
            root[max(a, b)] = min(a, b)
    return [find(item) for item in range(structure.item_count)]
