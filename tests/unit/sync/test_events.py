"""Events and what comes of them: bursts, bad ones, errors (SYNC-2, SYNC-5, SYNC-6)."""

import asyncio
import logging

import pytest

from connectome_tui.sync import InvalidationEvent, ProtocolError
from tests.unit.sync.fakes import TOPIC, Rig, event, settle


async def test_an_event_pulls_the_snapshot() -> None:
    """SYNC-3: the state comes from the snapshot, whatever revision the event told of."""
    rig = Rig()
    await rig.sync.start()
    rig.provider.revision = "7"
    rig.emit("2")
    await settle()
    assert (rig.applier.applied, rig.sync.local_revision) == (["1", "7"], "7")


@pytest.mark.parametrize("revision", ["0", "1"])
async def test_an_event_that_is_not_newer_costs_nothing(revision: str) -> None:
    """SYNC-3: what it tells of is here already."""
    rig = Rig()
    await rig.sync.start()
    rig.emit(revision)
    await settle()
    assert rig.provider.calls == 1


async def test_events_of_other_topics_are_not_ours() -> None:
    """SYNC-2: a transport may hand over more than was asked for; topics are compared exactly."""
    rig = Rig()
    await rig.sync.start()
    rig.subscriber.emit(event("9", topic="other"), event("9", topic=f" {TOPIC}"))
    await settle()
    assert (rig.provider.calls, rig.errors) == (1, [])


@pytest.mark.parametrize(
    "raw",
    [
        event("01"),
        event(7),
        event(None),
        event("9", topic=" "),
        event("9", topic=None),
        {"revision": "9"},
        {"topic": TOPIC},
        "nonsense",
        None,
        object(),
    ],
)
async def test_a_bad_event_is_reported_and_ignored(raw: object) -> None:
    """SYNC-2: with phase protocol and the event as it came; nothing is raised into the transport or pulled."""
    rig = Rig()
    await rig.sync.start()
    rig.subscriber.emit(raw)
    await settle()
    [context] = rig.errors
    assert (context.phase, context.topic, context.attempt, context.will_retry) == ("protocol", TOPIC, 1, False)
    assert context.source_event is raw
    assert isinstance(context.error, ProtocolError)
    assert rig.provider.calls == 1


async def test_an_event_whose_fields_raise_is_a_bad_event() -> None:
    """SYNC-2: whatever an object does when it is read, the transport does not hear of it."""

    class Hostile:
        @property
        def topic(self) -> str:
            raise OSError("no")

    rig = Rig()
    await rig.sync.start()
    rig.subscriber.emit(Hostile())
    assert rig.phases == ["protocol"]


async def test_unknown_fields_and_observations_are_passed_over() -> None:
    """SYNC-2: source and time order nothing, and what is not known is ignored."""
    rig = Rig()
    await rig.sync.start()
    rig.provider.revision = "3"
    rig.subscriber.emit(event("3", timestamp_ms=5.0, source_id="b", colour="red"), event("2", timestamp_ms=9e9))
    await settle()
    assert (rig.sync.local_revision, rig.errors) == ("3", [])


async def test_a_burst_costs_two_refreshes() -> None:
    """SYNC-5: the one in flight, and one for all that came meanwhile."""
    rig = Rig()
    await rig.sync.start()
    rig.provider.gate = asyncio.Event()
    rig.emit("2")
    await settle()
    rig.emit(*map(str, range(3, 1000)))
    rig.provider.revision = "999"
    rig.provider.gate.set()
    await settle()
    assert (rig.provider.calls, rig.sync.local_revision) == (3, "999")


async def test_callers_share_the_next_refresh() -> None:
    """SYNC-5: whoever asks while one is in flight waits for a snapshot made after the asking."""
    rig = Rig()
    rig.provider.gate = asyncio.Event()
    first = asyncio.ensure_future(rig.sync.refresh())
    await settle()
    rig.provider.revision = "2"
    others = [asyncio.ensure_future(rig.sync.refresh()) for _ in range(20)]
    await settle()
    rig.provider.gate.set()
    await asyncio.gather(first, *others)
    assert (rig.provider.calls, rig.sync.local_revision) == (2, "2")


async def test_a_queued_refresh_survives_the_failure_of_the_one_before() -> None:
    """SYNC-5: and each failure is reported with its own event."""
    rig = Rig()
    await rig.sync.start()
    rig.provider.gate = asyncio.Event()
    rig.provider.errors = [ConnectionError("no")]
    rig.provider.revision = "3"
    rig.emit("2")
    await settle()
    rig.emit("3")
    rig.provider.gate.set()
    await settle()
    assert rig.phases == ["getSnapshot"]
    assert rig.errors[0].source_event == event("2")
    assert rig.sync.local_revision == "3"


@pytest.mark.parametrize(
    ("phase", "revision"),
    [("getSnapshot", "2"), ("apply", "2"), ("protocol", "02"), ("protocol", 2), ("protocol", None)],
)
async def test_refresh_raises_the_original_error_reported_once(phase: str, revision: object) -> None:
    """SYNC-6: the caller and on_error get the same object, once each; the revision stays."""
    rig = Rig()
    await rig.sync.start()
    rig.provider.revision = revision
    failure = ZeroDivisionError("broken")
    {"getSnapshot": rig.provider.errors, "apply": rig.applier.errors}.get(phase, []).append(failure)
    with pytest.raises((ZeroDivisionError, ProtocolError)) as raised:
        await rig.sync.refresh()
    [context] = rig.errors
    assert (context.phase, context.source_event, context.next_delay_ms) == (phase, None, None)
    assert context.error is raised.value
    assert raised.value is failure or "canonical" in str(raised.value)
    assert rig.sync.local_revision == "1"


