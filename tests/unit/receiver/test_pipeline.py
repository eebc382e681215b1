"""From bodies to events, with a recording that can fail: nothing is acknowledged that was not kept."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import EventDetail
from connectome_tui.events.live import LiveBatch
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.receiver.counting import Counting
from connectome_tui.receiver.frames import FrameReader
from connectome_tui.receiver.options import ReceiverLimits, ReceiverOptions
from connectome_tui.receiver.outbox import Outbox
from connectome_tui.receiver.pipeline import Body, Outcome, Pipeline
from connectome_tui.recordings.failures import RecordingError, RecordingFullError
from connectome_tui.recordings.keeper import RawBatch
from connectome_tui.recordings.writer import Recorded
from connectome_tui.traces.settle import Settler


class FakeRecorder:
    """A recording in memory; `fails` is what it answers with until it is None."""

    def __init__(self) -> None:
        self.fails: RecordingError | None = None
        self.kept: dict[int, bytes] = {}
        self.events: list[FlowEvent] = []
        self.left: list[RawBatch] = []

    def keep(self, body: bytes, content_type: str) -> "Future[int]":
        assert content_type == "otlp-json"
        self.kept[number := len(self.kept) + 1] = body
        return self._done(number)

    def append(
        self,
        events: Sequence[FlowEvent],
        details: Sequence[EventDetail | None] = (),
        *,
        nodes: Sequence[Node] = (),
        gap: str | None = None,
        settles: Sequence[int] = (),
    ) -> "Future[Recorded]":
        assert len(details) == len(events)
        assert nodes or gap is None
        done = self._done(Recorded(len(self.events), len(self.events) + len(events)))
        if done.exception() is None:
            self.events += events
            self.settle(settles)
        return done

    def settle(self, batches: Sequence[int]) -> None:
        for number in batches:
            self.kept.pop(number, None)

    def flush(self, seconds: float | None = None) -> bool:
        return seconds is not None

    def pending(self) -> Iterator[RawBatch]:
        return iter(self.left)

    def recorded_ids(self, flow_id: str) -> set[str]:
        return {event.id for event in self.events if event.flow_id == flow_id}

    def close(self) -> None:
        """Nothing to release."""

    def _done(self, value: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        if self.fails is None:
            done.set_result(value)
        else:
            done.set_exception(self.fails)
        return done


class World:
    """A pipeline, run in the test's own thread."""

    def __init__(self, recorder: FakeRecorder | None, **options: Any) -> None:
        self.recorder = recorder
        self.written: list[bytes] = []
        self.outcomes: list[Outcome] = []
        self.done = 0
        self.counting = Counting()
        self.clock = ManualClock(1_000_000.0)
        self.outbox = Outbox(
            "here",
            self.written.append,
            lambda: self.counting.snapshot(waiting=0, shown_ready=0),
            bound=options.pop("outgoing", 100),
            read_back=None,
        )
        self.pipeline = Pipeline(
            ReceiverOptions(limits=ReceiverLimits(records=50)),
            Settler(options.pop("settle_ms", 1000.0)),
            self.outbox,
            self.counting,
            clock=self.clock,
            recorder=recorder,
        )

    def submit(self, *bodies: bytes) -> None:
        for body in bodies:
            self.pipeline.submit(Body("otlp-json", "spans", body, self.outcomes.append, self._note_done))

    def _note_done(self) -> None:
        self.done += 1

    def run(self) -> list[LiveBatch]:
        """Work everything off, end, and give what was handed over."""
        self.pipeline.stop()
        self.pipeline.run()
        self.outbox.close()
        self.outbox.run()
        messages = FrameReader().feed(b"".join(self.written))
        return [message for message in messages if isinstance(message, LiveBatch)]


def body(*spans: int, trace: int = 1) -> bytes:
    """A request with spans of a trace."""
    records = [
        {"traceId": f"{trace:032x}", "spanId": f"{span:016x}", "name": "work", "startTimeUnixNano": f"{span}000000"}
        for span in spans
    ]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": records}]}]}).encode()


