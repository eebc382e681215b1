"""A recording of what was live, opened again: flows, counts, parts, gaps (SPAN-2, SPAN-7, STORE-12)."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from connectome_tui.events.flow import ALL_FLOWS, Flow, FlowSummary, ProgressCallback, ReadReport, SourceError
from connectome_tui.events.model import UNKNOWN
from connectome_tui.events.topology import Node, Topology
from connectome_tui.recordings.about import About, about_of
from connectome_tui.recordings.database import ReadingDatabase
from connectome_tui.recordings.flow_rows import AllRows, FlowRows
from connectome_tui.recordings.pages import Pages, Query
from connectome_tui.recordings.parts import Parts

FORMAT: Final = "recording"
SKIPPED: Final = "skipped: "
"""What counts of records that are no events begin with."""
FLOWS_KEPT: Final = 64
LARGE_FLOW: Final = 20_000
"""Who called whom in flows of more events is read when the recording is opened."""
_MICROSECONDS: Final = 3
_FLOWS: Final = (
    "SELECT number, id, title, result, started_at_ms, ended_at_ms, events, errors, children, through FROM flows"
    " WHERE events > 0 ORDER BY started_at_ms, number"
)


@dataclass(frozen=True, slots=True)
class RecordedGap:
    """Something is missing right before a row of `ALL_FLOWS`; `text` says what, in one line."""

    row: int
    at_ms: float
    text: str


@dataclass(frozen=True, slots=True)
class _StoredFlow:
    number: int
    name: str
    """The id that its events name; empty for none."""
    children: int
    summary: FlowSummary


class RecordedSession:
    """Implements `Recording`. What a writer that is still at work adds later is not in it."""

    def __init__(self, path: Path, name: str) -> None:
        self._database = ReadingDatabase(path, name)
        self._name = name
        self._pages = Pages(self._database, name)
        self._complete = False
        self._finishing = threading.Lock()
        self._flows: dict[str, _StoredFlow] = {}
        self._by_name: dict[str, _StoredFlow] = {}
        self._counts: dict[str, int] = {}
        self._known: dict[str, Node] = {}
        self._parts = Parts()
        self._gaps: list[tuple[int, float, str]] = []
        self._unsettled = 0
        self.about = About("", "", "events", 0.0)
        self._rows = lru_cache(maxsize=FLOWS_KEPT)(self._rows_of)

    @property
    def name(self) -> str:
        """What the header calls it."""
        return self._name

    @property
    def complete(self) -> bool:
        """Whether flows and counts are read."""
        return self._complete

    @property
    def flows(self) -> Sequence[FlowSummary]:
        """Every trace or run, in order of start; the events that name none are one flow."""
        return [flow.summary for flow in self._flows.values()]

    @property
    def report(self) -> ReadReport:
        """What the recording holds, counted."""
        counts, flows = self._counts, self.flows
        started = min((flow.started_at_ms for flow in flows), default=None)
        ended = max((flow.started_at_ms + flow.duration_ms for flow in flows), default=0.0)
        skipped = {name.removeprefix(SKIPPED): count for name, count in counts.items() if name.startswith(SKIPPED)}
        if self._unsettled:
            skipped["requests whose spans were not settled"] = self._unsettled
        return ReadReport(
            format=FORMAT,
            flows=len(flows),
            spans=counts.get("spans", 0),
            span_events=counts.get("span_events", 0),
            events=len(self._pages),
            nodes=len(self._parts.nodes),
            edges=len({edge[:2] for edge in self._parts.edges}),
            orphans=counts.get("orphans", 0),
            skewed=counts.get("skewed", 0),
            duplicates=counts.get("duplicates", 0),
            errors=counts.get("errors", 0),
            links=counts.get("links", 0),
            skipped=skipped,
            started_at_ms=started,
            duration_ms=0.0 if started is None else round(ended - started, _MICROSECONDS),
        )

    @property
    def gaps(self) -> Sequence[RecordedGap]:
        """Where something is missing, in order."""
        return [RecordedGap(self._pages.number_at(row), at_ms, text) for row, at_ms, text in self._gaps]

    def finish(self, progress: ProgressCallback) -> None:
        """Read what there is now: flows, parts, counts; `SourceError` for a damaged file."""
        with self._finishing:
            if self._complete:
                return
            try:
                self._database.together(self._survey)
            except (msgspec.DecodeError, ValueError, TypeError, OverflowError) as problem:
                raise SourceError(self._name, f"is a damaged recording: {problem}") from problem
            for flow in self._flows.values():
                if flow.summary.events > LARGE_FLOW:
                    self._rows(flow.name).read_family(progress)
            self._complete = True

    def flow(self, flow_id: str) -> Flow:
        """A flow by its id, or `ALL_FLOWS` in the order in which the events came; `KeyError` for an unknown id."""
        if flow_id == ALL_FLOWS and len(self._flows) != 1:
            summary = self._with_gaps(self._all_summary())
            return Flow(summary, AllRows(self._pages, self._rows), self._topology_of(self._parts))
        flow = next(iter(self._flows.values())) if flow_id == ALL_FLOWS else self._flows[flow_id]
        rows = self._rows(flow.name)
        if len(self._flows) == 1:
            return Flow(self._with_gaps(flow.summary), rows, self._topology_of(self._parts))
        parts = Parts()
        for first, events in rows.batches():
            parts.add(events, first)
        return Flow(flow.summary, rows, self._topology_of(parts))

    def close(self) -> None:
        """Release the file and what is cached."""
        self._rows.cache_clear()
        self._pages.forget()
        self._database.close()

    def _with_gaps(self, summary: FlowSummary) -> FlowSummary:
        """The summary of all events, with what is missing between them."""
        gaps: dict[int, str] = {}
        for gap in self.gaps:
            gaps[gap.row] = f"{gaps[gap.row]}; {gap.text}" if gap.row in gaps else gap.text
        return replace(summary, gaps=gaps) if gaps else summary

    def _topology_of(self, parts: Parts) -> Topology:
        return parts.topology(self._known, declared=self.about.kind != "spans")

    def _survey(self, query: Query) -> None:
        self.about = about_of(dict(query("SELECT name, value FROM about")))
        self._pages.survey(query)
        self._counts = {str(name): int(count) for name, count in query("SELECT name, count FROM counts")}
        parts = self._parts
        for node, place, energy, known in query("SELECT id, first, energy, known FROM nodes ORDER BY first, number"):
            parts.nodes[node] = place
            if energy:
                parts.with_energy.add(node)
            if known is not None:
                self._known[node] = _node_decoder.decode(known)
        for source, target, style, place, count in query("SELECT from_id, to_id, style, first, events FROM edges"):
            parts.edges[source, target, style] = place, count
        for node, step, place in query("SELECT node, step, first FROM steps"):
            parts.steps[node, step] = place
        self._gaps = [
            (int(row), float(at_ms), str(text))
            for row, at_ms, text in query("SELECT row, at_ms, text FROM gaps ORDER BY row, number")
        ]
        ((self._unsettled,),) = query("SELECT count(*) FROM inbox")
        for row in query(_FLOWS):
            flow = self._stored_flow(row)
            self._flows[flow.summary.id] = self._by_name[flow.name] = flow

    def _stored_flow(self, row: tuple[Any, ...]) -> _StoredFlow:
        number, name, title, result, started, ended, events, errors, children, through = row
        titles = dict.fromkeys(self._title(node) for node in json.loads(through))
        titles.pop(UNKNOWN, None)
        summary = FlowSummary(
            id=name or self.about.id or UNKNOWN,
            title=title if name else self.about.source or title,
            started_at_ms=float(started),
            duration_ms=round(max(0.0, ended - started), _MICROSECONDS),
            events=int(events),
            errors=int(errors),
            result=result if name else "",
            through=tuple(titles),
        )
        return _StoredFlow(number, name, children, summary)

    def _title(self, node_id: str) -> str:
        known = self._known.get(node_id)
        return known.title if known else str(node_id).partition(":")[2] or str(node_id)

    def _rows_of(self, name: str) -> FlowRows:
        flow = self._by_name[name]
        held: dict[int, int] = {}
        for block, events in self._database.rows(
            "SELECT block, events FROM flow_blocks WHERE flow = ? AND block < ? ORDER BY block",
            (flow.number, self._pages.end_row),
        ):
            page = self._pages.page_with_row(block)
            held[page] = held.get(page, 0) + events
        if sum(held.values()) != flow.summary.events or min(held, default=0) < 0:
            raise SourceError(self._name, "these events are no longer in the recording: it reached its limit")
        return FlowRows(name, self._pages, list(held.items()), children=flow.children > 0)

    def _all_summary(self) -> FlowSummary:
        flows = self.flows
        if not flows:
            raise KeyError(ALL_FLOWS)
        started = min(flow.started_at_ms for flow in flows)
        ended = max(flow.started_at_ms + flow.duration_ms for flow in flows)
        return FlowSummary(
            id=ALL_FLOWS,
            title="All flows",
            started_at_ms=started,
            duration_ms=round(ended - started, _MICROSECONDS),
            events=len(self._pages),
            errors=sum(flow.errors for flow in flows),
            through=tuple(dict.fromkeys(title for flow in flows for title in flow.through)),
        )


_node_decoder: Final[msgspec.msgpack.Decoder[Node]] = msgspec.msgpack.Decoder(Node)
