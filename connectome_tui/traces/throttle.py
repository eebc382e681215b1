"""Telling progress often enough to be seen moving, and seldom enough to cost nothing."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from connectome_tui.events.flow import Progress, ProgressCallback

EVERY_S: Final = 0.05
"""About 20 times a second."""


class Throttle:
    """Passes progress on when it is due; what it raises (`Cancelled`) goes through."""

    def __init__(self, progress: ProgressCallback) -> None:
        self._progress = progress
        self._due_s = monotonic() + EVERY_S

    def report(self, make: Callable[[], Progress]) -> None:
        """Report what `make` gives, if it is time."""
        now_s = monotonic()
        if now_s >= self._due_s:
            self._due_s = now_s + EVERY_S
            self._progress(make())

    def report_now(self, progress: Progress) -> None:
        """Report at once."""
        self._progress(progress)
