"""Each checker finds its fault (HEALTH-3), and none finds anything in a program that is well."""

from typing import Any

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.graph.picture import lay_out
from connectome_tui.health import canvas_checks
from connectome_tui.health.canvas_checks import LayoutIsDeterministic
from connectome_tui.health.registry import checkers_by_module
from connectome_tui.health.run import UnknownCheck, check_recording, check_session, chosen_checkers, run_health
from connectome_tui.store.store import RestartPolicy
from tests.factories import ListRecording, make_event, make_flow
from tests.unit.health.faulty import FAULTS, faulty_session

ALL_CHECKERS = [kind.name for kinds in checkers_by_module().values() for kind in kinds]
CASES = [
    pytest.param(name, fault, id=f"{name}-{place}")
    for name, faults in FAULTS.items()
    for place, fault in enumerate(faults)
]


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_fault_made_on_purpose_is_an_error(name: str, fault: dict[str, Any]) -> None:
    """HEALTH-3: the checker turns to ERROR and says what it found."""
    session, clock = faulty_session(**fault)
    [result] = check_session(session, clock, chosen_checkers(None, name))
    assert result.status == "ERROR"
    assert result.findings


def test_a_layout_that_differs_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """HEALTH-3: a layout that is not the same twice turns its checker to ERROR."""
    topologies = iter([make_flow(2).topology, make_flow([make_event(1, to_node_id="service:b")]).topology])
    monkeypatch.setattr(canvas_checks, "lay_out", lambda _topology, size: lay_out(next(topologies), size))
    session, clock = faulty_session()
    [result] = check_session(session, clock, [LayoutIsDeterministic])
    assert result.status == "ERROR"


def test_every_checker_has_a_fault_that_it_finds() -> None:
    """HEALTH-3: no checker is without such a test."""
    assert set(FAULTS) | {LayoutIsDeterministic.name} == set(ALL_CHECKERS)


@pytest.mark.parametrize("policy", ["boundary", "clear"])
def test_a_program_that_is_well_passes_every_checker(policy: RestartPolicy) -> None:
    """HEALTH-1: without a fault each checker has looked and found nothing, under both restart policies."""
    session, clock = faulty_session(policy=policy)
    kinds = [kind for kinds in checkers_by_module().values() for kind in kinds]
    results = check_session(session, clock, kinds)
    assert {result.checker: result.findings for result in results if result.status != "OK"} == {}


def test_the_names_are_those_of_the_requirements() -> None:
    """HEALTH-1: checkers and indicators of the store, and the modules, are named as required."""
    assert list(checkers_by_module()) == ["state_store", "runtime_engine", "event_model", "flow_canvas", "sources"]
    assert {kind.name: kind.indicator for kind in checkers_by_module()["state_store"]} == {
        "health_check_ledger_is_append_only": "store_ledger_append_only_integrity",
        "health_check_single_active_focus": "store_single_focus_integrity",
        "health_check_atomic_commit_updates_all_fields": "store_atomic_commit_integrity",
        "health_check_wait_timer_clamps_to_max_4_seconds": "store_wait_timer_clamp_integrity",
        "health_check_export_equals_ledger": "store_export_equals_ledger",
        "health_check_restart_policy": "store_restart_policy_consistency",
    }
    assert len(set(ALL_CHECKERS)) == len(ALL_CHECKERS)


def test_modules_and_checkers_are_chosen_by_name() -> None:
    """HEALTH-1: a module narrows, a checker narrows to one, and an unknown name lists those there are."""
    assert {kind.module for kind in chosen_checkers("sources", None)} == {"sources"}
    [kind] = chosen_checkers("state_store", "health_check_restart_policy")
    assert kind.name == "health_check_restart_policy"
    with pytest.raises(UnknownCheck, match="flow_canvas"):
        chosen_checkers("nothing", None)
    with pytest.raises(UnknownCheck, match="health_check_buffer_bounds"):
        chosen_checkers("sources", "health_check_restart_policy")


def test_a_recording_is_checked_through_a_session() -> None:
    """HEALTH-1: the run goes through the same session as the screen's."""
    recording = ListRecording([make_flow(4, flow_id="all")])
    kinds = chosen_checkers("runtime_engine", None)
    assert {result.status for result in check_recording(recording, kinds, "boundary")} == {"OK"}


def test_the_samples_are_well() -> None:
    """HEALTH-1: the real run over everything that ships finds nothing."""
    assert {result.checker: result.findings for result in run_health() if result.status != "OK"} == {}


def test_time_is_not_needed() -> None:
    """A run takes no real time: the clock is moved by hand."""
    session, clock = faulty_session()
    before = clock.now_ms()
    check_session(session, clock, chosen_checkers("runtime_engine", None))
    assert isinstance(clock, ManualClock)
    assert clock.now_ms() > before
