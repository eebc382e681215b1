"""Badges of trigger and call type, as runs: glyphs, with short or full words."""

from typing import Final

from connectome_tui.events.model import FlowEvent, Tone, Trigger
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run

SHORT_CALL: Final[dict[Tone, str]] = {
    "code": "code",
    "graphQuery": "query",
    "llm": "llm",
    "graphLink": "link",
    "moment": "moment",
    "unknown": "?",
}


def trigger_glyph(trigger: Trigger, glyphs: Glyphs) -> Run:
    """The two cells of a trigger in its colour."""
    return Run(glyphs.trigger[trigger], f"trigger.{trigger}")


def trigger_badge(trigger: Trigger, glyphs: Glyphs) -> Run:
    """Glyph and word of a trigger."""
    return Run(f"{glyphs.trigger[trigger]} {trigger}", f"trigger.{trigger}")


def call_glyph(tone: Tone, glyphs: Glyphs) -> Run:
    """The one cell of a call type in its colour."""
    return Run(glyphs.call[tone], f"call.{tone}")


def call_badge(tone: Tone, glyphs: Glyphs, *, short: bool = False) -> Run:
    """Glyph and word of a call type."""
    return Run(f"{glyphs.call[tone]} {SHORT_CALL[tone] if short else tone}", f"call.{tone}")


def error_run(event: FlowEvent, glyphs: Glyphs, *, word: bool = True) -> tuple[Run, ...]:
    """`✗ error` for an event that failed, else nothing."""
    if event.status != "error":
        return ()
    return (Run(f"{glyphs.error} error" if word else glyphs.error, "error", "b"),)
