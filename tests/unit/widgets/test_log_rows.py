"""Which rows the log shows."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.engine.commands import Restart
from connectome_tui.events.model import FlowEvent
from connectome_tui.session import release_all
from connectome_tui.store.state import FilterState, SourceStatus, State
from connectome_tui.widgets.glyphs import UNICODE
from connectome_tui.widgets.log_order import TimeOrder
from connectome_tui.widgets.log_rows import Anchor, LogRow, LogRows
from connectome_tui.widgets.log_rule import rule_runs
from tests.factories import make_event, make_flow
from tests.unit.widgets.stepped import stepped


def events_at(times_ms: Sequence[float]) -> list[FlowEvent]:
    return [make_event(number, at_ms=at_ms) for number, at_ms in enumerate(times_ms, 1)]


def state_of(times_ms: Sequence[float], **changes: object) -> State:
    """A state whose ledger holds events at these times."""
    return replace(stepped(make_flow(events_at(times_ms), flow_id="f")).store.state, **changes)  # type: ignore[arg-type]


def rule_text(state: State) -> str:
    """What the rule above the log counts."""
    return "".join(run.text for run in rule_runs(state, 0, UNICODE))


def all_rows(rows: LogRows) -> list[LogRow]:
    """Every row, told one by one."""
    return [row for position in range(len(rows.order)) for row in rows.group(position)]


TIMES = st.lists(st.sampled_from([0.0, 10.0, 999.0, 1000.0, 5000.0, 20_000.0]), min_size=1, max_size=25)


@given(TIMES, st.integers(1, 12), st.lists(st.integers(-9, 9), max_size=8))
def test_scrolling_is_a_window_on_all_rows(times: list[float], height: int, moves: list[int]) -> None:
    """However it is scrolled, the log shows what a list of all rows would: no row is lost or comes twice."""
    rows = LogRows(state_of(times))
    everything = all_rows(rows)
    last_top = max(0, len(everything) - height)
    anchor, top = None, last_top
    for move in moves:
        anchor = rows.moved(anchor, move, height)
        top = max(0, min(last_top, top + move))
        assert list(rows.window(anchor, height)) == everything[top : top + height]
        assert (anchor is None) == (top == last_top)


@given(TIMES, st.integers(1, 12), st.data())
def test_an_entry_is_brought_into_view(times: list[float], height: int, data: st.DataObject) -> None:
    """Whatever entry is looked at, it is on the screen."""
    state = state_of(times)
    rows = LogRows(state)
    index = data.draw(st.integers(state.ledger.start, state.ledger.end - 1))
    assert LogRow("entry", index) in rows.window(rows.anchor_at(index, height), height)


def test_a_silence_has_a_row_of_its_own() -> None:
    """From one second between two events on a row says so; less does not."""
    rows = LogRows(state_of([0.0, 999.0, 1999.0]))
    assert [row.kind for row in all_rows(rows)] == ["entry", "entry", "silence", "entry"]
    assert rows.silence_before(2) == 1000.0


def test_a_wrong_clock_makes_no_silence() -> None:
    """An event with skew before or behind tells nothing of how long it was quiet."""
    events = [make_event(1, at_ms=0.0), make_event(2, at_ms=-1700.0, notes="skew −1.70 s"), make_event(3, at_ms=20.0)]
    rows = LogRows(stepped(make_flow(events, flow_id="f")).store.state)
    assert {row.kind for row in all_rows(rows)} == {"entry"}


def test_a_restart_makes_no_silence() -> None:
    """Between the end of one session and the start of the next stands the boundary alone."""
    session = stepped(make_flow(events_at([0.0, 500_000.0]), flow_id="f"))
    session.engine.dispatch_runtime_command(Restart())
    list(release_all(session))
    rows = all_rows(LogRows(session.store.state))
    assert [row.kind for row in rows] == ["entry", "silence", "entry", "entry", "entry", "silence", "entry"]


def test_a_filter_leaves_what_passes() -> None:
    """Rows are those that pass, without silences between what is not shown."""
    state = state_of([0.0, 5000.0, 5001.0, 9000.0])
    first = state.ledger.start
    view = replace(state.view, log_filter=FilterState("x", (first, first + 3)))
    rows = LogRows(replace(state, view=view))
    assert all_rows(rows) == [LogRow("entry", first), LogRow("entry", first + 3)]


def test_what_could_not_be_read_is_said_above_the_first_event() -> None:
    """A source that was read in part says so in the log."""
    rows = LogRows(state_of([0.0, 1.0], source=SourceStatus("x", (12, 40))))
    assert [row.kind for row in all_rows(rows)] == ["unread", "entry", "entry"]


def test_what_is_missing_in_a_recording_is_said_before_the_event_behind_it() -> None:
    """STORE-10: the gaps of a recording stand in the log again when it is stepped, after a restart too."""
    flow = make_flow(events_at([0.0, 1.0, 2.0]), flow_id="f")
    session = stepped(replace(flow, summary=replace(flow.summary, gaps={1: "5 events dropped"})))
    rows = LogRows(session.store.state)
    assert [row.kind for row in all_rows(rows)] == ["entry", "gap", "entry", "entry"]
    assert rows.gap_before(rows.order.index_at(1)) == "5 events dropped"
    assert rule_text(session.store.state) == "1 gap · 3 events"
    session.engine.dispatch_runtime_command(Restart())
    assert rule_text(session.store.state) == "1 gap · 2 sessions · 3 events"
    for _ in release_all(session):
        pass
    assert rule_text(session.store.state) == "2 gaps · 2 sessions · 6 events"
    assert [row.kind for row in all_rows(LogRows(session.store.state))].count("gap") == 2


def test_an_anchor_outlives_its_row() -> None:
    """Scrolled to a row that a filter took away, the log goes on at the next one."""
    state = state_of([0.0, 1.0, 2.0, 3.0])
    first = state.ledger.start
    anchor = Anchor(LogRow("silence", first + 1))
    assert LogRows(state).window(anchor, 2)[0] == LogRow("entry", first + 1)


@given(TIMES)
def test_order_of_time(times: list[float]) -> None:
    """In order of time the entries of a session are sorted, the earlier released first, and found again."""
    state = state_of(times)
    order = TimeOrder(state)
    assert order.extend(state)
    indexes = [order.index_at(position) for position in range(len(order))]
    assert indexes == sorted(
        range(state.ledger.start, state.ledger.end), key=lambda index: (state.ledger[index].event.at_ms, index)
    )
    assert [order.position_of(index) for index in indexes] == list(range(len(indexes)))


def test_order_of_time_keeps_sessions_apart() -> None:
    """What happened after a restart stays behind its boundary."""
    session = stepped(make_flow(events_at([5.0, 1.0, 3.0]), flow_id="f"))
    session.engine.dispatch_runtime_command(Restart())
    list(release_all(session, 2))
    state = session.store.state
    order = TimeOrder(state)
    order.extend(state)
    first = state.ledger.start
    assert [order.index_at(position) - first for position in range(len(order))] == [1, 2, 0, 3, 5, 4]
    assert [order.position_of(first + index) for index in (1, 2, 0, 3, 5, 4)] == [0, 1, 2, 3, 4, 5]


def test_order_of_time_grows_with_the_ledger() -> None:
    """A release is put in its place without sorting anew; another filter begins anew."""
    session = stepped(make_flow(events_at([5.0, 1.0, 3.0]), flow_id="f"), 1)
    order = TimeOrder(session.store.state)
    order.extend(session.store.state)
    list(release_all(session))
    state = session.store.state
    assert order.still_holds(state)
    order.extend(state)
    assert [order.index_at(position) - state.ledger.start for position in range(3)] == [1, 2, 0]
    assert not order.still_holds(replace(state, view=replace(state.view, log_filter=FilterState("e", (0,)))))


@pytest.mark.parametrize("position", [0, 400_000, 999_999])
def test_a_window_reads_no_more_than_it_shows(position: int) -> None:
    """In a log of a million rows a screen costs its own rows and no more, wherever it is scrolled to."""
    reads = 0
    state = state_of([0.0])

    class CountingLedger:
        start, end = 0, 1_000_000

        def __len__(self) -> int:
            return 1_000_000

        def index_at(self, position: int) -> int:
            return position

        def position_of(self, index: int) -> int:
            return index

        def __getitem__(self, index: int) -> object:
            nonlocal reads
            reads += 1
            return replace(state.ledger[state.ledger.start], arrival_index=index)

    rows = LogRows(replace(state, ledger=CountingLedger()))  # type: ignore[arg-type]
    window = rows.window(Anchor(LogRow("entry", position)), 20)
    assert len(window) == 20
    assert reads <= 100
