"""Sentences for events that bring none: scripts and bare session files (EVENT-9)."""

from typing import Any

import pytest

from connectome_tui.events.model import BOUNDARY_LABEL, FlowEvent
from connectome_tui.events.sentences import best_fit, describe
from connectome_tui.events.topology import Node, Topology
from tests.factories import make_event

TOPOLOGY = Topology(
    nodes=(
        Node(id="page:page", title="page", kind="page", zone="FRONTEND"),
        Node(id="service:rules", title="rules", kind="service", zone="BACKEND"),
        Node(id="agent:narrator", title="narrator", kind="agent", zone="AGENTS"),
        Node(id="model:small", title="model", kind="model", zone="AGENTS"),
        Node(id="store:world", title="world", kind="store", zone="GRAPH"),
    )
)
PARENT = make_event(1, to_node_id="agent:narrator", label="narrate")


def event(source: str, target: str, **fields: Any) -> FlowEvent:
    return make_event(2, from_node_id=source, to_node_id=target, **fields)


@pytest.mark.parametrize(
    ("told", "parent", "said"),
    [
        (event("agent:narrator", "model:small", trigger="stream", call_type="llm", label="chat small",
               duration_ms=2180.0), PARENT, "narrator streamed chat small from model in 2.18s, called from narrate"),
        (event("agent:narrator", "page:page", trigger="stream", call_type="llm", label="text"),
         None, "narrator streamed text to page"),
        (event("page:page", "service:rules", label="check turn", duration_ms=6.0),
         None, "page called rules for check turn in 6.0ms"),
        (event("service:rules", "store:world", call_type="graphQuery", label="MATCH (p)", duration_ms=85.0,
               payload_summary="3 nodes"), None, "rules asked world for MATCH (p) and got 3 nodes in 85ms"),
        (event("service:rules", "store:world", call_type="graphLink", trigger="async", label="link 41"),
         None, "rules handed link 41 on to world"),
        (event("service:rules", "page:page", trigger="async", label="mail"), None, "rules queued mail for page"),
        (event("store:world", "store:world", trigger="hook", call_type="moment", label="door is locked"),
         None, "world noted door is locked"),
        (event("page:page", "service:rules", trigger="hook", call_type="moment", label="shown"),
         None, "page told rules: shown"),
        (event("service:rules", "service:rules", trigger="timer", label="tick"),
         None, "rules was woken by its timer for tick"),
        (event("page:page", "service:rules", label="save", status="error", duration_ms=3.0,
               payload_summary="disk full"), None, "page called rules for save, which failed in 3.0ms: disk full"),
        (event("?", "service:rules", label="?"),
         None, "something not recorded called rules for something without a name"),
        (event("page:page", "service:elsewhere", label="x"), PARENT,
         "page called elsewhere for x, called from narrate"),
        (event("a", "b", label=BOUNDARY_LABEL), None, "The flow begins again."),
        (event("a", "b", sentence="Told already."), PARENT, "Told already."),
    ],
)  # fmt: skip
def test_each_kind_of_event(told: FlowEvent, parent: FlowEvent | None, said: str) -> None:
    """What happened, between whom, the outcome, how long, and called from where."""
    assert describe(told, TOPOLOGY, parent) == said


def test_a_long_sentence_gives_up_its_reason_and_then_its_outcome() -> None:
    """The narrowest screen shows it whole as long as anything can be left out."""

    def said(label: str) -> str:
        told = event("page:page", "service:rules", label=label, payload_summary="three of the rows")
        return describe(told, TOPOLOGY, PARENT)

    assert said("save") == "page called rules for save and got three of the rows, called from narrate"
    assert said("save the turn") == "page called rules for save the turn and got three of the rows"
    assert said("x" * 38) == f"page called rules for {'x' * 38}"


def test_best_fit_takes_the_first_that_fits_or_the_shortest() -> None:
    """Widths are cells, not characters."""
    assert best_fit(["日本語", "abcdef", "abc"], 5) == "abc"
    assert best_fit(["abcdefgh", "abcdefg"], 5) == "abcdefg"
