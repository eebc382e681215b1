"""Start, stop and refresh of a sync (SYNC-3, SYNC-4)."""

import asyncio

import pytest

from connectome_tui.sync import ZERO_REVISION, OptionError, StoppedError
from tests.unit.sync.fakes import Rig, settle


async def test_start_subscribes_then_applies_the_first_snapshot() -> None:
    """SYNC-4: when `start` returns, the subscription stands and the snapshot is applied."""
    rig = Rig()
    assert rig.sync.local_revision == ZERO_REVISION
    await rig.sync.start()
    assert len(rig.subscriber.handlers) == 1
    assert (rig.applier.applied, rig.sync.local_revision) == (["1"], "1")


async def test_the_first_snapshot_is_applied_even_at_zero_and_only_once() -> None:
    """SYNC-3: revision 0 is a state as any other; the second time it is not newer."""
    rig = Rig()
    rig.provider.revision = "0"
    await rig.sync.start()
    await rig.sync.refresh()
    assert rig.applier.applied == ["0"]


@pytest.mark.parametrize(
    ("before", "then", "applied"), [("9", "10", ["9", "10"]), ("10", "9", ["10"]), ("9", "9", ["9"])]
)
async def test_only_what_is_newer_is_applied(before: str, then: str, applied: list[str]) -> None:
    """SYNC-3: an older or equal snapshot changes nothing, and the local revision never goes back."""
    rig = Rig()
    rig.provider.revision = before
    await rig.sync.start()
    rig.provider.revision = then
    await rig.sync.refresh()
    assert rig.applier.applied == applied
    assert rig.sync.local_revision == applied[-1]


async def test_repeated_starts_and_stops_are_harmless() -> None:
    """SYNC-4: one subscription, one refresh, one unsubscribing."""
    rig = Rig()
    await rig.sync.start()
    await rig.sync.start()
    assert (rig.subscriber.subscribed, rig.provider.calls) == (1, 1)
    rig.sync.stop()
    rig.sync.stop()
    assert rig.subscriber.handlers == []


async def test_a_second_start_waits_for_the_first() -> None:
    """SYNC-4: it returns when the first does, and subscribes to nothing itself."""
    rig = Rig()
    rig.provider.gate = asyncio.Event()
    first, second = asyncio.ensure_future(rig.sync.start()), asyncio.ensure_future(rig.sync.start())
    await settle()
    assert not second.done()
    rig.provider.gate.set()
    await asyncio.gather(first, second)
    assert (rig.subscriber.subscribed, rig.provider.calls) == (1, 1)


async def test_a_second_start_fails_as_the_first_does() -> None:
    """SYNC-4, SYNC-6: both raise the error, which was reported once."""
    rig = Rig()
    failure = ConnectionError("no")
    rig.provider.errors = [failure]
    outcomes = await asyncio.gather(rig.sync.start(), rig.sync.start(), return_exceptions=True)
    assert outcomes == [failure, failure]
    assert rig.phases == ["getSnapshot"]


async def test_a_second_start_takes_over_when_the_first_is_cancelled() -> None:
    """SYNC-4: a cancelled caller takes its own start along, not that of another."""
    rig = Rig()
    rig.provider.gate = asyncio.Event()
    first, second = asyncio.ensure_future(rig.sync.start()), asyncio.ensure_future(rig.sync.start())
    await settle()
    first.cancel()
    await settle()
    rig.provider.gate.set()
    await second
    assert first.cancelled()
    assert (len(rig.subscriber.handlers), rig.sync.local_revision) == (1, "1")


async def test_start_after_stop_raises() -> None:
    """SYNC-4: a sync that was stopped is over, also when it never was started."""
    rig = Rig()
    rig.sync.stop()
    with pytest.raises(StoppedError):
        await rig.sync.start()
    assert rig.subscriber.subscribed == 0


async def test_a_failed_subscribe_is_raised_and_start_may_be_tried_again() -> None:
    """SYNC-4: the original error; nothing was asked for, and the next start works."""
    rig = Rig()
    rig.subscriber.error = failure = ConnectionError("no")
    with pytest.raises(ConnectionError) as raised:
        await rig.sync.start()
    assert raised.value is failure
    assert (rig.phases, rig.provider.calls) == (["subscribe"], 0)
    rig.subscriber.error = None
    await rig.sync.start()
    assert rig.sync.local_revision == "1"


