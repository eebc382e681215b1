"""The order of cards and lanes in their columns."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.graph.folding import fold
from connectome_tui.graph.isotonic import isotonic
from connectome_tui.graph.ordering import count_crossings
from connectome_tui.graph.plan import make_plan
from tests.unit.graph.topologies import make_topology

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(6, 11)), max_size=20)


@given(PAIRS, st.permutations(range(6)), st.permutations(range(6, 12)))
def test_crossings_are_counted(pairs: list[tuple[int, int]], left: list[int], right: list[int]) -> None:
    """GRAPH.md 3: the quick count is that of looking at every pair of edges."""
    slow = sum(
        (left.index(a) - left.index(c)) * (right.index(b) - right.index(d)) < 0
        for at, (a, b) in enumerate(pairs)
        for c, d in pairs[at + 1 :]
    )
    assert count_crossings([left, right], [pairs]) == slow


def test_sweeps_undo_needless_crossings() -> None:
    """GRAPH.md 3: two columns joined crosswise are ordered so that nothing crosses."""
    nodes = ["B:a", "B:b", "B:c", "G:x", "G:y", "G:z"]
    structure = make_plan(fold(make_topology(nodes, ["a>z", "b>y", "c>x"]))).structure
    assert [order.index(item) for order, item in zip(structure.order * 3, (0, 5), strict=False)] == [0, 0]


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(-50, 50), st.sampled_from([1.0, 2.0, 50.0])), min_size=1, max_size=12))
def test_isotonic_values_never_decrease(wishes: list[tuple[int, float]]) -> None:
    """GRAPH.md 4: places never change the order, and are exact where the wishes are in order already."""
    wanted, weights = [float(wish) for wish, _ in wishes], [weight for _, weight in wishes]
    found = isotonic(wanted, weights)
    assert found == sorted(found)
    if wanted == sorted(set(wanted)):
        assert found == wanted
