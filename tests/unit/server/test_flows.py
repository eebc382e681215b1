"""The flows of a shared recording: listed on demand, and another one opened for all (SPAN-7, SERVER-5)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectome_tui.clock import HeldClock, ManualClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.events.flow import FlowSummary, ReadReport
from connectome_tui.net.flows import MOST_CHARS, MOST_THROUGH, NAME_CHARS
from connectome_tui.net.frames import (
    Ack,
    CommandFrame,
    CommitsBaseline,
    ErrorFrame,
    Flows,
    FlowsGet,
    NotifyCommits,
    SessionSelect,
    Snapshot,
    SnapshotGet,
)
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import KeptServer, open_keeper
from connectome_tui.server.keeping import Actor
from connectome_tui.server.restoring import begin_stepped
from connectome_tui.session import start_live_session, start_session
from connectome_tui.store.deltas import Baseline
from tests.factories import ListRecording, make_event, make_flow
from tests.hosting import LOOK_TOKEN, Stage, acted, hello
from tests.links import Caller
from tests.live_sources import FakeSource

ADA = Actor("ada~1", "ada")


def recording() -> ListRecording:
    """Two flows."""
    second = [make_event(number, id=f"b{number}", to_node_id="store:other") for number in (1, 2)]
    flows = [make_flow(5, flow_id="a", title="GET /a"), make_flow(second, flow_id="b", title="POST /b")]
    return ListRecording(flows, report=ReadReport(format="test", flows=2, events=7, errors=1))


class Desk(Stage):
    """A server with a recording of two flows, of which `a` is stepped; work elsewhere is done when a test says so."""

    def __init__(self) -> None:
        self.later: list[Callable[[], None]] | None = None
        super().__init__(elsewhere=self._elsewhere)
        clock = HeldClock(self.clock)
        self.recording = recording()
        self.hosted = self.host("checkout", start_session(self.recording, "a", clock=clock), clock=clock)
        self.kept = self.keeper.session("checkout")

    def _elsewhere(self, work: Callable[[], Any], told: Callable[[Any], None]) -> None:
        if self.later is None:
            told(work())
        else:
            self.later.append(lambda: told(work()))

    @property
    def flow(self) -> str:
        """What is stepped."""
        assert self.hosted.state.flow is not None
        return self.hosted.state.flow.id


@pytest.fixture
def desk() -> Desk:
    return Desk()


def opening(flow_id: str = "b", intent_id: str = "o-1", session_id: str = "") -> CommandFrame:
    return CommandFrame(
        intent_id=intent_id, session="checkout", session_id=session_id, kind="open_flow", payload={"flow_id": flow_id}
    )


def refusal(window: Caller, frame: CommandFrame) -> str:
    ack = window.ask(frame, Ack)
    assert not ack.accepted
    assert ack.message
    return ack.code


# Listing


def test_flows_are_listed_with_the_one_that_is_stepped(desk: Desk) -> None:
    """Each flow as the picker shows it, in order, and what was counted in the recording (SPAN-7)."""
    answer = desk.window().ask(FlowsGet(id=7), Flows)
    assert (answer.id, answer.session, answer.first, answer.total, answer.flow) == (7, "checkout", 0, 2, "a")
    assert [(item.id, item.title, item.events) for item in answer.items] == [("a", "GET /a", 5), ("b", "POST /b", 2)]
    assert answer.source is not None
    assert (answer.source.name, answer.source.events, answer.source.errors) == ("test.jsonl", 7, 1)


def test_many_flows_come_some_at_a_time_and_nothing_of_them_is_long() -> None:
    """A reply is bounded, however many flows there are and whatever they are called (SERVER-9)."""

    class Many(ListRecording):
        @property
        def flows(self) -> list[FlowSummary]:
            return [
                FlowSummary(f"f{number}", "x" * 5000, 0.0, 1.0, 1, 0, result="y" * 500, through=("z" * 900,) * 900)
                for number in range(1200)
            ]

    stage = Stage()
    clock = HeldClock(stage.clock)
    stage.host("checkout", start_session(Many([make_flow(1)]), "flow", clock=clock), clock=clock)
    window = stage.window()
    pages = [window.ask(FlowsGet(id=1, first=first), Flows) for first in (0, 500, 1000, 1200)]
    assert [len(page.items) for page in pages] == [500, 500, 200, 0]
    assert {page.total for page in pages} == {1200}
    item = pages[1].items[0]
    assert item.id == "f500"
    assert (len(item.title), len(item.result), len(item.through)) == (MOST_CHARS, NAME_CHARS, MOST_THROUGH)
    assert {len(name) for name in item.through} == {NAME_CHARS}
    for _ in range(200):
        window.say(FlowsGet(id=2))
    assert {frame.code for frame in window.hear_only(ErrorFrame)} == {"limit.rate"}


def test_what_has_no_flows_says_so(desk: Desk) -> None:
    """A live session has none, a window without a session is told to select one, and there is no flow below 0."""
    live = start_live_session(FakeSource("app"), clock=desk.clock, wake=lambda: None)
    desk.host("live", live)
    window = desk.window(session="live")
    answer = window.ask(FlowsGet(id=1), Flows)
    assert (answer.total, answer.items, answer.source) == (0, (), None)
    assert window.ask(FlowsGet(id=1, first=-1), ErrorFrame).code == "page.gone"
    assert desk.window(session="").ask(FlowsGet(id=1), ErrorFrame).code == "session.none"
    live.close()


def test_the_catalog_counts_flows(desk: Desk) -> None:
    """Windows know from the catalog whether there is anything to choose, without asking for it."""
    items = desk.window().ask(SnapshotGet(id=1, topic="catalog"), Snapshot).data
    assert [(item["name"], item["flows"]) for item in items] == [("checkout", 2)]


# Opening


def test_another_flow_is_opened_for_all(desk: Desk) -> None:
    """The ack comes first, then everybody begins from a baseline, and commits count on (SERVER-4, SERVER-5)."""
    ada, ben = desk.window("ada"), desk.window("ben")
    acted(desk.hosted, NextStep(), ADA)
    before = desk.hosted.revision
    for window in (ada, ben):
        window.hear()
    ada.say(opening())
    ack, told = ada.hear()
    assert isinstance(ack, Ack)
    assert isinstance(told, CommitsBaseline)
    assert (ack.accepted, ack.intent_id, int(ack.revision)) == (True, "o-1", desk.hosted.revision)
    (also,) = ben.hear_only(CommitsBaseline)
    for baseline in (told, also):
        assert (baseline.why, baseline.revision) == ("replaced", ack.revision)
        data = msgspec.json.decode(baseline.data, type=Baseline)
        assert [node.id for node in data.topology.nodes][-1:] == ["store:other"]
        assert (data.end, data.changes.cursor) == (0, 0)
    assert desk.flow == "b"
    assert desk.hosted.revision > before
    acted(desk.hosted, NextStep(), ADA)
    assert ben.hear_only(NotifyCommits)
    assert desk.hosted.state.ledger[0].event.id == "b1"


def test_who_opened_a_flow_is_kept(desk: Desk) -> None:
    """The audit log has old and new flow and who it was; so has the record, and the first input of the history."""
    desk.window("ada").say(opening())
    line = desk.kept.lines[-1]
    assert (line.actor.name, line.key, line.old["flow"], line.new["flow"]) == ("ada", "command/open_flow", "a", "b")
    records = {(record.scope, record.key): record for record in desk.hosted.records}
    record = records["session", "flow"]
    assert (record.value, record.actor_id.partition("~")[0]) == ("b", "ada")
    (first,) = desk.kept.commits
    assert first.command is not None
    assert (first.actor.name, first.intent_id, first.command["flow"]) == ("ada", "o-1", "b")


def test_a_flow_is_opened_once_for_each_intent(desk: Desk) -> None:
    """A repeat is answered, not done again, also when it comes while the flow is being put together (SERVER-5)."""
    window = desk.window()
    desk.later = []
    window.say(opening())
    window.say(opening())
    assert not window.hear()
    (work,) = desk.later
    work()
    acks = window.hear_only(Ack)
    assert [(ack.accepted, ack.revision) for ack in acks] == [(True, str(desk.hosted.revision))] * 2
    revision = desk.hosted.revision
    again = window.ask(opening(), Ack)
    assert (again.accepted, again.repeated, desk.hosted.revision) == (True, True, revision)
    assert set(desk.kept.done.values()) == {1}


def test_what_was_meant_for_another_flow_is_refused(desk: Desk) -> None:
    """A step that was meant for the flow before is none of the new one's, nor of the same one again (SERVER-5)."""
    window = desk.window()
    runs = [desk.hosted.state.session_id]
    for number, flow in enumerate("ba"):
        window.ask(opening(flow, f"o-{number}"), Ack)
        runs.append(desk.hosted.state.session_id)
    assert len(set(runs)) == 3
    for run in runs[:2]:
        step = CommandFrame(intent_id=f"i-{run}", session="checkout", session_id=run, kind="next_step")
        assert refusal(window, step) == "session.stale"
    assert desk.hosted.state.cursor == 0
    assert refusal(window, opening("b", "o-9", session_id=runs[0])) == "session.stale"
    assert desk.flow == "a"


