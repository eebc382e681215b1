"""The detail of events, cards and edges."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from connectome_tui.engine.commands import Inspect, Restart
from connectome_tui.events.flow import EventDetail
from connectome_tui.session import release_all
from connectome_tui.store.state import Selection, State
from connectome_tui.widgets.detail_document import DetailDocument, DetailWriter, FollowEntry, OpenValue
from connectome_tui.widgets.detail_panel import build_document
from connectome_tui.widgets.detail_values import value_text, wrapped
from connectome_tui.widgets.detail_view import detail_lines
from connectome_tui.widgets.painting import width_of
from tests.factories import make_event, make_flow
from tests.unit.widgets.stepped import ASCII_LOOK, DARK_LOOK, shop_flow, stepped

DETAILS = {
    3: EventDetail(
        attributes={"db.system": "sqlite", "db.query.text": "select *\nfrom t", "rows": [1, {"a": None}]},
        resource={"service.name": "worker"},
        identity={"trace": "edc8"},
    )
}


def document(state: State, width: int = 60, *, airy: bool = False, opened: Sequence[str] = ()) -> DetailDocument:
    return build_document(state, DetailWriter(width, airy, frozenset(opened)), DARK_LOOK)


def texts(document: DetailDocument) -> list[str]:
    return ["".join(run.text for run in line).rstrip() for line in document.lines]


def selecting(state: State, selection: Selection) -> State:
    return replace(state, view=replace(state.view, selection=selection))


def test_the_detail_of_an_event() -> None:
    """What failed, when, how long, its parent, then attributes, identity and resource (SCREENS "Detail")."""
    shown = document(stepped(shop_flow(details=DETAILS)).store.state)
    lines = texts(shown)
    assert shown.title == "Detail · event 4"
    assert lines[:3] == [
        "  select   ✗ error",
        "  worker → sqlite   ─▸ direct  ◆ graphQuery",
        "  summary   select * from no_such_table",
    ]
    assert lines[3].startswith("  start     ")
    assert lines[3].endswith("   +274.3 ms")
    assert lines[4:] == [
        "  took      1.0ms   0.4 % of the flow",
        "  parent    3  run/charge_payment",
        "  Attributes  3",
        "  db.system      sqlite",
        "  db.query.text  select *",
        "                 from t",
        '  rows           [1, {"a": null}]',
        "  Identity  2",
        "  id     e4",
        "  trace  edc8",
        "  Resource  1",
        "  service.name  worker",
    ]


def test_a_tall_panel_has_blank_rows_between_groups() -> None:
    """Groups are set apart only where there is room."""
    state = stepped(shop_flow(details=DETAILS)).store.state
    assert texts(document(state)).count("") == 0
    assert texts(document(state, airy=True)).count("") == 5


def test_steps_can_be_followed() -> None:
    """Parent and children are step numbers that lead to their entries."""
    session = stepped()
    first = session.store.state.ledger.start
    shown = document(selecting(session.store.state, Selection("event", first + 1)))
    assert "  parent    1  POST /checkout" in texts(shown)
    assert "  children  3" in texts(shown)
    assert [target.action for target in shown.targets] == [FollowEntry(first), FollowEntry(first + 2)]
    for target in shown.targets:
        line = "".join(run.text for run in shown.lines[target.line])
        assert line[target.x : target.x + target.width].strip().split()[0] in {"1", "3"}


def test_many_children_are_wrapped() -> None:
    """A parent of many has all their numbers, on as many lines as they take, none of them wider than the panel."""
    events = [make_event(1), *(make_event(number, parent_event_id="e1") for number in range(2, 60))]
    session = stepped(make_flow(events, flow_id="f"))
    shown = document(selecting(session.store.state, Selection("event", session.store.state.ledger.start)), 40)
    assert len([target for target in shown.targets if isinstance(target.action, FollowEntry)]) == 58
    assert all(target.x + target.width <= 40 for target in shown.targets)


def test_a_parent_that_is_not_there_is_named() -> None:
    """An orphan says whom it names."""
    session = stepped(make_flow([make_event(1, parent_event_id="7f21")], flow_id="f"))
    assert "  parent    7f21 (not among the events here)" in texts(document(session.store.state))


def test_notes_links_and_the_rest() -> None:
    """Every field that an event may have is shown."""
    event = make_event(
        1,
        notes="skew −1.70 s; duplicate ×2",
        link_event_ids=("a", "b"),
        rate_hint="20/s",
        step_key="charge",
        energy_delta=0.42,
    )
    lines = texts(document(stepped(make_flow([event], flow_id="f")).store.state))
    for expected in (
        "  rate      20/s",
        "  step      charge",
        "  energy    +0.42",
        "  links     a",
        "            b",
        "  notes     skew −1.70 s",
        "            duplicate ×2",
    ):
        assert expected in lines


def test_an_exception_is_told_at_the_call_that_failed() -> None:
    """What a call's own exception event says stands at the call, and why it failed at the top."""
    exception = {"exception.type": "sqlalchemy.exc.OperationalError", "exception.message": "no such table\nmore"}
    events = [
        make_event(1, status="error", label="select"),
        make_event(2, parent_event_id="e1", label="exception", call_type="moment", trigger="hook"),
    ]
    session = stepped(make_flow(events, flow_id="f", details={1: EventDetail(attributes=exception | {"other": 1})}))
    state = session.store.state
    lines = texts(document(selecting(state, Selection("event", state.ledger.start))))
    assert "  failed    OperationalError: no such table" in lines
    assert lines[lines.index("  Exception") + 1 :][:3] == [
        "  sqlalchemy.exc.OperationalError",
        "  no such table",
        "  more",
    ]
    own = texts(document(selecting(state, Selection("event", state.ledger.start + 1))))
    assert "  Attributes  1" in own
    assert "  Exception" in own


