"""What a recording of spans holds, counted exactly from its columns, and its list of flows (SPAN-2, SPAN-7)."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from connectome_tui.events.flow import FlowSummary, Progress, ProgressCallback, no_progress
from connectome_tui.events.model import UNKNOWN
from connectome_tui.traces.columns import ERROR, NO_TIME, SpanColumns
from connectome_tui.traces.notes import NS_PER_MS
from connectome_tui.traces.places import NodeKey
from connectome_tui.traces.structure import Structure, structure_of
from connectome_tui.traces.throttle import Throttle

MAX_THROUGH: Final = 50
"""As many nodes as a list of flows can name; the flow itself has all."""

REPEATED: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Root:
    """What the picker says of a flow's first span: its label and its outcome."""

    title: str
    result: str


@dataclass(slots=True)
class Survey:
    """Counts over all flows, and one summary for each; `rows` are the rows of each flow, in the same order."""

    flows: list[FlowSummary] = field(default_factory=list)
    rows: list[Sequence[int]] = field(default_factory=list)
    spans: int = 0
    span_events: int = 0
    edges: set[tuple[str, str]] = field(default_factory=set)
    orphans: int = 0
    skewed: int = 0
    duplicates: int = 0
    errors: int = 0
    links: int = 0
    sources: "array[int]" = field(default_factory=lambda: array("I"))
    """For each row of the columns, which of `keys` its event comes from; `REPEATED` for a span that came before."""
    targets: "array[int]" = field(default_factory=lambda: array("I"))
    keys: dict[NodeKey, int] = field(default_factory=dict)
    started_ns: int | None = None
    ended_ns: int | None = None


def survey_of(
    columns: SpanColumns,
    traces: Mapping[str, Sequence[int]],
    root_of: Callable[[int], Root],
    progress: ProgressCallback = no_progress,
) -> Survey:
    """Survey all traces, given by the rows of each; `root_of` tells about the span of a row."""
    unset = array("I", [REPEATED]) * len(columns)
    survey = Survey(sources=unset[:], targets=unset)
    found: list[tuple[float, int, FlowSummary, Sequence[int]]] = []
    starts, throttle = columns.starts, Throttle(progress)
    for trace_id, rows in sorted(traces.items(), key=lambda trace: min([starts[row] for row in trace[1]])):
        structure = structure_of(columns, rows)
        _count(columns, structure, survey)
        survey.duplicates += len(rows) - len(structure.rows)
        summary = _summary(columns, structure, trace_id, root_of)
        found.append((summary.started_at_ms, rows[0], summary, rows))
        throttle.report(partial(Progress, "putting flows in order", len(found) / len(traces)))
    found.sort(key=lambda flow: flow[:2])
    survey.flows = [summary for _, _, summary, _ in found]
    survey.rows = [rows for _, _, _, rows in found]
    return survey


def _count(columns: SpanColumns, structure: Structure, survey: Survey) -> None:
    survey.spans += len(structure.rows)
    survey.orphans += len(structure.orphans)
    survey.skewed += len(structure.skews)
    keys = survey.keys
    for item in structure.order:
        row = structure.rows[item]
        survey.sources[row] = keys.setdefault(structure.sources[item], len(keys))
        survey.targets[row] = keys.setdefault(structure.targets[item], len(keys))
        survey.span_events += columns.event_counts[row]
        survey.links += columns.link_counts[row]
        survey.errors += columns.flags[row] & ERROR
    for source, target in set(zip(structure.sources, structure.targets, strict=True)):
        if source != target:
            survey.edges.add((source.id, target.id))
    for time in _times(columns, structure):
        survey.started_ns = time if survey.started_ns is None else min(survey.started_ns, time)
        survey.ended_ns = time if survey.ended_ns is None else max(survey.ended_ns, time)


def _times(columns: SpanColumns, structure: Structure) -> Iterator[int]:
    for column in (columns.starts, columns.ends):
        known = [time for row in structure.rows if (time := column[row]) != NO_TIME]
        if known:
            yield min(known)
            yield max(known)


def _summary(columns: SpanColumns, structure: Structure, trace_id: str, root_of: Callable[[int], Root]) -> FlowSummary:
    first = structure.rows[structure.order[0]]
    times = list(_times(columns, structure))
    started = columns.starts[first]
    if started == NO_TIME:
        started = columns.ends[first] if columns.ends[first] != NO_TIME else min(times, default=0)
    root = root_of(first)
    through: dict[str, None] = {}
    for item in structure.order:
        through[structure.sources[item].title] = None
        through[structure.targets[item].title] = None
    through.pop(UNKNOWN, None)
    return FlowSummary(
        id=trace_id or UNKNOWN,
        title=root.title,
        started_at_ms=started / NS_PER_MS,
        duration_ms=max(0, max(times, default=started) - started) / NS_PER_MS,
        events=len(structure.rows) + sum(columns.event_counts[row] for row in structure.rows),
        errors=sum(columns.flags[row] & ERROR for row in structure.rows),
        result=root.result,
        through=tuple(islice(through, MAX_THROUGH)),
    )
