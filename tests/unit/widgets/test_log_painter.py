"""The whole log, state by state."""

from dataclasses import replace

import pytest
from textual.geometry import Size

from connectome_tui.engine.commands import Inspect, Restart
from connectome_tui.session import release_all
from connectome_tui.store.state import FilterState, SearchState, Selection, SourceStatus, State
from connectome_tui.widgets.log_painter import LogPainter, selected_index
from connectome_tui.widgets.log_rows import Anchor, LogRow
from tests.factories import make_event, make_flow
from tests.shared_windows import SharedSession, small_pages
from tests.unit.widgets.stepped import DARK_LOOK, log_texts, shop_flow, stepped


def viewing(state: State, **changes: object) -> State:
    return replace(state, view=replace(state.view, **changes))  # type: ignore[arg-type]


def test_before_the_first_step() -> None:
    """An empty log says so."""
    session = stepped(steps=0)
    lines = log_texts(session.store.state, session.flow, width=60)
    assert lines[0].startswith("━ Log ━")
    assert lines[0].endswith(" 0 events ━")
    assert lines[1] == "  Nothing released yet."


def test_rows_in_order_of_release() -> None:
    """One row an event, the newest last and marked; the rule counts them (SPAN-2)."""
    session = stepped()
    lines = log_texts(session.store.state, session.flow)
    assert lines[0].endswith(" 4 events ━")
    assert [line[:2] for line in lines[1:]] == ["  ", "  ", "  ", "▌✗"]
    assert "POST /checkout" in lines[1]
    assert "select * from no_such_table" in lines[4]


def test_the_rule_tells_who_has_the_focus() -> None:
    """Heavy with the focus, light without."""
    session = stepped()
    assert log_texts(viewing(session.store.state, focused_pane="graph"), session.flow)[0].startswith("─ Log ─")


def test_a_restart_is_a_row_and_no_event() -> None:
    """The boundary spans the width, counts as a session and not as an event (STORE-9)."""
    session = stepped()
    session.engine.dispatch_runtime_command(Restart())
    list(release_all(session, 1))
    lines = log_texts(session.store.state, session.flow)
    assert lines[0].endswith(" 2 sessions · 5 events ━")
    assert "── session 2 · restarted " in lines[5]
    assert lines[6].startswith("▌")


def test_right_after_a_restart_nothing_is_newest() -> None:
    """The entry in focus is none: no row has the bar."""
    session = stepped()
    session.engine.dispatch_runtime_command(Restart())
    assert not any(line.startswith("▌") for line in log_texts(session.store.state, session.flow))


def test_looking_back() -> None:
    """The row looked at has the bar, later rows lose their colour, and none is gone (ENGINE-8)."""
    session = stepped()
    first = session.store.state.ledger.start
    session.engine.dispatch_runtime_command(Inspect(first + 1))
    strips = LogPainter().lines(session.store.state, session.flow, None, DARK_LOOK, Size(120, 10))
    assert [strip.text[0] for strip in strips[1:]] == [" ", "▌", " ", " "]
    later = {style for _, style, _ in strips[3]}
    assert later == {DARK_LOOK.palette.style("text.muted"), DARK_LOOK.palette.style("text")} or len(later) == 1


def test_scrolled_away_it_says_how_much_is_newer() -> None:
    """A log that does not follow counts what is below."""
    session = stepped(make_flow(40, flow_id="f"))
    state = session.store.state
    lines = log_texts(state, session.flow, anchor=Anchor(LogRow("entry", state.ledger.start + 10)))
    assert " ↓ 21 newer · 40 events ━" in lines[0]
    assert "call 11" in lines[1]
    assert "call 19" in lines[9]


def test_the_scroll_bar_shows_where() -> None:
    """At the end it is at the bottom, at the start at the top, and there is none while all is in view."""
    session = stepped(make_flow(40, flow_id="f"))
    state = session.store.state
    end = [line.endswith("▐") for line in log_texts(state, session.flow)]
    start = [line.endswith("▐") for line in log_texts(state, session.flow, anchor=Anchor(LogRow("entry", 0)))]
    assert end == [False] * 8 + [True, True]
    assert start == [False, True, True] + [False] * 7
    assert not any("▐" in line for line in log_texts(state, session.flow, height=42))


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (SearchState("charge", (2,), 0), " / charge  1 of 1 · 4 events ━"),
        (SearchState("charge", (), -1), " / charge  no hit · 4 events ━"),
        (SearchState("charge", (1, 2), -1, done=False), " / charge  2 hits so far · 4 events ━"),
        (SearchState("x", (), -1, done=False), " / x  searching · 4 events ━"),
        (
            SearchState("x", (7,), 0, whole_recording=True, total=1204),
            " / x  1 of 1 204 in the recording · 4 events ━",
        ),
    ],
)
def test_a_search_in_the_rule(search: SearchState, expected: str) -> None:
    """The rule says what is searched, which hit is in hand, and how many there are."""
    session = stepped()
    assert log_texts(viewing(session.store.state, search=search), session.flow)[0].endswith(expected)


def test_the_hit_in_hand_is_selected() -> None:
    """Without another selection the hit in hand has the bar; hits ahead of the cursor are not in the log."""
    state = stepped().store.state
    assert selected_index(viewing(state, search=SearchState("x", (1, 3), 1))) == 3
    assert selected_index(viewing(state, search=SearchState("x", (1, 3), 1, whole_recording=True))) is None
    chosen = viewing(state, search=SearchState("x", (1, 3), 1), selection=Selection("event", 2))
    assert selected_index(chosen) == 2


