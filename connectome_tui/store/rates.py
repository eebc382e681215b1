"""How much came in the last minute (the sparklines of the header): 60 buckets of a second each."""

from typing import Final

from connectome_tui.store.state import Rates

BUCKETS: Final = 60


def counted(rates: Rates, now_ms: float, events: int, errors: int) -> Rates:
    """The rates with what arrived at `now_ms`; a clock that went back counts to the newest second."""
    moved = shifted(rates, now_ms)
    return Rates(
        moved.second,
        (*moved.events[:-1], moved.events[-1] + events),
        (*moved.errors[:-1], moved.errors[-1] + errors),
    )


def shifted(rates: Rates, now_ms: float) -> Rates:
    """The same rates as they are to be seen at `now_ms`: the last bucket is the second that runs."""
    second = max(int(now_ms // 1000), rates.second)
    if not rates.events:
        return Rates(second, (0,) * BUCKETS, (0,) * BUCKETS)
    passed = min(second - rates.second, BUCKETS)
    if not passed:
        return rates
    empty = (0,) * passed
    return Rates(second, (*rates.events, *empty)[-BUCKETS:], (*rates.errors, *empty)[-BUCKETS:])
