"""Trunks in gutters: the order that no two nets share cells in, and doglegs where there is none."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.graph.gutters import NetEnds, pack_gutter

ROWS = st.integers(0, 11)


def straight_stretches(ends: NetEnds) -> list[tuple[int, int, tuple[int, int]]]:
    """The level stretches of all nets as (net, row, (first track, last track)); the edges are -1 and 99."""
    gutter = pack_gutter(ends)
    stretches = []
    for net, (left, right) in ends.items():
        trunk = gutter.trunks.get(net)
        if trunk is None:
            stretches += [(net, row, (-1, 99)) for row in left | right]
            continue
        last = trunk.second if trunk.dogleg_row >= 0 else trunk.first
        stretches += [(net, row, (-1, trunk.first)) for row in left]
        stretches += [(net, row, (last, 99)) for row in right]
        if trunk.dogleg_row >= 0:
            stretches.append((net, trunk.dogleg_row, (min(trunk.first, last), max(trunk.first, last))))
    return stretches


@settings(max_examples=300)
@given(st.permutations(range(12)), st.permutations(range(12)), st.integers(1, 6))
def test_no_two_nets_share_a_row_in_the_same_place(left: list[int], right: list[int], count: int) -> None:
    """GRAPH.md 6: whatever the rows of the nets, their level stretches never lie on each other."""
    ends = {net: ({left[2 * net], left[2 * net + 1]}, {right[2 * net], right[2 * net + 1]}) for net in range(count)}
    stretches = straight_stretches(ends)
    for at, (net, row, (first, last)) in enumerate(stretches):
        for other, other_row, (other_first, other_last) in stretches[at + 1 :]:
            if net != other and row == other_row:
                assert last < other_first or other_last < first


def test_nets_that_swap_rows_get_a_dogleg() -> None:
    """GRAPH.md 6: two nets that change places need one trunk cut in two, joined in a row of its own."""
    gutter = pack_gutter({0: ({1}, {5}), 1: ({5}, {1})})
    assert gutter.doglegs == 1
    (cut,) = (trunk for trunk in gutter.trunks.values() if trunk.dogleg_row >= 0)
    assert cut.dogleg_row not in {1, 5}
    assert gutter.tracks == 3


def test_a_net_that_goes_straight_has_no_trunk() -> None:
    """GRAPH.md 6: a net that leaves in the row in which it came needs no track."""
    gutter = pack_gutter({0: ({3}, {3})})
    assert gutter.trunks == {}
    assert gutter.tracks == 0


def test_trunks_without_a_row_in_common_share_a_track() -> None:
    """GRAPH.md 6: tracks are packed from the left edge."""
    gutter = pack_gutter({0: ({0}, {2}), 1: ({6}, {9})})
    assert gutter.tracks == 1


def test_a_familiar_order_is_kept() -> None:
    """GRAPH-3: at another level of detail trunks keep their order where they can."""
    free: NetEnds = {0: ({0, 9}, {4}), 1: ({2, 7}, {5})}
    assert pack_gutter(free, [0, 1]).sequence == [0, 1]
    assert pack_gutter(free, [1, 0]).sequence == [1, 0]
