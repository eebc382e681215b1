"""The order of cards and lanes in their columns: sweeps that pull each towards its neighbours, best kept."""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from typing import Final

from connectome_tui.graph.nets import LEFT, RIGHT, Structure

SWEEPS: Final = 12
PATIENCE: Final = 4
"""Sweeps without a better order after which it is enough."""
SWAP_ROUNDS: Final = 4
_FAR_BELOW: Final = 1e6


def order_items(structure: Structure, previous: Mapping[str, int] | None = None) -> None:
    """Set `structure.order`.

    `previous` gives the rows that items had in an earlier layout, by their keys: those keep their
    order, new ones go where their neighbours are (GRAPH.md, "When nodes arrive live").
    """
    if previous:
        _insert_new(structure, previous)
    else:
        _Sweeper(structure).run()


def count_crossings(order: Sequence[Sequence[int]], segments: Sequence[Sequence[tuple[int, int]]]) -> int:
    """Crossings between neighbouring columns; `segments[g]` are pairs (left item, right item) in gutter `g`."""
    position = {item: at for column in order for at, item in enumerate(column)}
    crossings = 0
    for pairs in segments:
        seen: list[int] = []
        for _, right in sorted((position[left], position[right]) for left, right in pairs):
            crossings += len(seen) - bisect_right(seen, right)
            insort(seen, right)
    return crossings


class _Sweeper:
    """Barycentre and median sweeps, then swaps of neighbours."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.order = [list(column) for column in structure.order]
        count = structure.item_count
        self.position = [0] * count
        self.beside: tuple[list[list[int]], list[list[int]]] = ([[] for _ in range(count)], [[] for _ in range(count)])
        self.same: list[list[int]] = [[] for _ in range(count)]
        self.segments: list[list[tuple[int, int]]] = [[] for _ in self.order]
        for joint in structure.joints:
            ends = (joint.near, joint.far)
            if structure.column_of[joint.near] == structure.column_of[joint.far]:
                self.same[joint.near].append(joint.far)
                self.same[joint.far].append(joint.near)
                continue
            left, right = sorted(ends, key=structure.column_of.__getitem__)
            self.beside[RIGHT][left].append(right)
            self.beside[LEFT][right].append(left)
            self.segments[joint.gutter].append((left, right))

    def run(self) -> None:
        """Sweep, keep the best order met, and improve it by swaps."""
        self._number()
        best, fewest, best_sweep = self._copy(), count_crossings(self.order, self.segments), 0
        for sweep in range(SWEEPS):
            if sweep - best_sweep > PATIENCE:
                break
            self._sweep(LEFT if sweep % 2 == 0 else RIGHT, use_median=sweep % 4 >= 2)
            crossings = count_crossings(self.order, self.segments)
            if crossings < fewest:
                best, fewest, best_sweep = self._copy(), crossings, sweep
        self.order = best
        self._number()
        for _ in range(SWAP_ROUNDS):
            if not self._swap_neighbours():
                break
        self.structure.order = self.order

    def _copy(self) -> list[list[int]]:
        return [list(column) for column in self.order]

    def _number(self) -> None:
        for column in self.order:
            self._number_column(column)

    def _number_column(self, column: Sequence[int]) -> None:
        for at, item in enumerate(column):
            self.position[item] = at

    def _sweep(self, side: int, *, use_median: bool) -> None:
        for column in self.order if side == LEFT else reversed(self.order):
            wanted = {item: self._wanted(item, side, use_median=use_median) for item in column}
            column.sort(key=wanted.__getitem__)
            self._number_column(column)

    def _wanted(self, item: int, side: int, *, use_median: bool) -> float:
        position = self.position
        near = sorted(position[other] for other in self.beside[side][item])
        if not near:
            if self.beside[1 - side][item] or not self.same[item]:
                return position[item]
            near = sorted(position[other] for other in self.same[item])
            return sum(near) / len(near) + 0.5
        if use_median:
            return (near[(len(near) - 1) // 2] + near[len(near) // 2]) / 2
        return sum(near) / len(near)

    def _swap_neighbours(self) -> bool:
        swapped = False
        for column in self.order:
            for at in range(len(column) - 1):
                above, below = column[at], column[at + 1]
                if self._gain_of_swap(above, below) > 0:
                    column[at], column[at + 1] = below, above
                    self.position[above], self.position[below] = at + 1, at
                    swapped = True
        return swapped

    def _gain_of_swap(self, above: int, below: int) -> int:
        position = self.position
        gain = 0
        for side in (LEFT, RIGHT):
            for a in self.beside[side][above]:
                for b in self.beside[side][below]:
                    gain += (position[a] > position[b]) - (position[a] < position[b])
        return gain


def _insert_new(structure: Structure, previous: Mapping[str, int]) -> None:
    keys = structure.key_of

    def wanted(item: int) -> tuple[float, bool]:
        if keys[item] in previous:
            return previous[keys[item]], False
        known = [previous[keys[end.other]] for end in structure.ends[item] if keys[end.other] in previous]
        return (sum(known) / len(known) if known else _FAR_BELOW), True

    for column in structure.order:
        column.sort(key=wanted)
