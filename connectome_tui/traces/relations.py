"""What the relatives of a span tell of it: who answered its call, and for whose sake it happened."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from connectome_tui.events.model import UNKNOWN
from connectome_tui.events.visible import elide, one_line
from connectome_tui.traces import words
from connectome_tui.traces.failures import NO_FAILURE, failure_of
from connectome_tui.traces.meaning import Act
from connectome_tui.traces.notes import NS_PER_MS
from connectome_tui.traces.order import ROOT
from connectome_tui.traces.places import NodeKey
from connectome_tui.traces.span import Span
from connectome_tui.traces.story import UNKNOWN_CALLER, Cause, Story
from connectome_tui.traces.structure import Structure

_TITLE_CELLS: Final = 32
_MAX_CLIMB: Final = 8
_CAUSES: Final[frozenset[Act]] = frozenset(
    {"http_serve", "rpc_serve", "serve", "process", "agent", "tool", "chain", "retrieve", "timer"}
)
"""Acts that others happen for; between them lie the steps that carry them out."""
_CALLS: Final[frozenset[Act]] = frozenset({"http_call", "rpc_call", "call", "publish"})
_SERVES: Final[frozenset[Act]] = frozenset({"http_serve", "rpc_serve", "serve", "process"})
_REQUESTS: Final[frozenset[Act]] = frozenset({"http_call", "http_serve", "rpc_call", "rpc_serve"})


class Relations:
    """Tells the stories of the spans of one trace."""

    def __init__(self, structure: Structure, spans: Sequence[Span], acts: Sequence[Act], labels: Sequence[str]) -> None:
        self._structure = structure
        self._spans = spans
        self._acts = acts
        self._labels = labels
        self._titles: dict[NodeKey, str] = {}
        self._events = len(spans) + sum(len(span.events) for span in spans)
        self._causes: list[Cause | None] = [None] * len(spans)
        self._nearest = self._nearest_causes()
        self._attempts, self._visits = self._repetitions()

    def story(self, item: int) -> Story:
        """The story of a span's own event."""
        structure, span = self._structure, self._spans[item]
        parent, answer = structure.parents[item], structure.answered_by[item]
        failed = span.status == "error"
        return Story(
            span=span,
            act=self._acts[item],
            label=self._spoken(item),
            source=self._title(structure.sources[item]),
            target=self._title(structure.targets[item]),
            duration_ms=duration_of(span),
            failed=failed,
            failure=failure_of(span) if failed else NO_FAILURE,
            callee=self._title(structure.targets[answer]) if answer != ROOT and self._acts[item] in _CALLS else "",
            cause=self._cause_for(item),
            origins=self._origins(item),
            parent=None if parent == ROOT else self._spans[parent],
            requeued=self._is_requeued(item),
            attempt=self._attempts[item],
            visit=self._visits[item],
        )

    def story_of_moment(self, item: int) -> Story:
        """The story that an event within a span belongs to: it happened in the span's own doing."""
        story = self.story(item)
        own = self._cause(item)
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
        return self._title(source) if is_peer and source != target else ""

    def _title(self, key: NodeKey) -> str:
        title = self._titles.get(key)
        if title is None:
            title = UNKNOWN_CALLER if key.name == UNKNOWN else elide(one_line(key.title), _TITLE_CELLS)
            self._titles[key] = title
        return title

    def _spoken(self, item: int) -> str:
        return "something without a name" if self._labels[item] == UNKNOWN else self._labels[item]

    def _nearest_causes(self) -> list[int]:
        """For each span the nearest ancestor that others happen for, else the one at the top."""
        structure = self._structure
        nearest = [ROOT] * len(self._spans)
        for item in structure.order:
            parent = structure.parents[item]
            if parent != ROOT:
                is_cause = self._acts[parent] in _CAUSES or structure.parents[parent] == ROOT
                nearest[item] = parent if is_cause or nearest[parent] == ROOT else nearest[parent]
        return nearest

    def _repetitions(self) -> tuple[list[int], list[int]]:
        """For each span which attempt it is after failed ones, and how often its parent has done the same by then."""
        structure = self._structure
        attempts, visits = [1] * len(self._spans), [1] * len(self._spans)
        failures: Counter[tuple[int, str, NodeKey]] = Counter()
        times: Counter[tuple[int, str, NodeKey]] = Counter()
        for item in structure.order:
            what = (structure.parents[item], self._labels[item], structure.targets[item])
            if what[0] == ROOT:
                continue
            times[what] += 1
            attempts[item], visits[item] = 1 + failures[what], times[what]
            failures[what] += self._spans[item].status == "error"
        return attempts, visits

    def _is_requeued(self, item: int) -> bool:
        """Whether a task that asked for a retry puts itself on the queue, or is run again for that."""
        parent = self._structure.parents[item]
        if self._acts[item] == "process" and parent != ROOT and self._acts[parent] == "publish":
            return self._is_requeued(parent)
        if self._acts[item] != "publish" or parent == ROOT or self._acts[parent] != "process":
            return False
        is_retry = self._spans[parent].attributes.get("celery.state") == "RETRY"
        return is_retry and self._cause(parent) == self._cause(item)

    def _cause_for(self, item: int) -> Cause | None:
        """The cause to name for a span: not one that says again what the sentence says already."""
        structure = self._structure
        own, parent = self._cause(item), structure.parents[item]
        if parent != ROOT and self._acts[parent] == "publish" and self._acts[item] in {"query", "call"}:
            return replace(self._cause(parent), word="to queue")
        said = {own.short, own.name, self._title(structure.sources[item]), self._title(structure.targets[item])}
        ancestor = self._nearest[item]
        for _ in range(_MAX_CLIMB):
            if ancestor == ROOT:
                return None
            cause = self._cause(ancestor)
            if cause.short not in said and cause.name not in said and self._labels[ancestor] != UNKNOWN:
                return Cause(cause.name, cause.short, cause.word, at_root=structure.parents[ancestor] == ROOT)
            ancestor = self._nearest[ancestor]
        return None

    def _cause(self, item: int) -> Cause:
        """A span as the cause of others."""
        cause = self._causes[item]
        if cause is None:
            cause = self._causes[item] = self._new_cause(item)
        return cause

    def _new_cause(self, item: int) -> Cause:
        span, act, label = self._spans[item], self._acts[item], self._labels[item]
        if act in {"http_serve", "http_call"}:
            request = words.request_of(span, label)
            path = request.rpartition(" ")[2].strip("/")
            return Cause(request, path or request)
        if act in {"process", "publish"}:
            task = words.task_of(span, label)
            return Cause(task, task)
        if act in {"rpc_serve", "rpc_call"}:
            return Cause(label, label.rpartition("/")[2] or label)
        if act in {"agent", "tool", "chain", "retrieve"}:
            name = self._title(self._structure.targets[item])
            return Cause(name, name)
        return Cause(label, label)

    def _origins(self, item: int) -> tuple[str, ...]:
        """Why a span without a known parent began, as far as anything says so; also for the hops that pass it on."""
        structure, parent = self._structure, self._structure.parents[item]
        if parent != ROOT:
            if self._cause(item) == self._cause(parent) and structure.parents[parent] == ROOT:
                return self._origins(parent)
            passes_on = self._acts[item] in _REQUESTS and self._cause(item) == self._cause(self._nearest[item])
            return (", passing it on",) if passes_on else ()
        if item in structure.orphans:
            if structure.sources[item].name == UNKNOWN and self._acts[item] in _SERVES:
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


def duration_of(span: Span) -> float | None:
    """How long a span took in ms, as measured; None when a time is missing (EVENT-5)."""
    if span.start_ns is None or span.end_ns is None:
        return None
    return (span.end_ns - span.start_ns) / NS_PER_MS
