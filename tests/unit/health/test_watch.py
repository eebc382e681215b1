"""The checkers beside a running session (HEALTH-2)."""

from connectome_tui.engine.commands import NextStep
from connectome_tui.health.watch import HealthWatch
from connectome_tui.store.state import HealthBadge, SourceStatus
from tests.unit.health.faulty import AnimatesTooFast, CommitsInTwo, faulty_session


def test_a_session_that_is_well_has_three_good_badges_and_no_more_commits() -> None:
    """HEALTH-2: badges are set once; a step stays one commit as long as no health changes."""
    session, _ = faulty_session()
    HealthWatch(session)
    badges = session.store.state.health_badges
    assert {module: badge.status for module, badge in badges.items()} == {
        "state_store": "OK",
        "runtime_engine": "OK",
        "sources": "OK",
    }
    commit = session.store.state.commit_id
    session.engine.dispatch_runtime_command(NextStep())
    assert session.store.state.commit_id == commit + 1


def test_a_fault_turns_its_badge_to_error_and_stays() -> None:
    """HEALTH-2: the badge of the faulty part, and no other, tells what was found."""
    session, _ = faulty_session(engine=AnimatesTooFast)
    HealthWatch(session)
    session.engine.dispatch_runtime_command(NextStep())
    badges = session.store.state.health_badges
    assert badges["runtime_engine"] == HealthBadge("ERROR", "event e1 would be animated for 0 ms")
    assert badges["sources"].status == "OK"


def test_a_torn_commit_is_seen_while_it_happens() -> None:
    """HEALTH-2: a release in two commits turns the badge of the store to ERROR with the first step."""
    session, _ = faulty_session(store=CommitsInTwo)
    HealthWatch(session)
    session.engine.dispatch_runtime_command(NextStep())
    assert session.store.state.health_badges["state_store"].status == "ERROR"


def test_lines_that_could_not_be_read_are_a_warning() -> None:
    """A partly readable file warns at the source, with the numbers of the lines."""
    session, _ = faulty_session()
    watch = HealthWatch(session)
    session.store.set_source_status(SourceStatus("x", skipped_lines=(12, 40, 77)))
    watch.refresh()
    badge = session.store.state.health_badges["sources"]
    assert badge == HealthBadge("WARN", "3 lines could not be read: 12, 40, 77")
