"""Spans that come while things happen wait until their trace settles, then go in causal order (SPAN-9).

Pure: it is handed the time and the spans, and answers with events. A trace settles when nothing of it
came for `settle_ms`; there is no earlier sign that can be trusted, for a root that ended and has all
its parents may still have children in a process that exports later. Bounds let traces go before that:
an age (a trace that never falls silent), spans of one trace, spans and traces in all. Nothing is ever
lost to a bound; what comes behind the release of its trace is `late`.
"""

import sys
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent, with_note
from connectome_tui.events.topology import Node
from connectome_tui.traces.growth import GrowingNodes
from connectome_tui.traces.known import KnownSpans
from connectome_tui.traces.normalise import NormalFlow, normalise
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.past import PastTraces
from connectome_tui.traces.sequences import detail_of
from connectome_tui.traces.span import Span
from connectome_tui.traces.zipkin_ids import with_shared_keys

DEFAULT_SETTLE_MS: Final = 2000.0
LATE: Final = "late"
LATE_PARENT: Final = "late parent"
_AGES: Final = 5
"""A trace that never falls silent goes after so many times the settling time."""


@dataclass(frozen=True, slots=True)
class SettleLimits:
    """How much may wait, and how much of what went is remembered to explain what comes late.

    `past_ids` is how many released traces are known by their ids alone, so that what comes for them
    is marked.
    """

    waiting_spans: int = 200_000
    waiting_traces: int = 50_000
    spans_of_trace: int = 50_000
    past_spans: int = 20_000
    past_ids: int = 100_000


@dataclass(slots=True)
class Settled:
    """What is ready: events in order, their details, and nodes that are new or better known.

    `details` is as long as `events` or, when not asked for, empty. `traces` are those that were let go.
    """

    events: list[FlowEvent] = field(default_factory=list)
    details: list[EventDetail] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Waiting:
    """The spans of one trace that wait."""

    first_ms: float
    newest_ms: float
    spans: list[Span] = field(default_factory=list)


