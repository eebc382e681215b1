"""Isotonic regression: places as near as can be to where things would like to be, in an order that is given."""

from collections.abc import Sequence


def isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[int]:
    """The rounded values nearest to `wanted` (weighted squares) that never decrease: pool adjacent violators."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        pool = (value * weight, weight, 1)
        while pools and pools[-1][0] / pools[-1][1] >= pool[0] / pool[1]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    return [value for total, weight, count in pools for value in [round(total / weight)] * count]