async def test_a_snapshot_without_data_is_a_protocol_error() -> None:
    """SYNC-3: half an envelope is none."""

    class Half:
        async def get_snapshot(self) -> dict[str, str]:
            return {"revision": "3"}

    rig = Rig(provider=Half())
    with pytest.raises(ProtocolError, match="data"):
        await rig.sync.start()
    assert rig.phases == ["protocol"]


async def test_an_apply_that_failed_is_tried_again_by_the_same_event() -> None:
    """SYNC-6: the revision stayed, so the event is still newer."""
    rig = Rig()
    await rig.sync.start()
    rig.provider.revision = "2"
    rig.applier.errors = [ValueError("not now")]
    rig.emit("2")
    await settle()
    assert (rig.phases, rig.sync.local_revision) == (["apply"], "1")
    rig.emit("2")
    await settle()
    assert (rig.phases, rig.sync.local_revision) == (["apply"], "2")


async def test_should_refresh_decides_and_gets_the_event() -> None:
    """SYNC-6: it is asked about newer events alone, which it may read as mapping or by attribute."""
    seen: list[InvalidationEvent] = []

    def wanted(one: InvalidationEvent) -> bool:
        seen.append(one)
        return one["revision"] != "2" and one.source_id != "me"

    rig = Rig(should_refresh=wanted)
    await rig.sync.start()
    rig.provider.revision = "9"
    rig.subscriber.emit(event("1"), event("2"), event("3", source_id="me", timestamp_ms=4.0))
    await settle()
    assert rig.provider.calls == 1
    assert [(one.revision, one.topic, one.timestamp_ms) for one in seen] == [("2", TOPIC, None), ("3", TOPIC, 4.0)]
    rig.emit("4")
    await settle()
    assert rig.sync.local_revision == "9"


async def test_a_should_refresh_that_raises_is_reported_and_disables_nothing() -> None:
    """SYNC-6: phase refresh; the event is taken as deserving, for a refresh too many is harmless."""

    def broken(_event: object) -> bool:
        raise KeyError("broken")

    rig = Rig(should_refresh=broken)
    await rig.sync.start()
    rig.provider.revision = "2"
    rig.emit("2")
    await settle()
    assert rig.phases == ["refresh"]
    assert isinstance(rig.errors[0].error, KeyError)
    assert rig.errors[0].source_event == event("2")
    assert rig.sync.local_revision == "2"


async def test_an_on_error_that_raises_disables_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """SYNC-6: it is logged; the original error is raised, and the next event works."""

    def broken(_context: object) -> None:
        raise KeyError("broken on_error")

    rig = Rig(on_error=broken)
    await rig.sync.start()
    rig.provider.errors = [ConnectionError("no")]
    with pytest.raises(ConnectionError):
        await rig.sync.refresh()
    assert "broken on_error" in caplog.text
    rig.emit("x")
    rig.provider.revision = "2"
    rig.emit("2")
    await settle()
    assert rig.sync.local_revision == "2"


async def test_an_unsubscribe_that_raises_is_reported_and_hides_nothing() -> None:
    """SYNC-6: at a stop, and at a start that failed, whose own error is the one that is raised."""
    rig = Rig()
    rig.subscriber.unsubscribe_error = RuntimeError("stuck")
    rig.provider.errors = [ConnectionError("no")]
    with pytest.raises(ConnectionError):
        await rig.sync.start()
    await rig.sync.start()
    rig.sync.stop()
    assert rig.phases == ["getSnapshot", "subscribe", "subscribe"]


async def test_a_logger_that_raises_disables_nothing() -> None:
    """SYNC-6: the library's own log hears of it."""

    class Broken:
        def debug(self, _msg: str) -> None:
            raise OSError("disk full")

        warning = debug

    rig = Rig(logger=Broken())
    await rig.sync.start()
    rig.emit("x", "0")
    assert rig.phases == ["protocol"]


async def test_it_is_silent_by_default(capfd: pytest.CaptureFixture[str]) -> None:
    """SYNC-6: without a logger nothing is written anywhere, unless somebody listens to `connectome_tui.sync`."""
    rig = Rig(on_error=None)
    await rig.sync.start()
    rig.emit("x")
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("connectome_tui.sync").level == logging.NOTSET


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit()])
async def test_what_is_no_exception_passes_through(error: BaseException) -> None:
    """SYNC-6: cancelling and its like are neither reported nor swallowed; the sync goes on."""
    rig = Rig()
    rig.provider.errors = [error]
    with pytest.raises(type(error)):
        await rig.sync.refresh()
    assert rig.errors == []
    await rig.sync.refresh()
    assert rig.sync.local_revision == "1"


async def test_events_before_the_subscriber_has_answered_are_covered_by_the_first_refresh() -> None:
    """SYNC-5: a transport that calls while it subscribes costs no refresh more."""

    class Eager:
        async def subscribe(self, handler: object) -> object:
            handler(event("5"))  # type: ignore[operator]
            return lambda: None

    rig = Rig(subscriber=Eager())
    rig.provider.revision = "5"
    await rig.sync.start()
    await settle()
    assert (rig.provider.calls, rig.sync.local_revision) == (1, "5")
