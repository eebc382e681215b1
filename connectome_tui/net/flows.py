"""The flows of a recording as windows list them (SPAN-7)."""

from typing import Final

import msgspec

from connectome_tui.events.flow import FlowSummary, ReadReport

MOST_CHARS: Final = 200
MOST_THROUGH: Final = 20
NAME_CHARS: Final = 60


class FlowItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One flow of a recording; times in milliseconds, `result` the short outcome, `through` the parts it went through.

    Long titles and names are cut; `id` never is.
    """

    id: str
    title: str
    started_at_ms: float
    duration_ms: float
    events: int
    errors: int = 0
    result: str = ""
    through: tuple[str, ...] = ()


class FlowsSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The recording that flows are of: its name and format, and what was counted in all of it."""

    name: str
    format: str
    events: int = 0
    spans: int = 0
    span_events: int = 0
    errors: int = 0
    bad_lines: int = 0
    skipped: dict[str, int] = {}
    started_at_ms: float | None = None
    duration_ms: float = 0.0


def item_of(flow: FlowSummary) -> FlowItem:
    """A flow as it travels."""
    return FlowItem(
        id=flow.id,
        title=flow.title[:MOST_CHARS],
        started_at_ms=flow.started_at_ms,
        duration_ms=flow.duration_ms,
        events=flow.events,
        errors=flow.errors,
        result=flow.result[:NAME_CHARS],
        through=tuple(name[:NAME_CHARS] for name in flow.through[:MOST_THROUGH]),
    )


def summary_of(item: FlowItem) -> FlowSummary:
    """A flow that came, as lists show it."""
    return FlowSummary(
        id=item.id,
        title=item.title,
        started_at_ms=item.started_at_ms,
        duration_ms=item.duration_ms,
        events=item.events,
        errors=item.errors,
        result=item.result,
        through=item.through,
    )


def source_of(name: str, report: ReadReport) -> FlowsSource:
    """A recording by its name and what was counted in it."""
    return FlowsSource(
        name=name,
        format=report.format,
        events=report.events,
        spans=report.spans,
        span_events=report.span_events,
        errors=report.errors,
        bad_lines=len(report.bad_lines),
        skipped=dict(report.skipped),
        started_at_ms=report.started_at_ms,
        duration_ms=report.duration_ms,
    )
