"""Back-off: pauses that grow, vary, and heed what the server asks for."""

from connectome_tui.sources.back_off import LEAST_MS, LONGEST_MS, MOST_MS, STEADY_MS, BackOff


def test_delays_double_up_to_a_bound() -> None:
    """A server that fails for ever is asked less and less often, but never less than every half minute or so."""
    back_off = BackOff(lambda: 0.0)
    delays = [back_off.next_delay_ms() for _ in range(2000)]
    assert delays[:6] == [1000, 2000, 4000, 8000, 16_000, LONGEST_MS]
    assert set(delays[5:]) == {LONGEST_MS}


def test_jitter_adds_up_to_a_quarter() -> None:
    """Clients that lost one server do not come back at one moment, and none before its time."""
    assert BackOff(lambda: 1.0).next_delay_ms() == 1250


def test_a_connection_that_ends_at_once_is_no_success() -> None:
    """Earlier failures are forgotten after a connection that lasted, so that there is no busy loop."""
    back_off = BackOff(lambda: 0.0)
    back_off.next_delay_ms()
    back_off.connected(STEADY_MS - 1)
    assert back_off.next_delay_ms() == 2000
    back_off.connected(STEADY_MS)
    assert back_off.next_delay_ms() == 1000


def test_the_server_says_how_long_to_wait() -> None:
    """`retry:` sets the first delay within bounds, `Retry-After` the least of one; trying now forgets the failures."""
    back_off = BackOff(lambda: 0.0)
    back_off.ask(250)
    assert [back_off.next_delay_ms(), back_off.next_delay_ms()] == [250, 500]
    assert back_off.next_delay_ms(at_least_ms=7000) == 7000
    back_off.reset()
    assert back_off.next_delay_ms() == 250
    back_off.reset()
    back_off.ask(0)
    assert back_off.next_delay_ms() == LEAST_MS
    back_off.ask(1e12)
    assert back_off.next_delay_ms() == MOST_MS
    assert back_off.next_delay_ms(at_least_ms=1e12) == MOST_MS
