"""A live session as a whole: starting, ending, exporting."""

import json

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import Restart
from connectome_tui.events.flow import SourceError
from connectome_tui.session import LiveOptions, export_lines, start_live_session
from connectome_tui.store.retention import Retention
from tests.unit.live import HandSource, LiveDesk, MemoryRecorder


def test_it_begins_with_what_it_waits_for() -> None:
    """The screen says whom it waits for before anything came."""
    desk = LiveDesk("127.0.0.1:4318")
    assert desk.state.mode == "realtime"
    assert desk.state.current_explanation.sentence == "Waiting for the first event from 127.0.0.1:4318."
    assert desk.state.live is not None
    assert [source.kind for source in desk.state.live.sources] == ["sse"]


def test_a_source_that_cannot_start_ends_the_others() -> None:
    """A port in use is one clear error, and nothing is left running."""
    good, bad, recorder = HandSource("good"), HandSource("bad", fails="the port is in use"), MemoryRecorder()
    with pytest.raises(SourceError, match="the port is in use"):
        start_live_session([good, bad], recorder, clock=ManualClock(), wake=lambda: None)
    assert good.stopped == bad.stopped == 1
    assert recorder.closed == 1


def test_closing_takes_in_what_was_handed_over() -> None:
    """Nothing that a source handed over before the end, or while it was stopped, is missing in the recording."""
    recorder = MemoryRecorder()
    desk = LiveDesk(recorder=recorder)
    desk.source.events(3)
    desk.source.last_words = 2
    desk.session.close()
    assert len(recorder.events) == 5
    assert (desk.source.stopped, recorder.closed) == (1, 1)


def test_an_export_is_what_the_ledger_holds() -> None:
    """STORE-12: 1:1, gaps as the events they are; what left by retention is not in it."""
    desk = LiveDesk("a", "b", options=LiveOptions(retention=Retention(10)))
    desk.sources[1].events(2)
    desk.come(30)
    lines = [json.loads(line) for line in export_lines(desk.state.ledger, "jsonl")]
    assert lines[0]["type"] == "session"
    assert [line["id"] for line in lines[1:]] == desk.ids()
    assert len(lines) == 11
    assert lines[1]["id"] == "b0"


def test_an_export_after_a_restart_has_a_header_for_each_session() -> None:
    """STORE-12: the boundary is the second header line."""
    desk = LiveDesk()
    desk.come(2)
    desk.session.engine.dispatch_runtime_command(Restart())
    desk.come(1)
    lines = [json.loads(line) for line in export_lines(desk.state.ledger, "jsonl")]
    named = [line.get("type", line.get("id")) for line in lines]
    assert named == ["session", "source0", "source1", "session", "source2"]
