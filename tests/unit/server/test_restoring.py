"""A server that died goes on where it was (SERVER-5, SERVER-7, ENGINE-6)."""

import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.clock import HeldClock, ManualClock
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
from connectome_tui.net import record_keys
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import KeptServer, open_keeper
from connectome_tui.server.keeping import Actor, KeptCommit
from connectome_tui.server.restoring import begin_stepped
from connectome_tui.session import export_lines
from connectome_tui.store.state import SPEEDS, State
from connectome_tui.store.store import RestartPolicy
from tests.factories import ListRecording, make_event, make_flow
from tests.hosting import acted

ADA = Actor("ada~1", "ada")
BOT = Actor("bot~2", "bot", "agent")
Write = tuple[RecordKey, Any]
BEGAN_MS = 1_700_000_000_000.0


class Server:
    """A server with one session, that can die."""

    def __init__(self, folder: Path, policy: RestartPolicy = "boundary", *, on_clock: bool = False) -> None:
        self.folder, self.policy, self.on_clock = folder, policy, on_clock
        self.clock = ManualClock(BEGAN_MS)
        self.begin()

    def begin(self, fingerprint: str = "f1") -> None:
        """Start, on the same machine."""
        flow = make_flow(12, waits_on_clock=self.on_clock, wait_actions={1: "start", 4: "stop", 7: "start"})
        self.kept: KeptServer = open_keeper(self.folder, self.clock, boot="boot-1")
        keeper = self.kept.session("shop", fingerprint)
        held = HeldClock(self.clock)
        running, self.notices = begin_stepped(
            ListRecording([flow]), "flow", keeper=keeper, clock=held, restart_policy=self.policy
        )
        self.hosted = HostedSession("shop", running, clock=held, keeper=keeper)

    def die(self) -> None:
        """`kill -9`: nothing is finished."""
        self.kept._state._connection.close()
        self.kept._audit.close()
        self.kept._held.release()

    def give(self, what: RuntimeCommand | Write | float, actor: Actor) -> None:
        """A command, a record to be written, or time that passes."""
        if isinstance(what, float):
            self.clock.advance(what)
            self.hosted.serve_deadline()
        elif isinstance(what, tuple):
            self.hosted.write(*what, actor, "")
            self.hosted.tell()
        else:
            acted(self.hosted, what, actor)

    def seen(self) -> dict[str, Any]:
        """Everything that somebody could be told: but for the counter, which only goes on."""
        state = self.hosted.state
        told: dict[str, Any] = {
            field.name: getattr(state, field.name)
            for field in fields(State)
            if field.name not in {"ledger", "commit_id"}
        }
        ledger = state.ledger
        told["export"] = list(export_lines(ledger, "jsonl"))
        told["entries"] = [(entry.arrival_index, entry.commit_id, entry.session_id) for entry in ledger]
        told["runs"] = [(run.session_id, run.started_at_ms, run.first_index) for run in ledger.sessions]
        told["released by"] = [self.hosted.actor_of(entry.commit_id) for entry in ledger]
        told["records"] = sorted(map(repr, self.hosted.records))
        return told


COMMANDS: st.SearchStrategy[RuntimeCommand] = st.one_of(
    st.just(NextStep()),
    st.just(NextStep()),
    st.just(Restart()),
    st.builds(SetMode, st.sampled_from(["stepper", "realtime"])),
    st.builds(SetSpeed, st.sampled_from(SPEEDS)),
    st.builds(SetLocalPause, st.booleans()),
    st.builds(SetPinned, st.booleans()),
    st.builds(Inspect, st.none() | st.integers(0, 9)),
    st.builds(InspectBy, st.integers(-3, 3)),
)
WRITES = st.one_of(
    st.tuples(
        st.just(record_keys.FOCUS_SELECTION),
        st.none() | st.fixed_dictionaries({"kind": st.just("event"), "arrival_index": st.integers(0, 5)}),
    ),
    st.tuples(st.just(record_keys.VIEW_CENTRE), st.none() | st.just("service:api")),
    st.tuples(st.just(record_keys.VIEW_LOG), st.none() | st.integers(0, 5)),
)
INPUTS = st.lists(
    st.tuples(st.one_of(COMMANDS, COMMANDS, WRITES, st.floats(0, 2500)), st.sampled_from([ADA, BOT])), max_size=25
)


@given(
    lives=st.lists(INPUTS, min_size=1, max_size=4),
    policy=st.sampled_from(["boundary", "clear"]),
    on_clock=st.booleans(),
)
@settings(max_examples=60)
def test_what_was_told_is_there_again(
    lives: list[Sequence[tuple[Any, Actor]]], policy: RestartPolicy, *, on_clock: bool
) -> None:
    """SERVER-7, ENGINE-6: whatever was done, and whenever the server dies, afterwards all is as it was told: the
    state, the log byte for byte, commit ids, runs and when they began, who released what, records; revisions go on.
    """
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), policy, on_clock=on_clock)
        for life in lives:
            for what, actor in life:
                server.give(what, actor)
            before, revision = server.seen(), server.hosted.revision
            server.die()
            server.clock.advance(60_000.0)
            server.begin()
            assert server.seen() == before
            assert server.hosted.revision > revision
            assert not server.notices
            assert server.hosted.troubles.newest is None
        server.die()


