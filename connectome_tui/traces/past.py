"""What is remembered of traces that were shown, so that what comes late finds its parents; bounded."""

from collections.abc import Mapping, Sequence
from typing import Final

from connectome_tui.traces.span import Span

WHOLE: Final = 256
"""A trace of up to so many spans explains what comes late as a whole; of a longer one, the ancestors do."""


class PastTraces:
    """Spans of the traces shown last, and the ids of many more. The oldest are forgotten first."""

    def __init__(self, max_spans: int, max_ids: int) -> None:
        self._max_spans = max_spans
        self._max_ids = max_ids
        self._traces: dict[str, dict[str, Span]] = {}
        self._ids: dict[str, None] = {}
        self._held = 0

    @property
    def spans_held(self) -> int:
        """How many spans are kept."""
        return self._held

    def knows(self, trace_id: str) -> bool:
        """Whether something of this trace was shown, as far back as is remembered."""
        return trace_id in self._ids

    def shown(self, trace_id: str) -> Mapping[str, Span]:
        """The spans of a trace that were shown, by key, as far back as spans are remembered."""
        return self._traces.get(trace_id, {})

    def context(self, trace_id: str, spans: Sequence[Span]) -> dict[str, Span]:
        """What explains these spans of a trace, by key, in the order in which it was shown."""
        trace = self._traces.get(trace_id, {})
        if len(trace) <= WHOLE:
            return trace
        by_id: dict[str, list[Span]] = {}
        for span in trace.values():
            by_id.setdefault(span.span_id, []).append(span)
        wanted = {span.parent_id for span in spans} | {span.span_id for span in spans}
        found: dict[str, Span] = {}
        while wanted:
            ancestors = [span for span_id in wanted for span in by_id.pop(span_id, ())]
            found.update((span.key, span) for span in ancestors)
            wanted = {span.parent_id for span in ancestors if span.parent_id}
        return {key: span for key, span in trace.items() if key in found}

    def add(self, trace_id: str, spans: Sequence[Span]) -> None:
        """Remember spans that were shown just now."""
        self._ids.pop(trace_id, None)
        self._ids[trace_id] = None
        if len(self._ids) > self._max_ids:
            del self._ids[next(iter(self._ids))]
        trace = self._traces.pop(trace_id, {})
        before = len(trace)
        for span in spans:
            trace.setdefault(span.key, span)
        self._traces[trace_id] = trace
        self._held += len(trace) - before
        while self._held > self._max_spans:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        trace_id, trace = next(iter(self._traces.items()))
        if len(self._traces) > 1:
            del self._traces[trace_id]
            self._held -= len(trace)
            return
        for key in list(trace)[: self._held - self._max_spans]:
            del trace[key]
        self._held = len(trace)
