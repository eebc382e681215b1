"""Exported sessions, opened again: a recording that stays on disk (STORE-12, STORE-15)."""

import threading
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from connectome_tui.events.flow import (
    ALL_FLOWS,
    EventDetail,
    Flow,
    FlowSummary,
    Progress,
    ProgressCallback,
    ReadReport,
    SourceError,
)
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.numbers import grouped
from connectome_tui.events.topology import Edge, Node, Topology
from connectome_tui.find.query import Query
from connectome_tui.find.search import SearchSlice
from connectome_tui.sources.session_flow import SessionFlow
from connectome_tui.sources.session_index import SessionIndex
from connectome_tui.sources.session_rows import SessionLines, SessionRows
from connectome_tui.traces.content import Content

FORMAT: Final = "session"
OPEN_AT_ONCE: Final = 2 << 20
"""Files up to this size are read whole, even when a part would do: it takes some 10 ms."""
_WORK_SECONDS: Final = 0.002
_BREATH_SECONDS: Final = 0.00005
"""So long it works and then waits, so that another thread gets its turn: giving way without any pause
does not hand over, the one that gave way is the first to be back."""


def open_session_file(
    content: Content, name: str, *, progress: ProgressCallback, partial: bool = False
) -> "SessionFile":
    """Open an exported session, or bare lines of events.

    With `partial` it may come back when the first rows can be read; `finish` does the rest then. A
    file in which nothing can be read is a `SourceError`.
    """
    recording = SessionFile(content, name)
    if partial and content.size > OPEN_AT_ONCE:
        recording.begin()
    else:
        recording.finish(progress)
    return recording


class SessionFile:
    """A recording of the sessions in one file."""

    def __init__(self, content: Content, name: str) -> None:
        self._content = content
        self._name = name
        self._index = SessionIndex(content)
        self._lines = SessionLines(content, self._index)
        self._finishing = threading.Lock()

    @property
    def name(self) -> str:
        """What the header calls it."""
        return self._name

    @property
    def complete(self) -> bool:
        """Whether the whole file is indexed."""
        return self._index.complete

    @property
    def report(self) -> ReadReport:
        """What was read so far, counted."""
        flows = self._index.flows
        unlisted = self._index.unlisted_bad_lines
        nodes = {node.id for flow in flows for node in flow.topology.nodes}
        edges = {edge.id for flow in flows for edge in flow.topology.edges}
        filled = [flow for flow in flows if flow.events]
        started = min((flow.started_at_ms for flow in filled), default=None)
        ended = max((flow.started_at_ms + flow.duration_ms for flow in filled), default=0.0)
        return ReadReport(
            format=FORMAT,
            flows=len(flows),
            events=sum(flow.events for flow in flows),
            nodes=len(nodes),
            edges=len(edges),
            orphans=sum(flow.noted["orphan"] for flow in flows),
            skewed=sum(flow.noted["skew"] for flow in flows),
            duplicates=sum(flow.noted["duplicate"] for flow in flows),
            errors=sum(flow.errors for flow in flows),
            links=sum(flow.links for flow in flows),
            bad_lines=tuple(self._index.bad_lines),
            skipped={"bad lines that are not listed": unlisted} if unlisted else {},
            started_at_ms=started,
            duration_ms=0.0 if started is None else ended - started,
        )

    @property
    def flows(self) -> Sequence[FlowSummary]:
        """Its sessions, in the order in which they were started: that of the file."""
        return [flow.summary() for flow in self._index.flows]

    def flow(self, flow_id: str) -> Flow:
        """A session by its flow id; `ALL_FLOWS` is the only one, or all, one after the other."""
        flows = self._index.flows
        for flow in flows:
            if flow.flow_id == flow_id or (flow_id == ALL_FLOWS and len(flows) == 1):
                return self._flow(flow)
        if flow_id == ALL_FLOWS and flows:
            return self._all_flows(flows)
        raise KeyError(flow_id)

    def begin(self) -> None:
        """Read until the first rows are there."""
        while not (self._index.rows or self._index.complete):
            self._index.advance()
        self._check_not_empty()

    def finish(self, progress: ProgressCallback) -> None:
        """Index the rest, in small slices; `Cancelled` ends it, and calling it again goes on."""
        index = self._index
        since = time.perf_counter()
        with self._finishing:
            while not index.complete:
                index.advance()
                progress(Progress(f"{grouped(index.rows)} events", index.fraction))
                if time.perf_counter() - since >= _WORK_SECONDS:
                    time.sleep(_BREATH_SECONDS)
                    since = time.perf_counter()
        self._check_not_empty()

    def close(self) -> None:
        """Release the file."""
        self._content.close()

    def _check_not_empty(self) -> None:
        if self._index.complete and not self._index.flows:
            bad = self._index.bad_lines
            place = f"line {bad[0].line}" if bad else ""
            reason = f" ({bad[0].reason})" if bad else ""
            raise SourceError(self._content.name, f"expected the lines of a session{reason}", place)

    def _flow(self, flow: SessionFlow) -> Flow:
        return Flow(
            summary=flow.summary(),
            events=SessionRows(self._lines, flow),
            topology=flow.topology,
            session_id=flow.header.session_id if flow.header else "",
        )

    def _all_flows(self, flows: Sequence[SessionFlow]) -> Flow:
        summaries = [flow.summary() for flow in flows]
        started = min(flow.started_at_ms for flow in summaries)
        nodes: dict[str, Node] = {}
        edges: dict[str, Edge] = {}
        for flow in flows:
            nodes |= {node.id: node for node in flow.topology.nodes if node.id not in nodes}
            edges |= {edge.id: edge for edge in flow.topology.edges if edge.id not in edges}
        summary = FlowSummary(
            id=ALL_FLOWS,
            title="All flows",
            started_at_ms=started,
            duration_ms=max(flow.started_at_ms + flow.duration_ms for flow in summaries) - started,
            events=sum(flow.events for flow in summaries),
            errors=sum(flow.errors for flow in summaries),
            through=tuple(node.title for node in nodes.values()),
        )
        rows = ChainedRows([SessionRows(self._lines, flow) for flow in flows], self._index)
        return Flow(summary=summary, events=rows, topology=Topology(tuple(nodes.values()), tuple(edges.values())))