def test_a_failure_without_an_exception_says_its_message() -> None:
    """The status message of the call tells why it failed."""
    flow = make_flow(
        [make_event(1, status="error")], flow_id="f", details={0: EventDetail(identity={"message": "no such table"})}
    )
    assert "  failed    no such table" in texts(document(stepped(flow).store.state))


def test_long_values_are_elided_and_openable() -> None:
    """More than six rows end with how much is left, and open and close in place."""
    text = "x" * 1000
    flow = make_flow([make_event(1)], flow_id="f", details={0: EventDetail(attributes={"big": text})})
    state = stepped(flow).store.state
    closed = document(state, 30)
    rows = [line for line in texts(closed) if "xxx" in line]
    shown = sum(line.count("x") for line in rows)
    assert len(rows) == 5
    target = closed.targets[-1]
    assert target.action == OpenValue("Attributes.big")
    assert texts(closed)[target.line].strip() == f"… {1000 - shown} more, enter opens"
    opened = document(state, 30, opened=["Attributes.big"])
    assert sum(line.count("x") for line in texts(opened)) == 1000
    assert "enter closes" in texts(opened)[opened.targets[-1].line]


def test_six_rows_are_not_elided() -> None:
    """A value of six rows is shown whole."""
    flow = make_flow([make_event(1)], flow_id="f", details={0: EventDetail(attributes={"k": "\n".join("abcdef")})})
    assert document(stepped(flow).store.state).targets == ()


def test_a_giant_value_is_bounded_even_when_opened() -> None:
    """Ten megabytes neither hang nor fill the memory; the panel says where the rest is."""
    flow = make_flow([make_event(1)], flow_id="f", details={0: EventDetail(attributes={"k": "ab " * 3_000_000})})
    opened = document(stepped(flow).store.state, 60, opened=["Attributes.k"])
    assert len(opened.lines) < 1000
    assert "8 980 000 more in its copy" in texts(opened)[opened.targets[-1].line]


@given(st.text(max_size=200), st.integers(4, 40))
def test_wrapping_loses_nothing_and_fits(text: str, cells: int) -> None:
    """Rows fit their width, follow one another without holes, and end where the text ends."""
    end = 0
    for row, behind in wrapped(text, cells):
        assert behind > end
        assert width_of(row) <= max(cells, 8)
        end = behind
    assert end == len(text)


