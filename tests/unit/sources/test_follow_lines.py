"""Following a file of JSON lines and standard input: batches, counters, gaps and phases."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import LiveBatch, LiveCounters
from connectome_tui.events.model import has_note
from connectome_tui.sources.follow_lines import FollowFile, FollowStdin
from connectome_tui.sources.source_thread import Delivery
from connectome_tui.sources.span_lines import Settling
from connectome_tui.traces.overrides import NodeOverride

STEP = b'{"from":"a:b","to":"c:d","label":"%d"}\n'


def steps(*numbers: int) -> bytes:
    return b"".join(STEP % number for number in numbers)


def labels(batches: list[LiveBatch]) -> list[str]:
    return [event.label for batch in batches for event in batch.events]


def last_counters(batches: list[LiveBatch]) -> LiveCounters:
    return [batch.counters for batch in batches if batch.counters is not None][-1]


def follow(path: Path, *acts: Callable[[], object], longest: int = 1024) -> list[LiveBatch]:
    """Follow a file; each time that it does not grow, do the next of `acts`; then stop."""
    waiting = list(acts)

    def wait(_seconds: float | None) -> bool:
        if waiting:
            waiting.pop(0)()
        else:
            source._thread.bell.stop()
        return False

    clock = ManualClock(1000)
    source = FollowFile(str(path), clock=clock, longest=longest, wait=wait)
    batches: list[LiveBatch] = []
    source.run(Delivery(source.name, clock, batches.append))
    source.stop()
    return batches


def add(path: Path, data: bytes) -> Callable[[], object]:
    def act() -> None:
        with path.open("ab") as file:
            file.write(data)

    return act


def test_a_file_is_followed_as_it_grows(tmp_path: Path) -> None:
    """Events come from the beginning of a file that appears later, a line only when it has ended."""
    path = tmp_path / "log"
    batches = follow(
        path, add(path, steps(1) + b'{"from":"a:b","to":'), add(path, b'"c:d","label":"2"}'), add(path, b"\n")
    )
    assert labels(batches) == ["1", "2"]
    phases = [batch.status.phase for batch in batches if batch.status]
    assert phases == ["connecting", "connecting", "connected"]


def test_lines_through_rotation_and_truncation(tmp_path: Path) -> None:
    """No whole line is lost or doubled; the last line of a rotated file counts without its end."""
    path = tmp_path / "log"

    def rotate() -> None:
        path.rename(tmp_path / "log.1")
        path.write_bytes(steps(3) + b'{"half')

    path.write_bytes(steps(1, 2).rstrip(b"\n"))
    batches = follow(path, rotate, lambda: os.truncate(path, 0), add(path, steps(4)))
    assert labels(batches) == ["1", "2", "3", "4"]
    assert [batch.gap for batch in batches if batch.gap] == [
        "1 line dropped: the file was truncated in the middle of it"
    ]
    assert dict(last_counters(batches).dropped) == {"cut": 1}
    messages = [batch.status.message for batch in batches if batch.status and batch.status.message]
    assert messages == [
        "the file was rotated: reading it from its beginning",
        "the file was truncated: reading it from its beginning",
    ]


def test_lines_over_the_limit_are_skipped_and_counted(tmp_path: Path) -> None:
    """A line that is too long leaves a gap and a count; a line that cannot be read is kept, and counted."""
    path = tmp_path / "log"
    path.write_bytes(steps(1) + b"x" * 2000 + b"\n" + steps(2) + b"no JSON\n")
    batches = follow(path)
    assert labels(batches) == ["1", "2", "?"]
    counters = last_counters(batches)
    assert (counters.received, counters.decoded, counters.bad, dict(counters.dropped)) == (4, 2, 1, {"too long": 1})
    assert batches[-1].gap == "1 line skipped: longer than 1 KiB"


def test_a_file_that_goes_is_waited_for(tmp_path: Path) -> None:
    """While there is no file the source says so, and goes on with the next one of that name."""
    path = tmp_path / "log"
    path.write_bytes(steps(1))
    batches = follow(path, path.unlink, lambda: None, lambda: path.write_bytes(steps(2)))
    assert labels(batches) == ["1", "2"]
    assert "there is no such file: waiting for it" in [batch.status.message for batch in batches if batch.status]


@pytest.mark.parametrize("place", ["", "no-folder/log"])
def test_what_can_never_be_followed_is_refused(tmp_path: Path, place: str) -> None:
    """A folder, and a file in a folder that is not there, are errors before anything starts."""
    source = FollowFile(str(tmp_path / place), clock=ManualClock())
    with pytest.raises(SourceError):
        source.start(lambda _batch: None)
    source.stop()


def test_standard_input_is_read_to_its_end() -> None:
    """All lines of a pipe come, the last one without its end too, and then it is said that it has ended."""
    reader, writer = os.pipe()
    os.write(writer, steps(1, 2)[:-1])
    os.close(writer)
    batches: list[LiveBatch] = []
    source = FollowStdin(reader, clock=ManualClock())
    source.run(Delivery("stdin", ManualClock(), batches.append))
    source.stop()
    assert labels(batches) == ["1", "2"]
    assert batches[-1].status is not None
    assert (batches[-1].status.phase, batches[-1].status.message) == ("disconnected", "standard input has ended")
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(reader)


def test_a_session_that_takes_nothing_makes_the_writer_wait() -> None:
    """While a batch is not taken nothing more is read, so that the writer of the pipe waits; nothing is lost."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    may_go, batches = threading.Event(), list[LiveBatch]()

    def hand_over(batch: LiveBatch) -> None:
        assert may_go.wait(10)
        batches.append(batch)

    source = FollowStdin(reader, clock=ManualClock())
    source.start(hand_over)
    written = 0
    try:
        while written < 100_000:
            os.write(writer, STEP % written)
            written += 1
    except BlockingIOError:
        pass
    assert written < 100_000
    may_go.set()
    os.close(writer)
    source._thread._thread.join(10)  # type: ignore[union-attr]
    assert labels(batches) == [str(number) for number in range(written)]
    source.stop()