class ChainedRows:
    """The events of several sessions, one after the other, as one sequence; the last part may still grow."""

    def __init__(self, parts: Sequence[SessionRows], index: SessionIndex) -> None:
        self._parts = parts
        self._index = index
        self._starts = list(accumulate((len(part) for part in parts[:-1]), initial=0))

    @property
    def complete(self) -> bool:
        """Whether the whole file is indexed."""
        return self._index.complete

    def __len__(self) -> int:
        return self._starts[-1] + len(self._parts[-1])

    def __getitem__(self, row: int, /) -> FlowEvent:
        part, start = self._part(row)
        return part[row - start]

    def parent_row(self, row: int) -> int | None:
        """The row of the event's parent, within its own part."""
        part, start = self._part(row)
        parent = part.parent_row(row - start)
        return None if parent is None else parent + start

    def child_rows(self, row: int) -> Sequence[int]:
        """The rows of its children, within its own part."""
        part, start = self._part(row)
        return [child + start for child in part.child_rows(row - start)]

    def detail(self, row: int) -> EventDetail:
        """What its part says."""
        part, start = self._part(row)
        return part.detail(row - start)

    def search(self, query: Query, topology: Topology, rows: range) -> Iterator[SearchSlice]:
        """Search one part after the other (`find.search.Searchable`)."""
        for part, start in zip(self._parts, self._starts, strict=True):
            wanted = range(max(rows.start - start, 0), min(rows.stop - start, len(part)))
            for found in part.search(query, topology, wanted):
                yield SearchSlice(tuple(hit + start for hit in found.hits), found.done_to + start)

    def _part(self, row: int) -> tuple[SessionRows, int]:
        if not 0 <= row < len(self):
            raise IndexError(row)
        place = bisect_right(self._starts, row) - 1
        return self._parts[place], self._starts[place]
