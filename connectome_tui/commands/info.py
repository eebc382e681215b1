"""`connectome info`: what is inside a recording, counted."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from connectome_tui.commands.sources import open_options, opened
from connectome_tui.events.durations import duration_text
from connectome_tui.events.flow import ReadReport, Recording
from connectome_tui.events.visible import visible

COUNTS: Final = (
    *("flows", "spans", "span_events", "events", "nodes", "edges"),
    *("orphans", "skewed", "duplicates", "errors", "links"),
)
"""The counts of a report, in the order in which they are shown."""

LISTED_FLOWS: Final = 20


def run(sources: Sequence[str], *, as_json: bool) -> None:
    """Print what the sources hold."""
    with opened(sources, open_options()) as recording:
        if as_json:
            click.echo(json.dumps(report_object(recording.report), ensure_ascii=False))
        else:
            click.echo("\n".join(report_lines(recording)))


def report_object(report: ReadReport) -> dict[str, Any]:
    """The report as the object that `--json` prints."""
    return {
        "format": report.format,
        **{name: getattr(report, name) for name in COUNTS},
        "bad_lines": [{"line": bad.line, "reason": bad.reason} for bad in report.bad_lines],
        "started_at_ms": report.started_at_ms,
        "duration_ms": report.duration_ms,
    }


def report_lines(recording: Recording) -> Iterator[str]:
    """The report for people."""
    report = recording.report
    yield f"{visible(recording.name)}   {report.format}"
    if report.started_at_ms is not None:
        yield f"  from          {_time_text(report.started_at_ms)}, for {duration_text(report.duration_ms)}"
    for name in COUNTS:
        yield f"  {name.replace('_', ' '):<13} {getattr(report, name)}"
    for name, count in report.skipped.items():
        yield f"  skipped       {count} {visible(name)}"
    for bad in report.bad_lines:
        yield f"  not read      line {bad.line}: {visible(bad.reason)}"
    yield from _gap_lines(recording)
    flows = recording.flows
    if len(flows) > 1:
        yield ""
        for flow in flows[:LISTED_FLOWS]:
            took = duration_text(flow.duration_ms)
            errors = f"{flow.errors} failed" if flow.errors else ""
            title = f"{visible(flow.title)}  {visible(flow.result)}"
            yield f"  {visible(flow.id)}  {took:>9}  {flow.events:>6} events  {errors:>10}  {title}".rstrip()
        if len(flows) > LISTED_FLOWS:
            yield f"  … and {len(flows) - LISTED_FLOWS} more"


def _gap_lines(recording: Recording) -> Iterator[str]:
    """Where something is missing in what was live."""
    from connectome_tui.recordings.recorded import RecordedSession

    if isinstance(recording, RecordedSession):
        for gap in recording.gaps[:LISTED_FLOWS]:
            yield f"  gap           before event {gap.row + 1}: {visible(gap.text)}"
        if len(recording.gaps) > LISTED_FLOWS:
            yield f"  … and {len(recording.gaps) - LISTED_FLOWS} more"


def _time_text(at_ms: float) -> str:
    """A time of a trace in UTC; a script's own clock starts at zero and is shown as an offset."""
    if at_ms < 1e11:
        return f"{at_ms:g} ms"
    try:
        moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{at_ms:g} ms"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} UTC"
