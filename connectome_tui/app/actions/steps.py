"""Stepping: next, back, restart, mode, speed, pause, and counts of steps."""

from typing import Final

from connectome_tui.app.count import read_count
from connectome_tui.app.host import AppHost, CountedRun
from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    RuntimeCommand,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.store.state import SPEED_LABEL, SPEEDS

MOST_DIGITS: Final = 9
WORTH_TELLING: Final = 1000
"""A count of so many releases says at its end how many there were."""


class StepActions:
    """Commands of the group Step. Keeps the count being typed and the work in hand."""

    def __init__(self, host: AppHost) -> None:
        self._host = host
        self.digits = ""
        self._run: CountedRun | None = None

    def type_digit(self, digit: str) -> bool:
        """Take a digit into the count; false when it cannot begin one (`0`)."""
        if digit == "0" and not self.digits:
            return False
        self.digits = (self.digits + digit)[:MOST_DIGITS]
        return True

    def take_count(self) -> int:
        """The count that was typed (1 when none was), which is used up by this."""
        count = read_count(self.digits)
        self.digits = ""
        return count

    def next_step(self) -> None:
        """Release one event or as many as were typed; while looking back, look so much further."""
        count = self.take_count()
        if self._host.state.inspection_index is not None:
            self._send(NextStep() if count == 1 else InspectBy(count))
        elif count == 1:
            self._send(NextStep())
        else:
            self.release(count)

    def release(self, count: int) -> None:
        """Release `count` events, one commit each; Escape stops it."""
        if self._host.session is None:
            return
        if self._run is not None and self._run.running:
            self._run.wanted += count
        else:
            self._run = self._host.release_run(count, self._count_ended)

    def _count_ended(self, done: int, refused: str) -> None:
        if refused and not self._host.state.ended:
            self._host.say(refused, "warn")
        elif done >= WORTH_TELLING:
            self._host.say(f"{done} released", "ok")

    def stop_counting(self) -> bool:
        """End a run of releases, or drop the count being typed; false when there is neither."""
        if self._run is not None and self._run.running:
            self._run.stop()
            self._host.say(f"Stopped after {self._run.done} of {self._run.wanted}")
            return True
        dropped = bool(self.digits)
        self.digits = ""
        return dropped

    def back(self) -> None:
        """Look one entry back, or as many as were typed (ENGINE-8)."""
        self._send(InspectBy(-self.take_count()))

    def head(self) -> None:
        """Return to the newest entry."""
        self._send(Inspect(None))

    def restart(self) -> None:
        """Begin a new session at cursor 0 (STORE-9)."""
        self.stop_counting()
        self._send(Restart())

    def pause(self) -> None:
        """Hold or resume realtime."""
        if self._host.state.mode != "realtime":
            self._host.say("Pause is for realtime: m goes there", "warn")
            return
        self._send(SetLocalPause(not self._host.state.local_pause))

    def mode(self) -> None:
        """Stepper to realtime and back."""
        self.stop_counting()
        self._send(SetMode("stepper" if self._host.state.mode == "realtime" else "realtime"))

    def slower(self) -> None:
        """One speed down."""
        self._change_speed(-1)

    def faster(self) -> None:
        """One speed up."""
        self._change_speed(1)

    def pin(self) -> None:
        """Keep focus and explanation where they are in realtime, or let them follow (STORE-11)."""
        pinned = not self._host.state.pinned
        self._send(SetPinned(pinned))
        self._host.say("The focus is pinned: i lets it follow" if pinned else "The focus follows the newest event")

    def _change_speed(self, by: int) -> None:
        at = SPEEDS.index(self._host.state.speed) + by
        if not 0 <= at < len(SPEEDS):
            self._host.say(f"{SPEED_LABEL[self._host.state.speed]} is the {'fastest' if by > 0 else 'slowest'}")
            return
        self._send(SetSpeed(SPEEDS[at]))

    def _send(self, command: RuntimeCommand) -> None:
        """Dispatch, and say why when it was refused; the end is said by the sentence (ENGINE-4)."""
        result = self._host.dispatch(command)
        if result.status == "blocked":
            self._host.say(result.notes, "warn")
