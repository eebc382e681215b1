"""The pump between threads and the application: order, one wake-up a drain, bounds, no one left waiting."""

import threading

from connectome_tui.events.live import LiveBatch
from connectome_tui.sources.pump import DRAINED_AT_ONCE, Pump
from tests.factories import make_event

PATIENCE_S = 10.0


def batch(number: int, events: int = 1) -> LiveBatch:
    """A batch whose events have this number in their ids."""
    return LiveBatch(source=str(number), events=tuple(make_event(number) for _ in range(events)))


def test_one_wake_up_for_all_that_came() -> None:
    """DESIGN: threads hand over in batches, and only the first one after a drain wakes the loop."""
    wakes: list[int] = []
    pump = Pump(lambda: wakes.append(1))
    for number in range(50):
        pump.hand_over(batch(number))
    assert len(wakes) == 1
    assert [int(each.source) for each in pump.drain()] == list(range(50))
    assert pump.drain() == []
    pump.hand_over(batch(1))
    assert len(wakes) == 2


def test_a_drain_has_an_end_and_asks_for_the_next() -> None:
    """DESIGN: much that waits is taken in parts, so that keys are served in between."""
    wakes: list[int] = []
    pump = Pump(lambda: wakes.append(1))
    for number in range(5):
        pump.hand_over(batch(number, DRAINED_AT_ONCE // 2))
    assert len(pump.drain()) == 2
    assert len(wakes) == 2
    assert len(pump.drain()) == 2
    assert len(pump.drain()) == 1
    assert len(wakes) == 3
    pump.hand_over(batch(9, 3 * DRAINED_AT_ONCE))
    assert len(pump.drain()) == 1


def test_who_brings_too_much_waits_until_it_is_drained() -> None:
    """ENGINE-5: the queue is bounded; a source that can wait is made to, and nothing is lost."""
    pump = Pump(lambda: None, most_waiting=10)
    done = threading.Event()

    def bring() -> None:
        for number in range(40):
            pump.hand_over(batch(number))
        done.set()

    thread = threading.Thread(target=bring)
    thread.start()
    taken: list[int] = []
    while not done.is_set() or pump.waiting:
        assert pump.waiting <= 10
        taken += [int(each.source) for each in pump.drain()]
    thread.join(PATIENCE_S)
    assert taken == list(range(40))


def test_closing_lets_everybody_go() -> None:
    """A session that ends never waits for a thread that waits for it."""
    pump = Pump(lambda: None, most_waiting=1)
    pump.hand_over(batch(0))
    thread = threading.Thread(target=lambda: pump.hand_over(batch(1)))
    thread.start()
    pump.end()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert [each.source for each in pump.drain()] == ["0", "1"]
    pump.hand_over(batch(2))
    pump.close()
    pump.hand_over(batch(3))
    assert [each.source for each in pump.drain()] == ["2"]
    assert pump.drain() == []
