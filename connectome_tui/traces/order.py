"""Causal order (SPAN-4): parents before their children, siblings by start time, nothing lost to cycles."""

from collections.abc import Sequence
from typing import Final

ROOT: Final = -1
"""The parent of an item that has none."""


def cut_cycles(parents: Sequence[int], by_start: Sequence[int]) -> tuple[list[int], list[int]]:
    """`parents` without cycles, and the items that were cut from theirs.

    Broken records can make a span its own ancestor. The earliest item of each such ring (`by_start`
    lists all items by start time) becomes a root.
    """
    free = list(parents)
    cut: list[int] = []
    settled = bytearray(len(free))
    rank: dict[int, int] | None = None
    for item in range(len(free)):
        path = []
        while item != ROOT and not settled[item]:
            settled[item] = 2
            path.append(item)
            item = free[item]  # noqa: PLW2901 - walking up
        if item != ROOT and settled[item] == 2:
            ring = path[path.index(item) :]
            rank = rank or {each: place for place, each in enumerate(by_start)}
            first = min(ring, key=rank.__getitem__)
            free[first] = ROOT
            cut.append(first)
        for each in path:
            settled[each] = 1
    return free, cut


def causal_order(parents: Sequence[int], by_start: Sequence[int]) -> list[int]:
    """Every item once, depth first: each before its children, siblings and roots in the order of `by_start`.

    `parents` must be free of cycles (`cut_cycles`).
    """
    order = depth_first(parents, by_start)
    assert len(order) == len(parents), "the parents hold a cycle"
    return order


def depth_first(parents: Sequence[int], by_start: Sequence[int]) -> list[int]:
    """The same for any parents; what hangs on a cycle is left out."""
    children: list[list[int] | None] = [None] * len(parents)
    stack: list[int] = []
    for item in reversed(by_start):
        parent = parents[item]
        if parent == ROOT:
            stack.append(item)
        elif (siblings := children[parent]) is None:
            children[parent] = [item]
        else:
            siblings.append(item)
    order: list[int] = []
    while stack:
        item = stack.pop()
        order.append(item)
        if below := children[item]:
            stack.extend(below)
    return order
