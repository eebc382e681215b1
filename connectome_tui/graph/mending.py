"""Small repairs of a layout: a lane or a card is moved by a row or two where that saves a dogleg."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from connectome_tui.graph.gutters import Gutter, ends_in_gutters, pack_gutter
from connectome_tui.graph.nets import LEFT, RIGHT, Structure
from connectome_tui.graph.rows import Rows

MOST_ITEMS: Final = 120
"""Larger layouts are left as they are: every move that is tried costs the packing of two gutters."""
MOST_TRIALS: Final = 300
_MOVES: Final = (1, -1, 2, -2)

Cost = tuple[int, int, int]
"""Doglegs, tracks, and trunks."""


def mend_doglegs(structure: Structure, rows: Rows, gutters: Sequence[Gutter], gap: int, most: int) -> list[Gutter]:
    """Move items, within `most` rows, as long as that leaves fewer doglegs; `rows` is changed in place."""
    mender = _Mender(structure, rows, list(gutters), gap, most)
    while any(gutter.doglegs for gutter in mender.gutters) and mender.improve(mender.items_at_doglegs()):
        pass
    return mender.gutters


class _Mender:
    def __init__(self, structure: Structure, rows: Rows, gutters: list[Gutter], gap: int, most: int) -> None:
        self.structure, self.rows, self.gutters, self.gap, self.most = structure, rows, gutters, gap, most
        self.trials = MOST_TRIALS if structure.item_count <= MOST_ITEMS else 0

    def improve(self, items: Iterable[int]) -> bool:
        """Make the move that gains most; false when none gains anything."""
        best: tuple[Cost, dict[int, int]] | None = None
        for item in items:
            for move in _MOVES:
                moves = self._with_those_in_the_way(item, move)
                if not moves or self.trials <= 0:
                    continue
                self.trials -= 1
                gain = self._gain_of(moves)
                if gain > (0, 0, 0) and (best is None or gain > best[0]):
                    best = gain, moves
        if best is None:
            return False
        self._move(best[1], 1)
        self.gutters = self._packed_around(best[1])
        return True

    def items_at_doglegs(self) -> Iterator[int]:
        """What could be moved to be rid of doglegs: lanes before cards."""
        if not self.trials:
            return
        for gutter, packed in enumerate(self.gutters):
            if packed.doglegs:
                yield from self._items_at(gutter)

    def _items_at(self, gutter: int) -> list[int]:
        """The ends of the nets in a gutter that share a row with one that is cut, lanes before cards."""
        structure = self.structure
        ends = ends_in_gutters(structure, self.rows, [gutter])[gutter]
        cut = (net for net, trunk in self.gutters[gutter].trunks.items() if trunk.dogleg_row >= 0)
        used = {row for net in cut for rows in ends[net] for row in rows}
        sharing = {net for net, (left, right) in ends.items() if used & (left | right)}
        beside = {
            item
            for joint in structure.joints
            if joint.gutter == gutter and joint.net in sharing
            for item in (joint.near, joint.far)
        }
        return sorted(beside, key=lambda item: (structure.is_card(item), item))

    def _gain_of(self, moves: dict[int, int]) -> Cost:
        """What a move would save."""
        before = self.gutters
        self._move(moves, 1)
        after = self._packed_around(moves)
        self._move(moves, -1)
        old, new = _cost(before), _cost(after)
        return old[0] - new[0], old[1] - new[1], old[2] - new[2]

    def _packed_around(self, moves: dict[int, int]) -> list[Gutter]:
        """The gutters, those beside the column of these items packed anew."""
        column = self.structure.column_of[next(iter(moves))]
        touched = [gutter for gutter in (column - 1, column) if gutter >= 0]
        packed = list(self.gutters)
        for gutter, ends in ends_in_gutters(self.structure, self.rows, touched).items():
            packed[gutter] = pack_gutter(ends, packed[gutter].sequence)
        return packed

    def _with_those_in_the_way(self, item: int, move: int) -> dict[int, int]:
        """How far each item of the column has to go; empty when there is no room."""
        order = self.structure.order[self.structure.column_of[item]]
        at = order.index(item)
        way = order[at:] if move > 0 else order[at::-1]
        top, height = self.rows.top, self.rows.height
        moves = {item: move}
        for one, other in pairwise(way):
            upper, lower = (one, other) if move > 0 else (other, one)
            distance = height[upper] + (self.gap if self._are_cards(upper, lower) else 0)
            space = top[lower] + moves.get(lower, 0) - top[upper] - moves.get(upper, 0) - distance
            if space >= 0:
                break
            moves[other] = -space if move > 0 else space
        fits = all(top[one] + by >= 0 and top[one] + by + height[one] <= self.most for one, by in moves.items())
        return moves if fits else {}

    def _are_cards(self, one: int, other: int) -> bool:
        return self.structure.is_card(one) and self.structure.is_card(other)

    def _move(self, moves: dict[int, int], sign: int) -> None:
        for item, by in moves.items():
            self.rows.top[item] += sign * by
            for side in (LEFT, RIGHT):
                ports = self.rows.port[item][side]
                for net in ports:
                    ports[net] += sign * by


def _cost(gutters: Sequence[Gutter]) -> Cost:
    return (
        sum(gutter.doglegs for gutter in gutters),
        sum(gutter.tracks for gutter in gutters),
        sum(len(gutter.trunks) for gutter in gutters),
    )
