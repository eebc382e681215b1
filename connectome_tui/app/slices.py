"""Long work on the application's own thread, cut into slices between which the screen paints and keys are served."""

import time
from collections.abc import Callable, Generator
from typing import Final

from connectome_tui.app.host import AppHost

SLICE_SECONDS: Final = 0.02


class SlicedWork:
    """Runs `steps`, which yields after each small piece, until it is at its end or stopped (and closed then).

    After each slice `on_slice` is called, and `on_end` after the last one, unless it was stopped.
    Commits made inside a slice reach the panes together, at its end.
    """

    def __init__(
        self,
        host: AppHost,
        steps: Generator[None],
        *,
        on_slice: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
        seconds: float = SLICE_SECONDS,
    ) -> None:
        self._host = host
        self._steps = steps
        self._on_slice = on_slice
        self._on_end = on_end
        self._seconds = seconds
        self.running = True

    def start(self) -> None:
        """Do the first slice now; the others follow, each behind a frame."""
        self._slice()

    def stop(self) -> None:
        """Do no more of it."""
        self.running = False
        self._steps.close()

    def _slice(self) -> None:
        if not self.running:
            return
        until = time.perf_counter() + self._seconds
        with self._host.one_frame():
            for _ in self._steps:
                if time.perf_counter() >= until:
                    break
            else:
                self.running = False
            if self.running:
                self._on_slice()
            else:
                self._on_end()
        if self.running:
            self._host.after_next_frame(self._slice)
