"""Each checker of revision sync finds its fault (HEALTH-3), and none finds anything in one that is well."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from connectome_tui.health.registry import MODULES, checkers_of
from connectome_tui.health.run import check_sync, chosen_checkers, run_health
from connectome_tui.sync import RevisionSync, create_revision_sync
from connectome_tui.sync.refreshes import Refresh, RefreshQueue


def applies_what_is_old(sync: Any) -> None:
    """It applies every snapshot, also an older one."""
    sync._pull.is_old = lambda _revision: False


def refreshes_for_each_event(sync: Any) -> None:
    """It pulls once for each event, all at the same time."""

    class Unbounded(RefreshQueue):
        def _next(self) -> Refresh:
            return self._begin(Refresh(self._loop))

    bind = sync._bound

    def bound() -> Any:
        parts = bind()
        return parts._replace(refreshes=Unbounded(parts.loop, sync._perform))

    sync._bound = bound


def goes_on_after_stop(sync: Any) -> None:
    """It unsubscribes, and applies what is in flight all the same."""

    def stop() -> None:
        if sync._subscription is not None:
            sync._subscription.end()

    sync.stop = stop


def forgets_to_unsubscribe(sync: Any) -> None:
    """Its subscription outlives it."""
    sync._close = lambda _bound: None


def hears_nothing(sync: Any) -> None:
    """It passes over every event."""
    sync._should_refresh = lambda _event: False


def gives_up_after_an_error(sync: Any) -> None:
    """An error disables it."""
    report = sync._reporter.report

    def report_and_end(context: Any) -> None:
        report(context)
        sync._on_wanted = lambda _wanted: None
        sync._bound().throttle._fire = lambda _wanted: None

    sync._reporter.report = report_and_end


def reports_twice(sync: Any) -> None:
    """Each error is told of two times."""
    report = sync._reporter.report
    sync._reporter.report = lambda context: (report(context), report(context))[0]


def reports_nothing(sync: Any) -> None:
    """No error is told of."""
    sync._reporter.report = lambda _context: None


FAULTS: Final[dict[str, list[Callable[[RevisionSync], None]]]] = {
    "health_check_sync_revision_never_goes_back": [applies_what_is_old],
    "health_check_sync_bursts_are_bounded": [refreshes_for_each_event],
    "health_check_sync_stop_applies_nothing": [goes_on_after_stop, forgets_to_unsubscribe],
    "health_check_sync_ends_at_the_newest": [hears_nothing, gives_up_after_an_error],
    "health_check_sync_errors_are_reported_once": [reports_twice, reports_nothing],
}
CASES = [pytest.param(name, fault, id=fault.__name__) for name, faults in FAULTS.items() for fault in faults]


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_fault_made_on_purpose_is_an_error(name: str, fault: Callable[[RevisionSync], None]) -> None:
    """HEALTH-3: the checker turns to ERROR and says what it found."""

    def faulty(**options: Any) -> RevisionSync:
        sync = create_revision_sync(**options)
        fault(sync)
        return sync

    [result] = check_sync(chosen_checkers("sync", name), faulty)
    assert result.status == "ERROR"
    assert result.findings


def test_a_sync_that_is_well_passes_every_checker() -> None:
    """HEALTH-1: each has looked, and found nothing; one module alone runs nothing of the others."""
    results = run_health("sync")
    assert {result.checker for result in results} == set(FAULTS)
    assert {(result.status, result.module) for result in results} == {("OK", "sync")}


def test_every_checker_is_registered() -> None:
    """HEALTH-1, HEALTH-3: under the module `sync`, with a fault and an indicator of its own."""
    assert "sync" in MODULES
    kinds = checkers_of("sync")
    assert [kind.name for kind in kinds] == list(FAULTS)
    assert len({kind.indicator for kind in kinds}) == len(kinds)
