"""Checkers of the engine (HEALTH-1): what releases, how much, and how fast."""

from typing import Final

from connectome_tui.engine.commands import NextStep, SetLocalPause, SetMode, SetPinned, SetSpeed
from connectome_tui.engine.runtime import CommandOutcome
from connectome_tui.health.checker import Checker
from connectome_tui.session import SteppedSession
from connectome_tui.store.docks import CommitTransaction

FLOOR_MS: Final = 200.0


class SingleStep(Checker):
    """ENGINE-2: one Next releases exactly one event, or none when it was refused."""

    module = "runtime_engine"
    name = "health_check_next_releases_single_step"
    indicator = "engine_single_step_integrity"

    def on_outcome(self, outcome: CommandOutcome) -> None:
        if not isinstance(outcome.command, NextStep):
            return
        grown = outcome.after.ledger.end - outcome.before.ledger.end
        expected = 0 if outcome.result.released_event is None else 1
        self.check(grown == expected, f"a Next answered {outcome.result.status} and appended {grown} entries")
        moved = outcome.after.cursor - outcome.before.cursor
        self.check(moved == expected, f"a Next moved the cursor by {moved}")


class SpeedIsNoAuthorisation(Checker):
    """ENGINE-3: speed, mode, pause and pin change pacing, never what is released."""

    module = "runtime_engine"
    name = "health_check_speed_and_authorisation_are_apart"
    indicator = "engine_speed_authorisation_separation"

    def on_outcome(self, outcome: CommandOutcome) -> None:
        if not isinstance(outcome.command, SetSpeed | SetMode | SetLocalPause | SetPinned):
            return
        before, after = outcome.before, outcome.after
        self.check(
            (before.ledger.end, before.cursor) == (after.ledger.end, after.cursor)
            and outcome.result.released_event is None,
            f"{outcome.command.kind} released an event",
        )


class MinimumDuration(Checker):
    """ENGINE-3, EVENT-5: no animation is below 200 ms, and the log holds durations as they were measured."""

    module = "runtime_engine"
    name = "health_check_minimum_duration"
    indicator = "engine_minimum_duration_integrity"

    def on_outcome(self, outcome: CommandOutcome) -> None:
        event = outcome.result.released_event
        if event is None:
            return
        animation = self.session.engine.animation_ms(event)
        self.check(animation >= FLOOR_MS, f"event {event.id} would be animated for {animation:.0f} ms")
        row = outcome.after.cursor - 1
        measured = self.session.flow.events[row].duration_ms
        self.check(event.duration_ms == measured, f"event {event.id} took {measured} ms, not {event.duration_ms}")


class NoAutoplayLeak(Checker):
    """ENGINE-2, ENGINE-5: without a Next nothing is released but what is due in realtime mode, one at a time."""

    module = "runtime_engine"
    name = "health_check_no_autoplay_leak"
    indicator = "engine_autoplay_leak_absence"

    def __init__(self, session: SteppedSession) -> None:
        super().__init__(session)
        self._end = session.store.state.ledger.end

    def on_commit(self, transaction: CommitTransaction) -> None:
        if transaction.action == "open_flow":
            self._end = transaction.new.ledger.end

    def on_outcome(self, outcome: CommandOutcome) -> None:
        before, after = outcome.before, outcome.after
        self.check(before.ledger.end == self._end, "events were released although nobody asked")
        self._end = after.ledger.end
        if outcome.command is None:
            playing = before.mode == "realtime" and not before.local_pause and before.speed != "pause"
            grown = after.ledger.end - before.ledger.end
            self.check(playing or not grown, f"time released an event in {before.mode} mode at speed {before.speed}")
            self.check(grown <= 1, f"one deadline released {grown} events")
        deadline = self.session.engine.next_deadline_ms()
        still = after.mode == "stepper" or after.local_pause or after.ended or after.speed == "pause"
        self.check(deadline is None or not still, f"a deadline is named in {after.mode} mode although nothing plays")

    def conclude(self) -> None:
        self.check(self.session.store.state.ledger.end == self._end, "events were released although nobody asked")
