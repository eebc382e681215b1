"""The checkers of live sessions: each finds a session that is faulty on purpose (HEALTH-3)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectome_tui.events.live import ConnectionStatus, LiveBatch, LiveCounters
from connectome_tui.health.checker import LiveChecker, attach
from connectome_tui.health.live_checks import (
    LIVE_CHECKERS,
    LiveBufferBounds,
    LiveCommitIsWhole,
    LiveLedgerGrows,
    LiveStreamIntegrity,
)
from connectome_tui.health.live_run import run_live_health
from connectome_tui.health.live_watch import LiveHealthWatch
from connectome_tui.health.run import run_health
from connectome_tui.session import LiveOptions
from connectome_tui.store.retention import Retention
from connectome_tui.store.state import HealthBadge
from tests.factories import make_event
from tests.unit.live import LiveDesk, MemoryRecorder

Fault = Callable[[dict[str, Any]], None]


def forget_some(changes: dict[str, Any]) -> None:
    """Fewer are said to be shown than are."""
    changes["live"] = replace(changes["live"], shown=changes["live"].shown - 1)


def evict_without_a_word(changes: dict[str, Any]) -> None:
    """Entries that leave are not counted."""
    changes["live"] = replace(changes["live"], evicted=0)


def hold_too_much(changes: dict[str, Any]) -> None:
    """A source has more waiting than it may."""
    (source,) = changes["live"].sources
    changes["live"] = replace(changes["live"], sources=(replace(source, held=5000),))


def light_another_node(changes: dict[str, Any]) -> None:
    """The focus is where the event comes from."""
    changes["active_focus"] = replace(changes["active_focus"], active_node_id="service:api")


def run_with(fault: Fault, kind: type[LiveChecker], monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """What a checker finds when every batch is committed with a fault."""
    desk = LiveDesk(options=LiveOptions(retention=Retention(50)))
    checker = kind(desk.session)
    attach([checker], desk.session)
    commit = desk.session.store._commit

    def faulty(action: str, **changes: Any) -> None:
        if action == "append_realtime_batch":
            fault(changes)
        commit(action, **changes)

    monkeypatch.setattr(desk.session.store, "_commit", faulty)
    for _ in range(3):
        desk.come(40)
    return checker.findings


@pytest.mark.parametrize(
    ("fault", "kind", "finding"),
    [
        (forget_some, LiveStreamIntegrity, "40 events arrived: 39 were shown"),
        (evict_without_a_word, LiveLedgerGrows, "append_realtime_batch: 40 entries and 40 more, 0 left"),
        (hold_too_much, LiveBufferBounds, "more than 1000 events of a source wait"),
        (light_another_node, LiveCommitIsWhole, "the focus is not that of event source39"),
    ],
)
def test_each_checker_finds_its_fault(
    fault: Fault, kind: type[LiveChecker], finding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HEALTH-3: a session made faulty on purpose turns its checker to ERROR."""
    found = run_with(fault, kind, monkeypatch)
    assert found
    assert found[0].startswith(finding)


def test_a_session_that_is_well_passes() -> None:
    """HEALTH-1: flood, pause with overflow, step, restart under both policies: nothing is found, much was looked at."""
    for policy in ("boundary", "clear"):
        for result in run_live_health(LIVE_CHECKERS, policy):
            assert result.status == "OK", result
            assert result.observed > 20


def test_health_of_the_sources_looks_at_a_live_session_too() -> None:
    """HEALTH-1: `connectome health sources` checks stream integrity and buffer bounds of a running session."""
    names = {result.checker: result.status for result in run_health("sources")}
    assert names["health_check_live_stream_integrity"] == "OK"
    assert names["health_check_live_buffer_bounds"] == "OK"


def test_trouble_of_the_sources_is_a_warning() -> None:
    """ENGINE-5: what was dropped, a connection that failed and a full disk are WARN badges that say so."""
    recorder = MemoryRecorder()
    desk = LiveDesk(recorder=recorder)
    watch = LiveHealthWatch(desk.session)
    assert desk.state.health_badges["sources"].status == "OK"

    def badge_after(batch: LiveBatch) -> HealthBadge:
        desk.source.give(batch)
        desk.session.drain()
        watch.refresh()
        return desk.state.health_badges["sources"]

    cut_off = ConnectionStatus("disconnected", "the server closed the stream", 5000.0)
    assert badge_after(LiveBatch(source="source", status=cut_off)).status == "UNKNOWN"
    lost = badge_after(LiveBatch(source="source", counters=LiveCounters(dropped={"queue full": 7})))
    assert lost == HealthBadge("WARN", "dropped: 7 (queue full)")
    failed = badge_after(LiveBatch(source="source", status=ConnectionStatus("error", "connection refused")))
    assert failed == HealthBadge("WARN", "source: connection refused")
    recorder.fails = "no space left"
    full = badge_after(LiveBatch(source="source", events=(make_event(1),)))
    assert "no space left" in full.tooltip
