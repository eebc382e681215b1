"""Releasing many events, one commit each, in slices between which the screen paints and keys are served."""

import time
from dataclasses import dataclass
from typing import Final

from connectome_tui.engine.commands import CommandPort, NextStep

SLICE_SECONDS: Final = 0.03
CHECK_EVERY: Final = 16
"""The clock is read once in so many releases."""


@dataclass(slots=True)
class CountedRelease:
    """A count before Next (`10n`), `--at N`, or the steps up to a hit that lies ahead."""

    wanted: int
    done: int = 0
    stopped_because: str = ""

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to release."""
        return self.done >= self.wanted or bool(self.stopped_because)

    def run_slice(self, port: CommandPort, seconds: float = SLICE_SECONDS) -> None:
        """Release until the count is reached, the engine refuses, or the slice's time is over."""
        until = time.perf_counter() + seconds
        while not self.finished:
            result = port.dispatch_runtime_command(NextStep())
            if result.status != "released":
                self.stopped_because = result.notes or result.status
                return
            self.done += 1
            if self.done % CHECK_EVERY == 0 and time.perf_counter() >= until:
                return

    def stop(self) -> None:
        """End it where it stands (Escape)."""
        if not self.finished:
            self.stopped_because = f"stopped after {self.done} of {self.wanted}"


def read_count(digits: str, most: int = 1_000_000_000) -> int:
    """The number that was typed, at least 1; absurd ones are cut to `most`."""
    return max(1, min(int(digits), most)) if digits else 1
