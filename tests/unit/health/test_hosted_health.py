"""The checkers beside a session that a server hosts (HEALTH-2, SERVER-10)."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from connectome_tui.clock import HeldClock, ManualClock
from connectome_tui.engine.commands import NextStep, Restart
from connectome_tui.events.live import LiveCounters
from connectome_tui.health import hosted_health
from connectome_tui.health.checker import Checker
from connectome_tui.health.hosted_health import health_of
from connectome_tui.health.store_checks import LedgerIsAppendOnly
from connectome_tui.net.frames import CommitsBaseline, NotifyCommits, SessionSelect
from connectome_tui.server.acting import Running
from connectome_tui.server.badges import REST_MS
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import open_keeper
from connectome_tui.server.keeping import Actor
from connectome_tui.server.restoring import begin_stepped
from connectome_tui.session import LiveSession, SteppedSession, start_live_session
from connectome_tui.store.deltas import Baseline, CommitDelta
from connectome_tui.store.state import HealthBadge
from tests.factories import ListRecording, make_flow
from tests.hosting import Stage, acted, stepped
from tests.links import Caller
from tests.live_sources import FakeSource
from tests.unit.health.faulty import AnimatesTooFast, faulty_session

ADA = Actor("ada~1", "ada")
WELL = {"state_store": "OK", "runtime_engine": "OK", "sources": "OK"}


class Desk(Stage):
    """A server that watches what it hosts."""

    def watch(self, make: Callable[[HeldClock], Running] | None = None) -> HostedSession:
        """Host a session, watched."""
        clock = HeldClock(self.clock)
        hosted = HostedSession(
            "checkout",
            stepped(5, clock) if make is None else make(clock),
            clock=clock,
            keeper=self.keeper.session("checkout"),
            health_of=health_of,
        )
        self.core.add_session(hosted)
        return hosted


def statuses(badges: Mapping[str, HealthBadge]) -> dict[str, str]:
    return {module: badge.status for module, badge in badges.items()}


def told(window: Caller) -> list[dict[str, str]]:
    """The badges of each commit that had some."""
    deltas = [
        msgspec.json.decode(raw, type=CommitDelta) for frame in window.hear_only(NotifyCommits) for raw in frame.deltas
    ]
    return [statuses(delta.changes.health_badges) for delta in deltas if delta.changes.health_badges]


def test_a_session_that_is_well_says_so_from_the_first_baseline_on() -> None:
    """Windows see the badges at once, and each step stays one commit (HEALTH-2)."""
    desk = Desk()
    hosted = desk.watch()
    window = desk.window(session="")
    window.say(SessionSelect(id=1, session="checkout"))
    (baseline,) = window.hear_only(CommitsBaseline)
    assert statuses(msgspec.json.decode(baseline.data, type=Baseline).changes.health_badges or {}) == WELL
    revision = hosted.revision
    for _ in range(5):
        acted(hosted, NextStep(), ADA)
        desk.pass_time(3 * REST_MS)
    assert hosted.revision == revision + 5
    assert not told(window)
    assert desk.core.next_deadline_ms() is None or hosted.next_deadline_ms() is None


def test_a_fault_is_seen_by_all_windows() -> None:
    """What a checker finds is a badge of a commit by nobody, in which nothing else changes (HEALTH-2)."""
    desk = Desk()
    hosted = desk.watch(lambda _clock: faulty_session(engine=AnimatesTooFast)[0])
    window = desk.window()
    acted(hosted, NextStep(), ADA)
    desk.pass_time(2 * REST_MS)
    assert told(window) == [{**WELL, "runtime_engine": "ERROR"}]
    assert hosted.state.health_badges["runtime_engine"].tooltip == "event e1 would be animated for 0 ms"
    kept = desk.keeper.session("checkout").commits[-1]
    assert (kept.command, kept.intent_id, kept.actor.name) == (None, "", "server")


def test_a_source_that_loses_events_again_and_again_makes_no_storm() -> None:
    """The count of what was lost changes with each batch; windows are told once a second at most (SERVER-9)."""
    desk = Desk()
    source = FakeSource("app")

    def live(clock: HeldClock) -> Running:
        return start_live_session(source, clock=clock, wake=lambda: None)

    hosted = desk.watch(live)
    running = hosted.running
    assert isinstance(running, LiveSession)
    window = desk.window()
    for number in range(1, 101):
        source.give(counters=LiveCounters(received=5 * number, dropped={"too fast": 3 * number}))
        running.drain()
        desk.pass_time(30)
    badges = told(window)
    assert 2 <= len(badges) <= 4
    assert {badge["sources"] for badge in badges} == {"WARN"}
    desk.pass_time(2 * REST_MS)
    assert "300" in hosted.state.health_badges["sources"].tooltip
    running.close()


def test_a_checker_that_fails_fails_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of a checker is reported and stands as a badge; the session goes on (SERVER-10)."""

    def broken(_self: Checker, _transaction: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(LedgerIsAppendOnly, "on_commit", broken)
    desk = Desk()
    hosted = desk.watch()
    acted(hosted, NextStep(), ADA)
    desk.pass_time(2 * REST_MS)
    assert hosted.state.cursor == 1
    assert statuses(hosted.state.health_badges) == {**WELL, "server": "ERROR"}
    assert "no such thing" in hosted.state.health_badges["server"].tooltip


def test_health_that_cannot_begin_hinders_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without checkers the session is hosted all the same, and says what is wrong (SERVER-10)."""

    def broken(*_arguments: object) -> None:
        raise RuntimeError("no checkers today")

    monkeypatch.setattr(hosted_health, "StepperHealth", broken)
    hosted = Desk().watch()
    assert statuses(hosted.state.health_badges) == {"server": "ERROR"}


def test_another_session_under_the_name_is_watched_in_its_turn() -> None:
    """What was found in the session before is not said of the new one, which has badges of its own (HEALTH-2)."""
    desk = Desk()
    hosted = desk.watch(lambda _clock: faulty_session(engine=AnimatesTooFast)[0])
    acted(hosted, NextStep(), ADA)
    desk.pass_time(2 * REST_MS)
    hosted.replace(stepped(5, hosted.clock))
    assert statuses(hosted.state.health_badges) == WELL
    acted(hosted, NextStep(), ADA)
    desk.pass_time(2 * REST_MS)
    assert statuses(hosted.state.health_badges) == WELL


def test_trouble_with_keeping_stands_beside_what_the_checkers_say() -> None:
    """A full disk is the badge of the server, and hides no other (SERVER-10)."""
    desk = Desk()
    hosted = desk.watch()
    desk.keeper.session("checkout").trouble = OSError(28, "No space left on device")
    acted(hosted, NextStep(), ADA)
    desk.pass_time(2 * REST_MS)
    assert statuses(hosted.state.health_badges) == {**WELL, "server": "ERROR"}
    assert "No space left" in hosted.state.health_badges["server"].tooltip


def test_a_session_that_was_restored_is_well(tmp_path: Path) -> None:
    """What happened before the checkers came is no fault; badges are not among the inputs (SERVER-7, HEALTH-2)."""
    clock = ManualClock(1_700_000_000_000.0)
    seen: list[tuple[str, int]] = []
    for _ in range(3):
        kept = open_keeper(tmp_path, clock, boot="b")
        held, keeper = HeldClock(clock), kept.session("shop", "f1")
        running, notices = begin_stepped(
            ListRecording([make_flow(5)]), "flow", keeper=keeper, clock=held, restart_policy="boundary"
        )
        assert isinstance(running, SteppedSession)
        assert not notices
        hosted = HostedSession("shop", running, clock=held, keeper=keeper, health_of=health_of)
        seen.append((hosted.state.session_id, hosted.state.cursor))
        for command in (NextStep(), NextStep(), Restart(), NextStep()):
            acted(hosted, command, ADA)
            clock.advance(2 * REST_MS)
            hosted.serve_deadline()
        assert statuses(hosted.state.health_badges) == WELL
        seen.append((hosted.state.session_id, hosted.state.cursor))
        kept.close()
    assert seen[1:3] == [seen[1]] * 2
    assert seen[3:5] == [seen[3]] * 2