async def test_a_failed_first_refresh_unsubscribes_and_start_may_be_tried_again() -> None:
    """SYNC-4: no subscription is left behind by a start that failed, nor a refresh that an event asked for."""
    rig = Rig()
    rig.provider.gate = asyncio.Event()
    rig.provider.errors = [ConnectionError("no")]
    starting = asyncio.ensure_future(rig.sync.start())
    await settle()
    rig.emit("5")
    rig.provider.gate.set()
    with pytest.raises(ConnectionError):
        await starting
    await settle()
    assert (rig.subscriber.handlers, rig.provider.calls, rig.phases) == ([], 1, ["getSnapshot"])
    await rig.sync.start()
    assert (len(rig.subscriber.handlers), rig.sync.local_revision) == (1, "1")


async def test_what_gives_nothing_to_unsubscribe_with_is_a_failed_subscribe() -> None:
    """SYNC-4: a subscriber that could never be left is refused at once."""

    class Careless:
        async def subscribe(self, _handler: object) -> None:
            return None

    rig = Rig(subscriber=Careless())
    with pytest.raises(TypeError, match="unsubscribe"):
        await rig.sync.start()
    assert rig.phases == ["subscribe"]


async def test_stop_during_the_first_refresh_lets_start_return() -> None:
    """SYNC-4: at once and without an error; what the provider answers later is not applied."""
    rig = Rig()
    rig.provider.gate = asyncio.Event()
    starting = asyncio.ensure_future(rig.sync.start())
    await settle()
    rig.sync.stop()
    await starting
    rig.provider.gate.set()
    await settle()
    assert (rig.applier.applied, rig.sync.local_revision) == ([], ZERO_REVISION)
    assert (rig.subscriber.handlers, rig.errors) == ([], [])


async def test_stop_while_subscribing_ends_the_subscription_when_it_comes() -> None:
    """SYNC-4: a subscriber that answers behind the stop is left at once, and nothing was pulled."""
    rig = Rig()
    rig.subscriber.gate = asyncio.Event()
    starting = asyncio.ensure_future(rig.sync.start())
    await settle()
    rig.sync.stop()
    await starting
    rig.subscriber.gate.set()
    await settle()
    assert (rig.subscriber.handlers, rig.provider.calls) == ([], 0)


async def test_stop_during_an_apply_leaves_the_revision() -> None:
    """SYNC-4: an apply that was under way is not torn, and the local revision does not move."""
    rig = Rig()
    await rig.sync.start()
    rig.applier.gate = asyncio.Event()
    rig.provider.revision = "2"
    rig.emit("2")
    await settle()
    rig.sync.stop()
    rig.applier.gate.set()
    await settle()
    assert rig.sync.local_revision == "1"


async def test_what_fails_behind_a_stop_is_no_error_any_more() -> None:
    """SYNC-4: a provider that fails because the connection was closed with the sync is not reported."""
    rig = Rig()
    await rig.sync.start()
    rig.provider.gate = asyncio.Event()
    rig.provider.errors = [ConnectionError("closed")]
    refreshing = asyncio.ensure_future(rig.sync.refresh())
    await settle()
    rig.sync.stop()
    await refreshing
    rig.provider.gate.set()
    await settle()
    assert rig.errors == []


async def test_events_behind_a_stop_do_nothing() -> None:
    """SYNC-4: also those of a transport that goes on calling."""
    rig = Rig()
    await rig.sync.start()
    [handler] = rig.subscriber.handlers
    rig.sync.stop()
    handler({"topic": "catalog", "revision": "9"})
    handler("nonsense")
    await settle()
    assert (rig.provider.calls, rig.errors) == (1, [])


async def test_refresh_works_before_start_and_does_nothing_after_stop() -> None:
    """SYNC-4: it needs no subscription; behind a stop it is silent."""
    rig = Rig()
    await rig.sync.refresh()
    assert (rig.sync.local_revision, rig.subscriber.subscribed) == ("1", 0)
    rig.sync.stop()
    rig.provider.revision = "2"
    await rig.sync.refresh()
    assert (rig.sync.local_revision, rig.provider.calls) == ("1", 1)


