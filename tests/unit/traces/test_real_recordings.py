"""The real recordings beside the repository: what their README says must hold (SPAN-2, SPAN-3, EVENT-9)."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from connectome_tui.events.flow import ALL_FLOWS, EventSequence
from connectome_tui.events.model import FlowEvent, has_note
from connectome_tui.events.visible import cell_width
from connectome_tui.sources.open import open_recording
from connectome_tui.traces.recording import TraceRecording


class Counts(NamedTuple):
    """What is known about a file; `cells` is the width of its longest sentence."""

    name: str
    spans: int
    moments: int
    flows: int
    errors: int
    orphans: int = 0
    skewed: int = 0
    cells: int = 76


FILES = [
    Counts("traces/shop.otlp.jsonl", 299, 12, 59, 31),
    Counts("traces/shop.zipkin.json", 299, 12, 59, 31),
    Counts("traces/shop.mixed.otlp.jsonl", 299, 12, 59, 31),
    Counts("traces/shop-skew.otlp.jsonl", 272, 12, 52, 35, skewed=15),
    Counts("traces/shop-missing-parent.otlp.jsonl", 216, 8, 60, 23, orphans=24),
    Counts("agents/pydantic-ai-trip-planner.otlp.jsonl", 30, 3, 5, 3),
    Counts("agents/langgraph-research.otlp.jsonl", 28, 1, 1, 1),
    Counts("agents/openai-client.otlp.jsonl", 11, 3, 5, 5, cells=78),
]
SERVICE_EDGES = {
    ("loadgen", "gateway"): 13, ("gateway", "api"): 12, ("api", "inventory"): 12, ("api", "pricing"): 7,
    ("worker", "inventory"): 4, ("api", "worker"): 5,
}  # fmt: skip
PEER_EDGES = {
    ("api", "redis"): 17, ("gateway", "redis"): 7, ("worker", "redis"): 60, ("inventory", "sqlite"): 17,
    ("worker", "sqlite"): 10, ("gateway", "127.0.0.1:18999"): 1,
}  # fmt: skip
ATTRIBUTE_NAME = re.compile(r"\b(?:http|db|messaging|rpc|gen_ai|llm|celery|net|url|exception)\.[a-z_]+")


@lru_cache(maxsize=8)
def recording(path: Path) -> TraceRecording:
    found = open_recording([str(path)])
    assert isinstance(found, TraceRecording)
    return found


def every(events: EventSequence) -> Iterator[FlowEvent]:
    return (events[row] for row in range(len(events)))


@pytest.mark.parametrize("counts", FILES, ids=lambda counts: counts.name)
def test_counts_in_are_counts_out(shared_data: Path, counts: Counts) -> None:
    """The report, the flows and the events themselves all have the counts of the README."""
    found = recording(shared_data / counts.name)
    report, everything = found.report, list(every(found.flow(ALL_FLOWS).events))
    errors = sum(event.status == "error" for event in everything)
    assert (report.spans, report.span_events) == (counts.spans, counts.moments)
    assert len(everything) == report.events == sum(flow.events for flow in found.flows)
    assert len(everything) == counts.spans + counts.moments
    assert (report.flows, len(found.flows)) == (counts.flows, counts.flows)
    assert report.errors == errors == sum(flow.errors for flow in found.flows) == counts.errors
    assert report.orphans == sum(has_note(event, "orphan") for event in everything) == counts.orphans
    assert report.skewed == sum(has_note(event, "skew") for event in everything) == counts.skewed
    assert sum(event.call_type == "moment" for event in everything) == counts.moments
    assert max(cell_width(event.sentence or "") for event in everything) <= counts.cells
    topology = found.flow(ALL_FLOWS).topology
    assert (len(topology.nodes), len(topology.edges)) == (report.nodes, report.edges)


@pytest.mark.parametrize("name", ["traces/shop.otlp.jsonl", "traces/shop.zipkin.json", "traces/shop.mixed.otlp.jsonl"])
def test_edges_of_the_shop(shared_data: Path, name: str) -> None:
    """Between services and to peers without instrumentation, every edge has its count; there are no others."""
    flow = recording(shared_data / name).flow(ALL_FLOWS)
    title = flow.topology.title
    found = {(title(edge.from_node_id), title(edge.to_node_id)): edge.events for edge in flow.topology.edges}
    assert found == SERVICE_EDGES | PEER_EDGES
    requeued = [event for event in every(flow.events) if event.trigger == "async" and event.label.startswith("run/")]
    assert Counter(title(event.from_node_id) for event in requeued) == {"api": 5, "worker": 12}


def test_the_checkout_that_fails(shared_data: Path) -> None:
    """The flow that the pictures show: order, nodes with their details, sentences."""
    found = recording(shared_data / "traces/shop.otlp.jsonl")
    (summary,) = [flow for flow in found.flows if flow.id.startswith("edc814")]
    assert (summary.title, summary.result, summary.events, summary.errors) == ("POST /checkout", "200", 33, 4)
    assert summary.through == ("loadgen", "gateway", "redis", "api", "pricing", "inventory", "sqlite", "worker")
    assert summary.duration_ms == pytest.approx(282, abs=1)
    flow = found.flow(summary.id)
    assert {node.title: (node.detail, node.zone) for node in flow.topology.nodes} == {
        "loadgen": ("python", "BACKEND"),
        "gateway": ("nodejs", "BACKEND"),
        "redis": ("localhost:16379", "GRAPH"),
        "api": ("python", "BACKEND"),
        "pricing": ("python grpc", "BACKEND"),
        "inventory": ("python", "BACKEND"),
        "sqlite": ("in process", "GRAPH"),
        "worker": ("celery", "BACKEND"),
    }
    said = [event.sentence for event in every(flow.events)]
    assert said[0] == "loadgen sent POST /checkout to gateway and got 200 after 18ms, at the start"
    assert said[17] == "worker ran charge_payment, queued by api, and asked for a retry after 4.1ms"
    assert "inventory asked sqlite to select and got no such table in 1.0ms, for ship/8" in said
    assert "worker ran ship_order and failed after 10ms with HTTPError: 500 Server Error" in said
    retry = flow.events[17]
    assert (retry.trigger, retry.call_type, retry.payload_summary) == ("async", "graphLink", "RETRY · queue celery")


def test_the_agent_whose_tool_fails(shared_data: Path) -> None:
    """An agent's graph has its nodes, tools and model as parts, and says what they did."""
    found = recording(shared_data / "agents/langgraph-research.otlp.jsonl")
    flow = found.flow(found.flows[0].id)
    titles = [node.title for node in flow.topology.nodes]
    assert titles == [
        "LangGraph", "researcher", "GenericFakeChatModel", "tools", "lookup", "risky",
        "reader_1", "reader_2", "reader_3", "writer", "critic",
    ]  # fmt: skip
    said = [event.sentence for event in every(flow.events)]
    assert "tools called risky, which failed in 1.3ms with RuntimeError: index offline" in said
    assert "GenericFakeChatModel told researcher to call lookup and risky in 2.3ms" in said


