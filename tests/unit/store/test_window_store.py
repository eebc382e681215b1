"""The store of a window (SERVER-3, SYNC-3): whole commits in order, what is lacking, what is looked at."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import Inspect, InspectBy, NextStep, Restart
from connectome_tui.events.model import FlowEvent
from connectome_tui.session import LiveOptions, start_session
from connectome_tui.store import window_histories
from connectome_tui.store.baselines import baseline_of
from connectome_tui.store.delta_wire import encode
from connectome_tui.store.deltas import Changes, CommitDelta, LookAnswer, Page, RecordChange
from connectome_tui.store.entries import is_placeholder
from connectome_tui.store.postings import Postings
from connectome_tui.store.retention import Retention
from connectome_tui.store.state import FilterState, SearchState, Selection, SharedView, State, ViewState
from connectome_tui.store.window_store import GapError, WindowStore
from tests.factories import ListRecording, make_event, make_flow
from tests.shared_windows import SharedSession, check_equal, check_histories, check_whole, small_pages
from tests.unit.live import LiveDesk


def shared_flow(events: int = 20, *, steps: int = 0, policy: str = "boundary") -> SharedSession:
    """A recording of so many events, of which so many were stepped."""
    recording = ListRecording([make_flow(events)])
    session = start_session(recording, "flow", clock=ManualClock(), restart_policy=policy)  # type: ignore[arg-type]
    shared = SharedSession(session)
    step(shared, steps)
    return shared


def shared_live(most: int = 40, **options: object) -> tuple[SharedSession, LiveDesk]:
    """A live session of which so many events stay."""
    desk = LiveDesk("one", "two", options=LiveOptions(retention=Retention(most), **options))  # type: ignore[arg-type]
    return SharedSession(desk.session), desk


def step(shared: SharedSession, count: int = 1) -> None:
    for _ in range(count):
        shared.session.engine.dispatch_runtime_command(NextStep())


def test_a_hole_is_refused_and_changes_nothing() -> None:
    """SERVER-3: a delta that does not follow raises `GapError`; what was lacking makes it good."""
    shared = shared_flow(steps=1)
    window = shared.join()
    shared.windows.clear()
    step(shared, 2)
    before = window.state
    with pytest.raises(GapError):
        window.store.apply_server_commit(shared.delta())
    assert window.state is before
    assert window.store.apply_server_commit(shared.delta(-2))
    assert window.store.apply_server_commit(shared.delta(-1))
    check_equal(shared.state, window.state)


def test_nothing_is_applied_before_a_baseline() -> None:
    """SYNC-3: deltas without a state to change are a hole."""
    shared = shared_flow(steps=1)
    store = WindowStore()
    assert store.revision == -1
    with pytest.raises(GapError):
        store.apply_server_commit(shared.delta())


def test_repeats_tell_nobody_and_time_never_goes_back() -> None:
    """SYNC-3: what was applied before, delta or older baseline, changes nothing."""
    shared = shared_flow(steps=1)
    window = shared.join()
    old = shared.baseline()
    step(shared, 2)
    told, state = window.told, window.state
    assert not window.store.apply_server_commit(shared.delta(-2))
    assert not window.store.apply_server_commit(shared.delta(-1))
    window.store.apply_baseline(old)
    assert (window.told, window.state) == (told, state)


def test_one_commit_of_the_server_is_one_commit_here() -> None:
    """STORE-4: ledger, focus, sentence and cursor change in one call of each listener, the delta is told behind it."""
    shared = shared_flow(steps=1)
    window = shared.join()
    seen: list[object] = []
    window.store.subscribe(lambda old, new: seen.append((old.cursor, len(old.ledger), new.cursor, len(new.ledger))))
    ended = window.store.on_applied(lambda delta: seen.append(delta.revision))
    step(shared)
    assert seen == [(1, 1, 2, 2), str(shared.state.commit_id)]
    ended()
    step(shared)
    assert len(seen) == 3


def test_older_entries_are_placeholders_until_their_page_comes() -> None:
    """SERVER-3: a late window has the newest page alone; reading others asks for whole pages and repaints with them."""
    with small_pages(4):
        shared = shared_flow(steps=18)
        window = shared.join()
        ledger = window.state.ledger
        assert [is_placeholder(entry.event) for entry in ledger] == [True] * 14 + [False] * 4
        assert sorted(window.wanted) == [(at, at + 4, False) for at in range(0, 16, 4)]
        before = window.state
        window.wanted = {(4, 8, False): None}
        window.serve()
        assert window.state is not before
        assert window.state.commit_id == before.commit_id
        assert window.state.ledger is not before.ledger
        assert [entry.event.id for entry in window.state.ledger if not is_placeholder(entry.event)] == [
            *(f"e{number}" for number in range(5, 9)),
            *(f"e{number}" for number in range(15, 19)),
        ]
        assert window.state.ledger[5].commit_id == shared.state.ledger[5].commit_id


def test_old_states_stay_true() -> None:
    """STORE-5: a state that somebody kept reads what it read, whatever came, left or was emptied since."""
    shared, desk = shared_live(8)
    window = shared.join()
    desk.come(6)
    kept = window.state
    read = [entry.event.id for entry in kept.ledger]
    desk.come(30)
    assert not window.state.ledger.holds(0)
    assert [entry.event.id for entry in kept.ledger] == read
    assert (len(kept.ledger), kept.ledger.holds(0), kept.ledger.holds(6)) == (6, True, False)


def test_only_so_many_entries_stay_here() -> None:
    """SERVER-9: however long a session runs, a window keeps its newest entries and pages that it asked for."""
    with small_pages(4):
        shared = shared_flow(100)
        window = shared.join(kept_newest=16)
        step(shared, 100)
        assert window.store.entries_held == 16
        check_equal(shared.state, window.state)
        check_whole(shared.state, window)


def test_a_client_that_never_asks_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories are counted when somebody reads one, and not event by event."""
    shared, desk = shared_live(1000)
    window = shared.join()
    counted: list[int] = []
    add_all = Postings.add_all

    def watched(self: Postings, first: int, events: Iterable[FlowEvent | None]) -> None:
        noted = list(events)
        counted.extend(range(first, first + len(noted)))
        add_all(self, first, noted)

    desk.come(300)
    monkeypatch.setattr(Postings, "add_all", watched)
    delta = shared.delta()
    assert (len(delta.events), counted) == (300, [])
    assert window.state.ledger.edge_history("service:api→store:db", 299).events == 300
    assert len(counted) == 300


