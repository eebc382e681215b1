"""A recording made of files of spans: its flows, what it holds, and its events on demand (SPAN-2, SPAN-7, SPAN-10)."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Final, Protocol

from connectome_tui.events.flow import (
    ALL_FLOWS,
    Flow,
    FlowSummary,
    ProgressCallback,
    ReadReport,
)
from connectome_tui.events.topology import Topology
from connectome_tui.traces import attributes as attrs
from connectome_tui.traces.batches import Batches
from connectome_tui.traces.cache import SizedCache
from connectome_tui.traces.columns import SpanColumns
from connectome_tui.traces.facts import SpanFacts
from connectome_tui.traces.known import KnownSpans
from connectome_tui.traces.nodes import NodeBook
from connectome_tui.traces.normalise import normalise
from connectome_tui.traces.notes import NS_PER_MS
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.sequences import AllTraceEvents, TraceEvents
from connectome_tui.traces.span import Span, SpanFile
from connectome_tui.traces.survey import REPEATED, Root, Survey, survey_of

MAX_CACHED_EVENTS: Final = 65_536
"""Traces that were made are kept until they hold more events than this together, of about 1 kB each; the last
one always is. An export goes through all events twice: its first line counts them."""

_Made = tuple[TraceEvents, Topology]


class TraceOptions(Protocol):
    """What may be chosen when spans are opened."""

    @property
    def nodes(self) -> Sequence[NodeOverride]:
        """Other titles, zones and kinds for nodes (SPAN-6)."""
        ...


class _Index:
    """What one pass over the files gives: columns, the rows of each trace, and what roots are called."""

    def __init__(self, files: Sequence[SpanFile], known: KnownSpans) -> None:
        self.columns = SpanColumns()
        self._known = known
        self.batches = Batches(files)
        self.traces: dict[str, list[int]] = {}
        self._roots: dict[int, Root] = {}

    def read(self, files: Sequence[SpanFile], progress: ProgressCallback) -> None:
        """Go through all files, in order; `Cancelled` from `progress` goes through."""
        columns, traces, facts_of = self.columns, self.traces, self._known.facts
        for file, spans_of_file in enumerate(files):
            for batch, spans in enumerate(spans_of_file.batches(progress)):
                self.batches.add(file, batch, len(columns))
                facts = [facts_of(span) for span in spans]
                for row, span in enumerate(spans, len(columns)):
                    rows = traces.get(span.trace_id)
                    if rows is None:
                        rows = traces[span.trace_id] = []
                    rows.append(row)
                    if not span.parent_id:
                        self._roots[row] = _root(span, facts[row - len(columns)])
                columns.extend(spans, [each.place for each in facts])

    def root_of(self, row: int) -> Root:
        """What the picker says of the first span of a flow; one with a parent elsewhere is read again."""
        root = self._roots.get(row)
        if root is None:
            span = self.batches.span(row)
            root = _root(span, self._known.facts(span))
        return root


def _root(span: Span, facts: SpanFacts) -> Root:
    status = attrs.http_status(span.attributes)
    result = str(status) if status else "error" if span.status == "error" else ""
    return Root(facts.label, result)


class TraceRecording:
    """Implements `Recording` for spans. Nothing is read before `finish`; spans are never kept, only columns."""

    def __init__(self, span_files: Sequence[SpanFile], name: str, options: TraceOptions) -> None:
        self._files = span_files
        self._name = name
        self._known = KnownSpans(tuple(options.nodes))
        self._index: _Index | None = None
        self._survey = Survey()
        self._made: SizedCache[_Made] = SizedCache(MAX_CACHED_EVENTS, self._make, lambda made: len(made[0]))

    @property
    def name(self) -> str:
        """What the header calls it."""
        return self._name

    @property
    def complete(self) -> bool:
        """Whether the files were read: causes can stand behind their effects, so all of it or nothing."""
        return self._index is not None

    @property
    def flows(self) -> Sequence[FlowSummary]:
        """Every trace, in order of start; none before `finish`."""
        return self._survey.flows

    @property
    def report(self) -> ReadReport:
        """Counts, final when `complete`."""
        survey = self._survey
        started, ended = survey.started_ns, survey.ended_ns
        skipped: Counter[str] = Counter()
        for file in self._files:
            skipped.update(file.skipped)
        return ReadReport(
            format=" + ".join(dict.fromkeys(file.format for file in self._files)),
            flows=len(survey.flows),
            spans=survey.spans,
            span_events=survey.span_events,
            events=survey.spans + survey.span_events,
            nodes=len({key.id for key in survey.keys}),
            edges=len(survey.edges),
            orphans=survey.orphans,
            skewed=survey.skewed,
            duplicates=survey.duplicates,
            errors=survey.errors,
            links=survey.links,
            bad_lines=tuple(bad for file in self._files for bad in file.bad_lines),
            skipped=dict(skipped),
            started_at_ms=None if started is None else started / NS_PER_MS,
            duration_ms=0.0 if started is None or ended is None else (ended - started) / NS_PER_MS,
        )

    def finish(self, progress: ProgressCallback) -> None:
        """Read the files once (blocking). Raises `Cancelled` from `progress`, and `SourceError`."""
        if self._index is not None:
            return
        index = _Index(self._files, self._known)
        index.read(self._files, progress)
        self._survey = survey_of(index.columns, index.traces, index.root_of, progress)
        self._index = index

    def flow(self, flow_id: str, *, raw_time_order: bool = False) -> Flow:
        """A trace by its id, or all of them (`ALL_FLOWS`); `KeyError` for an unknown id.

        `raw_time_order` puts the events of a trace in the order of their times instead (SPAN-4).
        """
        if flow_id == ALL_FLOWS:
            counts = [summary.events for summary in self.flows]
            return Flow(self._all_summary, AllTraceEvents(counts, self._events), self._all_topology)
        number = self._numbers[flow_id]
        events, topology = self._make(number, raw_time_order=True) if raw_time_order else self._made.get(number)
        return Flow(self.flows[number], events, topology)

    def close(self) -> None:
        """Release the files and what is cached."""
        self._made.clear()
        if self._index is not None:
            self._index.batches.forget()
        for file in self._files:
            file.close()

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {summary.id: number for number, summary in enumerate(self.flows)}

    def _events(self, number: int) -> TraceEvents:
        return self._made.get(number)[0]

    def _make(self, number: int, *, raw_time_order: bool = False) -> _Made:
        assert self._index is not None, "finish() comes first"
        rows = self._survey.rows[number]
        flow = normalise(self._spans(rows), raw_time_order=raw_time_order, known=self._known)
        return TraceEvents(flow, rows, self._index.batches.span), flow.topology

    def _spans(self, rows: Sequence[int]) -> list[Span]:
        assert self._index is not None, "finish() comes first"
        return [self._index.batches.span(row) for row in rows]

    @cached_property
    def _all_topology(self) -> Topology:
        """The parts of all traces together; every batch is read once more for it, in the order of the files."""
        assert self._index is not None, "finish() comes first"
        survey = self._survey
        keys = list(survey.keys)
        book = NodeBook(keys)
        for row, span in self._index.batches.all():
            if survey.targets[row] == REPEATED:
                continue
            target = keys[survey.targets[row]]
            book.note_span(self._known.facts(span), keys[survey.sources[row]], target)
            for event in span.events:
                book.note_moment(event, target)
        return book.topology()

    @cached_property
    def _all_summary(self) -> FlowSummary:
        flows = self.flows
        started = min((flow.started_at_ms for flow in flows), default=0.0)
        ended = max((flow.started_at_ms + flow.duration_ms for flow in flows), default=started)
        through = dict.fromkeys(title for flow in flows for title in flow.through)
        return FlowSummary(
            id=ALL_FLOWS,
            title="All flows",
            started_at_ms=started,
            duration_ms=ended - started,
            events=sum(flow.events for flow in flows),
            errors=sum(flow.errors for flow in flows),
            through=tuple(through),
        )