async def test_a_cancelled_refresh_ends_and_the_next_one_works() -> None:
    """SYNC-6: cancelling passes through to the provider when nobody else waits, and disables nothing."""
    rig = Rig()
    rig.provider.gate = asyncio.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await rig.sync.refresh()
    rig.provider.gate = None
    await rig.sync.refresh()
    assert (rig.sync.local_revision, rig.errors) == ("1", [])


async def test_a_cancelled_start_unsubscribes() -> None:
    """SYNC-4: who gives up waiting leaves nothing behind."""
    rig = Rig()
    rig.provider.gate = asyncio.Event()
    starting = asyncio.ensure_future(rig.sync.start())
    await settle()
    starting.cancel()
    await settle()
    assert starting.cancelled()
    assert rig.subscriber.handlers == []
    assert len(asyncio.all_tasks()) == 1


async def test_a_start_cancelled_while_it_subscribes_cancels_that() -> None:
    """SYNC-4: no task goes on behind the back of who gave up."""
    rig = Rig()
    rig.subscriber.gate = asyncio.Event()
    starting = asyncio.ensure_future(rig.sync.start())
    await settle()
    starting.cancel()
    await settle()
    assert len(asyncio.all_tasks()) == 1
    rig.subscriber.gate.set()
    await rig.sync.start()
    assert len(rig.subscriber.handlers) == 1


async def test_an_apply_is_not_torn_by_a_caller_who_gives_up() -> None:
    """SYNC-4: what has begun to be applied is applied, and the revision says so."""
    rig = Rig()
    rig.applier.gate = asyncio.Event()
    refreshing = asyncio.ensure_future(rig.sync.refresh())
    await settle()
    refreshing.cancel()
    await settle()
    rig.applier.gate.set()
    await settle()
    assert refreshing.cancelled()
    assert (rig.applier.applied, rig.sync.local_revision) == (["1"], "1")


async def test_a_caller_who_gives_up_takes_no_event_along() -> None:
    """SYNC-5: a refresh that an event asked for too goes on, in flight or queued."""
    rig = Rig()
    await rig.sync.start()
    rig.provider.gate = asyncio.Event()
    rig.provider.revision = "2"
    rig.emit("2")
    await settle()
    caller = asyncio.ensure_future(rig.sync.refresh())
    await settle()
    rig.provider.revision = "3"
    rig.emit("3")
    caller.cancel()
    await settle()
    rig.provider.gate.set()
    await settle()
    assert rig.sync.local_revision == "3"


async def test_an_applier_may_ask_for_a_refresh() -> None:
    """SYNC-5: from inside an apply it is queued, and does not wait for itself."""
    applied: list[str] = []

    class Asking:
        async def apply(self, envelope: dict[str, str]) -> None:
            applied.append(envelope["revision"])
            rig.provider.revision = "2"
            await rig.sync.refresh()

    rig = Rig(applier=Asking())
    await rig.sync.start()
    await settle()
    assert applied == ["1", "2"]


@pytest.mark.parametrize("topic", ["", " \t", None, 7])
def test_a_sync_needs_a_topic(topic: object) -> None:
    """SYNC-2: it is text that is not empty after trim."""
    with pytest.raises(OptionError, match="topic"):
        Rig(topic=topic)


async def test_objects_with_attributes_will_do() -> None:
    """SYNC-2, SYNC-3: events and snapshots may be objects; the applier, plain or async, gets what the provider gave."""

    class Thing:
        def __init__(self, **fields: object) -> None:
            self.__dict__.update(fields)

    class Objects:
        revision = "3"

        async def get_snapshot(self) -> Thing:
            return Thing(revision=self.revision, data=[1])

    got: list[object] = []

    class Plain:
        def apply(self, envelope: Thing) -> None:
            got.append(envelope.__dict__)

    rig = Rig(provider=Objects(), applier=Plain())
    await rig.sync.start()
    Objects.revision = "4"
    rig.subscriber.emit(Thing(topic="catalog", revision="4"))
    await settle()
    assert got == [{"revision": "3", "data": [1]}, {"revision": "4", "data": [1]}]