class Settler:
    """Keeps spans back, trace by trace. Times are milliseconds of one clock that does not go back."""

    def __init__(
        self,
        settle_ms: float = DEFAULT_SETTLE_MS,
        *,
        overrides: Sequence[NodeOverride] = (),
        source_id: str | None = None,
        details: bool = True,
        limits: SettleLimits | None = None,
    ) -> None:
        self._settle_ms = settle_ms
        self._oldest_ms = settle_ms * _AGES
        self._known = KnownSpans(tuple(overrides))
        self._source_id = source_id
        self._wants_details = details
        self._limits = limits or SettleLimits()
        # Traces by the arrival of their newest span: what came goes to the end, so the first is due first.
        self._quiet: dict[str, _Waiting] = {}
        # The same traces by the arrival of their first span.
        self._ages: dict[str, _Waiting] = {}
        self._past = PastTraces(self._limits.past_spans, self._limits.past_ids)
        self._nodes = GrowingNodes()
        self.waiting_spans = 0
        self.released_early = 0
        """Spans that a bound on numbers let go before their trace had settled."""
        self.duplicates = 0
        """Spans that came again after their event was shown: it cannot be marked any more, so they are counted."""

    @property
    def waiting_traces(self) -> int:
        """How many traces wait."""
        return len(self._quiet)

    def waits(self, trace_id: str) -> bool:
        """Whether spans of this trace wait."""
        return trace_id in self._quiet

    def add(self, spans: Iterable[Span], now_ms: float) -> Settled:
        """Take spans in; what is ready because of it (all of them with `settle_ms` 0, or over a bound)."""
        touched: dict[str, None] = {}
        trace_id: str | None = None
        shown: Container[str] = ()
        waiting: _Waiting | None = None
        for span in spans:
            if span.trace_id != trace_id:
                trace_id, waiting = span.trace_id, None
                shown = self._past.shown(trace_id)
            if span.key in shown:
                self.duplicates += 1
                continue
            if waiting is None:
                waiting = self._touch(trace_id, now_ms)
                touched[trace_id] = None
            waiting.spans.append(span)
            self.waiting_spans += 1
        if self._settle_ms <= 0:
            return self._release(list(touched))
        return self._release(self._over_bounds(touched))

    def _touch(self, trace_id: str, now_ms: float) -> _Waiting:
        """What waits of a trace, to which something comes now."""
        waiting = self._quiet.pop(trace_id, None)
        if waiting is None:
            waiting = self._ages[trace_id] = _Waiting(now_ms, now_ms)
        waiting.newest_ms = now_ms
        self._quiet[trace_id] = waiting
        return waiting

    def release(self, now_ms: float, most_spans: int = sys.maxsize) -> Settled:
        """The traces that have settled by now, or waited too long: those that began first go first.

        With `most_spans`, no more traces than hold about so many spans: the others are still due then.
        """
        due: dict[str, None] = {}
        spans = 0
        for trace_id, waiting in self._quiet.items():
            if now_ms < waiting.newest_ms + self._settle_ms or spans >= most_spans:
                break
            due[trace_id] = None
            spans += len(waiting.spans)
        for trace_id, waiting in self._ages.items():
            if now_ms < waiting.first_ms + self._oldest_ms or spans >= most_spans:
                break
            if trace_id not in due:
                due[trace_id] = None
                spans += len(waiting.spans)
        return self._release(list(due))

    def flush(self) -> Settled:
        """Everything that waits, settled or not: the source ends."""
        return self._release(list(self._quiet))

    def next_deadline_ms(self) -> float | None:
        """When something will be ready if nothing more comes; None when nothing waits."""
        if not self._quiet:
            return None
        quiet, oldest = next(iter(self._quiet.values())), next(iter(self._ages.values()))
        return min(quiet.newest_ms + self._settle_ms, oldest.first_ms + self._oldest_ms)

    def _over_bounds(self, touched: Iterable[str]) -> list[str]:
        """Traces that are too big, then those that have waited longest while too much waits in all."""
        limits = self._limits
        going = [trace_id for trace_id in touched if len(self._quiet[trace_id].spans) >= limits.spans_of_trace]
        spans = self.waiting_spans - sum(len(self._quiet[trace_id].spans) for trace_id in going)
        traces = len(self._quiet) - len(going)
        if spans > limits.waiting_spans or traces > limits.waiting_traces:
            known = set(going)
            for trace_id, waiting in self._ages.items():
                if spans <= limits.waiting_spans and traces <= limits.waiting_traces:
                    break
                if trace_id not in known:
                    going.append(trace_id)
                    spans -= len(waiting.spans)
                    traces -= 1
        self.released_early += sum(len(self._quiet[trace_id].spans) for trace_id in going)
        return going

    def _release(self, trace_ids: list[str]) -> Settled:
        settled = Settled()
        if not trace_ids:
            return settled
        going = []
        for trace_id in trace_ids:
            del self._ages[trace_id]
            waiting = self._quiet.pop(trace_id)
            self.waiting_spans -= len(waiting.spans)
            going.append((trace_id, waiting.spans))
        going.sort(key=lambda trace: _begins_ns(trace[1]))
        for trace_id, spans in going:
            self._normalise(trace_id, spans, settled)
        settled.nodes = self._nodes.news(settled.events)
        settled.traces = trace_ids
        return settled

    def _normalise(self, trace_id: str, spans: list[Span], settled: Settled) -> None:
        """Append the events of one trace, or of what came late to it, in the light of what was shown of it."""
        is_late = self._past.knows(trace_id) and self._settle_ms > 0
        context = self._past.context(trace_id, spans) if self._past.knows(trace_id) else {}
        if self._settle_ms > 0:
            spans = with_shared_keys(spans)
        all_spans = [*context.values(), *spans] if context else spans
        flow = normalise(
            all_spans,
            source_id=self._source_id,
            shown=context.keys(),
            book=self._nodes.book,
            known=self._known,
        )
        settled.events.extend(self._marked(flow, is_late=is_late))
        if self._wants_details:
            settled.details.extend(detail_of(all_spans[origin.span], origin) for origin in flow.origins)
        self._past.add(trace_id, spans)

    def _marked(self, flow: NormalFlow, *, is_late: bool) -> list[FlowEvent]:
        if is_late:
            return [msgspec.structs.replace(event, notes=with_note(event.notes, LATE)) for event in flow.events]
        if self._settle_ms <= 0:
            return [_with_late_parent(event) for event in flow.events]
        return flow.events


def _with_late_parent(event: FlowEvent) -> FlowEvent:
    """An event shown at once whose parent did not come yet: that it is missing cannot be said (SPAN-9)."""
    if event.notes is None or "orphan: " not in event.notes:
        return event
    notes = "; ".join(LATE_PARENT if note.startswith("orphan: ") else note for note in event.notes.split("; "))
    sentence = event.sentence and event.sentence.replace("not in the file", "not known yet")
    return msgspec.structs.replace(event, notes=notes, sentence=sentence)


def _begins_ns(spans: Sequence[Span]) -> int:
    """When a trace begins, by its root if it is there; 0 when nothing has a time."""
    roots = [span.start_ns for span in spans if not span.parent_id and span.start_ns is not None]
    return min(roots or [span.start_ns for span in spans if span.start_ns is not None], default=0)
