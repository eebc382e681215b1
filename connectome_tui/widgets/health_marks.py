"""Health as a glyph and a name: never colour alone."""

from collections.abc import Mapping, Sequence
from typing import Final

from connectome_tui.store.state import HealthBadge, HealthStatus
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run

_SHORT_NAMES: Final[Mapping[str, str]] = {
    "state_store": "store",
    "runtime_engine": "engine",
    "sources": "source",
    "event_model": "events",
    "flow_canvas": "graph",
}
_TOKENS: Final[Mapping[HealthStatus, str]] = {"OK": "ok", "WARN": "warn", "ERROR": "error", "UNKNOWN": "text.muted"}


def short_name(module: str) -> str:
    """What the screen calls a module."""
    return _SHORT_NAMES.get(module, module)


def health_mark(module: str, badge: HealthBadge, glyphs: Glyphs) -> Sequence[Run]:
    """`✓ store`, `! source`, `✗ engine`, `· link`: what is well is quiet."""
    glyph = {"OK": glyphs.ok, "WARN": glyphs.note, "ERROR": glyphs.error, "UNKNOWN": glyphs.unknown}[badge.status]
    token = _TOKENS[badge.status]
    if badge.status in {"OK", "UNKNOWN"}:
        return (Run(glyph, token), Run(f" {short_name(module)}", "text.muted"))
    return (Run(f"{glyph} {short_name(module)}", token, "b"),)


def health_marks(badges: Mapping[str, HealthBadge], glyphs: Glyphs, room: int) -> Sequence[Run]:
    """All parts side by side in `room` cells: two blanks apart, then one; then only those that are not well."""
    marks = {module: health_mark(module, badge, glyphs) for module, badge in badges.items()}
    unwell = [mark for module, mark in marks.items() if badges[module].status != "OK"]
    choices = ((list(marks.values()), "  "), (list(marks.values()), " "), (unwell, " "))
    for shown, gap in choices:
        runs = [run for mark in shown for run in (Run(gap), *mark)][1:]
        if sum(len(run.text) for run in runs) <= room:
            return runs
    return ()
