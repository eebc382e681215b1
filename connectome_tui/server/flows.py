"""Which flows the recording behind a session has: each answer is one bounded reply (SPAN-7, SERVER-9)."""

from typing import Final

from connectome_tui.events.flow import FlowSummary, ReadReport
from connectome_tui.net.flows import FlowItem, FlowsSource
from connectome_tui.net.frames import Flows, FlowsGet
from connectome_tui.server.connections import Connection
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.reading import MAX_PLACE, TOO_MUCH
from connectome_tui.session import SteppedSession

MOST_ITEMS: Final = 500
ITEMS_A_COST: Final = 50
PAGE_COST: Final = 1 + MOST_ITEMS // ITEMS_A_COST
MOST_CHARS: Final = 200
MOST_THROUGH: Final = 20
NAME_CHARS: Final = 60


def page(connection: Connection, frame: FlowsGet) -> None:
    """The flows of the session that is followed, as many as fit into one reply."""
    hosted = connection.session
    if hosted is None:
        connection.error("session.none", "no session is followed: select one first", frame.id)
    elif not 0 <= frame.first < MAX_PLACE:
        connection.error("page.gone", "flows are numbered from 0", frame.id)
    elif not connection.affords(PAGE_COST):
        connection.refuse(frame, "limit.rate", TOO_MUCH)
    else:
        connection.send(_listed(hosted, frame))


def _listed(hosted: HostedSession, frame: FlowsGet) -> Flows:
    running = hosted.running
    if not isinstance(running, SteppedSession):
        return Flows(id=frame.id, session=hosted.name, first=frame.first)
    recording = running.recording
    flows = recording.flows
    return Flows(
        id=frame.id,
        session=hosted.name,
        first=frame.first,
        total=len(flows),
        flow=running.flow.summary.id,
        items=tuple(map(_item, flows[frame.first : frame.first + MOST_ITEMS])),
        source=_source(recording.name, recording.report),
    )


def _item(flow: FlowSummary) -> FlowItem:
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


def _source(name: str, report: ReadReport) -> FlowsSource:
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
