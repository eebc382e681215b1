"""Debounce and throttle: fewer refreshes than events, at the price of being late (SYNC-7)."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from connectome_tui.sync.errors import OptionError
from connectome_tui.sync.revision import Revision, compare_revisions
from connectome_tui.sync.scheduling import Scheduler, Timer


@dataclass(frozen=True, slots=True)
class ThrottlingOptions:
    """How events are thinned out; 0 milliseconds turn a kind off. Debouncing comes first.

    `debounce_ms`: refresh once no event has come for so long. `throttle_ms`: refresh at most once in so
    long; with `leading` the first event of an interval refreshes at once, with `trailing` the newest one
    that came during it refreshes at its end. Without `trailing` those are dropped: what they told of is
    seen with the next event.
    """

    debounce_ms: float = 0
    throttle_ms: float = 0
    leading: bool = True
    trailing: bool = True

    def __post_init__(self) -> None:
        for name in ("debounce_ms", "throttle_ms"):
            if not (isinstance(value := getattr(self, name), (int, float)) and isfinite(value) and value >= 0):
                raise OptionError(f"{name} is a number of milliseconds, 0 or more, not {value!r}")
        if self.throttle_ms and not (self.leading or self.trailing):
            raise OptionError("a throttle that is neither leading nor trailing never refreshes")


class Wanted(NamedTuple):
    """An event that deserves a refresh: its revision, and the event as it came."""

    revision: Revision
    raw: object


class EventThrottle:
    """Passes events on, later and fewer: `fire` gets the newest of those that it stands for, and never raises.

    `failed` gets what the scheduler raised; the event behind it is passed on at once.
    """

    def __init__(
        self,
        options: ThrottlingOptions,
        scheduler: Scheduler,
        fire: Callable[[Wanted], None],
        failed: Callable[[Exception, Wanted], None],
    ) -> None:
        self._options = options
        self._scheduler = scheduler
        self._fire = fire
        self._failed = failed
        self._debounced: Wanted | None = None
        self._silence: Timer | None = None
        self._throttled: Wanted | None = None
        self._interval: Timer | None = None

    def submit(self, wanted: Wanted) -> None:
        """Pass this event on, now or later."""
        if not self._options.debounce_ms:
            self._throttle(wanted)
            return
        self._debounced = _newer(self._debounced, wanted)
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self._later(self._options.debounce_ms, self._on_silence, wanted)
        if self._silence is None:
            self._on_silence()

    def cancel(self) -> None:
        """Forget what waits."""
        self._debounced = self._throttled = None
        for timer in (self._silence, self._interval):
            if timer is not None:
                timer.cancel()
        self._silence = self._interval = None

    def _on_silence(self) -> None:
        wanted, self._debounced, self._silence = self._debounced, None, None
        if wanted is not None:
            self._throttle(wanted)

    def _throttle(self, wanted: Wanted) -> None:
        if not self._options.throttle_ms:
            self._fire(wanted)
        elif self._interval is None:
            self._begin_interval(wanted, at_once=self._options.leading)
        elif self._options.trailing:
            self._throttled = _newer(self._throttled, wanted)

    def _on_interval(self) -> None:
        wanted, self._throttled, self._interval = self._throttled, None, None
        if wanted is not None:
            self._begin_interval(wanted, at_once=True)

    def _begin_interval(self, wanted: Wanted, *, at_once: bool) -> None:
        self._interval = self._later(self._options.throttle_ms, self._on_interval, wanted)
        if at_once or self._interval is None:
            self._fire(wanted)
        else:
            self._throttled = wanted

    def _later(self, delay_ms: float, callback: Callable[[], None], wanted: Wanted) -> Timer | None:
        try:
            return self._scheduler.call_later(delay_ms, callback)
        except Exception as error:  # noqa: BLE001 - whatever a scheduler raises must not hold an event back
            self._failed(error, wanted)
            return None


def _newer(one: Wanted | None, other: Wanted) -> Wanted:
    """Events may be reordered on the way: what is waited for is the newest, not the last."""
    return other if one is None or compare_revisions(other.revision, one.revision) >= 0 else one