@pytest.mark.parametrize("name", [counts.name for counts in FILES])
def test_sentences_read_like_sentences(shared_data: Path, name: str) -> None:
    """No raw attribute name, no `?`, no empty piece, and always more than a subject (EVENT-9)."""
    for event in every(recording(shared_data / name).flow(ALL_FLOWS).events):
        said = event.sentence or ""
        assert not ATTRIBUTE_NAME.search(said), said
        assert "?" not in said, said
        assert "  " not in said, said
        assert len(said.split()) > 3, said


@pytest.mark.parametrize("name", [counts.name for counts in FILES])
def test_every_flow_has_the_events_that_all_flows_have(shared_data: Path, name: str) -> None:
    """Stepping one flow and stepping all gives the same events, with the same parents (SPAN-7)."""
    found = recording(shared_data / name)
    everything, row = found.flow(ALL_FLOWS).events, 0
    for summary in found.flows:
        events = found.flow(summary.id).events
        assert len(events) == summary.events
        assert events[0].at_ms == summary.started_at_ms
        for number, event in enumerate(every(events)):
            assert everything[row + number] == event
            parent = events.parent_row(number)
            assert everything.parent_row(row + number) == (None if parent is None else row + parent)
            assert all(events.parent_row(child) == number for child in events.child_rows(number))
        row += summary.events
