"""The spans of one trace as events (EVENT-3, SPAN-2 to SPAN-5): pure, deterministic, and nothing is dropped."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectome_tui.events.durations import duration_text
from connectome_tui.events.ids import span_event_id
from connectome_tui.events.model import UNKNOWN, FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.traces.columns import columns_of
from connectome_tui.traces.ids import span_key
from connectome_tui.traces.known import KnownSpans, gap_for
from connectome_tui.traces.nodes import NodeBook
from connectome_tui.traces.notes import NS_PER_MS, notes_of
from connectome_tui.traces.order import ROOT, causal_order
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.phrases_agents import moment_sentence
from connectome_tui.traces.relations import Relations, duration_of
from connectome_tui.traces.span import Span
from connectome_tui.traces.structure import Structure, structure_of
from connectome_tui.traces.words import event_summary, moment_label, tokens_per_second

SPAN_ITSELF = -1
"""In an `Origin`, the number of the span event when the event is the span's own."""


class Origin(NamedTuple):
    """Where an event comes from: a span by its place among the spans, and the number of its span event."""

    span: int
    event: int = SPAN_ITSELF


@dataclass(frozen=True, slots=True)
class NormalFlow:
    """The events of one trace in order, with their parents as rows (`ROOT` for none) and their origins."""

    events: list[FlowEvent]
    parents: list[int]
    origins: list[Origin]
    topology: Topology


def normalise(
    spans: Sequence[Span],
    overrides: Sequence[NodeOverride] = (),
    *,
    raw_time_order: bool = False,
    source_id: str | None = None,
    shown: Collection[str] = (),
    book: NodeBook | None = None,
    known: KnownSpans | None = None,
) -> NormalFlow:
    """The events of a trace: one a span, one a span event, in causal order or in the order of their times.

    `shown` are keys of spans that are there to explain the others only: they give no events (and
    what has such a parent has none among these rows). With a `book` the nodes are entered there, and
    the topology stays empty. `known` are spans that were seen before, with the overrides that then count.
    """
    known = known or KnownSpans(overrides)
    return _Normaliser(spans, known, source_id, shown, book).flow(raw_time_order=raw_time_order)


