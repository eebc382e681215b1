"""Work in a thread beside the screen."""

from collections.abc import Callable
from queue import SimpleQueue

import pytest

from connectome_tui.app.beside import start_beside

Calls = SimpleQueue[Callable[[], None]]


def test_the_result_is_handed_over_where_the_application_asks_for_it() -> None:
    """The thread calls nothing of the application itself but what takes the call over."""
    calls: Calls = SimpleQueue()
    results: list[int] = []
    start_beside(lambda: 6 * 7, results.append, calls.put)
    call = calls.get(timeout=5)
    assert results == []
    call()
    assert results == [42]


def test_an_error_of_the_work_is_raised_on_the_applications_own_thread() -> None:
    """No error of the work is lost, and `then` is not called."""
    calls: Calls = SimpleQueue()

    def fail() -> int:
        raise ValueError("broken")

    start_beside(fail, lambda _result: pytest.fail("there is no result"), calls.put)
    with pytest.raises(ValueError, match="broken"):
        calls.get(timeout=5)()
