"""What stands in the graph's place while there is no flow to draw: how far opening is, or why nothing is there."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.events.flow import Progress, ReadReport
from connectome_tui.events.numbers import grouped

LINE_WIDTH: Final = 50
"""Lines are made as wide as this, so that nothing moves while figures grow."""


def opening_lines(name: str, progress: Progress) -> Sequence[str]:
    """Name, how far, and how to end it."""
    return (f"Opening {name}".ljust(LINE_WIDTH), progress.text, "", "esc cancel")


def nothing_lines(name: str, report: ReadReport) -> Sequence[str]:
    """What was read, what was expected, and where there is something to look at."""
    skipped = ", ".join(f"{grouped(count)} {what}" for what, count in report.skipped.items())
    read = f"{report.format}: {grouped(report.spans)} spans" + (f"; skipped {skipped}" if skipped else "")
    return (
        f"Nothing to step in {name}",
        "",
        read,
        "expected spans, a step script, a run or an exported session",
        "",
        "connectome samples lists recordings to look at",
    )
