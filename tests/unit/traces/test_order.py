"""Causal order (SPAN-4)."""

import itertools
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.traces.order import ROOT, causal_order, cut_cycles


@st.composite
def any_parents(draw: st.DrawFn) -> list[int]:
    """A parent for each of some items, with rings and items that are their own parents."""
    size = draw(st.integers(0, 12))
    return [draw(st.integers(ROOT, size - 1)) for _ in range(size)]


def test_children_follow_their_parent_and_siblings_their_start() -> None:
    """Depth first: a subtree is finished before the next sibling, siblings and roots go by start."""
    parents = [ROOT, 0, 1, 0, ROOT]
    assert causal_order(parents, [4, 0, 3, 1, 2]) == [4, 0, 3, 1, 2]
    assert causal_order(parents, [0, 1, 2, 3, 4]) == [0, 1, 2, 3, 4]


def test_a_ring_is_cut_at_its_earliest_item() -> None:
    """Three spans that are each other's ancestors: the earliest begins, and what hangs below the ring stays there."""
    free, cut = cut_cycles([2, 0, 1, 2], [3, 1, 2, 0])
    assert cut == [1]
    assert causal_order(free, [3, 1, 2, 0]) == [1, 2, 3, 0]


@given(any_parents(), st.randoms(use_true_random=False))
def test_nothing_is_lost_to_cycles(parents: list[int], random: Random) -> None:
    """Whatever the parents are, each item comes out once, behind its parent unless it was cut from it."""
    by_start = list(range(len(parents)))
    random.shuffle(by_start)
    free, cut = cut_cycles(parents, by_start)
    order = causal_order(free, by_start)
    place = {item: number for number, item in enumerate(order)}
    assert sorted(order) == list(range(len(parents)))
    for item, parent in enumerate(parents):
        assert (free[item] == parent) == (item not in cut or parent == ROOT)
        assert free[item] == ROOT or place[free[item]] < place[item]


def test_a_chain_of_many_thousands_needs_no_recursion() -> None:
    """A trace as deep as 100,000 spans is put in order."""
    size = 100_000
    parents = [ROOT, *range(size - 1)]
    free, cut = cut_cycles(parents, range(size))
    assert not cut
    assert all(earlier < later for earlier, later in itertools.pairwise(causal_order(free, range(size))))