def test_steps_after_a_restart_of_the_server_follow_on(tmp_path: Path) -> None:
    """SERVER-7: commit ids of what was and of what follows never meet, over several ends of the server."""
    server = Server(tmp_path)
    for _ in range(3):
        server.give(NextStep(), ADA)
        server.give(NextStep(), BOT)
        server.die()
        server.begin()
    ids = [entry.commit_id for entry in server.hosted.state.ledger]
    assert len(ids) == 6
    assert ids == sorted(set(ids))
    assert [server.hosted.actor_of(one) for one in ids] == [ADA.actor_id, BOT.actor_id] * 3
    server.die()


def test_another_source_begins_anew_behind_all_that_was(tmp_path: Path) -> None:
    """SERVER-7: the bytes are others: an empty log, and a revision that no window has seen."""
    server = Server(tmp_path)
    for _ in range(5):
        server.give(NextStep(), ADA)
    revision = server.hosted.revision
    server.die()
    server.begin("f2")
    assert len(server.hosted.state.ledger) == 0
    assert server.hosted.revision > revision
    server.give(NextStep(), ADA)
    before = server.seen()
    server.die()
    server.begin("f2")
    assert server.seen() == before
    server.die()


def test_a_session_that_began_anew_while_it_was_hosted_is_restored_as_that(tmp_path: Path) -> None:
    """SERVER-7, CLIENT-7: what was before a reset is forgotten, the counter is not."""
    server = Server(tmp_path)
    server.give(NextStep(), ADA)
    revision = server.hosted.revision
    again, _ = begin_stepped(
        ListRecording([make_flow(12)]),
        "flow",
        keeper=server.kept.session("shop", "f2"),
        clock=server.hosted.clock,
        restart_policy="boundary",
    )
    server.hosted.replace(again)
    assert server.hosted.revision > revision
    server.give(NextStep(), BOT)
    before = server.seen()
    server.die()
    server.begin("f2")
    assert [entry.event.id for entry in server.hosted.state.ledger] == ["e1"]
    assert server.seen()["released by"] == before["released by"] == [BOT.actor_id]
    server.die()


@pytest.mark.parametrize(
    "history",
    [
        [KeptCommit(1, 0.0, command={"kind": "next_step"})],
        [KeptCommit(1, 0.0, command={"kind": "open"}), KeptCommit(2, 0.0, command={"kind": "explode"})],
        [
            KeptCommit(1, 0.0, command={"kind": "open"}),
            KeptCommit(2, 0.0, command={"kind": "inspect", "arrival_index": 7}),
        ],
        [
            KeptCommit(1, 0.0, command={"kind": "open"}),
            KeptCommit(2, 0.0, command={"kind": "set_shared_view", "shared": 5}),
        ],
    ],
)
def test_inputs_that_make_no_such_session_begin_it_anew(tmp_path: Path, history: list[KeptCommit]) -> None:
    """What was kept by another program, or is damaged, is said in a line, and the session begins behind it."""
    clock = ManualClock(BEGAN_MS)
    kept = open_keeper(tmp_path, clock, boot="b")
    keeper = kept.session("shop", "f1")
    for commit in history:
        keeper.keep(commit)
    session, notices = begin_stepped(
        ListRecording([make_flow([make_event()])]),
        "flow",
        keeper=keeper,
        clock=HeldClock(clock),
        restart_policy="boundary",
    )
    assert len(notices) == 1
    assert notices[0].startswith("shop: begins anew")
    assert session.store.state.commit_id > history[-1].revision
    assert not keeper.history()
    kept.close()


def test_a_session_of_too_many_inputs_is_there_as_far_as_they_were_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history is bounded: the session is as it was behind the last input of it, and that is said."""
    monkeypatch.setattr("connectome_tui.server.kept_session.MOST_INPUTS", 4)
    server = Server(tmp_path)
    for _ in range(8):
        server.give(NextStep(), ADA)
    revision = server.hosted.revision
    server.die()
    server.begin()
    assert server.hosted.state.cursor == 3
    assert server.hosted.revision > revision
    assert server.notices == [
        "shop: is restored as it was after 3 steps; what was done behind them was too much to be kept"
    ]
    server.die()


def test_a_command_that_shows_nothing_now_may_show_later(tmp_path: Path) -> None:
    """ENGINE-6: pinned again, nothing is to be seen of it until somebody comes back from looking elsewhere."""
    server = Server(tmp_path)
    for what in (NextStep(), SetPinned(pinned=True), SetMode("realtime"), 1000.0, 1000.0, SetPinned(pinned=True)):
        server.give(what, ADA)
    server.die()
    server.begin()
    server.give(Inspect(0), ADA)
    server.give(Inspect(None), ADA)
    restored = server.seen()
    server.die()

    other = Server(tmp_path / "other")
    for what in (NextStep(), SetPinned(pinned=True), SetMode("realtime"), 1000.0, 1000.0, SetPinned(pinned=True)):
        other.give(what, ADA)
    other.give(Inspect(0), ADA)
    other.give(Inspect(None), ADA)
    assert restored["active_focus"] == other.seen()["active_focus"]
    assert restored["current_explanation"] == other.seen()["current_explanation"]
    other.die()