def test_what_cannot_be_opened_says_why(desk: Desk) -> None:
    """No such flow, a live session, a window that may look only, no flow named: each is refused, nothing changed."""
    window = desk.window()
    live = start_live_session(FakeSource("app"), clock=desk.clock, wake=lambda: None)
    desk.host("live", live)
    revision = desk.hosted.revision
    assert refusal(window, opening("nosuch")) == "flow.unknown"
    assert refusal(window, msgspec.structs.replace(opening(), session="live")) == "command.blocked"
    assert refusal(desk.window("eve", auth=LOOK_TOKEN), opening()) == "auth.read_only"
    assert refusal(window, msgspec.structs.replace(opening(), payload={})) == "command.invalid"
    assert (desk.flow, desk.hosted.revision) == ("a", revision)
    live.close()


def test_one_flow_is_opened_at_a_time(desk: Desk) -> None:
    """While a flow is put together steps go on, and somebody else's flow is refused; then it is there."""
    ada, ben = desk.window("ada"), desk.window("ben")
    desk.later = []
    ada.say(opening())
    assert refusal(ben, opening("a", "o-2")) == "command.blocked"
    acted(desk.hosted, NextStep(), ADA)
    assert desk.hosted.state.cursor == 1
    for work in desk.later:
        work()
    assert (desk.flow, desk.hosted.state.cursor) == ("b", 0)


