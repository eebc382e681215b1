"""Releasing many events, one commit each: a count before Next (`10n`), `--at N`, and the steps up to a hit ahead."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

from connectome_tui.app.host import AppHost
from connectome_tui.app.slices import SlicedWork
from connectome_tui.engine.commands import CommandPort, NextStep

RELEASE_SECONDS: Final = 0.05
"""So long events are released between two frames, which take a fifth of that; then keys are served."""


@dataclass(slots=True)
class CountedRelease:
    """How many are wanted, how many were released, and why the engine refused the next one."""

    wanted: int
    done: int = 0
    refused: str = ""

    def steps(self, port: CommandPort) -> Generator[None]:
        """Release one event before each yield, until the count is reached or the engine refuses."""
        while self.done < self.wanted:
            result = port.dispatch_runtime_command(NextStep())
            if result.status != "released":
                self.refused = result.notes
                return
            self.done += 1
            yield


class SlicedRun:
    """A run of releases by an engine of this program, in slices between which keys are served."""

    def __init__(self, host: AppHost, port: CommandPort, count: int, on_end: Callable[[int, str], None]) -> None:
        self._counted = CountedRelease(count)
        self._work = SlicedWork(
            host,
            self._counted.steps(port),
            on_slice=lambda: host.say(f"{self.done} of {self.wanted} released · esc stops"),
            on_end=lambda: on_end(self.done, self._counted.refused),
            seconds=RELEASE_SECONDS,
        )
        self._work.start()

    @property
    def wanted(self) -> int:
        """How many are to be released."""
        return self._counted.wanted

    @wanted.setter
    def wanted(self, count: int) -> None:
        self._counted.wanted = count

    @property
    def done(self) -> int:
        """How many there were so far."""
        return self._counted.done

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._work.running

    def stop(self) -> None:
        """Release no more."""
        self._work.stop()


def read_count(digits: str, most: int = 1_000_000_000) -> int:
    """The number that was typed, 1 when none was; absurd ones are cut to `most`."""
    return max(1, min(int(digits), most)) if digits else 1
