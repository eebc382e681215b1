"""Opening a source: progress that moves, an end that is asked for, errors (issue 2, items 2 and 10)."""

import threading
from pathlib import Path

import pytest

from connectome_tui.app.commands import COMMANDS
from connectome_tui.events.flow import Progress, ProgressCallback, ReadReport, Recording, SourceError
from connectome_tui.events.model import FlowEvent
from tests.factories import ListRecording, ListSequence, make_event, make_flow
from tests.ui.driving import driven, file_opener, make_app, painted, post, pressed, rows, settled, text


class SlowSource:
    """An opener that goes on only when it is told to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.was_cancelled = False

    def __call__(self, progress: ProgressCallback) -> Recording:
        try:
            progress(Progress("100 spans of about 400 · 3 flows", 0.25))
            while not self.go_on.wait(0.005):
                progress(Progress("200 spans of about 400 · 6 flows", 0.5))
        except BaseException:
            self.was_cancelled = True
            raise
        return ListRecording([make_flow(5)])


async def test_progress_moves_and_the_flow_opens_when_it_is_there() -> None:
    """While a source is opened the screen shows how far it is, and keys work; then the flow stands there."""
    source = SlowSource()
    app = make_app(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "50 %" in text(app))
        assert "Opening test.jsonl" in text(app)
        assert "200 spans of about 400 · 6 flows" in text(app)
        await pressed(pilot, "?")
        assert "How a call is made" in text(app)
        await pressed(pilot, "escape", "space")
        assert app.state.cursor == 0
        source.go_on.set()
        await settled(pilot, lambda: app.state.flow is not None)
        assert "Press Space" in text(app)


async def test_escape_cancels_opening() -> None:
    """Escape ends the work in the thread and the program."""
    source = SlowSource()
    app = make_app(source)
    async with app.run_test() as pilot:
        await settled(pilot, lambda: "50 %" in text(app))
        await pressed(pilot, "escape")
        assert not app.is_running
    app._opening._thread.join(10)
    assert source.was_cancelled


async def test_no_key_fails_while_nothing_is_open() -> None:
    """Every command can be asked for before there is a flow; none of them ends the program or raises."""
    source = SlowSource()
    app = make_app(source)
    async with app.run_test() as pilot:
        await settled(pilot, lambda: "50 %" in text(app))
        for command in COMMANDS:
            if command.id not in {"other.suspend", "other.quit", "other.escape"}:
                app.main_screen.run_command(command)
                await painted(pilot)
                if app.screen is not app.main_screen or app.main_screen.prompt.question is not None:
                    await pressed(pilot, "escape")
        assert app.is_running
        source.go_on.set()


class PartialRecording(ListRecording):
    """A recording whose first rows can be read while the rest is indexed."""

    def __init__(self) -> None:
        self.sequence = ListSequence([make_event(number) for number in range(1, 21)], readable=8)
        super().__init__([make_flow([make_event(1)], sequence=self.sequence)])
        self.go_on = threading.Event()

    def finish(self, progress: ProgressCallback) -> None:
        """Index the rest when it is told to."""
        while not self.go_on.wait(0.005):
            progress(Progress("8 events", 0.61))
        self.sequence.readable = None


async def test_stepping_starts_before_the_whole_is_indexed() -> None:
    """The first rows can be stepped while the header says how far indexing is; then the total is known."""
    recording = PartialRecording()
    app = make_app(recording)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: "indexing 61 %" in rows(app)[0])
        await pressed(pilot, "3", "n")
        assert app.state.cursor == 3
        assert "of" not in rows(app)[21].split("Step 3")[1][:4]
        recording.go_on.set()
        await settled(pilot, lambda: app.state.source.indexing_0_1 is None)
        assert "Step 3 of 20" in text(app)
        assert "indexing" not in rows(app)[0]


async def test_a_source_without_events_says_what_was_read() -> None:
    """A file of metrics alone opens, and the screen says that there is nothing to step, and what was skipped."""
    app = make_app(ListRecording([], report=ReadReport(format="otlp-json", skipped={"metrics": 22})))
    async with driven(app) as pilot:
        await painted(pilot)
        assert "Nothing to step in test.jsonl" in text(app)
        assert "0 spans; skipped 22 metrics" in text(app)
        await pressed(pilot, "space", "/", "escape", "y", "e", "o")
        assert app.is_running


async def test_bad_input_ends_the_program_with_its_error(tmp_path: Path) -> None:
    """A file that is no recording ends the program; the error names the file."""
    path = tmp_path / "bad.json"
    path.write_text('{"users": []}')
    app = make_app(file_opener(path))
    async with app.run_test() as pilot:
        await pilot.pause()
    assert isinstance(app.source_error, SourceError)
    assert "bad.json" in str(app.source_error)


class VanishingEvents(ListSequence):
    """Events of a file that another program replaces meanwhile."""

    is_replaced = False

    def __getitem__(self, row: int, /) -> FlowEvent:
        if self.is_replaced:
            raise SourceError("test.jsonl", "it changed while it was open", f"row {row}")
        return super().__getitem__(row)


async def test_a_file_that_changed_ends_the_program_with_its_error() -> None:
    """A row that cannot be read any more ends the program like other bad input: no other data, no traceback."""
    events = [make_event(number) for number in range(1, 9)]
    sequence = VanishingEvents(events)
    app = make_app(make_flow(events, sequence=sequence))
    async with driven(app) as pilot:
        await pressed(pilot, "4", "n")
        sequence.is_replaced = True
        post(pilot, *["space"] * 6)
        await settled(pilot, lambda: not app.is_running)
    assert str(app.source_error) == "test.jsonl, row 4: it changed while it was open"
    assert app.return_code == 2


async def test_a_mistake_in_the_opener_is_not_swallowed() -> None:
    """An unexpected exception in the thread ends the program with that exception."""

    def broken(_progress: ProgressCallback) -> Recording:
        raise ZeroDivisionError

    app = make_app(broken)
    with pytest.raises(ZeroDivisionError):
        async with app.run_test() as pilot:
            await pilot.pause()
    assert app.return_code == 1


@pytest.mark.parametrize("name", ["traces/shop.otlp.jsonl", "agents/langgraph-research.otlp.jsonl"])
async def test_real_recordings_are_stepped_to_their_end(shared_data: Path, name: str) -> None:
    """A real recording opens and all its events are released, one row of the log each (SPAN-2)."""
    app = make_app(file_opener(shared_data / name), flow_id="all")
    async with driven(app) as pilot:
        await settled(pilot, lambda: app.session is not None)
        assert app.recording is not None
        app.main_screen.steps.release(10_000)
        await settled(pilot, lambda: app.state.ended)
        assert len(app.state.ledger) == app.recording.report.events
        assert "The end is reached" in text(app)
