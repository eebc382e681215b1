"""The run store: its state, its copies, and what it ignores (RUN-1 to RUN-4)."""

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.clock import ManualClock
from connectome_tui.runs import RunStore
from tests.unit.runs.records import record, started

DIAMOND = {"fetch": [], "build": ["fetch"], "lint": ["fetch"], "test": ["build", "lint"]}


def make_store(**options: Any) -> RunStore:
    return RunStore(clock=ManualClock(1_000.0), **options)


def test_a_new_store_waits() -> None:
    """New: status waiting, not connected, no units, no graph (RUN-1)."""
    snapshot = make_store().snapshot()
    assert (snapshot.status, snapshot.connected, snapshot.units, snapshot.summary.total) == ("waiting", False, [], 0)
    assert make_store().graph() is None


def test_a_start_brings_graph_and_units() -> None:
    """`orch.started` gives status, start time, parallelism, graph, and a pending unit for each node (RUN-2)."""
    store = make_store()
    store.handle_event(started(DIAMOND, tasks={"build": 4}, at=5, parallelism=3))
    snapshot, graph = store.snapshot(), store.graph()
    assert (snapshot.status, snapshot.parallelism, snapshot.started_at) == ("running", 3, 1_772_616_605.0)
    assert [(unit.id, unit.status, unit.total_tasks) for unit in snapshot.units][:2] == [
        ("fetch", "pending", 0),
        ("build", "pending", 4),
    ]
    assert graph is not None
    assert graph.levels == [["fetch"], ["build", "lint"], ["test"]]
    assert graph.as_dict()["edges"][0] == {"from": "fetch", "to": "build"}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("unit.queued", "ready"),
        ("unit.started", "in_progress"),
        ("unit.completed", "complete"),
        ("unit.failed", "failed"),
        ("unit.blocked", "blocked"),
    ],
)
def test_events_of_a_unit_set_its_status(kind: str, status: str) -> None:
    """Each event leaves its unit in the status that RUN-2 names, and the others as they were."""
    store = make_store()
    store.handle_event(started(DIAMOND))
    assert store.handle_event(record(kind, "build"))
    assert [unit.status for unit in store.snapshot().units] == ["pending", status, "pending", "pending"]


def test_tasks_count_from_those_that_were_done() -> None:
    """`unit.started` says how many tasks there are and were done; each `task.started` is one more (RUN-2, RUN-5)."""
    store = make_store()
    store.handle_event(started({"build": []}))
    store.handle_event(record("unit.started", "build", at=1, payload={"total_tasks": 7, "completed_tasks": 2}))
    store.handle_event(record("task.started", "build", task=3))
    unit = store.snapshot().units[0]
    assert (unit.current_task, unit.total_tasks, unit.started_at) == (3, 7, 1_772_616_601.0)


def test_a_failure_keeps_its_error_until_the_unit_goes_on() -> None:
    """`unit.failed` keeps the error; a second try is without it (RUN-2)."""
    store = make_store()
    store.handle_event(started({"build": []}))
    store.handle_event(record("unit.failed", "build", error="exit status 1"))
    assert store.snapshot().units[0].error == "exit status 1"
    store.handle_event(record("unit.started", "build"))
    assert store.snapshot().units[0].error is None


@pytest.mark.parametrize(("kind", "status"), [("orch.completed", "completed"), ("orch.failed", "failed")])
def test_the_end_of_a_run(kind: str, status: str) -> None:
    """The end sets the status and leaves the units as they stand (RUN-2)."""
    store = make_store()
    store.handle_event(started({"build": []}))
    store.handle_event(record(kind))
    assert (store.snapshot().status, store.snapshot().summary.pending) == (status, 1)


@pytest.mark.parametrize("strange", [record("task.retried", "build"), record("unit.started", "nobody")])
def test_what_is_unknown_changes_nothing(strange: dict[str, Any]) -> None:
    """Unknown events and unknown units leave the run as it was (RUN-3)."""
    store = make_store()
    store.handle_event(started({"build": []}))
    before = store.snapshot()
    assert not store.handle_event(strange)
    assert store.snapshot() == before


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        [],
        {},
        {"type": 5},
        {"type": "unit.started"},
        {"type": "unit.started", "unit": ""},
        {"type": "unit.started", "unit": "build", "payload": []},
        {"type": "unit.started", "unit": "build", "payload": {"total_tasks": "many"}},
        {"type": "orch.started", "payload": {"graph": []}},
        {"type": "orch.started", "payload": {"graph": {"nodes": [{"id": "a"}, {"id": "a"}]}}},
        {"type": "orch.started", "payload": {"graph": {"nodes": [{"id": "a"}], "edges": [{"from": "a", "to": "b"}]}}},
    ],
)
def test_what_is_malformed_is_ignored_with_a_diagnostic(malformed: Any) -> None:
    """A malformed record changes nothing, raises nothing, and one line says what is wrong (RUN-3)."""
    lines: list[str] = []
    store = make_store(on_diagnostic=lines.append)
    store.handle_event(started({"build": []}))
    before = store.snapshot()
    assert not store.handle_event(malformed)
    assert store.snapshot() == before
    assert len(lines) == 1
    assert lines[0].startswith("ignored: ")
    assert store.diagnostics == tuple(lines)