def test_a_filter_in_the_rule() -> None:
    """A filter is said as long as it lasts, with what passes of what there is."""
    session = stepped()
    state = viewing(session.store.state, log_filter=FilterState("status:error", (3,)))
    lines = log_texts(state, session.flow)
    assert lines[0].endswith(" \\ status:error  1 of 4 events ━")
    assert "select" in lines[1]
    nothing = log_texts(viewing(session.store.state, log_filter=FilterState("x", ())), session.flow)
    assert nothing[1] == "  Nothing released so far passes the filter."


def test_what_could_not_be_read() -> None:
    """A source read in part says which lines are missing, five of them by number."""
    session = stepped()
    state = replace(session.store.state, source=SourceStatus("a.jsonl", (12, 40, 77, 78, 79, 80)))
    assert "┄┄ 6 lines could not be read: 12, 40, 77, 78, 79 … ┄┄" in log_texts(state, session.flow)[1]


def test_in_order_of_time() -> None:
    """One key away from the causal order, and said in the rule (SPAN-4)."""
    events = [make_event(1, at_ms=50.0), make_event(2, at_ms=10.0), make_event(3, at_ms=30.0)]
    session = stepped(make_flow(events, flow_id="f"))
    lines = log_texts(viewing(session.store.state, raw_time_order=True), session.flow)
    assert lines[0].endswith(" in order of time · 3 events ━")
    assert [line.split("  ")[-1].strip() for line in lines[1:4]] == ["call 2", "call 3", "call 1"]


def test_columns_stay_while_stepping() -> None:
    """From the first row to the last no column moves (SCREENS, fourth rule)."""
    session = stepped(shop_flow(), 1)
    painter = LogPainter()
    size = Size(120, 10)
    first = painter.lines(session.store.state, session.flow, None, DARK_LOOK, size)[1].text
    list(release_all(session))
    again = painter.lines(session.store.state, session.flow, None, DARK_LOOK, size)[1].text
    assert first[2:] == again[2:]


def test_rows_are_drawn_once() -> None:
    """A step draws its own row and the one before it anew; all other strips are the same objects."""
    session = stepped(make_flow(40, flow_id="f"), 20)
    painter = LogPainter()
    before = painter.lines(session.store.state, session.flow, None, DARK_LOOK, Size(120, 10))
    list(release_all(session, 21))
    after = painter.lines(session.store.state, session.flow, None, DARK_LOOK, Size(120, 10))
    assert [new is old for new, old in zip(after[1:4], before[2:5], strict=True)] == [True] * 3


def test_another_flow_shows_none_of_the_rows_before() -> None:
    """Rows of equal index of another flow, also one with the same parts, are drawn from its own events."""
    painter, size = LogPainter(), Size(120, 6)
    shown = []
    for flow_id, gap in (("one", 0.0), ("two", 5000.0)):
        events = [make_event(1, label=flow_id), make_event(2, label=flow_id, at_ms=1020.0 + gap)]
        session = stepped(make_flow(events, flow_id=flow_id))
        shown.append([line.text for line in painter.lines(session.store.state, session.flow, None, DARK_LOOK, size)])
    assert not any("two" in line or "+5" in line for line in shown[0])
    assert sum("two" in line for line in shown[1]) == 2
    assert "── +5.0 s ──" in shown[1][2]


def test_a_long_log_is_ordered_in_pieces() -> None:
    """Keys are served between the pieces, and the rule says how far it is."""
    session = stepped(make_flow(2500, flow_id="f"))
    state = viewing(session.store.state, raw_time_order=True)
    painter, size = LogPainter(), Size(120, 6)
    first = painter.lines(state, session.flow, None, DARK_LOOK, size)
    assert painter.is_ordering
    assert first[0].text.endswith(" ordering 80 % · 2 500 events ━")
    second = painter.lines(state, session.flow, None, DARK_LOOK, size)
    assert not painter.is_ordering
    assert second[0].text.endswith(" in order of time · 2 500 events ━")


def test_what_is_not_here_yet_is_drawn_when_it_comes() -> None:
    """STORE-13: rows of a shared log that are on their way show dots, and neither rows nor silences are remembered."""
    with small_pages(4):
        events = [make_event(number, at_ms=9000.0 * number) for number in range(1, 7)]
        session = stepped(make_flow(events))
        shared = SharedSession(session)
        window = shared.join()
        painter, size = LogPainter(), Size(120, 14)

        def shown() -> list[str]:
            lines = painter.lines(window.state, window.store.flow, None, DARK_LOOK, size)
            return [line.text.strip() for line in lines[1:]]

        before = shown()
        assert before[:2] == ["…", "…"]
        assert sum("── +9.0 s ──" in line for line in before) == 3
        window.serve()
        here = painter.lines(window.state, window.store.flow, None, DARK_LOOK, size)
        own = LogPainter().lines(session.store.state, session.flow, None, DARK_LOOK, size)
        assert [line.text for line in here] == [line.text for line in own]


def test_a_shared_log_in_order_of_time_waits_for_its_pages() -> None:
    """STORE-13: it is ordered as far as it is here, and drawn again when more of it has come, not before."""
    with small_pages(4):
        shared = SharedSession(stepped(make_flow(9)))
        window = shared.join()
        painter, size = LogPainter(), Size(120, 12)

        def draw() -> None:
            painter.lines(viewing(window.state, raw_time_order=True), window.store.flow, None, DARK_LOOK, size)

        draw()
        assert (painter.is_ordering, painter.must_go_on) == (True, False)
        while window.serve():
            draw()
        assert (painter.is_ordering, painter.must_go_on) == (False, False)