def test_values_as_text() -> None:
    """Text as it is, bytes as hex, the rest as JSON; nesting without end is named."""
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    assert value_text("a") == "a"
    assert value_text(b"\x01\xff") == "01 ff"
    assert value_text({"ü": [True, None]}) == '{"ü": [true, null]}'
    assert value_text(nested) == "nested too deeply to be shown"


def test_the_detail_of_a_card() -> None:
    """Zone and counts, where it is called from and what it calls, its latest events."""
    session = stepped()
    shown = document(selecting(session.store.state, Selection("node", element_id="service:worker")))
    assert shown.title == "Detail · worker"
    assert texts(shown) == [
        "  worker   BACKEND   1 event",
        "  from    api ×1",
        "  to      sqlite ×1",
        "  Latest events",
        "     4  ◆   1.0ms  select",
        "     3  ▲   4.1ms  run/charge_payment",
    ]
    first = session.store.state.ledger.start
    assert [target.action for target in shown.targets] == [FollowEntry(first + 3), FollowEntry(first + 2)]


def test_a_card_while_looking_back() -> None:
    """Counts and events are those up to the entry looked at (ENGINE-8)."""
    session = stepped()
    session.engine.dispatch_runtime_command(Inspect(session.store.state.ledger.start + 2))
    lines = texts(document(selecting(session.store.state, Selection("node", element_id="service:worker"))))
    assert "  to      sqlite" in lines
    assert len([line for line in lines if "ms  " in line]) == 1


def test_a_card_after_a_restart() -> None:
    """Only the session in hand is counted."""
    session = stepped()
    session.engine.dispatch_runtime_command(Restart())
    list(release_all(session, 3))
    lines = texts(document(selecting(session.store.state, Selection("node", element_id="service:worker"))))
    assert lines[0] == "  worker   BACKEND   1 event"
    assert len([line for line in lines if "ms  " in line]) == 1


def test_a_card_before_the_first_step() -> None:
    """What a node is is known before anything happened to it."""
    state = selecting(stepped(steps=0).store.state, Selection("node", element_id="store:sqlite"))
    assert texts(document(state)) == ["  sqlite   GRAPH", "  from    worker"]


def test_the_detail_of_an_edge() -> None:
    """What usually travels it, how much, and the latest of it."""
    state = selecting(stepped().store.state, Selection("edge", element_id="worker"))
    edge = stepped().store.state.topology.edges[-1]
    state = selecting(state, Selection("edge", element_id=edge.id))
    assert texts(document(state)) == [
        "  worker → sqlite   1 event   ✗ 1 error",
        "  ─▸ direct  ◆ graphQuery",
        "  Latest events",
        "     4  ◆   1.0ms  select",
    ]


def test_nothing_to_show() -> None:
    """Before the first step, and for a boundary, the panel says so."""
    assert texts(document(stepped(steps=0).store.state)) == ["  Nothing selected."]
    session = stepped()
    session.engine.dispatch_runtime_command(Restart())
    state = session.store.state
    assert texts(document(selecting(state, Selection("event", state.ledger.end - 1)))) == ["  A new session begins."]


@pytest.mark.parametrize("height", [5, 12, 40])
@pytest.mark.parametrize("width", [30, 52, 64])
def test_the_panel_is_drawn_to_its_edges(width: int, height: int) -> None:
    """Every line is as wide as the panel, scrolled or not, in both sets of glyphs."""
    state = stepped(shop_flow(details=DETAILS)).store.state
    for look in (DARK_LOOK, ASCII_LOOK):
        built = build_document(state, DetailWriter(width - 1, airy=height > 14), look)
        for top in (0, 5):
            lines = detail_lines(built, look, Size(width, height), top=top, focused=True)
            assert [line.cell_length for line in lines] == [width] * height


def test_the_target_in_hand_is_marked() -> None:
    """It lies on `select`, with the bar in `focus`, while the panel has the focus."""
    built = document(stepped().store.state)
    in_hand = built.targets[0]
    lines = detail_lines(built, DARK_LOOK, Size(60, 20), in_hand=in_hand, focused=True)
    styles = [style for _, style, _ in lines[in_hand.line + 1]]
    assert DARK_LOOK.palette.style("text.strong", "select", "b") in styles
    assert "▌" in lines[in_hand.line + 1].text
