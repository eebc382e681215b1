"""What has to be marked on an event: nothing is guessed or changed silently (SPAN-4, EVENT-5)."""

from connectome_tui.events.durations import duration_text
from connectome_tui.traces.columns import IS_REMOTE
from connectome_tui.traces.span import Span
from connectome_tui.traces.structure import Structure

NS_PER_MS = 1_000_000


def notes_of(span: Span, item: int, structure: Structure) -> str | None:
    """The notes of a span's event, separated by `; `; None when there are none."""
    notes: list[str] = []
    if item in structure.orphans:
        of = ", of another process," if span.flags & IS_REMOTE else ""
        notes.append(f"orphan: parent {_short_id(span.parent_id)}{of} not in the file")
    if item in structure.cut:
        notes.append("unknown: its parents lead back to itself")
    if item in structure.skews:
        notes.append(f"skew −{duration_text(structure.skews[item] / NS_PER_MS)}")
    if item in structure.copies:
        notes.append(f"duplicate ×{structure.copies[item]}")
    start, end = span.start_ns, span.end_ns
    if not notes and not span.notes and span.name and start is not None and end is not None and end > start:
        return None
    notes.extend(span.notes)
    notes.extend(_time_notes(span))
    if not span.name and not any("name" in note for note in span.notes):
        notes.append("unknown: no name in the record")
    return "; ".join(notes) or None


def _time_notes(span: Span) -> list[str]:
    if span.start_ns is None or span.end_ns is None:
        missing = [name for name, value in (("start", span.start_ns), ("end", span.end_ns)) if value is None]
        return [f"unknown: no {' and no '.join(missing)} time in the record"]
    if span.end_ns < span.start_ns:
        return ["negative duration"]
    return ["zero duration"] if span.end_ns == span.start_ns else []


def _short_id(span_id: str) -> str:
    return span_id if len(span_id) <= 6 else f"{span_id[:4]}…"
