"""Span links as ids of events (SPAN-2)."""

from connectome_tui.traces.ids import span_key
from connectome_tui.traces.span import Span


def link_ids(span: Span) -> tuple[str, ...]:
    """The events that a span links to, in order; they often lie outside the file."""
    return tuple(span_key(link.trace_id, link.span_id, "link") for link in span.links)
