"""Named sources as sessions: restored, followed, or one clear line (SERVER-7, SERVER-9)."""

import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.live import LiveBatch
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import KeptServer, open_keeper
from connectome_tui.server.keeping import Actor
from connectome_tui.server.preparing import Prepared, SourceOptions, prepare_sources
from connectome_tui.server.sources import parse_sources
from connectome_tui.sources.live import LiveSource
from connectome_tui.store.retention import Retention
from tests.factories import make_event
from tests.hosting import acted
from tests.unit.live import HandSource

ADA = Actor("ada~1", "ada")
SCRIPT = """
title: A script
nodes: [{id: "page:a"}, {id: "service:b"}]
steps:
  - {from: "page:a", to: "service:b", label: one}
  - {from: "service:b", to: "page:a", label: two}
"""


class Machine:
    """Where servers run one after the other, with a folder of state and one of recordings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(1_700_000_000_000.0)
        self.options = SourceOptions(recordings=folder / "recordings")
        self.prepared: list[Prepared] = []
        self.kept: KeptServer | None = None

    def serve(self, *texts: str, **options: Any) -> list[HostedSession]:
        """A server with these sources."""
        self.kept = open_keeper(self.folder / "state", self.clock, boot="boot-1")
        chosen = replace(self.options, **options)
        self.prepared = list(prepare_sources(parse_sources(texts), chosen, keeper=self.kept, clock=self.clock))
        return [HostedSession(one.name, one.running, clock=one.clock, keeper=one.keeper) for one in self.prepared]

    def end(self) -> None:
        """It ends in order."""
        for one in self.prepared:
            one.close()
        if self.kept is not None:
            self.kept.close()
        self.prepared, self.kept = [], None


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.end()


def ids(hosted: HostedSession) -> list[str]:
    """The ids in the ledger, gaps by what they say."""
    return [
        f"[{entry.event.payload_summary}]" if entry.event.is_gap else entry.event.id for entry in hosted.state.ledger
    ]


def test_a_recording_is_restored_until_its_bytes_change(machine: Machine, tmp_path: Path) -> None:
    """SERVER-7: stepped, ended, started again: it stands where it stood; another script under its name begins anew."""
    script = tmp_path / "play.yaml"
    script.write_text(SCRIPT)
    (hosted,) = machine.serve(str(script))
    acted(hosted, NextStep(), ADA)
    revision = hosted.revision
    machine.end()
    (hosted,) = machine.serve(str(script))
    assert (hosted.name, hosted.state.cursor) == ("play", 1)
    machine.end()
    os.utime(script, (1, 1))
    (hosted,) = machine.serve(str(script))
    assert hosted.state.cursor == 1, "a copy of the same bytes is the same script"
    machine.end()
    script.write_text(SCRIPT.replace("two", "three"))
    (hosted,) = machine.serve(str(script))
    assert hosted.state.cursor == 0
    assert hosted.revision > revision


def test_what_was_chosen_counts_as_the_bytes_do(machine: Machine) -> None:
    """SERVER-7: another flow, or another policy, is another session."""
    (hosted,) = machine.serve("sample:checkout")
    flow = hosted.state.flow
    assert flow is not None
    assert flow.id == "all"
    acted(hosted, NextStep(), ADA)
    machine.end()
    (hosted,) = machine.serve("sample:checkout", restart_policy="clear")
    assert hosted.state.cursor == 0


def test_several_sources_are_several_sessions_or_none(machine: Machine, tmp_path: Path) -> None:
    """One bad source is one clear line, and nothing that was opened before it is left open."""
    hosted = machine.serve("sample:tale", "b=sample:tale", "sample:checkout")
    assert [one.name for one in hosted] == ["tale", "b", "checkout"]
    machine.end()
    (tmp_path / "bad.yaml").write_text("title: no nodes\nsteps: []\n")
    with pytest.raises(SourceError, match="nodes") as raised:
        machine.serve("sample:tale", str(tmp_path / "bad.yaml"))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nowhere.json", "nowhere.json"),
        ("sample:nothing", "there is no such sample"),
        ("session:nothing", "there are no recordings"),
        ("follow:no/such/folder/x.jsonl", "expected a file in a folder that is there"),
    ],
)
def test_a_source_that_cannot_be_had_is_one_line(machine: Machine, text: str, said: str) -> None:
    """SERVER-8, SERVER-9: what is wrong is said before anything listens."""
    with pytest.raises(SourceError, match=said):
        machine.serve(text)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> list[HandSource]:
    """What is watched over a socket is handed over by the test."""
    made: list[HandSource] = []

    def socket(path: str, *, clock: object) -> LiveSource:
        del clock
        made.append(HandSource(path))
        return made[-1]

    monkeypatch.setattr("connectome_tui.sources.run_socket.WatchSocket", socket)
    return made


def test_a_live_session_comes_back_with_what_was_recorded(machine: Machine, by_hand: list[HandSource]) -> None:
    """SERVER-7: what the recording holds stands in the log with its details, and the source goes on behind a gap."""
    (hosted,) = machine.serve("watch:unix:/tmp/x")
    detail = EventDetail(attributes={"http.route": "/shop"})
    by_hand[0].give(live_batch(2, details=(detail, None)))
    machine.prepared[0].running.drain()  # type: ignore[union-attr]
    assert ids(hosted) == ["e0", "e1"]
    revision, recording = hosted.revision, hosted.state.live
    machine.end()

    machine.clock.advance(125_000.0)
    (hosted,) = machine.serve("watch:unix:/tmp/x")
    live = hosted.state.live
    assert live is not None
    assert recording is not None
    assert ids(hosted)[:2] == ["e0", "e1"]
    assert "the server was away for" in ids(hosted)[2]
    assert hosted.state.ledger.detail(0) == detail
    assert (live.arrived, live.shown, live.gaps, hosted.state.cursor) == (2, 2, 1, 2)
    assert live.recording == recording.recording, "the recording goes on"
    assert hosted.revision > revision
    assert hosted.state.active_focus.active_node_id == "store:db"

    by_hand[1].give(live_batch(1, first=2))
    machine.prepared[0].running.drain()  # type: ignore[union-attr]
    assert ids(hosted)[3] == "e2"
    machine.end()
    (hosted,) = machine.serve("watch:unix:/tmp/x")
    assert [one for one in ids(hosted) if one.startswith("e")] == ["e0", "e1", "e2"]
    assert [one.startswith("[the server was away") for one in ids(hosted)] == [False, False, True, False, True]


def live_batch(count: int, *, first: int = 0, **fields: Any) -> Any:
    """So many events from a number on."""
    events = tuple(make_event(number, id=f"e{number}") for number in range(first, first + count))
    return LiveBatch(source="/tmp/x", events=events, **fields)


def test_only_the_newest_up_to_retention_comes_back(machine: Machine, by_hand: list[HandSource]) -> None:
    """STORE-10, SERVER-7: no more than the log may hold is read; details are those of the right rows."""
    machine.serve("watch:unix:/tmp/x")
    for first in range(0, 1000, 100):
        details = tuple(EventDetail(attributes={"n": number}) for number in range(first, first + 100))
        by_hand[0].give(live_batch(100, first=first, details=details))
    machine.end()
    (hosted,) = machine.serve("watch:unix:/tmp/x", retention=Retention(150))
    ledger = hosted.state.ledger
    assert ids(hosted)[-2] == "e999"
    assert 100 <= len(ledger) <= 150
    assert ledger.detail(ledger.end - 2) == EventDetail(attributes={"n": 999})


def test_without_a_recording_nothing_comes_back_and_that_is_said(machine: Machine, by_hand: list[HandSource]) -> None:
    """SERVER-7: `--no-record` keeps nothing, and says so when it is started again."""
    (hosted,) = machine.serve("watch:unix:/tmp/x", record=False)
    assert not machine.prepared[0].notices
    by_hand[0].give(live_batch(2))
    revision = hosted.revision
    machine.end()
    (hosted,) = machine.serve("watch:unix:/tmp/x", record=False)
    assert len(hosted.state.ledger) == 0
    assert machine.prepared[0].notices == ["x: is not recorded, so that what came before does not come back"]
    assert hosted.revision > revision


def test_a_recording_that_is_gone_is_said(machine: Machine, by_hand: list[HandSource]) -> None:
    """SERVER-7: recordings may be pruned; the session begins anew, and why is said."""
    machine.serve("watch:unix:/tmp/x")
    by_hand[0].give(live_batch(2))
    machine.end()
    for path in (machine.folder / "recordings").iterdir():
        path.unlink()
    (hosted,) = machine.serve("watch:unix:/tmp/x")
    assert len(hosted.state.ledger) == 0
    assert "the recording is gone" in machine.prepared[0].notices[0]


def test_another_source_of_the_same_name_is_another_session(machine: Machine, by_hand: list[HandSource]) -> None:
    """What one source brought never stands in the log of another."""
    machine.serve("x=watch:unix:/tmp/x")
    by_hand[0].give(live_batch(2))
    machine.end()
    (hosted,) = machine.serve("x=watch:unix:/tmp/y")
    assert len(hosted.state.ledger) == 0


def test_a_file_that_is_followed_is_read_again_and_not_twice(machine: Machine, tmp_path: Path) -> None:
    """SERVER-7: a file brings by itself what it brought before: nothing stands in the log twice."""
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"from": "a:a", "to": "b:b", "label": f"l{n}"}) + "\n" for n in range(3)))
    labels: list[list[str]] = []
    for _ in range(2):
        (hosted,) = machine.serve(f"follow:{path}")
        one = machine.prepared[0]
        assert one.feed is not None
        while len(hosted.state.ledger) < 3:
            one.running.drain()  # type: ignore[union-attr]
        labels.append([entry.event.label for entry in hosted.state.ledger])
        machine.end()
    assert labels == [["l0", "l1", "l2"]] * 2


def test_standard_input_is_a_source_as_well(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pipe can be stepped; it is never the same again."""
    path = tmp_path / "in"
    path.write_text(SCRIPT)
    for _ in range(2):
        with path.open("rb") as file:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
            (hosted,) = machine.serve("-")
        assert (hosted.name, hosted.state.cursor, hosted.state.script_total) == ("stdin", 0, 2)
        acted(hosted, NextStep(), ADA)
        machine.end()