def test_stopping_ends_the_thread_while_nothing_comes() -> None:
    """A source that waits for a pipe ends when it is stopped, and hands nothing over after that."""
    reader, writer = os.pipe()
    batches: list[LiveBatch] = []
    source = FollowStdin(reader, clock=ManualClock())
    source.start(batches.append)
    source.stop()
    source.stop()
    count = len(batches)
    assert not [thread for thread in threading.enumerate() if thread.name == "connectome stdin"]
    os.close(writer)
    assert len(batches) == count


def test_lines_of_otlp_are_spans_that_settle(shared_data: Path, tmp_path: Path) -> None:
    """What a collector's file exporter writes is followed as traces: nothing before they settle, then every event."""
    lines = (shared_data / "traces" / "shop.mixed.otlp.jsonl").read_bytes()
    path = tmp_path / "spans.jsonl"
    path.write_bytes(lines + steps(1))
    clock = ManualClock(1_000_000)
    looks: list[int] = []

    def wait(_seconds: float | None) -> bool:
        looks.append(len(labels(batches)))
        clock.advance(1900)
        if len(looks) == 3:
            source._thread.bell.stop()
        return False

    source = FollowFile(str(path), clock=clock, wait=wait)
    batches: list[LiveBatch] = []
    source.run(Delivery(source.name, clock, batches.append))
    source.stop()
    assert looks == [1, 1, 312]
    counters = last_counters(batches)
    assert (counters.received, counters.decoded, counters.shown_ready) == (300, 300, 312)
    assert (counters.waiting, counters.bad) == (0, 0)
    assert set(counters.skipped) == {"metrics", "log records"}
    assert all(len(batch.details) in (0, len(batch.events)) for batch in batches)


def test_spans_that_wait_come_when_the_source_ends(shared_data: Path) -> None:
    """At the end of a pipe no trace is waited for any longer."""
    reader, writer = os.pipe()
    lines = (shared_data / "traces" / "shop.otlp.jsonl").read_bytes().splitlines(keepends=True)
    os.write(writer, lines[0])
    os.close(writer)
    batches: list[LiveBatch] = []
    source = FollowStdin(reader, clock=ManualClock())
    source.run(Delivery("stdin", ManualClock(), batches.append))
    source.stop()
    counters = last_counters(batches)
    assert counters.received > 0
    assert (counters.waiting, counters.shown_ready) == (0, len(labels(batches)))
    assert len(labels(batches)) >= counters.received


def test_how_spans_settle_and_what_nodes_are_called_may_be_said(shared_data: Path) -> None:
    """SPAN-9, SPAN-6: with a time of 0 spans are shown at once, nodes as configured; what comes again is counted."""
    reader, writer = os.pipe()
    line = (shared_data / "traces" / "shop.otlp.jsonl").read_bytes().splitlines(keepends=True)[0]
    os.write(writer, line + line)
    os.close(writer)
    batches: list[LiveBatch] = []
    settling = Settling(0.0, (NodeOverride("*", title="THE SHOP"),))
    source = FollowStdin(reader, clock=ManualClock(), settling=settling)
    source.run(Delivery("stdin", ManualClock(), batches.append))
    source.stop()
    counters = last_counters(batches)
    assert counters.skipped["duplicates"] * 2 == counters.received
    assert {node.title for batch in batches for node in batch.nodes} == {"THE SHOP"}


class SlowClock(ManualClock):
    """Every look at it takes as long as reading a line does."""

    def now_ms(self) -> float:
        self.advance(20)
        return super().now_ms()


def test_time_that_reading_takes_settles_nothing(shared_data: Path, tmp_path: Path) -> None:
    """SPAN-9: a file that is read more slowly than traces settle gives no orphans: what is there is taken in first."""
    path = tmp_path / "spans.jsonl"
    path.write_bytes((shared_data / "traces" / "shop.otlp.jsonl").read_bytes())
    clock = SlowClock(1_000_000)

    def wait(_seconds: float | None) -> bool:
        source._thread.bell.stop()
        return False

    source = FollowFile(str(path), clock=clock, settling=Settling(300.0), wait=wait)
    batches: list[LiveBatch] = []
    source.run(Delivery(source.name, clock, batches.append))
    source.stop()
    events = [event for batch in batches for event in batch.events]
    assert len(events) == 311
    assert not [event for event in events if has_note(event, "orphan") or has_note(event, "late")]
