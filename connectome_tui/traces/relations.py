"""What the relatives of a span tell of it: who answered its call, and for whose sake it happened."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from connectome_tui.events.durations import duration_text
from connectome_tui.events.model import UNKNOWN
from connectome_tui.traces.facts import Cause, SpanFacts
from connectome_tui.traces.failures import NO_FAILURE, failure_of
from connectome_tui.traces.meaning import Act
from connectome_tui.traces.notes import NS_PER_MS
from connectome_tui.traces.order import ROOT
from connectome_tui.traces.places import NodeKey
from connectome_tui.traces.span import Span
from connectome_tui.traces.story import Story
from connectome_tui.traces.structure import Structure

_MAX_CLIMB: Final = 8
_CAUSES: Final[frozenset[Act]] = frozenset(
    {"http_serve", "rpc_serve", "serve", "process", "agent", "tool", "chain", "retrieve", "timer"}
)
"""Acts that others happen for; between them lie the steps that carry them out."""
_CALLS: Final[frozenset[Act]] = frozenset({"http_call", "rpc_call", "call", "publish"})
_SERVES: Final[frozenset[Act]] = frozenset({"http_serve", "rpc_serve", "serve", "process"})
_QUEUED: Final[frozenset[Act]] = frozenset({"publish", "process"})
_REQUESTS: Final[frozenset[Act]] = frozenset({"http_call", "http_serve", "rpc_call", "rpc_serve"})


class Relations:
    """Tells the stories of the spans of one trace."""

    def __init__(self, structure: Structure, spans: Sequence[Span], facts: Sequence[SpanFacts]) -> None:
        self._structure = structure
        self._spans = spans
        self._facts = facts
        self._events = len(spans) + sum([len(span.events) for span in spans if span.events])
        self._causes = [each.cause or _named_by(target) for each, target in zip(facts, structure.targets, strict=True)]
        self._nearest = self._nearest_causes()
        self._retried = self._retries()
        self._visits = self._repeated_visits()

    def story(self, item: int, took: str) -> Story:
        """The story of a span's own event; `took` is how long it took, or stands for that."""
        structure, span, facts = self._structure, self._spans[item], self._facts[item]
        act, answer, failed = facts.act, structure.answered_by[item], span.status == "error"
        return Story(
            facts,
            structure.sources[item].spoken,
            structure.targets[item].spoken,
            took,
            failed,
            failure_of(span) if failed else NO_FAILURE,
            structure.targets[answer].spoken if answer != ROOT and act in _CALLS else "",
            self._cause_for(item),
            self._origins(item),
            structure.parents[item] != ROOT,
            act in _QUEUED and self._is_requeued(item),
            item in self._retried,
            self._visits.get(item, 1),
        )

    def story_of_moment(self, item: int) -> Story:
        """The story that an event within a span belongs to: it happened in the span's own doing."""
        story = self.story(item, duration_text_of(self._spans[item]))
        own = self._causes[item]
        if self.caller(item):
            return replace(story, origins=())
        if {own.short, own.name} & {story.target, UNKNOWN}:
            caller = None if story.inside else Cause(story.source, story.source, word="called from")
            return replace(story, origins=(), cause=caller)
        return replace(story, origins=(), cause=own)

    def caller(self, item: int) -> str:
        """Who asked the peer that a span reaches; empty when the span is no call to a peer without spans."""
        source, target = self._structure.sources[item], self._structure.targets[item]
        is_peer = target.kind in {"database", "cache", "search", "queue", "model", "host"}
        return source.spoken if is_peer and source != target else ""

    def _nearest_causes(self) -> list[int]:
        """For each span the nearest ancestor that others happen for, else the one at the top."""
        structure = self._structure
        nearest = [ROOT] * len(self._spans)
        for item in structure.order:
            parent = structure.parents[item]
            if parent != ROOT:
                is_cause = self._facts[parent].act in _CAUSES or structure.parents[parent] == ROOT
                nearest[item] = parent if is_cause or nearest[parent] == ROOT else nearest[parent]
        return nearest

    def _retries(self) -> set[int]:
        """The spans whose parent had tried the same before, and failed."""
        structure, spans = self._structure, self._spans
        if "error" not in [span.status for span in spans]:
            return set()
        retried: set[int] = set()
        failures: set[tuple[int, str, NodeKey]] = set()
        for item in structure.order:
            what = (structure.parents[item], self._facts[item].label, structure.targets[item])
            if what[0] == ROOT:
                continue
            if what in failures:
                retried.add(item)
            if spans[item].status == "error":
                failures.add(what)
        return retried

    def _repeated_visits(self) -> dict[int, int]:
        """For each node of a graph how often its parent has run it by then; those that ran once are left out."""
        facts, structure = self._facts, self._structure
        if "chain" not in [each.act for each in facts]:
            return {}
        visits: dict[int, int] = {}
        times: Counter[tuple[int, str, NodeKey]] = Counter()
        for item in structure.order:
            what = (structure.parents[item], facts[item].label, structure.targets[item])
            if what[0] == ROOT:
                continue
            times[what] += 1
            if facts[item].act == "chain" and times[what] > 1:
                visits[item] = times[what]
        return visits

    def _is_requeued(self, item: int) -> bool:
        """Whether a task that asked for a retry puts itself on the queue, or is run again for that."""
        facts, parent = self._facts, self._structure.parents[item]
        if parent == ROOT:
            return False
        act, act_before = facts[item].act, facts[parent].act
        if act == "process" and act_before == "publish":
            return self._is_requeued(parent)
        if act != "publish" or act_before != "process":
            return False
        is_retry = self._spans[parent].attributes.get("celery.state") == "RETRY"
        return is_retry and self._causes[parent] == self._causes[item]

    def _cause_for(self, item: int) -> Cause | None:
        """The cause to name for a span: not one that says again what the sentence says already."""
        structure, causes, facts = self._structure, self._causes, self._facts
        ancestor, parent = self._nearest[item], structure.parents[item]
        if parent == ROOT:
            return None
        if facts[parent].act == "publish" and facts[item].act in {"query", "call"}:
            return replace(causes[parent], word="to queue")
        own = causes[item]
        said = (own.short, own.name, structure.sources[item].spoken, structure.targets[item].spoken)
        for _ in range(_MAX_CLIMB):
            if ancestor == ROOT:
                return None
            cause = causes[ancestor]
            if cause.short not in said and cause.name not in said and facts[ancestor].label != UNKNOWN:
                is_root = structure.parents[ancestor] == ROOT
                return Cause(cause.name, cause.short, cause.word, at_root=True) if is_root else cause
            ancestor = self._nearest[ancestor]
        return None

    def _origins(self, item: int) -> tuple[str, ...]:
        """Why a span without a known parent began, as far as anything says so; also for the hops that pass it on."""
        structure, causes, parent = self._structure, self._causes, self._structure.parents[item]
        if parent != ROOT:
            if structure.parents[parent] == ROOT and causes[item] == causes[parent]:
                return self._origins(parent)
            passes_on = self._facts[item].act in _REQUESTS and causes[item] == causes[self._nearest[item]]
            return (", passing it on",) if passes_on else ()
        if item in structure.orphans:
            if structure.sources[item].name == UNKNOWN and self._facts[item].act in _SERVES:
                return ()
            return ", its caller is not in the file", ", caller not in the file"
        links = len(self._spans[item].links)
        if links:
            return (f", linked to {links} other spans" if links > 1 else ", linked to another span",)
        if self._events == 1:
            return (", on its own",)
        if item == structure.order[0]:
            return ", which began this flow", ", at the start", ", to begin"
        return (", with no cause recorded",)


def _named_by(node: NodeKey) -> Cause:
    """An agent, a tool or a graph's node as the cause of others: it is called as its node is."""
    return Cause(node.spoken, node.spoken)


def duration_of(span: Span) -> float | None:
    """How long a span took in ms, as measured; None when a time is missing (EVENT-5)."""
    if span.start_ns is None or span.end_ns is None:
        return None
    return (span.end_ns - span.start_ns) / NS_PER_MS


def duration_text_of(span: Span) -> str:
    """The same as text; empty when it is not known."""
    duration_ms = duration_of(span)
    return "" if duration_ms is None else duration_text(duration_ms)
