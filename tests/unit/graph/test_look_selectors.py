"""How a state makes cards and edges look, and that a step asks only about what it touched."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import Inspect, Restart, SetMode, SetPinned
from connectome_tui.events.model import CALL_TYPES, TRIGGERS, FlowEvent
from connectome_tui.graph.look_selectors import select_looks, select_next_looks
from connectome_tui.graph.looks import CardLook, CardStage, EdgeLook, EdgeStage, looks_at_rest
from connectome_tui.graph.picture import Picture, lay_out
from connectome_tui.session import SteppedSession, release_all
from connectome_tui.store.state import Selection, State
from tests.factories import make_event, make_flow
from tests.shared_windows import SharedSession, small_pages
from tests.unit.widgets.stepped import stepped


def picture_of(session: SteppedSession) -> Picture:
    """The session's flow at 120x20."""
    return lay_out(session.store.state.topology, (120, 20))


def card(state: State, picture: Picture, title: str) -> CardLook:
    """How the card with this title looks."""
    looks = select_looks(state, picture)
    return looks.cards[[card.part.title for card in picture.cards].index(title)]


def edge(state: State, picture: Picture, name: str) -> EdgeLook:
    """How the edge `source>target` (titles) looks."""
    titles = [card.part.title for card in picture.cards]
    names = [f"{titles[route.way.source]}>{titles[route.way.target]}" for route in picture.routes]
    return select_looks(state, picture).edges[names.index(name)]


def test_before_the_first_step_nothing_is_reached() -> None:
    """SCREENS "before the first step": the whole graph is not reached."""
    session = stepped(steps=0)
    picture = picture_of(session)
    assert select_looks(session.store.state, picture) == looks_at_rest(picture)


def test_the_newest_event_lights_its_edge_and_target() -> None:
    """STORE-6: the target is lit in the event's style, its source stands out, the edge before it is recent."""
    session = stepped(steps=3)
    picture, state = picture_of(session), session.store.state
    assert card(state, picture, "worker") == CardLook(CardStage.LIT, "graphLink")
    assert card(state, picture, "api").stage == CardStage.SOURCE
    assert card(state, picture, "gateway").stage == CardStage.TRAVELLED
    assert card(state, picture, "sqlite") == CardLook()
    assert edge(state, picture, "api>worker") == EdgeLook(EdgeStage.LIT, "async", "graphLink", "run/charge_payment")
    assert edge(state, picture, "gateway>api") == EdgeLook(EdgeStage.RECENT, "direct", "code", "POST /orders")
    assert edge(state, picture, "worker>sqlite").stage == EdgeStage.REST


def test_a_failed_event_fails_its_card() -> None:
    """SCREENS "lit and failed": the card has the error, the edge keeps its call type."""
    session = stepped(steps=4)
    picture, state = picture_of(session), session.store.state
    assert card(state, picture, "sqlite") == CardLook(CardStage.LIT, "graphQuery", failed=True, errors=True)
    assert edge(state, picture, "worker>sqlite").tone == "graphQuery"


def test_a_step_inside_a_node_lights_no_line() -> None:
    """SCREENS "A step inside a node": card and step are lit."""
    session = stepped(make_flow([make_event(1, to_node_id="service:api", step_key="check")]))
    picture, state = picture_of(session), session.store.state
    assert card(state, picture, "api") == CardLook(CardStage.LIT, "code", step="check")


def test_a_lit_edge_takes_the_style_of_its_event() -> None:
    """`Edge`: at rest the style of most of its events, lit that of the event that lit it."""
    events = [make_event(1), make_event(2), make_event(3, trigger="stream", call_type="llm")]
    session = stepped(make_flow(events))
    picture = picture_of(session)
    assert edge(session.store.state, picture, "api>db") == EdgeLook(EdgeStage.LIT, "stream", "llm", "call 3")
    session.engine.dispatch_runtime_command(Inspect(session.store.state.ledger.end - 2))
    assert edge(session.store.state, picture, "api>db") == EdgeLook(EdgeStage.LIT, "direct", "code", "call 2")


def test_a_restart_puts_everything_at_rest() -> None:
    """STORE-9: a new session has travelled nothing, whatever the ledger still holds."""
    session = stepped()
    session.engine.dispatch_runtime_command(Restart())
    picture = picture_of(session)
    assert select_looks(session.store.state, picture) == looks_at_rest(picture)


