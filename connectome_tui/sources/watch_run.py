"""Following orchestration runs in a file that grows (`connectome watch FILE`) and in a pipe (`connectome watch -`)."""

from connectome_tui.clock import Clock
from connectome_tui.events.visible import visible
from connectome_tui.runs.store import RunStore
from connectome_tui.sources.follow_lines import FollowFile, FollowStdin
from connectome_tui.sources.live import HandOver
from connectome_tui.sources.run_lines import EXAMPLE, RunLines


class WatchFile(FollowFile):
    """Follows the records of runs in a growing file. `store` holds the state of the newest run."""

    kind = "run"

    def __init__(self, path: str, *, clock: Clock) -> None:
        self.store = RunStore(clock=clock)
        super().__init__(path, clock=clock, reader=RunLines(self.store))

    def describe(self) -> tuple[str, ...]:
        """The file, and a line that begins a run in it."""
        path = visible(str(self._path))
        return path, f"echo '{EXAMPLE}' >> {path}"

    def start(self, hand_over: HandOver) -> None:
        super().start(hand_over)
        self.store.set_connected(True)

    def stop(self) -> None:
        super().stop()
        self.store.set_connected(False)


class WatchStdin(FollowStdin):
    """Follows the records of runs in a pipe. `store` holds the state of the newest run."""

    kind = "run"

    def __init__(self, descriptor: int, *, clock: Clock) -> None:
        self.store = RunStore(clock=clock)
        super().__init__(descriptor, clock=clock, reader=RunLines(self.store))

    def describe(self) -> tuple[str, ...]:
        """Where the records come from, and how to make one."""
        return "standard input", f"echo '{EXAMPLE}' | connectome watch -"

    def start(self, hand_over: HandOver) -> None:
        super().start(hand_over)
        self.store.set_connected(True)

    def stop(self) -> None:
        super().stop()
        self.store.set_connected(False)