def test_a_session_that_began_anew_meanwhile_stays_as_it_is(desk: Desk) -> None:
    """A flow of the recording before is of no use any more: who asked is told (CLIENT-7)."""
    window = desk.window()
    desk.later = []
    window.say(opening())
    desk.hosted.replace(start_session(recording(), "a", clock=desk.hosted.clock))
    for work in desk.later:
        work()
    (ack,) = window.hear_only(Ack)
    assert (ack.accepted, ack.code, desk.flow) == (False, "command.blocked", "a")


def test_a_flow_that_cannot_be_read_ends_nothing(desk: Desk) -> None:
    """What fails in putting a flow together is reported and refused; the session goes on, and the next try is free."""
    window, reported = desk.window(), []
    desk.core.troubles.on_trouble(lambda trouble: reported.append(str(trouble)))
    flow, desk.recording.flow = desk.recording.flow, lambda _flow_id: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    assert refusal(window, opening()) == "server.failed"
    assert len(reported) == 1
    desk.recording.flow = flow  # type: ignore[method-assign]
    assert window.ask(opening("b", "o-2"), Ack).accepted


def test_who_asks_for_flows_again_and_again_has_to_wait(desk: Desk) -> None:
    """A flow that is opened costs everybody a baseline: nobody can have many in a row (SERVER-9)."""
    window = desk.window()
    for number in range(40):
        window.say(opening("ab"[number % 2], f"o-{number}"))
    acks = window.hear_only(Ack)
    assert {ack.code for ack in acks if not ack.accepted} == {"limit.rate"}
    assert sum(ack.accepted for ack in acks) <= 20


def test_a_window_that_comes_late_sees_the_flow_that_was_opened(desk: Desk) -> None:
    """A baseline is all it takes."""
    desk.window("ada").say(opening())
    late = desk.caller()
    late.say(hello("late"))
    late.say(SessionSelect(id=1, session="checkout"))
    (baseline,) = late.hear_only(CommitsBaseline)
    changes = msgspec.json.decode(baseline.data, type=Baseline).changes
    assert isinstance(changes.flow, FlowSummary)
    assert changes.flow.id == "b"


# A server that is started again


class Restarted:
    """A server that keeps its state on disk, and is started again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(1_700_000_000_000.0)
        self.kept: KeptServer | None = None

    def begin(self, made: ListRecording) -> HostedSession:
        """Start, with the flow `a` as the one that is stepped when nobody chose another."""
        if self.kept is not None:
            self.kept.close()
        self.kept = open_keeper(self.folder, self.clock, boot="b")
        self.kept.issue_resume_token(ADA)
        keeper, clock = self.kept.session("shop", "f1"), HeldClock(self.clock)
        running, self.notices = begin_stepped(made, "a", keeper=keeper, clock=clock, restart_policy="boundary")
        return HostedSession("shop", running, clock=clock, keeper=keeper)


def test_a_server_that_is_started_again_comes_back_to_the_flow(tmp_path: Path) -> None:
    """The flow that was opened last is there again, with its steps and its run, and commits go on (SERVER-7)."""
    server = Restarted(tmp_path)
    hosted = server.begin(recording())
    acted(hosted, NextStep(), ADA)
    hosted.open_flow(start_session(recording(), "b", clock=hosted.clock, run=9), ADA, "o-1")
    acted(hosted, NextStep(), ADA)
    before, revision = hosted.state, hosted.revision
    hosted = server.begin(recording())
    assert hosted.state.flow == before.flow
    assert (hosted.state.cursor, hosted.state.session_id) == (1, before.session_id)
    assert [entry.event.id for entry in hosted.state.ledger] == ["b1"]
    assert hosted.actor_of(hosted.state.ledger[0].commit_id) == ADA.actor_id
    assert hosted.revision > revision
    assert not server.notices
    again = hosted.keeper.answer(ADA.actor_id, "o-1")
    assert again is not None
    assert again.accepted


def test_a_flow_that_is_gone_lets_the_session_begin_anew(tmp_path: Path) -> None:
    """What cannot be opened again is said, and the session is there all the same (SERVER-7)."""
    server = Restarted(tmp_path)
    hosted = server.begin(recording())
    hosted.open_flow(start_session(recording(), "b", clock=hosted.clock, run=9), ADA, "o-1")
    hosted = server.begin(ListRecording([make_flow(5, flow_id="a")]))
    assert hosted.state.flow is not None
    assert hosted.state.flow.id == "a"
    (notice,) = server.notices
    assert "there is no flow 'b' any more" in notice