class _Normaliser:
    """One pass over the spans of one trace. `items` are its events: spans first, then span events."""

    def __init__(
        self,
        spans: Sequence[Span],
        known: KnownSpans,
        source_id: str | None,
        shown: Collection[str],
        book: NodeBook | None,
    ) -> None:
        facts = [known.facts(span) for span in spans]
        columns = columns_of(spans, [each.place for each in facts])
        self.structure: Structure = structure_of(columns, range(len(spans)))
        self.rows = rows = self.structure.rows
        self.spans = [spans[row] for row in rows]
        self.facts = [facts[row] for row in rows]
        self.known = known
        self.shown = shown
        self.has_own_book = book is None
        self.book = NodeBook() if book is None else book
        self.source_id = source_id
        self.items: list[tuple[int, int]] = [(item, SPAN_ITSELF) for item in range(len(rows))]
        for item, span in enumerate(self.spans):
            if span.events:
                self.items.extend([(item, number) for number in range(len(span.events))])
        self._at = self._times()

    def flow(self, *, raw_time_order: bool) -> NormalFlow:
        """All events, in order."""
        self.relations = Relations(self.structure, self.spans, self.facts)
        parents, order = self._order()
        if raw_time_order:
            order.sort(key=self._at.__getitem__)
        if self.shown:
            order = [item for item in order if self.spans[self.items[item][0]].key not in self.shown]
        row_of = {item: row for row, item in enumerate(order)}
        row_of[ROOT] = ROOT
        items, rows = [self.items[item] for item in order], self.rows
        return NormalFlow(
            events=[
                self._span_event(item) if number == SPAN_ITSELF else self._moment(item, number, self._at[index])
                for index, (item, number) in zip(order, items, strict=True)
            ],
            parents=[row_of.get(parents[item], ROOT) for item in order],
            origins=[Origin(rows[item], number) for item, number in items],
            topology=self.book.topology() if self.has_own_book else Topology(),
        )

    def _order(self) -> tuple[list[int], list[int]]:
        """The parent of every item, and the items in causal order."""
        if len(self.items) == len(self.spans):
            return self.structure.parents, list(self.structure.order)
        parents = [self.structure.parents[item] if number == SPAN_ITSELF else item for item, number in self.items]
        return parents, causal_order(parents, self._by_time())

    def _by_time(self) -> list[int]:
        """Items so that siblings stand in order of time; a span event before the spans of its moment."""
        ranks = {item: rank for rank, item in enumerate(self.structure.by_start)}

        def when(index: int) -> tuple[float, int]:
            item, number = self.items[index]
            return self._at[index], ranks[item] if number == SPAN_ITSELF else number - len(self.items)

        return sorted(range(len(self.items)), key=when)

    def _times(self) -> list[float]:
        """`at_ms` of every item; what has no time happens with its parent, at worst at the start of all."""
        at: list[float] = [0.0] * len(self.items)
        known = [span.start_ns or span.end_ns for span in self.spans]
        origin = min((time for time in known if time), default=0) / NS_PER_MS
        for item in self.structure.order:
            parent, time = self.structure.parents[item], known[item]
            at[item] = time / NS_PER_MS if time else at[parent] if parent != ROOT else origin
        for index in range(len(self.spans), len(self.items)):
            item, number = self.items[index]
            at_ns = self.spans[item].events[number].at_ns
            at[index] = at_ns / NS_PER_MS if at_ns else at[item]
        return at

    def _span_event(self, item: int) -> FlowEvent:
        span, facts, structure = self.spans[item], self.facts[item], self.structure
        source, target, parent = structure.sources[item], structure.targets[item], structure.parents[item]
        self.book.note_span(facts, source, target)
        duration_ms = duration_of(span)
        took = "" if duration_ms is None else duration_text(duration_ms)
        return FlowEvent(
            id=span.key,
            at_ms=self._at[item],
            from_node_id=source.id,
            to_node_id=target.id,
            trigger=facts.trigger,
            call_type=facts.call_type,
            label=facts.label,
            duration_ms=duration_ms,
            payload_summary=facts.summary,
            rate_hint=tokens_per_second(span, facts.act, duration_ms) if facts.act == "chat" else None,
            step_key=facts.label if source == target else None,
            notes=notes_of(span, item, structure),
            status=span.status,
            flow_id=span.trace_id or UNKNOWN,
            source_id=self.source_id,
            parent_event_id=None if parent == ROOT else self.spans[parent].key,
            link_event_ids=tuple([span_key(link.trace_id, link.span_id, "link") for link in span.links])
            if span.links
            else (),
            sentence=self.known.sentence(self.relations.story(item, gap_for(took)), took),
            raw_payload=span.raw,
        )

    def _moment(self, item: int, number: int, at_ms: float) -> FlowEvent:
        span, node = self.spans[item], self.structure.targets[item]
        moment = span.events[number]
        self.book.note_moment(moment, node)
        label = moment_label(moment)
        notes = [] if moment.at_ns else ["unknown: no time in the record"]
        notes += [] if moment.name else ["unknown: no name in the record"]
        return FlowEvent(
            id=span_event_id(span.key, number),
            at_ms=at_ms,
            from_node_id=node.id,
            to_node_id=node.id,
            trigger="hook",
            call_type="moment",
            label=label,
            payload_summary=event_summary(moment),
            step_key=label,
            notes="; ".join(notes) or None,
            flow_id=span.trace_id or UNKNOWN,
            source_id=self.source_id,
            parent_event_id=span.key,
            sentence=moment_sentence(self.relations.story_of_moment(item), moment, self.relations.caller(item)),
        )
