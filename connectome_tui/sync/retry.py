"""Asking a provider again when it fails (SYNC-7): the core itself asks once."""

import asyncio
import random as _random
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Final, Generic, TypeVar

from connectome_tui.sync.contracts import Options, Provider
from connectome_tui.sync.errors import OptionError
from connectome_tui.sync.reading import read_options
from connectome_tui.sync.scheduling import LoopScheduler, Scheduler
from connectome_tui.sync.scope import REFRESH_SCOPE, RefreshScope

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a provider is asked, and how long is waited in between.

    The wait is `initial_delay_ms` after the first failure, then `multiplier` times the one before, at
    most `max_delay_ms`. With `jitter` each wait is a random part of that, between half and all of it.
    """

    max_attempts: int = 3
    initial_delay_ms: float = 500
    multiplier: float = 2
    max_delay_ms: float = 10_000
    jitter: bool = False

    def __post_init__(self) -> None:
        for name, least in (("max_attempts", 1), ("initial_delay_ms", 0), ("multiplier", 1), ("max_delay_ms", 0)):
            if not (isinstance(value := getattr(self, name), (int, float)) and isfinite(value) and value >= least):
                raise OptionError(f"{name} is a number, {least} or more, not {value!r}")

    def delay_ms(self, failures: int, random: Callable[[], float] = _random.random) -> float:
        """How long to wait after so many failures (1 or more); `random` gives numbers from 0 to 1."""
        delay = min(self.initial_delay_ms, self.max_delay_ms)
        for _ in range(failures - 1):
            if delay in {0, self.max_delay_ms} or self.multiplier == 1:
                break
            delay = min(delay * self.multiplier, self.max_delay_ms)
        return delay * (0.5 + random() / 2) if self.jitter else delay


DEFAULT_RETRY_POLICY: Final = RetryPolicy()
"""Three attempts, half a second and a second apart."""


def with_retry(
    provider: Provider[T],
    policy: Options = None,
    *,
    scheduler: Scheduler | None = None,
    random: Callable[[], float] = _random.random,
) -> Provider[T]:
    """A provider that asks `provider` again when it raises an `Exception`, and raises the last one.

    Inside a sync, each failure that is followed by another attempt goes to the `on_error` of that sync
    (phase `getSnapshot`, `will_retry`, `next_delay_ms`), and `stop` ends the waiting: no attempt
    follows. Outside of one, cancelling the task does.
    """
    return _RetryingProvider(provider, read_options(RetryPolicy, policy), scheduler or LoopScheduler(), random)


class _RetryingProvider(Generic[T]):
    def __init__(
        self, provider: Provider[T], policy: RetryPolicy, scheduler: Scheduler, random: Callable[[], float]
    ) -> None:
        self._provider = provider
        self._policy = policy
        self._scheduler = scheduler
        self._random = random

    async def get_snapshot(self) -> T:
        scope = REFRESH_SCOPE.get()
        attempt = 1
        while True:
            if scope is not None:
                scope.attempt = attempt
            try:
                return await self._provider.get_snapshot()
            except Exception as error:
                if attempt >= self._policy.max_attempts:
                    raise
                delay_ms = self._policy.delay_ms(attempt, self._random)
                if not await self._wait(error, delay_ms, scope):
                    raise
            attempt += 1

    async def _wait(self, error: Exception, delay_ms: float, scope: RefreshScope | None) -> bool:
        """Wait for the next attempt; False when the sync was stopped, before or meanwhile."""
        if scope is not None:
            scope.report_retry(error, delay_ms)
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end() -> None:
            if not over.done():
                over.set_result(None)

        timer = self._scheduler.call_later(delay_ms, end)
        try:
            waited_for = {over} if scope is None else {over, scope.stopping}
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        return scope is None or not scope.stopping.done()
