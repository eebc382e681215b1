"""`connectome health`: checkers against a real run of the program, on the samples that ship with it (HEALTH-1)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from connectome_tui import samples
from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import ALL_FLOWS, Recording
from connectome_tui.health.checker import Checker, CheckResult, Looker, attach
from connectome_tui.health.exercise import exercise
from connectome_tui.health.live_run import run_live_health
from connectome_tui.health.registry import MODULES, checkers_of
from connectome_tui.health.server_checks import ServerChecker
from connectome_tui.health.server_run import Spoil, server_moments
from connectome_tui.health.sync_checks import SyncChecker
from connectome_tui.health.sync_run import MakeSync, sync_moments
from connectome_tui.session import SteppedSession, start_session
from connectome_tui.sources.open import open_recording
from connectome_tui.store.state import HealthStatus
from connectome_tui.store.store import RestartPolicy
from connectome_tui.sync import create_revision_sync

POLICIES: Final[Sequence[RestartPolicy]] = ("boundary", "clear")
_WORST_FIRST: Final[Sequence[HealthStatus]] = ("ERROR", "WARN", "OK", "UNKNOWN")


class UnknownCheck(Exception):
    """No module, or no checker, has that name; the message lists those there are."""


def chosen_checkers(module: str | None, checker: str | None) -> Sequence[type[Looker]]:
    """The checkers of a module, the one of that name, or all; those of live sessions behind the others."""
    if module is not None and module not in MODULES:
        raise UnknownCheck(f"there is no module {module!r}: there are {', '.join(MODULES)}")
    kinds = [kind for name in MODULES if module in {None, name} for kind in checkers_of(name)]
    if checker is None:
        return kinds
    found = [kind for kind in kinds if kind.name == checker]
    if not found:
        raise UnknownCheck(f"there is no checker {checker!r}: there are {', '.join(kind.name for kind in kinds)}")
    return found


def run_health(module: str | None = None, checker: str | None = None) -> Sequence[CheckResult]:
    """Run checkers over every sample and restart policy; one result each, the worst of its runs."""
    chosen = chosen_checkers(module, checker)
    results: dict[str, CheckResult] = {}

    def note(found: Sequence[CheckResult]) -> None:
        for result in found:
            before = results.get(result.checker)
            results[result.checker] = result if before is None else combined(before, result)

    if not all(issubclass(kind, SyncChecker | ServerChecker) for kind in chosen):
        for recording in _sample_recordings():
            try:
                for policy in POLICIES:
                    note(check_recording(recording, chosen, policy))
            finally:
                recording.close()
        for policy in POLICIES:
            note(run_live_health(chosen, policy))
    note(check_sync(chosen))
    note(check_server(chosen))
    return [results[kind.name] for kind in chosen]


def check_recording(
    recording: Recording, kinds: Sequence[type[Looker]], policy: RestartPolicy
) -> Sequence[CheckResult]:
    """Run a recording with these checkers looking on."""
    clock = ManualClock()
    return check_session(start_session(recording, ALL_FLOWS, clock=clock, restart_policy=policy), clock, kinds)


def check_session(session: SteppedSession, clock: ManualClock, kinds: Sequence[type[Looker]]) -> Sequence[CheckResult]:
    """Exercise a session with these checkers looking on, those that look at stepping."""
    checkers = [kind(session) for kind in kinds if issubclass(kind, Checker)]
    attach(checkers, session)
    exercise(session, clock)
    for checker in checkers:
        checker.conclude()
    return [checker.result for checker in checkers]


def check_sync(kinds: Sequence[type[Looker]], make_sync: MakeSync = create_revision_sync) -> Sequence[CheckResult]:
    """Take a revision sync through its life with these checkers looking on, those that look at syncs."""
    checkers = [kind() for kind in kinds if issubclass(kind, SyncChecker)]
    if checkers:
        for before, now in pairwise(sync_moments(make_sync)):
            for checker in checkers:
                checker.on_moment(before, now)
    return [checker.result for checker in checkers]


def check_server(kinds: Sequence[type[Looker]], spoil: Spoil = lambda _core: None) -> Sequence[CheckResult]:
    """Let windows work with a server with these checkers looking on, those that look at servers."""
    checkers = [kind() for kind in kinds if issubclass(kind, ServerChecker)]
    if checkers:
        for before, now in pairwise(server_moments(spoil)):
            for checker in checkers:
                checker.on_moment(before, now)
    return [checker.result for checker in checkers]


def combined(one: CheckResult, other: CheckResult) -> CheckResult:
    """Two results of a checker as one: the worse status, all findings."""
    status = min(one.status, other.status, key=_WORST_FIRST.index)
    findings = tuple(dict.fromkeys(one.findings + other.findings))
    return replace(one, status=status, observed=one.observed + other.observed, findings=findings)


def _sample_recordings() -> Iterator[Recording]:
    for sample in samples.SAMPLES:
        yield open_recording([str(samples.sample_path(sample.name))])
