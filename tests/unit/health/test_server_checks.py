"""Each checker of the server finds its fault (HEALTH-3), and none finds anything in one that is well."""

from collections.abc import Callable

import msgspec
import pytest

from connectome_tui.engine.commands import NextStep
from connectome_tui.health.registry import checkers_of
from connectome_tui.health.run import check_server, chosen_checkers, run_health
from connectome_tui.health.server_checks import SERVER_CHECKERS
from connectome_tui.health.server_run import SESSION
from connectome_tui.net.record_keys import PLAYBACK_SPEED
from connectome_tui.server.core import ServerCore


def tells_twice(core: ServerCore) -> None:
    """Every commit is told a second time."""
    broadcaster = core.sessions[SESSION].teller.broadcaster
    send = broadcaster.send

    def twice(message: bytes, before: int) -> None:
        send(message, before)
        send(message, before)

    broadcaster.send = twice  # type: ignore[method-assign]


def forgets_to_tell(core: ServerCore) -> None:
    """Every second message of commits is lost."""
    broadcaster = core.sessions[SESSION].teller.broadcaster
    send, lost = broadcaster.send, [False]

    def some(message: bytes, before: int) -> None:
        lost[0] = not lost[0]
        if not lost[0]:
            send(message, before)

    broadcaster.send = some  # type: ignore[method-assign]


def releases_two_at_once(core: ServerCore) -> None:
    """A Next releases two events."""
    engine = core.sessions[SESSION].running.engine
    dispatch = engine.dispatch_runtime_command

    def two(command: object) -> object:
        if isinstance(command, NextStep):
            dispatch(command)
        return dispatch(command)  # type: ignore[arg-type]

    engine.dispatch_runtime_command = two  # type: ignore[method-assign,assignment]


def answers_nothing_again(core: ServerCore) -> None:
    """No intent is remembered."""
    core.sessions[SESSION].keeper.answer = lambda *_intent: None  # type: ignore[method-assign]


def takes_any_version(core: ServerCore) -> None:
    """A write is taken whatever it is based on: each record says that it has the version that is asked for."""
    records = core.sessions[SESSION].records
    get = records.get
    first = get(PLAYBACK_SPEED)
    assert first is not None

    def got(key: object) -> object:
        record = get(key)  # type: ignore[arg-type]
        return (
            record
            if record is None or key != PLAYBACK_SPEED
            else msgspec.structs.replace(record, version=first.version)
        )

    records.get = got  # type: ignore[method-assign,assignment]


def waits_for_everybody(core: ServerCore) -> None:
    """A window that reads nothing is told everything all the same."""
    core.sessions[SESSION].teller.broadcaster._limit = 1 << 40


FAULTS: dict[str, Callable[[ServerCore], object]] = {
    "health_check_server_revisions_never_go_back": tells_twice,
    "health_check_server_two_nexts_are_two_events": releases_two_at_once,
    "health_check_server_repeats_are_not_done_again": answers_nothing_again,
    "health_check_server_stale_writes_change_nothing": takes_any_version,
    "health_check_server_slow_windows_get_a_baseline": waits_for_everybody,
}


@pytest.mark.parametrize(("name", "fault"), [*FAULTS.items(), (next(iter(FAULTS)), forgets_to_tell)])
def test_a_fault_made_on_purpose_is_an_error(name: str, fault: Callable[[ServerCore], object]) -> None:
    """HEALTH-3: the checker turns to ERROR and says what it found."""
    [result] = check_server(chosen_checkers("server", name), fault)
    assert result.status == "ERROR"
    assert result.findings


def test_every_checker_has_a_fault_that_it_finds() -> None:
    """HEALTH-3: no checker is without such a test."""
    assert set(FAULTS) == {kind.name for kind in checkers_of("server")}


def test_a_server_that_is_well_passes_every_checker() -> None:
    """HEALTH-1: without a fault each has looked and found nothing; `connectome health server` runs them alone."""
    results = run_health("server")
    assert [(result.checker, result.findings) for result in results] == [(kind.name, ()) for kind in SERVER_CHECKERS]
    assert all(result.observed for result in results)
