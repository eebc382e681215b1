"""Whatever a session goes through, every window that joined at any time shows the same (SERVER-3, SYNC)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    RuntimeCommand,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.events.flow import EventDetail
from connectome_tui.events.live import LiveBatch
from connectome_tui.events.model import FlowEvent
from connectome_tui.session import LiveOptions, start_session
from connectome_tui.store.retention import Retention
from connectome_tui.store.state import HealthBadge, Selection, SharedView
from tests.factories import ListRecording, ListSequence, make_event, make_flow, make_topology
from tests.shared_windows import SharedSession, check_equal, check_whole, small_pages
from tests.unit.live import LiveDesk, MemoryRecorder

NODES: Final = ("service:api", "store:db", "page:shop", "unit:build", "orchestrator:run")
Step = tuple[str, Any]

commands: Final = st.one_of(
    st.just(NextStep()),
    st.just(NextStep()),
    st.just(NextStep()),
    st.just(Restart()),
    st.builds(SetMode, st.sampled_from(["stepper", "realtime"])),
    st.builds(SetSpeed, st.sampled_from(["pause", "1x", "3x"])),
    st.builds(SetLocalPause, st.booleans()),
    st.builds(SetPinned, st.booleans()),
    st.builds(Inspect, st.none() | st.integers(0, 30)),
    st.builds(InspectBy, st.integers(-4, 4)),
)
shared_views: Final = st.builds(
    SharedView,
    selection=st.none() | st.builds(Selection, st.just("event"), st.integers(0, 20)),
    log_index=st.none() | st.integers(0, 20),
)
common: Final = st.one_of(
    st.tuples(st.just("command"), commands),
    st.tuples(st.just("command"), commands),
    st.tuples(st.just("command"), commands),
    st.tuples(st.just("wait"), st.sampled_from([100, 1000, 5000])),
    st.tuples(st.just("share"), shared_views),
    st.tuples(st.just("badge"), st.sampled_from(["OK", "WARN"])),
    st.tuples(st.just("join"), st.just(0)),
)


@st.composite
def event_fields(draw: st.DrawFn) -> dict[str, Any]:
    """What differs between events: nodes, a failure, energy, a state of a unit."""
    source, target = draw(st.sampled_from(NODES)), draw(st.sampled_from(NODES))
    state = None
    if target == "unit:build":
        state = draw(st.sampled_from([None, "ready", "in_progress", "complete", "failed"]))
    elif target == "orchestrator:run":
        state = draw(st.sampled_from([None, "running", "complete"]))
    return {
        "from_node_id": source,
        "to_node_id": target,
        "status": draw(st.sampled_from(["ok", "unset", "error"])),
        "energy_delta": draw(st.sampled_from([None, None, 0.25, 0.1])),
        "unit_state": state,
        "label": draw(st.sampled_from(["call", "Ünï\u202e"])),
    }


@st.composite
def event_lists(draw: st.DrawFn) -> Sequence[FlowEvent]:
    """The events of a flow, some with parents among them."""
    fields = draw(st.lists(event_fields(), min_size=1, max_size=14))
    events = []
    for number, one in enumerate(fields):
        parent = draw(st.none() | st.integers(0, len(fields)))
        events.append(make_event(number, parent_event_id=None if parent is None else f"e{parent}", **one))
    return events


def carry_out(shared: SharedSession, clock: ManualClock, step: Step) -> None:
    """One thing that happens to a session of either kind."""
    kind, what = step
    store, engine = shared.session.store, shared.session.engine
    if kind == "command":
        command: RuntimeCommand = what
        engine.dispatch_runtime_command(command)
    elif kind == "wait":
        clock.advance(what)
        engine.serve_deadline()
    elif kind == "share":
        store.set_shared_view(what)
    elif kind == "badge":
        store.set_health_badges({"state_store": HealthBadge(what, "said so")})
    elif kind == "join":
        shared.join(kept_newest=8)


def check_all(shared: SharedSession) -> None:
    """Every window shows the server's state; a repeat changes nothing."""
    for window in shared.windows:
        check_equal(shared.state, window.state)
        told = window.told
        if shared.deltas:
            assert not window.store.apply_server_commit(shared.delta()) or window.store.revision < 0
        assert window.told == told


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(event_lists(), st.sampled_from(["boundary", "clear"]), st.lists(common, max_size=30), st.booleans())
def test_windows_on_a_stepped_session_are_equal_to_it(
    events: Sequence[FlowEvent],
    policy: Any,
    steps: Sequence[Step],
    is_indexing: bool,  # noqa: FBT001
) -> None:
    """SERVER-3: after any commands each window has the server's state, ledger and export, wherever it joined."""
    clock = ManualClock(50_000.0)
    details = {row: EventDetail({"row": row, "text": "x"}) for row in range(0, len(events), 2)}
    sequence = ListSequence(
        events, details, {0: "start", 1: "stop"}, readable=len(events) // 2 if is_indexing else None
    )
    flow = make_flow(events, sequence=sequence)
    begun = replace(flow, topology=make_topology(events[: len(events) // 2])) if is_indexing else flow
    recording = ListRecording([begun])
    session = start_session(recording, "flow", clock=clock, restart_policy=policy)
    shared = SharedSession(session)
    with small_pages():
        shared.join()
        for number, step in enumerate(steps):
            carry_out(shared, clock, step)
            if is_indexing and number == 6:
                sequence.readable = None
                recording.put(replace(flow, summary=replace(flow.summary, title="All of it")))
                session.update_source()
            check_all(shared)
        shared.join()
        for window in shared.windows:
            check_whole(shared.state, window)


batches: Final = st.tuples(
    st.just("batch"), st.tuples(st.integers(0, 1), st.lists(event_fields(), max_size=9), st.booleans())
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["boundary", "clear"]),
    st.integers(4, 24),
    st.none() | st.just(3000.0),
    st.none() | st.builds(MemoryRecorder),
    st.lists(st.one_of(batches, batches, common), max_size=30),
)
def test_windows_on_a_live_session_are_equal_to_it(
    policy: Any, most: int, age: float | None, keeps: MemoryRecorder | None, steps: Sequence[Step]
) -> None:
    """STORE-10, SERVER-3: the same for batches that come, leave by age and by number, and are thinned out."""
    options = LiveOptions(retention=Retention(most, age), restart_policy=policy, session_id="live")
    desk = LiveDesk("one", "two", recorder=keeps, options=options)
    shared = SharedSession(desk.session)
    made = 0
    with small_pages():
        shared.join()
        for kind, what in steps:
            if kind != "batch":
                carry_out(shared, desk.clock, (kind, what))
            else:
                source, fields, has_gap = what
                made = bring(desk, source, fields, made, has_gap=has_gap)
            check_all(shared)
        shared.join()
        for window in shared.windows:
            check_whole(shared.state, window)


def bring(desk: LiveDesk, source: int, fields: Sequence[dict[str, Any]], made: int, *, has_gap: bool) -> int:
    """A batch of a source comes and is drained; how many events were made in all."""
    events = tuple(
        make_event(made + number, id=f"s{source}-{made + number}", parent_event_id=f"s{source}-{made}", **one)
        for number, one in enumerate(fields)
    )
    details = tuple(EventDetail({"number": number}) for number in range(len(events)))
    desk.sources[source].give(
        LiveBatch(
            source=desk.sources[source].name, events=events, details=details, gap="3 dropped" if has_gap else None
        )
    )
    desk.session.drain()
    return made + len(events)