def test_numbers_take_the_place_of_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was counted one by one for long is kept as numbers, and goes on being right."""
    monkeypatch.setattr(window_histories, "_MOST_COUNTED", 10)
    shared, desk = shared_live(1000)
    window = shared.join()
    for _ in range(12):
        desk.come(3, energy_delta=0.5, status="error")
        check_equal(shared.state, window.state)
    newest = shared.state.ledger.end - 1
    check_histories(shared.state.ledger, window.state.ledger, shared.state, newest)


def test_a_window_follows_the_shared_selection() -> None:
    """CLIENT: what is selected for all is selected here when it changes, also for who comes later."""
    shared = shared_flow(steps=5)
    window = shared.join()
    chosen = Selection("event", arrival_index=2)
    shared.session.store.set_shared_view(SharedView(selection=chosen))
    assert window.state.view.selection == chosen
    assert shared.join().state.view.selection == chosen
    window.store.set_view(replace(window.state.view, selection=None))
    step(shared)
    assert window.state.view.selection is None


def test_a_detached_window_keeps_its_place_while_commits_come() -> None:
    """CLIENT: own selection and own look back stay; attaching again returns to what all see."""
    shared = shared_flow(steps=10)
    window = shared.join()
    window.store.detach()
    window.look(3)
    own = Selection("event", arrival_index=3)
    window.store.set_view(ViewState(selection=own))
    shared.session.engine.dispatch_runtime_command(Inspect(6))
    shared.session.store.set_shared_view(SharedView(selection=Selection("event", arrival_index=6)))
    state = window.state
    assert (state.inspection_index, state.view.selection) == (3, own)
    assert state.current_explanation == shared.reads.look(3, 0).look.current_explanation  # type: ignore[union-attr]
    check_histories(shared.state.ledger, state.ledger, shared.state, 3)
    window.store.attach()
    assert window.state.view.selection == Selection("event", arrival_index=6)
    check_equal(shared.state, window.state)


def test_a_detached_window_at_the_head_sees_what_comes() -> None:
    """CLIENT: the others look back, this one stays with the newest event."""
    shared, desk = shared_live(1000)
    window = shared.join()
    desk.come(5)
    window.store.detach()
    shared.session.engine.dispatch_runtime_command(InspectBy(-3))
    assert (window.state.inspection_index, shared.state.inspection_index) == (None, 1)
    desk.come(1, to_node_id="store:new", sentence="It went to the new store.")
    assert window.state.active_focus.active_node_id == "store:new"
    assert window.state.current_explanation.sentence == "It went to the new store."
    shared.session.engine.dispatch_runtime_command(Inspect(None))
    check_equal(shared.state, window.state)


def test_a_window_without_its_server_looks_at_what_is_here() -> None:
    """CLIENT: back at the head without an answer, it shows the newest event although the others look back."""
    shared = shared_flow(steps=6)
    window = shared.join()
    shared.session.engine.dispatch_runtime_command(Inspect(1))
    window.store.detach()
    window.store.look_alone(LookAnswer())
    alone = window.state
    assert alone.inspection_index is None
    shared.session.engine.dispatch_runtime_command(Inspect(None))
    assert alone.active_focus == shared.state.active_focus
    assert alone.current_explanation.sentence == shared.state.current_explanation.sentence


def test_looking_alone_ends_where_the_entry_left() -> None:
    """STORE-10: an entry that retention took is not looked at any more; a refused look changes nothing."""
    shared, desk = shared_live(8)
    window = shared.join()
    desk.come(6)
    window.store.detach()
    before = window.state
    window.store.look_alone(LookAnswer(refused="There is no entry 99."))
    assert window.state is before
    window.look(2)
    assert window.state.inspection_index == 2
    desk.come(30)
    assert window.state.inspection_index is None
    assert window.state.active_focus == shared.state.active_focus


def test_what_left_is_neither_selected_nor_found() -> None:
    """STORE-10: selection, hits and rows of a filter go with their entries."""
    shared, desk = shared_live(8)
    window = shared.join()
    desk.come(6)
    window.store.set_view(
        ViewState(
            selection=Selection("event", arrival_index=1),
            detail_open=True,
            search=SearchState("x", hits=(1, 5), current=1, total=2),
            log_filter=FilterState("x", passing=(0, 5)),
        )
    )
    desk.come(4)
    view = window.state.view
    assert (view.selection, view.detail_open) == (None, False)
    assert view.search is not None
    assert view.log_filter is not None
    assert (view.search.hits, view.search.current, view.log_filter.passing) == ((5,), 0, (5,))


def test_a_cleared_ledger_begins_anew() -> None:
    """STORE-9: under `clear` nothing of what was before is here, and pages of it are not wanted any more."""
    with small_pages(4):
        shared = shared_flow(steps=12, policy="clear")
        window = shared.join()
        old = window.state.ledger
        window.store.set_view(ViewState(selection=Selection("node", element_id="store:db")))
        shared.session.engine.dispatch_runtime_command(Restart())
        assert (len(window.state.ledger), window.state.view.selection) == (0, None)
        assert is_placeholder(old[0].event)
        assert not window.wanted
        step(shared, 3)
        check_whole(shared.state, window)


def test_many_restarts_make_no_long_baseline() -> None:
    """SERVER-9: a run takes 100 bytes of a baseline, however large its flow and graph are; all come as they were."""
    shared = shared_flow(events=20, steps=2)
    shared.join()
    before = len(encode(baseline_of(shared.state, flow=None)))
    for _ in range(100):
        shared.session.engine.dispatch_runtime_command(Restart())
    baseline = baseline_of(shared.state, flow=None)
    assert sum(record.as_before for record in baseline.sessions) == 100
    assert len(encode(msgspec.structs.replace(baseline, page=Page(first=0, behind=0)))) - before < 100 * 100
    check_equal(shared.state, shared.join().state)


def test_runs_of_other_graphs_keep_theirs() -> None:
    """A live session whose graph grows from run to run: each run comes with its own (STORE-9)."""
    shared, desk = shared_live()
    for place in range(3):
        desk.come(1, from_node_id=f"service:n{place}")
        for _ in range(2):
            shared.session.engine.dispatch_runtime_command(Restart())
    window = shared.join()
    check_equal(shared.state, window.state)
    assert len(window.state.ledger.sessions) > 3


def test_another_session_begins_with_nothing() -> None:
    """CLIENT-2: what was here of one session is not here in the next."""
    window = shared_flow(steps=3).join()
    window.store.detach()
    window.store.forget()
    assert (window.store.revision, window.store.is_detached, window.store.flow) == (-1, False, None)
    assert window.state == State()
    other = shared_flow(5)
    window.store.apply_baseline(other.baseline())
    check_equal(other.state, window.state)


@pytest.mark.parametrize("is_detached", [False, True])
def test_a_session_that_began_anew_is_looked_at_from_its_beginning(*, is_detached: bool) -> None:
    """SPAN-7: with another flow nothing of the one before is selected, searched or looked back at any more."""
    shared = shared_flow(steps=6)
    window = shared.join()
    shared.session.store.set_shared_view(SharedView(selection=Selection("event", 2)))
    window.store.set_view(
        ViewState(selection=Selection("event", 2), search=SearchState("x", (1,)), focused_pane="log", detail_open=True)
    )
    if is_detached:
        window.store.detach()
        window.look(1)
    other = SharedSession(start_session(ListRecording([make_flow(4, flow_id="b")]), "b", clock=ManualClock()))
    other.session.store.continue_from(shared.state.commit_id)
    other.session.store.set_shared_view(SharedView(selection=None, log_index=3))
    step(other, 3)
    window.store.apply_baseline(other.baseline())
    assert window.state.view == ViewState(focused_pane="log")
    assert window.store.is_detached == is_detached
    assert window.state.inspection_index is None
    check_equal(other.state, window.state)


def test_a_baseline_of_the_same_session_leaves_what_is_looked_at() -> None:
    """SERVER-3: a window that lagged goes on with its search and its selection."""
    shared = shared_flow(steps=6)
    window = shared.join()
    view = ViewState(selection=Selection("event", 2), search=SearchState("x", (1,)), focused_pane="log")
    window.store.set_view(view)
    shared.windows.clear()
    step(shared, 3)
    window.store.apply_baseline(shared.baseline())
    assert window.state.view == view


def test_who_released_what_is_known() -> None:
    """SERVER-2: entries name the actor of their commit, those of the baseline, of pages and of deltas alike."""
    with small_pages(4):
        shared = shared_flow(steps=10)
        window = shared.join()
        step(shared)
        assert not window.ledger.is_whole()
        window.fetch_all()
        assert window.ledger.is_whole(detail=True)
        commits = [shared.state.ledger[index].commit_id for index in range(11)]
        assert [window.store.released_by(index) for index in range(11)] == [f"actor{commit % 3}" for commit in commits]


def test_records_have_their_newest_value() -> None:
    """SERVER-5: a write names the version that this window knows."""
    shared = shared_flow(steps=1)
    window = shared.join()
    shared.windows.clear()
    revision = shared.state.commit_id
    change = RecordChange(scope="playback", target="session", key="speed", value="2x", version=str(revision + 1))
    delta = CommitDelta(revision=str(revision + 1), base=str(revision), changes=Changes(speed="2x"), records=(change,))
    assert window.store.record("playback", "session", "speed") is None
    window.store.apply_server_commit(delta)
    assert window.store.record("playback", "session", "speed") == change
    assert window.state.speed == "2x"


def test_text_that_is_no_text_travels_mended() -> None:
    """SERVER-3: half a surrogate in a label does not keep a commit from being told."""
    shared, desk = shared_live()
    window = shared.join()
    desk.come(1, label="half \ud800")
    assert window.state.ledger[0].event.label == "half �"


def test_a_delta_says_what_changed_and_nothing_else() -> None:
    """SERVER-3: a step carries its event and the fields that follow it; topology and session stay at home."""
    shared = shared_flow(steps=2)
    keys = set(msgspec.json.decode(shared.deltas[-1]))
    assert keys <= {"revision", "base", "changes", "first_index", "events", "actor_id", "at_ms"}
    assert make_event(2, parent_event_id="e1") in shared.delta().events