def test_a_second_start_replaces_the_run() -> None:
    """Nothing of the first run is left (RUN-3)."""
    store = make_store()
    store.handle_event(started(DIAMOND, parallelism=3))
    store.handle_event(record("orch.failed", error="broken"))
    store.handle_event(started({"docs": []}))
    snapshot, graph = store.snapshot(), store.graph()
    assert (snapshot.status, snapshot.parallelism, snapshot.error) == ("running", None, None)
    assert [unit.id for unit in snapshot.units] == ["docs"]
    assert graph is not None
    assert graph.levels == [["docs"]]


def test_snapshots_and_graphs_are_copies() -> None:
    """What is done to a copy changes nothing in the store, and later events nothing in the copy (RUN-4)."""
    store = make_store()
    store.handle_event(started(DIAMOND))
    snapshot, graph = store.snapshot(), store.graph()
    assert graph is not None
    snapshot.units[0].status = "failed"
    snapshot.units.clear()
    graph.nodes.clear()
    graph.levels[0].clear()
    store.handle_event(record("unit.started", "fetch"))
    assert not snapshot.units
    assert store.snapshot().units[0].status == "in_progress"
    fresh = store.graph()
    assert fresh is not None
    assert len(fresh.nodes) == 4
    assert fresh.levels[0] == ["fetch"]


def test_a_disconnect_keeps_the_run_and_a_reset_the_connection() -> None:
    """Status and connection do not depend on each other (RUN-4)."""
    store = make_store()
    store.set_connected(True)
    store.handle_event(started(DIAMOND))
    store.set_connected(False)
    assert (store.snapshot().status, store.snapshot().connected) == ("running", False)
    store.set_connected(True)
    store.reset()
    assert (store.snapshot().status, store.snapshot().connected, store.graph()) == ("waiting", True, None)


def test_a_snapshot_reads_as_attributes_items_and_data() -> None:
    """The same values whichever way they are read."""
    store = make_store()
    store.handle_event(started({"build": []}))
    snapshot = store.snapshot()
    assert snapshot["units"][0]["status"] == snapshot.units[0].status == snapshot.as_dict()["units"][0]["status"]
    assert dict(snapshot.summary)["pending"] == 1
    with pytest.raises(KeyError):
        snapshot["nothing"]


def test_a_record_without_a_time_gets_that_of_the_clock() -> None:
    """Start times are there whether or not the record brings one (RUN-2)."""
    store = make_store()
    store.handle_event({"type": "orch.started"})
    assert store.snapshot().started_at == "1970-01-01T00:00:01.000Z"


UNITS = st.sampled_from([*DIAMOND, "nobody", "", None, 7])
KINDS = st.sampled_from(
    ["unit.queued", "unit.started", "task.started", "unit.completed", "unit.failed", "unit.blocked", "orch.failed", "x"]
)


@given(st.lists(st.tuples(KINDS, UNITS)))
def test_counts_always_add_up(events: list[tuple[str, Any]]) -> None:
    """Whatever comes, the counts of the summary add up to its total (RUN-4)."""
    store = make_store()
    store.handle_event(started(DIAMOND))
    for kind, unit in events:
        store.handle_event(record(kind, unit))
    snapshot = store.snapshot()
    total = snapshot.summary.as_dict().pop("total")
    assert total == len(snapshot.units) == 4
    assert sum(count for name, count in snapshot.summary.as_dict().items() if name != "total") == total


def test_many_threads_lose_nothing() -> None:
    """Tasks counted from several threads at once are all counted (RUN-1)."""
    store = make_store()
    store.handle_event(started({"build": []}))

    def work() -> None:
        for _ in range(200):
            store.handle_event(record("task.started", "build"))
            store.snapshot()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.snapshot().units[0].current_task == 800
