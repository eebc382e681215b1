"""Debounce and throttle, by a clock that is moved by hand (SYNC-7)."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from connectome_tui.sync import ManualScheduler, OptionError, ThrottlingOptions
from tests.unit.sync.fakes import Rig, settle


class ThrottledRig(Rig):
    """A started sync whose provider always has the newest that was told of; `passed` moves its time."""

    def __init__(self, **throttling: Any) -> None:
        self.time = ManualScheduler()
        super().__init__(throttling=throttling, scheduler=self.time)

    def emit(self, *revisions: object) -> None:
        self.provider.revision = max((*revisions, self.provider.revision), key=lambda text: int(str(text)))
        super().emit(*revisions)

    async def passed(self, ms: float) -> int:
        """How many snapshots were pulled behind the first, once so much time has passed."""
        self.time.advance(ms)
        await settle()
        return self.provider.calls - 1


async def started(**throttling: Any) -> ThrottledRig:
    rig = ThrottledRig(**throttling)
    await rig.sync.start()
    return rig


async def test_debounce_waits_for_silence() -> None:
    """SYNC-7: each event begins the wait anew; one refresh follows the last."""
    rig = await started(debounce_ms=100)
    for revision in ("2", "3", "4"):
        rig.emit(revision)
        assert await rig.passed(99) == 0
    assert await rig.passed(1) == 1
    assert rig.sync.local_revision == "4"
    assert await rig.passed(1000) == 1


@pytest.mark.parametrize("order", [("7", "2"), ("2", "7")])
async def test_what_waits_is_the_newest_not_the_last(order: tuple[str, str]) -> None:
    """SYNC-2: events that were reordered on the way lose nothing."""
    rig = await started(debounce_ms=100)
    rig.emit(*order)
    rig.provider.revision = "2"
    await rig.sync.refresh()
    rig.provider.revision = "7"
    await rig.passed(100)
    assert rig.sync.local_revision == "7"


async def test_throttle_refreshes_first_and_last_of_an_interval() -> None:
    """SYNC-7: by default both edges; without events in an interval the next one is at once again."""
    rig = await started(throttle_ms=100)
    rig.emit("2")
    assert await rig.passed(0) == 1
    rig.emit("3", "4")
    assert await rig.passed(99) == 1
    assert await rig.passed(1) == 2
    assert rig.sync.local_revision == "4"
    rig.emit("5")
    assert await rig.passed(99) == 2
    assert await rig.passed(1) == 3
    assert await rig.passed(100) == 3
    rig.emit("6")
    assert await rig.passed(0) == 4


async def test_without_leading_the_first_waits_for_the_interval() -> None:
    """SYNC-7: one refresh at the end of each interval that had events."""
    rig = await started(throttle_ms=100, leading=False)
    rig.emit("2", "3")
    assert await rig.passed(99) == 0
    assert await rig.passed(1) == 1
    assert rig.sync.local_revision == "3"


async def test_without_trailing_what_comes_during_an_interval_is_dropped() -> None:
    """SYNC-7: the next event behind the interval brings it all."""
    rig = await started(throttle_ms=100, trailing=False)
    rig.emit("2")
    await settle()
    rig.emit("3")
    assert await rig.passed(100) == 1
    assert rig.sync.local_revision == "2"
    rig.emit("4")
    assert await rig.passed(0) == 2
    assert rig.sync.local_revision == "4"


async def test_debounce_comes_before_throttle() -> None:
    """SYNC-7: silence first, then at most one in an interval."""
    rig = await started(debounce_ms=10, throttle_ms=100)
    rig.emit("2")
    assert await rig.passed(10) == 1
    rig.emit("3")
    assert await rig.passed(10) == 1
    assert await rig.passed(90) == 2


async def test_first_and_manual_refreshes_do_not_wait() -> None:
    """SYNC-7: debounce and throttle are for events alone; what a refresh brought is not pulled again."""
    rig = await started(debounce_ms=100, throttle_ms=100)
    assert rig.sync.local_revision == "1"
    rig.emit("2")
    await rig.sync.refresh()
    assert rig.sync.local_revision == "2"
    assert await rig.passed(1000) == 1


async def test_stop_ends_the_timers() -> None:
    """SYNC-4: nothing is left to be called, and nothing is pulled."""
    rig = await started(debounce_ms=100)
    rig.emit("2")
    assert rig.time.delays_ms == [100]
    rig.sync.stop()
    assert rig.time.delays_ms == []
    assert await rig.passed(1000) == 0


async def test_a_start_that_failed_forgets_what_waited() -> None:
    """SYNC-4: its timers end with it."""
    rig = ThrottledRig(debounce_ms=100)
    rig.provider.gate = asyncio.Event()
    rig.provider.errors = [ConnectionError("no")]
    starting = asyncio.ensure_future(rig.sync.start())
    await settle()
    rig.emit("2")
    rig.provider.gate.set()
    with pytest.raises(ConnectionError):
        await starting
    assert rig.time.delays_ms == []


@pytest.mark.parametrize("throttling", [{"debounce_ms": 5}, {"throttle_ms": 5, "leading": False}])
async def test_time_that_fails_is_reported_and_the_event_passes_at_once(throttling: dict[str, Any]) -> None:
    """SYNC-6: phase throttle, with the event; the sync works as without."""

    class Broken:
        def call_later(self, _delay_ms: float, _callback: object) -> Any:
            raise OSError("no more timers")

    rig = Rig(throttling=throttling, scheduler=Broken())
    await rig.sync.start()
    rig.provider.revision = "2"
    rig.emit("2")
    await settle()
    assert rig.phases == ["throttle"]
    assert rig.errors[0].source_event == {"topic": "catalog", "revision": "2"}
    assert rig.sync.local_revision == "2"


def test_options_come_as_a_mapping_or_an_object() -> None:
    """SYNC-7: with what is not said as by default."""
    for given in (
        {"throttle_ms": 5},
        SimpleNamespace(throttle_ms=5, debounce_ms=None),
        ThrottlingOptions(throttle_ms=5),
    ):
        assert Rig(throttling=given).sync._throttling == ThrottlingOptions(0, 5, leading=True, trailing=True)
    assert Rig(throttling=None).sync._throttling == ThrottlingOptions()


@pytest.mark.parametrize(
    ("throttling", "named"),
    [
        ({"debounce": 5}, "debounce_ms, throttle_ms"),
        ({"debounce_ms": -1}, "debounce_ms"),
        ({"throttle_ms": float("inf")}, "throttle_ms"),
        ({"throttle_ms": "5"}, "throttle_ms"),
        ({"throttle_ms": 5, "leading": False, "trailing": False}, "never"),
    ],
)
def test_options_without_meaning_are_refused(throttling: dict[str, Any], named: str) -> None:
    """SYNC-7: where the sync is made, and with the name."""
    with pytest.raises(OptionError, match=named):
        Rig(throttling=throttling)


async def test_the_time_of_the_event_loop_is_the_default() -> None:
    """SYNC-7: without a scheduler the timers are the loop's."""
    applied = asyncio.Event()

    class Telling:
        def apply(self, envelope: dict[str, str]) -> None:
            if envelope["revision"] == "2":
                applied.set()

    rig = Rig(throttling={"debounce_ms": 1}, applier=Telling())
    await rig.sync.start()
    rig.provider.revision = "2"
    rig.emit("2")
    await applied.wait()
