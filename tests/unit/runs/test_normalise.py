"""Records of runs as events: who set what free, in which words, and in which state it leaves its unit (RUN-6)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.model import FlowEvent
from connectome_tui.runs.normalise import RunNormaliser, ToldRecord
from connectome_tui.sources.stream_memory import RecentIds
from tests.unit.runs.records import Record, record, started

DIAMOND = {"fetch": [], "build": ["fetch"], "lint": ["fetch"], "test": ["build", "lint"]}


def tell(*records: Record) -> list[ToldRecord]:
    normaliser = RunNormaliser(RecentIds())
    return [normaliser.add(one) for one in records]


def last(*records: Record) -> FlowEvent:
    return tell(started(DIAMOND, tasks={"build": 7}, name="shop"), *records)[-1].event


def test_the_start_of_a_run() -> None:
    """It says how large the run is, brings all parts at once, and starts the wait."""
    told = tell(started(DIAMOND, parallelism=3))[0]
    assert told.event.sentence == "The run started: 4 units in 3 levels, 3 at a time"
    assert (told.event.unit_state, told.wait) == ("running", "start")
    assert [(node.id, node.column, node.after) for node in told.nodes] == [
        ("orchestrator:run", 0, ()),
        ("unit:fetch", 1, ("orchestrator:run",)),
        ("unit:build", 2, ("unit:fetch",)),
        ("unit:lint", 2, ("unit:fetch",)),
        ("unit:test", 3, ("unit:build", "unit:lint")),
    ]


def test_a_unit_that_starts_says_what_set_it_free() -> None:
    """The event comes from the dependency, has its end as parent, and the sentence names it."""
    told = tell(
        started(DIAMOND),
        record("unit.started", "fetch", at=1),
        record("unit.completed", "fetch", at=3),
        record("unit.started", "build", at=4),
    )
    free, event = told[2].event, told[3].event
    assert event.sentence == "build started, its dependency fetch is done"
    assert (event.from_node_id, event.to_node_id) == ("unit:fetch", "unit:build")
    assert event.parent_event_id == free.id
    assert told[1].event.parent_event_id == told[0].event.id
    assert told[1].event.from_node_id == "orchestrator:run"


def test_of_several_dependencies_the_last_one_sets_free() -> None:
    """A unit is set free by the dependency that was done last."""
    ends = [record("unit.completed", unit, at=at) for at, unit in enumerate(("fetch", "build", "lint"))]
    event = last(*ends, record("unit.queued", "test", at=9))
    assert event.from_node_id == "unit:lint"
    assert event.sentence == "test is ready to start, its dependencies build and lint are done"


def test_a_unit_from_the_queue_starts_by_itself() -> None:
    """Once queued, the start is a step of the unit; a long wait in the queue is said."""
    event = last(record("unit.queued", "fetch"), record("unit.started", "fetch", at=3.5))
    assert (event.from_node_id, event.to_node_id) == ("unit:fetch", "unit:fetch")
    assert event.sentence == "fetch started after 3.50s in the queue, it depends on nothing"


def test_a_start_before_its_time_is_said() -> None:
    """What starts although a dependency is not done says so."""
    assert last(record("unit.started", "build")).sentence == "build started, though its dependency fetch is not done"


def test_tasks_are_steps_with_their_number() -> None:
    """A task names its place and what it does."""
    event = last(record("unit.started", "build"), record("task.started", "build", task=1, payload={"name": "compile"}))
    assert event.sentence == "build began task 1 of 7: compile"
    assert (event.step_key, event.unit_state, event.unit_detail) == ("task 1 compile", "in_progress", "1/7")


def test_an_end_has_the_duration_since_the_start() -> None:
    """Completed: how long it took, up to the moment of the event, and what it frees."""
    event = last(record("unit.started", "fetch", at=2), record("unit.completed", "fetch", at=14.04))
    assert event.duration_ms == pytest.approx(12_040)
    assert (event.begins_ms, event.ends_ms) == (pytest.approx(event.at_ms - 12_040), event.at_ms)
    assert event.sentence == "fetch completed in 12.04s, which frees build and lint"
    assert (event.status, event.unit_state, event.unit_detail) == ("ok", "complete", "12.0s")


def test_a_failure_says_why() -> None:
    """Failed: status error, the error in sentence and summary."""
    event = last(record("unit.started", "fetch"), record("unit.failed", "fetch", at=12, error="exit status 1"))
    assert event.sentence == "fetch failed after 12.00s: exit status 1"
    assert (event.status, event.payload_summary, event.unit_state) == ("error", "exit status 1", "failed")


def test_a_blocked_unit_says_by_what() -> None:
    """Blocked: by the dependency that failed, or that is blocked itself."""
    told = tell(
        started({"fetch": [], "build": ["fetch"], "test": ["build"]}),
        record("unit.failed", "fetch", error="no network"),
        record("unit.blocked", "build"),
        record("unit.blocked", "test"),
    )
    direct, indirect = told[2].event, told[3].event
    assert direct.sentence == "build is blocked by fetch, which failed"
    assert (direct.from_node_id, direct.parent_event_id) == ("unit:fetch", told[1].event.id)
    assert indirect.sentence == "test is blocked by build, which is blocked"
    assert indirect.unit_detail == "by build"


def test_the_end_of_a_run_sums_up() -> None:
    """The run's end says how many units came how far, and stops the wait."""
    told = tell(
        started(DIAMOND, name="shop"),
        record("unit.completed", "fetch", at=1),
        record("unit.failed", "build", at=2, error="x"),
        record("orch.failed", at=42.1, error="build failed"),
    )[-1]
    assert told.event.sentence == "shop failed after 42.10s: 1 complete, 1 failed, 2 not done: build failed"
    assert (told.event.duration_ms, told.wait) == (pytest.approx(42_100), "stop")


