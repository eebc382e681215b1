"""Files of orchestration runs as recordings (RUN-5, RUN-6): told once, and kept as lines of events on disk."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec

from connectome_tui.events.flow import (
    ALL_FLOWS,
    BadLine,
    Flow,
    FlowSummary,
    Progress,
    ProgressCallback,
    ReadReport,
    SourceError,
    no_progress,
)
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.numbers import counted
from connectome_tui.events.topology import Edge, Node, Topology
from connectome_tui.events.topology_builder import TopologyBuilder
from connectome_tui.runs.normalise import RunNormaliser, ToldRecord
from connectome_tui.runs.run_row import RESULTS
from connectome_tui.sources.options import OpenOptions
from connectome_tui.sources.run_lines import run_records
from connectome_tui.sources.session_file import SessionFile
from connectome_tui.sources.spool import PlainFile, write_spool
from connectome_tui.sources.stream_memory import RecentIds
from connectome_tui.store.json_lines import event_line
from connectome_tui.traces.throttle import Throttle

FORMAT: Final = "run"
MOST_BAD_LINES: Final = 100_000


class RunAccount:
    """What is learned of one run while it is told: its title, its outcome, its parts and what travelled them."""

    def __init__(self, flow_id: str) -> None:
        self.flow_id = flow_id
        self.title = ""
        self.result = ""
        self._visited: dict[str, None] = {}
        self._traffic: Counter[str] = Counter()
        self._builder = TopologyBuilder(Topology())

    def add(self, told: ToldRecord, title: str) -> None:
        """Take in the next record of the run."""
        event = told.event
        if told.nodes:
            earlier = self._builder.build()
            known = {node.id for node in told.nodes}
            strays = tuple(node for node in earlier.nodes if node.id not in known)
            self._builder = TopologyBuilder(Topology(nodes=(*told.nodes, *strays), edges=earlier.edges))
            self.title = title or f"run of {counted(len(told.nodes) - 1, 'unit')}"
        if told.wait == "stop":
            self.result = RESULTS.get(event.unit_state, "")
        self._builder.add([event])
        self._visited.setdefault(event.to_node_id)
        self._traffic[event.edge_id] += 1

    @property
    def topology(self) -> Topology:
        """Its parts; edges count what travelled them."""
        built = self._builder.build()
        edges = tuple(msgspec.structs.replace(edge, events=self._traffic[edge.id]) for edge in built.edges)
        return Topology(nodes=built.nodes, edges=edges)

    def summary(self, counted_flow: FlowSummary, topology: Topology) -> FlowSummary:
        """Its row in the picker."""
        through = tuple(topology.title(node_id) for node_id in self._visited)
        return replace(counted_flow, title=self.title or "a run", result=self.result, through=through)


def open_run_file(
    content: PlainFile, name: str, options: OpenOptions, *, progress: ProgressCallback = no_progress
) -> "RunRecording":
    """Open a file of runs: it is read to its end. `SourceError` when nothing in it can be read."""
    accounts: dict[str, RunAccount] = {}
    bad_lines: list[BadLine] = []
    throttle = Throttle(progress)
    lines = write_spool(content.name, _event_lines(content, options, accounts, bad_lines, throttle))
    try:
        _check_not_empty(content.name, accounts, bad_lines)
        session = SessionFile(lines, name)
        session.finish(progress)
    except BaseException:
        lines.close()
        raise
    content.close()
    return RunRecording(session, accounts, bad_lines)


class RunRecording:
    """The runs of one file, in order; each `orch.started` begins a flow."""

    def __init__(self, session: SessionFile, accounts: dict[str, RunAccount], bad_lines: Sequence[BadLine]) -> None:
        self._session = session
        self._topologies = {flow_id: account.topology for flow_id, account in accounts.items()}
        self._summaries = {
            flow.id: accounts[flow.id].summary(flow, self._topologies[flow.id]) for flow in session.flows
        }
        self._bad_lines = tuple(bad_lines)

    @property
    def name(self) -> str:
        """What the header calls it."""
        return self._session.name

    @property
    def complete(self) -> bool:
        """Always true."""
        return True

    @property
    def report(self) -> ReadReport:
        """What it holds, counted."""
        every = _together(self._topologies.values())
        return replace(
            self._session.report,
            format=FORMAT,
            nodes=len(every.nodes),
            edges=len(every.edges),
            bad_lines=self._bad_lines,
        )

    @property
    def flows(self) -> Sequence[FlowSummary]:
        """Its runs, in order of start."""
        return list(self._summaries.values())

    def flow(self, flow_id: str) -> Flow:
        """A run by its id; `ALL_FLOWS` is the only one, or all, one after the other."""
        if flow_id == ALL_FLOWS and len(self._summaries) == 1:
            flow_id = next(iter(self._summaries))
        flow = self._session.flow(flow_id)
        if flow_id != ALL_FLOWS:
            return replace(flow, summary=self._summaries[flow_id], topology=self._topologies[flow_id])
        topology = _together(self._topologies.values())
        through = tuple(node.title for node in topology.nodes)
        return replace(flow, summary=replace(flow.summary, through=through), topology=topology)

    def finish(self, progress: ProgressCallback) -> None:
        """Nothing is left to be read."""

    def close(self) -> None:
        """Release the lines."""
        self._session.close()


def _check_not_empty(name: str, accounts: Mapping[str, RunAccount], bad_lines: Sequence[BadLine]) -> None:
    if accounts:
        return
    if not bad_lines:
        raise SourceError(name, "expected the lines of a run")
    raise SourceError(name, f"expected the lines of a run ({bad_lines[0].reason})", f"line {bad_lines[0].line}")


def _event_lines(
    content: PlainFile,
    options: OpenOptions,
    accounts: dict[str, RunAccount],
    bad_lines: list[BadLine],
    throttle: Throttle,
) -> Iterator[bytes]:
    """The runs of a file as lines of a session file; what is learned on the way goes into the accounts."""
    normaliser = RunNormaliser(RecentIds(), keep_raw=options.keep_raw)
    for position, record in run_records(content):
        if isinstance(record, BadLine):
            if len(bad_lines) < MOST_BAD_LINES:
                bad_lines.append(record)
            continue
        told = normaliser.add(record)
        account = accounts.get(normaliser.flow_id)
        if account is None:
            account = accounts[normaliser.flow_id] = RunAccount(normaliser.flow_id)
            yield msgspec.json.encode({"type": "session", "flow_id": account.flow_id}) + b"\n"
        account.add(told, normaliser.title)
        throttle.report(partial(Progress, "reading the run", position / max(content.size, 1)))
        yield _line(told)


def _line(told: ToldRecord) -> bytes:
    event: FlowEvent = told.event
    return event_line(event, told.detail, raw=event.raw_payload is not None)


def _together(topologies: Iterable[Topology]) -> Topology:
    nodes: dict[str, Node] = {}
    edges: dict[str, Edge] = {}
    for topology in topologies:
        nodes |= {node.id: node for node in topology.nodes if node.id not in nodes}
        for edge in topology.edges:
            known = edges.get(edge.id)
            edges[edge.id] = msgspec.structs.replace(edge, events=edge.events + known.events) if known else edge
    return Topology(tuple(nodes.values()), tuple(edges.values()))
