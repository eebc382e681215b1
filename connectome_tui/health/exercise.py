"""A real run for the checkers (HEALTH-1): everything a user can do to a session, in one go."""

from collections.abc import Iterator
from itertools import repeat
from typing import Final

from connectome_tui.clock import ManualClock
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
from connectome_tui.session import SteppedSession
from connectome_tui.store.state import SPEEDS

MAX_STEPS: Final = 2000
TICKS: Final = 6


def exercise(session: SteppedSession, clock: ManualClock) -> None:
    """Step a flow to its end, look back, restart it, play it, hold it and step on; time passes only here."""
    for command in (
        *step_to_the_end(session),
        *look_back(),
        *change_speeds(),
        *restart_and_play(),
        *hold_and_step_on(),
    ):
        session.engine.dispatch_runtime_command(command)
        for _ in range(TICKS if session.store.state.mode == "realtime" else 1):
            clock.advance(1100.0)
            session.engine.serve_deadline()


def step_to_the_end(session: SteppedSession) -> Iterator[RuntimeCommand]:
    """Next once for each event and once more, so that the end is said."""
    yield from repeat(NextStep(), min(len(session.flow.events), MAX_STEPS) + 1)


def look_back() -> Iterator[RuntimeCommand]:
    """Back, to the first, forward again, and to the head."""
    yield from (InspectBy(-1), InspectBy(-1), NextStep(), Inspect(0), InspectBy(1), Inspect(None))


def change_speeds() -> Iterator[RuntimeCommand]:
    """Every speed, with a Next at each; after the end it releases nothing."""
    yield Restart()
    for speed in SPEEDS:
        yield SetSpeed(speed)
        yield NextStep()


def restart_and_play() -> Iterator[RuntimeCommand]:
    """Realtime from the start, faster and slower, with a Next that is refused."""
    yield from (Restart(), SetMode("realtime"), SetSpeed("3x"), NextStep(), SetSpeed("pause"), SetSpeed("2x"))


def hold_and_step_on() -> Iterator[RuntimeCommand]:
    """Pin, pause, resume, pause and step, and a last restart."""
    yield from (Restart(), SetPinned(pinned=True), SetLocalPause(paused=True), SetLocalPause(paused=False))
    yield from (SetPinned(pinned=True), InspectBy(-1), Inspect(None), SetPinned(pinned=False))
    yield from (SetLocalPause(paused=True), NextStep(), NextStep(), SetMode("stepper"), NextStep(), Restart())
