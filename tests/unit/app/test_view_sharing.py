"""Looking together (SERVER-2): turns are written now and then, those of others are followed, and nobody fights."""

from collections.abc import Callable
from typing import Any

from connectome_tui.app.view_sharing import ViewSharing
from connectome_tui.clock import ManualClock
from connectome_tui.net import record_keys as keys
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.store.state import SharedView


class Bench:
    """A window's panes, and a server whose answers are in the hand of the test."""

    def __init__(self) -> None:
        self.clock = ManualClock(1000.0)
        self.shared = SharedView()
        self.written: list[tuple[RecordKey, Any]] = []
        self.answers: list[Callable[[bool], None]] = []
        self.graph: list[tuple[str | None, int | None]] = []
        self.log: list[int | None] = []
        self.may_write = True
        self.sharing = ViewSharing(self.write, lambda: self.shared, self, self.clock)

    def write(self, key: RecordKey, value: Any, answered: Callable[[bool], None]) -> bool:
        if not self.may_write:
            return False
        self.written.append((key, value))
        self.answers.append(answered)
        return True

    def turn_graph(self, centre: str | None, level: int | None) -> None:
        self.graph.append((centre, level))

    def turn_log(self, arrival_index: int | None) -> None:
        self.log.append(arrival_index)

    def answer(self, *, accepted: bool) -> None:
        for answered in self.answers:
            answered(accepted)
        self.answers.clear()

    def commit(self, shared: SharedView) -> None:
        old, self.shared = self.shared, shared
        self.sharing.followed(old, shared)


def test_a_row_of_turns_is_written_ten_times_a_second() -> None:
    """The first turn is written at once, then the newest one after a tenth of a second."""
    bench = Bench()
    for index in range(50):
        bench.sharing.turned_log(index)
    assert bench.written == [(keys.VIEW_LOG, 0)]
    assert bench.sharing.due_ms == 1100.0
    bench.clock.advance(100)
    bench.sharing.serve()
    assert bench.written[1:] == [(keys.VIEW_LOG, 49)]
    assert bench.sharing.due_ms is None


def test_what_comes_back_of_an_own_turn_moves_nothing() -> None:
    """A window does not follow its own echo."""
    bench = Bench()
    bench.sharing.turned_graph("api", 2)
    bench.answer(accepted=True)
    bench.commit(SharedView(graph_centre="api"))
    bench.commit(SharedView(graph_centre="api", graph_level=2))
    assert bench.graph == []


def test_turns_of_others_are_followed_and_not_written_again() -> None:
    """What was applied is not echoed."""
    bench = Bench()
    bench.commit(SharedView(graph_centre="db", graph_level=1, log_index=7))
    assert bench.graph == [("db", 1)]
    assert bench.log == [7]
    bench.clock.advance(1000)
    bench.sharing.serve()
    assert bench.written == []


def test_a_turn_that_lost_the_race_follows_the_one_that_won() -> None:
    """While an own turn is on its way nothing moves under the user's hands; refused, the window goes where all are."""
    bench = Bench()
    bench.sharing.turned_log(3)
    bench.commit(SharedView(log_index=9))
    assert bench.log == []
    bench.answer(accepted=False)
    assert bench.log == [9]


def test_what_may_not_be_written_is_not_lost_from_sight() -> None:
    """A window that may only look turns by itself, and goes where all look when somebody turns."""
    bench = Bench()
    bench.may_write = False
    bench.sharing.turned_log(3)
    bench.commit(SharedView(log_index=3, graph_centre="db"))
    bench.commit(SharedView(log_index=5, graph_centre="db"))
    assert bench.log == [5]


def test_who_comes_back_looks_where_all_look() -> None:
    """Turns that could not be written are undone by the return; a log that went to a selection comes back as well."""
    bench = Bench()
    bench.may_write = False
    bench.sharing.turned_log(3)
    bench.sharing.resync()
    assert bench.log == [None]
    bench.sharing.resync()
    assert bench.log == [None, None]
