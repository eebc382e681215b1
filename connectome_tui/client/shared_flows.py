"""The flows of a shared session as an object, and as lines: what `ctl flows` prints."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from connectome_tui.events.durations import duration_text
from connectome_tui.events.flow import ALL_FLOWS
from connectome_tui.events.visible import visible
from connectome_tui.net.flows import FlowItem
from connectome_tui.net.frames import Flows


def flows_object(parts: Sequence[Flows]) -> dict[str, Any]:
    """The flows as plain data, every field of each: what `ctl flows --json` prints."""
    first = parts[0]
    return {
        "session": first.session,
        "flow": first.flow,
        "source": msgspec.structs.asdict(first.source) if first.source is not None else None,
        "flows": [msgspec.structs.asdict(flow) for part in parts for flow in part.items],
    }


def flows_text(parts: Sequence[Flows]) -> Iterator[str]:
    """A line for each flow, the one that is stepped marked by a star; for none, why there is none."""
    first = parts[0]
    if first.source is None:
        yield f"{visible(first.session)} is live: what comes is one flow"
        return
    source = first.source
    every = FlowItem(
        id=ALL_FLOWS,
        title="All flows",
        started_at_ms=source.started_at_ms or 0.0,
        duration_ms=source.duration_ms,
        events=source.events,
        errors=source.errors,
    )
    for flow in (every, *(flow for part in parts for flow in part.items)):
        yield _line(flow, is_stepped=flow.id == first.flow)


def _line(flow: FlowItem, *, is_stepped: bool) -> str:
    mark = "*" if is_stepped else " "
    failed = f"{flow.errors} failed" if flow.errors else ""
    what = f"{duration_text(flow.duration_ms):>9}  {flow.events:>6} events  {failed:>10}  {visible(flow.title)}"
    return f"{mark} {visible(flow.id):<32}  {what}  {visible(flow.result)}".rstrip()
