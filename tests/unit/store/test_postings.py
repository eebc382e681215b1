"""Where nodes and edges were touched: noted many at once, or one by one."""

from connectome_tui.engine.holding import gap_event
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.entries import EdgeHistory, NodeHistory
from connectome_tui.store.postings import NO_NODE_HISTORY, Postings
from connectome_tui.store.sessions import boundary_event
from tests.factories import make_event


def test_what_is_noted_at_once_reads_as_what_is_noted_one_by_one() -> None:
    """Batches of a live flow and steps of a recording leave the same histories, at every entry (STORE-6, STORE-10)."""
    places = ("a:1", "b:2", "b:2", "c:3")
    events: list[FlowEvent | None] = [
        make_event(
            number,
            from_node_id=places[number % 4],
            to_node_id=places[number * 3 % 4],
            status="error" if number % 5 == 0 else "ok",
            energy_delta=0.5 if number % 7 == 0 else None,
        )
        for number in range(40)
    ]
    events[11] = None
    many, single = Postings(), Postings()
    many.add_all(100, events)
    for index, event in enumerate(events, 100):
        if event is not None:
            single.add(index, event)
    for last in range(99, 140):
        for node in places:
            assert many.node(node, 100, last) == single.node(node, 100, last)
        for edge in single.edges:
            assert many.edge(edge, 100, last) == single.edge(edge, 100, last)
    assert many.errors == single.errors
    assert many.edge("a:1→a:1", 100, 139) == EdgeHistory(events=10, errors=2, newest_index=136)


def test_boundaries_and_gaps_touch_nothing() -> None:
    """An entry that says that something is missing, or that a session begins, is nobody's (ENGINE-5, STORE-9)."""
    postings = Postings()
    postings.add_all(0, [gap_event("source", -1, "57 spans dropped", 1.0), boundary_event("s-2", 2.0)])
    postings.add(2, make_event(2, from_node_id="a:1", to_node_id="b:2"))
    assert list(postings.edges) == ["a:1→b:2"]
    assert postings.node("?", 0, 2) == NO_NODE_HISTORY
    assert postings.node("a:1", 0, 2) == NodeHistory(departures=1, newest_index=2)
