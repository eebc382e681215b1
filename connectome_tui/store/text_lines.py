"""Events and headers as lines of text, for people (LOG-4); what comes from data is made visible (LOG-5)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from connectome_tui.events.durations import duration_text
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.visible import visible
from connectome_tui.store.ledger import Session

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_DATE_MS: Final = 100_000_000_000.0
"""Smaller times (before 1973) are no dates but offsets: scripts count from their own start."""
LATEST_DATE_MS: Final = 250_000_000_000_000.0


def time_text(at_ms: float) -> str:
    """`2026-11-20T13:11:33.248Z`, or `15.700ms` for an offset."""
    if EARLIEST_DATE_MS <= at_ms < LATEST_DATE_MS:
        moment = EPOCH + timedelta(milliseconds=at_ms)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    return f"{at_ms:.3f}ms"


def header_text(session: Session, events: int) -> str:
    """The line before a session, without a line feed."""
    started = session.flow.started_at_ms if session.flow else session.started_at_ms
    return visible(f"# session {session.session_id} {time_text(started)} {session.title} — {events} events")


def event_text(event: FlowEvent) -> str:
    """`[time] [trigger] [call_type] [duration] from→to label — summary — rate — notes`, without a line feed."""
    badges = (time_text(event.at_ms), event.trigger, event.call_type, duration_text(event.duration_ms))
    tail = (event.label, event.payload_summary, event.rate_hint, event.notes)
    heading = " ".join(f"[{badge}]" for badge in badges)
    return visible(f"{heading} {event.from_node_id}→{event.to_node_id} {' — '.join(text for text in tail if text)}")
