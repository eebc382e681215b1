"""The thread of a live source and the bell that wakes it; real threads, no real time."""

import os
import threading

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.live import ConnectionStatus, LiveBatch
from connectome_tui.sources.bell import Bell
from connectome_tui.sources.source_thread import Delivery, SourceThread


def test_a_bell_that_was_rung_before_ends_the_next_wait() -> None:
    """A ring is not lost when nobody waits yet; the wait after it is a new one."""
    bell = Bell()
    for _ in range(100_000):
        bell.ring()
    assert bell.wait(10)
    while bell.wait(0):
        pass
    assert not bell.wait(0)
    bell.close()
    bell.close()
    bell.ring()


def test_a_stopped_bell_ends_every_wait() -> None:
    """After `stop` nothing waits, for time or for a descriptor, however long it would."""
    reader, writer = os.pipe()
    os.write(writer, b"x")
    bell = Bell()
    assert bell.wait_for(reader, "read", 10)
    bell.stop()
    assert bell.wait(None)
    assert not bell.wait_for(reader, "read", None)
    bell.close()
    os.close(reader)
    os.close(writer)


def test_a_ring_does_not_end_the_wait_for_a_descriptor() -> None:
    """Who waits for bytes goes on waiting when somebody wants a try at once."""
    reader, writer = os.pipe()
    bell = Bell()
    bell.ring()
    assert not bell.wait_for(reader, "read", 0)
    bell.ring()
    os.write(writer, b"x")
    assert bell.wait_for(reader, "read", 10)
    bell.close()
    os.close(reader)
    os.close(writer)


def test_last_words_are_handed_over_and_nothing_after_them() -> None:
    """What a source has left when it is stopped is taken; the end of `stop` is the end of everything."""
    batches: list[LiveBatch] = []
    deliveries: list[Delivery] = []

    def work(delivery: Delivery) -> None:
        deliveries.append(delivery)
        thread.bell.wait()
        delivery.status("disconnected", "the end")

    thread = SourceThread("s", ManualClock(), work)
    thread.start(batches.append)
    thread.stop()
    deliveries[0].status("connected")
    assert [batch.status for batch in batches] == [ConnectionStatus("disconnected", "the end")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_the_work_is_said() -> None:
    """A fault of the program in a source's thread is a status on the screen, and still an error of the thread."""
    batches: list[LiveBatch] = []
    ended = threading.Event()

    def work(_delivery: Delivery) -> None:
        raise ZeroDivisionError("oops")

    def hand_over(batch: LiveBatch) -> None:
        batches.append(batch)
        ended.set()

    thread = SourceThread("s", ManualClock(), work)
    thread.start(hand_over)
    assert ended.wait(10)
    thread.stop()
    assert batches[0].status == ConnectionStatus(
        "error", "stopped by an error of this program: ZeroDivisionError: oops"
    )


def test_a_status_is_said_once() -> None:
    """The same status twice is one batch; counters come with it."""
    batches: list[LiveBatch] = []
    delivery = Delivery("s", ManualClock(5), batches.append)
    delivery.count(received=2)
    delivery.skip("metrics", 3)
    delivery.status("error", "no", retry_in_ms=10)
    delivery.status("error", "no", retry_in_ms=10)
    assert [batch.status for batch in batches] == [ConnectionStatus("error", "no", 15)]
    assert batches[0].counters is not None
    assert (batches[0].counters.received, dict(batches[0].counters.skipped)) == (2, {"metrics": 3})