def shown(batches: Sequence[LiveBatch]) -> list[str]:
    return [event.id[-2:] for batch in batches for event in batch.events]


def test_kept_acknowledged_recorded_and_forgotten() -> None:
    """A body is kept until all of its spans are recorded as events, and no longer."""
    world = World(FakeRecorder())
    world.submit(body(2, 1), body(3, trace=2))
    batches = world.run()
    assert [outcome.kept for outcome in world.outcomes] == [True, True]
    assert shown(batches) == ["01", "02", "03"]
    assert [batch.first_row for batch in batches if batch.events] == [0]
    assert world.recorder is not None
    assert world.recorder.kept == {}
    assert world.done == 2


def test_a_full_disk_is_told_to_senders_and_on_the_screen() -> None:
    """What cannot be kept is not acknowledged, leaves nothing behind, and the badge says why."""
    recorder = FakeRecorder()
    recorder.fails = RecordingFullError("the disk is full")
    world = World(recorder)
    world.submit(body(1))
    batches = world.run()
    assert [(outcome.kept, outcome.unable) for outcome in world.outcomes] == [(False, True)]
    assert shown(batches) == []
    statuses = [batch.status for batch in batches if batch.status]
    assert [(status.phase, status.message) for status in statuses] == [("error", "not recording: the disk is full")]
    assert world.done == 1


def test_events_that_cannot_be_recorded_are_shown_and_recorded_later() -> None:
    """When the disk fills between keeping and settling, events are shown once, and recorded when there is room."""
    recorder = FakeRecorder()
    world = World(recorder, settle_ms=0.0)
    keep = recorder.keep

    def keep_then_fill(body: bytes, content_type: str) -> "Future[int]":
        done = keep(body, content_type)
        recorder.fails = RecordingFullError("the disk is full")
        return done

    recorder.keep = keep_then_fill  # type: ignore[method-assign]
    world.submit(body(1))
    retry = world.pipeline._handover.retry

    def free_then_retry() -> None:
        recorder.fails = None
        retry()

    world.pipeline._handover.retry = free_then_retry  # type: ignore[method-assign]
    batches = world.run()
    assert shown(batches) == ["01"]
    assert [batch.first_row for batch in batches if batch.events] == [None]
    assert [event.id[-2:] for event in recorder.events] == ["01"]
    assert recorder.kept == {}


def test_what_another_process_left_is_taken_up_once() -> None:
    """Bodies that were acknowledged and not settled are settled now; events that are recorded are not shown again."""
    recorder = FakeRecorder()
    first = World(recorder)
    first.submit(body(1))
    first.run()
    recorder.left = [RawBatch(7, "otlp-json", body(1, 2), 0.0), RawBatch(8, "of a newer program", b"?", 0.0)]
    recorder.kept = {7: b"", 8: b"?"}
    second = World(recorder)
    second.pipeline.replay()
    assert shown(second.run()) == ["02"]
    assert recorder.kept == {8: b"?"}


def test_without_a_recording_no_more_is_accepted_than_is_held() -> None:
    """Over the bound the sender is told to come again, and everything that was acknowledged is handed over."""
    world = World(None, settle_ms=0.0, outgoing=3)
    world.submit(body(1, 2), body(3, 4), body(5))
    batches = world.run()
    assert [(outcome.kept, outcome.unable) for outcome in world.outcomes] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert shown(batches) == ["01", "02", "03", "04"]
    assert all(len(batch.details) == len(batch.events) for batch in batches)


def test_bad_bodies_and_too_large_ones() -> None:
    """What cannot be read is refused and counted; too many records are refused before they become events."""
    world = World(FakeRecorder())
    world.submit(b"{", body(*range(1, 60)), b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{}, {}]}]}]}')
    batches = world.run()
    assert [(outcome.kept, outcome.too_many) for outcome in world.outcomes] == [
        (False, False),
        (False, True),
        (True, False),
    ]
    counters = batches[-1].counters
    assert counters is not None
    assert (counters.bad, counters.skipped) == (1, {"log records": 2})
    assert shown(batches) == []