def test_what_is_unknown_stays_an_event() -> None:
    """Unknown types, unknown units and records without a type are kept, with a note and without a state (EVENT-3)."""
    for strange in (record("task.retried", "build"), record("unit.started", "nobody"), {"unit": "build"}):
        event = last(strange)
        assert event.unit_state is None
        assert event.notes is not None
        assert event.notes.startswith("unknown: ")
    assert last({"unit": "build"}).label == "?"


def test_each_start_begins_another_flow() -> None:
    """A second run is another flow, and its units begin anew."""
    again = [started({"build": []}), record("unit.queued", "build")]
    told = tell(started({"build": []}), record("unit.completed", "build"), *again)
    assert [one.event.flow_id for one in told] == ["run-1", "run-1", "run-2", "run-2"]
    assert told[3].event.from_node_id == "orchestrator:run"


def test_an_id_of_its_own_is_kept_and_made_unique() -> None:
    """The raw id is the event's; one that comes again gets its number (EVENT-4)."""
    told = tell(record("x", id="a"), record("x", id="a"), record("x"))
    assert [one.event.id for one in told[:2]] == ["a", "a:2"]
    assert told[2].event.id.startswith("evt:")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["orch.started", "unit.started", "task.started", "unit.blocked", "orch.failed"]) | JSON,
        "time": JSON,
        "unit": st.sampled_from(["fetch", "test"]) | JSON,
        "task": JSON,
        "payload": st.fixed_dictionaries({}, optional={"graph": JSON, "total_tasks": JSON, "by": JSON}) | JSON,
        "error": JSON,
        "id": JSON,
    },
)


@given(st.lists(RECORDS, max_size=6))
def test_nothing_raises_and_nothing_is_dropped(records: list[Any]) -> None:
    """Whatever the records hold, each gives exactly one event, and always the same one (EVENT-3)."""
    told = tell(started(DIAMOND), *records)
    assert told == tell(started(DIAMOND), *records)
    assert len({one.event.id for one in told}) == len(records) + 1
    for one in told:
        assert one.event.label
        assert one.event.from_node_id
        assert one.event.sentence