def test_a_pinned_focus_stays_lit() -> None:
    """STORE-11: while the focus is pinned, what is lit keeps the style of its own event as others pass by."""
    clock = ManualClock()
    flow = make_flow([make_event(1, call_type="llm"), make_event(2, to_node_id="store:other")])
    session = stepped(flow, steps=1, clock=clock)
    session.engine.dispatch_runtime_command(SetMode("realtime"))
    session.engine.dispatch_runtime_command(SetPinned(pinned=True))
    clock.advance(5000)
    session.engine.serve_deadline()
    picture, state = picture_of(session), session.store.state
    assert state.cursor == 2
    assert card(state, picture, "db") == CardLook(CardStage.LIT, "llm")
    assert card(state, picture, "other").stage == CardStage.TRAVELLED
    assert edge(state, picture, "api>db").stage == EdgeStage.LIT


def test_energy_adds_up() -> None:
    """GRAPH-4: a card shows the energy that its events brought so far."""
    session = stepped(make_flow([make_event(1, energy_delta=0.25), make_event(2, energy_delta=0.5)]))
    assert card(session.store.state, picture_of(session), "db").energy == 0.75


def test_a_selection_marks_its_card_or_edge() -> None:
    """SCREENS "selected": one card or edge is marked, whatever else it is."""
    session = stepped()
    picture, state = picture_of(session), session.store.state
    node = replace(state, view=replace(state.view, selection=Selection("node", element_id="service:api")))
    assert [look.selected for look in select_looks(node, picture).cards].count(True) == 1
    assert card(node, picture, "api").selected
    chosen = replace(state, view=replace(state.view, selection=Selection("edge", element_id=picture.routes[0].way.id)))
    assert [look.selected for look in select_looks(chosen, picture).edges] == [True, False, False]


NODES = ("service:api", "service:gateway", "store:db", "agent:a", "page:p")


@st.composite
def flows(draw: st.DrawFn) -> list[FlowEvent]:
    """Some events between five nodes."""
    count = draw(st.integers(1, 12))
    return [
        make_event(
            number,
            from_node_id=draw(st.sampled_from(NODES)),
            to_node_id=draw(st.sampled_from(NODES)),
            trigger=draw(st.sampled_from(TRIGGERS)),
            call_type=draw(st.sampled_from(CALL_TYPES)),
            status=draw(st.sampled_from(["ok", "error"])),
            step_key=draw(st.sampled_from([None, "step"])),
            energy_delta=draw(st.sampled_from([None, 0.1])),
        )
        for number in range(1, count + 1)
    ]


@settings(max_examples=60, deadline=None)
@given(flows(), st.lists(st.sampled_from(["step", "back", "forward", "jump", "restart", "select"]), max_size=15))
def test_following_step_by_step_is_the_same_as_looking_anew(events: list[FlowEvent], moves: list[str]) -> None:
    """GRAPH-3: asking only about what a commit touched gives the looks that asking about everything gives."""
    session = stepped(make_flow(events), steps=0)
    picture = picture_of(session)
    shown = session.store.state
    looks = select_looks(shown, picture)
    for move in moves:
        _make(session, move)
        state = session.store.state
        looks = select_next_looks(shown, state, picture, looks)
        shown = state
        assert looks == select_looks(state, picture)


def _make(session: SteppedSession, move: str) -> None:
    state = session.store.state
    at = state.ledger.end - 1 if state.inspection_index is None else state.inspection_index
    if move == "step":
        list(release_all(session, 1))
    elif move == "restart":
        session.engine.dispatch_runtime_command(Restart())
    elif move == "select":
        session.store.set_view(replace(state.view, selection=Selection("node", element_id="store:db")))
    else:
        target = {"back": at - 1, "forward": at + 1, "jump": state.ledger.start}[move]
        if state.ledger.start <= target < state.ledger.end:
            session.engine.dispatch_runtime_command(Inspect(target))


def test_labels_that_come_with_a_page_are_drawn() -> None:
    """GRAPH-2: an edge of a shared session whose newest event was not here has its label once the page has come."""
    far = [make_event(number, to_node_id="store:far" if number in {2, 12} else "store:db") for number in range(1, 15)]
    with small_pages(4):
        session = stepped(make_flow(far))
        window = SharedSession(session).join()
        session.engine.dispatch_runtime_command(Inspect(8))
        picture, before = picture_of(session), window.state
        looks = select_looks(before, picture)
        assert edge(before, picture, "api>far").label == "…"
        window.serve()
        now = select_next_looks(before, window.state, picture, looks)
        assert now == select_looks(session.store.state, picture)
