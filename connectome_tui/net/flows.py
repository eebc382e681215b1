"""The flows of a recording as windows list them (SPAN-7)."""

import msgspec


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
