"""The chain of parents of an event."""

from collections.abc import Callable

from connectome_tui.engine.causes import MAX_CAUSES
from connectome_tui.engine.commands import Restart
from connectome_tui.store.state import Cause
from tests.factories import make_event, make_flow


def test_the_chain_goes_from_the_root_to_the_parent(make_rig: Callable) -> None:
    """EVENT-9: the causes are the parents, root first, each with its place in the ledger."""
    rig = make_rig(3)
    rig.step(3)
    assert rig.state.current_explanation.causes == (Cause(0, "store:db", "call 1"), Cause(1, "store:db", "call 2"))


def test_a_long_chain_keeps_its_nearest_parents(make_rig: Callable) -> None:
    """A deep trace names the nearest parents only, so that a step costs the same at every depth."""
    rig = make_rig(40)
    rig.step(40)
    causes = rig.state.current_explanation.causes
    assert len(causes) == MAX_CAUSES
    assert causes[-1].label == "call 39"


def test_after_a_restart_places_are_those_of_the_new_session(make_rig: Callable) -> None:
    """The places of causes lie in the session of the event, behind its boundary."""
    rig = make_rig(2)
    rig.step(2)
    rig.send(Restart())
    rig.step(2)
    assert rig.state.current_explanation.causes == (Cause(3, "store:db", "call 1"),)


def test_an_event_without_a_sentence_gets_one(make_rig: Callable) -> None:
    """EVENT-9: a script's events are described from their fields, with their parent as the reason."""
    rig = make_rig(make_flow([make_event(1), make_event(2, parent_event_id="e1")]))
    rig.step(2)
    sentence = rig.state.current_explanation.sentence
    assert "api" in sentence
    assert "db" in sentence
    assert "call 1" in sentence
