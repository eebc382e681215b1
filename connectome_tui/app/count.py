"""Releasing many events, one commit each: a count before Next (`10n`), `--at N`, and the steps up to a hit ahead."""

from collections.abc import Generator
from dataclasses import dataclass

from connectome_tui.engine.commands import CommandPort, NextStep


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


def read_count(digits: str, most: int = 1_000_000_000) -> int:
    """The number that was typed, 1 when none was; absurd ones are cut to `most`."""
    return max(1, min(int(digits), most)) if digits else 1
