"""Asking again: policy, reports and how it ends (SYNC-7)."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from connectome_tui.sync import (
    DEFAULT_RETRY_POLICY,
    ManualScheduler,
    OptionError,
    RetryPolicy,
    RevisionSync,
    with_retry,
)
from tests.unit.sync.fakes import FakeProvider, Rig, event, settle


def failing(times: int) -> FakeProvider:
    provider = FakeProvider()
    provider.errors = [ConnectionError(f"failure {number}") for number in range(1, times + 1)]
    return provider


async def finished(work: asyncio.Future[Any], time: ManualScheduler) -> list[float]:
    """Let time pass until `work` is done; how long each wait was."""
    waits: list[float] = []
    await settle()
    while not work.done():
        [delay] = time.delays_ms
        waits.append(delay)
        time.advance(delay)
        await settle()
    return waits


async def test_three_attempts_half_a_second_and_a_second_apart_are_the_default() -> None:
    """SYNC-7: the third attempt may still succeed."""
    provider, time = failing(2), ManualScheduler()
    work = asyncio.ensure_future(with_retry(provider, scheduler=time).get_snapshot())
    assert await finished(work, time) == [500, 1000]
    assert work.result()["revision"] == "1"
    assert provider.calls == 3
    assert time.delays_ms == []


async def test_the_last_error_is_raised_as_it_is() -> None:
    """SYNC-7: after the last attempt, and that one is not followed by a wait."""
    provider, time = failing(3), ManualScheduler()
    last = provider.errors[-1]
    work = asyncio.ensure_future(with_retry(provider, {"max_attempts": 3}, scheduler=time).get_snapshot())
    await finished(work, time)
    assert work.exception() is last
    assert provider.calls == 3


def test_waits_grow_up_to_the_cap() -> None:
    """SYNC-7: by the multiplier, at most `max_delay_ms`, also after a great many failures."""
    policy = RetryPolicy(initial_delay_ms=100, multiplier=3, max_delay_ms=2000)
    assert [policy.delay_ms(failures) for failures in (1, 2, 3, 4, 10**9)] == [100, 300, 900, 2000, 2000]
    assert RetryPolicy(multiplier=1).delay_ms(10**9) == 500
    assert RetryPolicy(initial_delay_ms=50_000).delay_ms(1) == 10_000
    assert RetryPolicy(3, 500, 2, 10_000, jitter=False) == DEFAULT_RETRY_POLICY


def test_jitter_takes_between_half_and_all_of_a_wait() -> None:
    """SYNC-7: only when it is asked for."""
    parts = iter((0.0, 0.5, 1.0))
    assert [RetryPolicy(jitter=True).delay_ms(1, lambda: next(parts)) for _ in range(3)] == [250, 375, 500]
    assert RetryPolicy().delay_ms(1, lambda: 0.0) == 500


async def test_attempts_inside_a_sync_are_reported() -> None:
    """SYNC-6: each that is followed by another with its wait; the last one as the error of the refresh, once."""
    provider, time = failing(3), ManualScheduler()
    errors = list(provider.errors)
    rig = Rig(provider=with_retry(provider, scheduler=time))
    starting = asyncio.ensure_future(rig.sync.start())
    await finished(starting, time)
    assert starting.exception() is errors[-1]
    assert [context.error for context in rig.errors] == errors
    assert [(c.phase, c.attempt, c.will_retry, c.next_delay_ms) for c in rig.errors] == [
        ("getSnapshot", 1, True, 500),
        ("getSnapshot", 2, True, 1000),
        ("getSnapshot", 3, False, None),
    ]


async def test_a_retry_that_succeeds_is_no_failure() -> None:
    """SYNC-7: the snapshot is applied, and the reports name the event behind it."""
    provider, time = failing(0), ManualScheduler()
    rig = Rig(provider=with_retry(provider, scheduler=time))
    await rig.sync.start()
    provider.errors = [ConnectionError("once")]
    provider.revision = "2"
    rig.emit("2")
    await settle()
    time.advance(500)
    await settle()
    assert rig.sync.local_revision == "2"
    [context] = rig.errors
    assert (context.will_retry, context.source_event) == (True, event("2"))


async def test_stop_ends_the_wait_and_no_attempt_follows() -> None:
    """SYNC-7: no timer, no task and no call is left; `start` returns."""
    provider, time = failing(1), ManualScheduler()
    rig = Rig(provider=with_retry(provider, scheduler=time))
    starting = asyncio.ensure_future(rig.sync.start())
    await settle()
    assert time.delays_ms == [500]
    rig.sync.stop()
    await starting
    await settle()
    assert time.delays_ms == []
    assert len(asyncio.all_tasks()) == 1
    time.advance(10_000)
    await settle()
    assert provider.calls == 1


async def test_a_stop_from_on_error_ends_it_too() -> None:
    """SYNC-7: who has seen enough at the first failure may stop there."""
    provider, time = failing(1), ManualScheduler()
    syncs: list[RevisionSync] = []
    rig = Rig(provider=with_retry(provider, scheduler=time), on_error=lambda _context: syncs[0].stop())
    syncs.append(rig.sync)
    await rig.sync.start()
    await settle()
    assert (time.delays_ms, provider.calls) == ([], 1)


async def test_cancelling_ends_the_wait() -> None:
    """SYNC-7: outside of a sync, and no timer is left."""
    time = ManualScheduler()
    work = asyncio.ensure_future(with_retry(failing(1), scheduler=time).get_snapshot())
    await settle()
    work.cancel()
    await settle()
    assert work.cancelled()
    assert time.delays_ms == []


async def test_what_is_no_exception_is_not_tried_again() -> None:
    """SYNC-6: cancelling passes through."""
    provider = FakeProvider()
    provider.errors = [asyncio.CancelledError()]
    with pytest.raises(asyncio.CancelledError):
        await with_retry(provider).get_snapshot()
    assert provider.calls == 1


async def test_a_provider_that_an_applier_asks_is_not_taken_for_the_sync_s() -> None:
    """SYNC-6: what is retried inside an apply is not reported as a failure of the refresh."""
    other, time = failing(1), ManualScheduler()

    class Asking:
        async def apply(self, _envelope: object) -> None:
            await with_retry(other, {"initial_delay_ms": 0}, scheduler=time).get_snapshot()

    rig = Rig(applier=Asking())
    starting = asyncio.ensure_future(rig.sync.start())
    await finished(starting, time)
    assert rig.errors == []


def test_a_policy_comes_as_a_mapping_or_an_object() -> None:
    """SYNC-7: with what is not said as by default."""
    provider = FakeProvider()
    for given in ({"max_attempts": 5}, SimpleNamespace(max_attempts=5), RetryPolicy(max_attempts=5)):
        assert with_retry(provider, given)._policy == RetryPolicy(max_attempts=5)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "policy",
    [{"max_attempts": 0}, {"initial_delay_ms": -1}, {"multiplier": 0.5}, {"max_delay_ms": float("nan")}, {"tries": 3}],
)
def test_a_policy_without_meaning_is_refused(policy: dict[str, Any]) -> None:
    """SYNC-7: where the provider is wrapped, and with the name."""
    with pytest.raises(OptionError, match=next(iter(policy))):
        with_retry(FakeProvider(), policy)
