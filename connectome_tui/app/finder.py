"""Which of the hits of a search to begin with."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def hit_near(hits: Sequence[int], at: int, *, ahead: bool) -> int:
    """The place of the hit to begin with: the nearest at or before `at`, or with `ahead` the first from it on."""
    if not hits:
        return -1
    if ahead:
        return min(bisect_left(hits, at), len(hits) - 1)
    return max(0, bisect_right(hits, at) - 1)
