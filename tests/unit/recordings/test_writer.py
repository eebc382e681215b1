"""Writing recordings: groups, acknowledgement, full disks, taking over (ENGINE-5, SPAN-9)."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

import connectome_tui.recordings.writer as writer_module
from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import ALL_FLOWS, SourceError
from connectome_tui.recordings.failures import (
    RecordingBusyError,
    RecordingError,
    RecordingFullError,
    RecordingTakenError,
)
from connectome_tui.recordings.writer import Recorded, RecordingWriter
from tests.unit.recordings.made import NOW_MS, SOON, detail, event, events, reopened, writer_at, written


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written is tried again at once."""
    monkeypatch.setattr(writer_module, "RETRY_SECONDS", 0.005)


def rows_in(path: Path) -> int:
    """How many events another connection sees."""
    with sqlite3.connect(path) as connection:
        count = connection.execute("SELECT coalesce(sum(count), 0) FROM blocks").fetchone()[0]
    connection.close()
    return int(count)


def test_what_is_acknowledged_is_in_the_file(tmp_path: Path) -> None:
    """When the future is done, another process sees the events, with the rows that it says."""
    writer = writer_at(tmp_path / "r")
    assert writer.append(events(0, 3)).result(SOON) == Recorded(0, 3)
    assert rows_in(tmp_path / "r") == 3
    assert writer.append(events(3, 4)).result(SOON) == Recorded(3, 4)
    assert rows_in(tmp_path / "r") == 4
    writer.close()


def test_a_recording_at_rest_is_one_file_of_the_user_alone(tmp_path: Path) -> None:
    """A new folder has mode 0700, every file 0600, and closing leaves one file without log and lock."""
    path = tmp_path / "recordings" / "r"
    writer = writer_at(path)
    writer.append(events(0, 3)).result(SOON)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert set(modes) == {"r", "r-wal", "r-shm", "r.lock"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    writer.close()
    assert [one.name for one in path.parent.iterdir()] == ["r"]
    assert path.read_bytes()[18:20] == b"\x01\x01"  # no write-ahead log: it can be read from a folder that is read only


def test_events_of_many_appends_keep_their_order(tmp_path: Path) -> None:
    """Events that come one by one and in heaps stand in the recording in the order of the calls."""
    writer = writer_at(tmp_path / "r")
    sizes = [1, 300, 2, 1, 700, 5]
    start = 0
    for size in sizes:
        done = writer.append(events(start, start + size))
        start += size
    done.result(SOON)
    writer.close()
    recording = reopened(tmp_path / "r")
    rows = recording.flow(ALL_FLOWS).events
    assert [rows[row].id for row in range(len(rows))] == [f"e{number}" for number in range(sum(sizes))]
    recording.close()


def fill(writer: RecordingWriter) -> None:
    """Let the file grow no further, as on a full disk."""
    connection = writer._committer._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}").close()


def make_room(writer: RecordingWriter) -> None:
    writer._committer._connection.execute("PRAGMA max_page_count=1000000").close()


def bulky(start: int, end: int) -> list[object]:
    """Events that do not fit into what is left of a page, however well they are packed."""
    import random

    noise = random.Random(start)
    return [event(number, payload_summary=noise.randbytes(2000).hex()) for number in range(start, end)]


def test_a_full_disk_is_told_and_nothing_is_acknowledged(tmp_path: Path) -> None:
    """On a full disk bodies and events fail, the file stays whole, and it goes on once there is room."""
    writer = writer_at(tmp_path / "r")
    writer.append(events(0, 3)).result(SOON)
    fill(writer)
    with pytest.raises(RecordingFullError):
        writer.append(bulky(3, 20)).result(SOON)  # type: ignore[arg-type]
    with pytest.raises(RecordingFullError):
        writer.keep(bytes(range(256)) * 400 + str(bulky(0, 30)).encode(), "otlp-json").result(SOON)
    assert writer.status.trouble == "the disk is full"
    assert rows_in(tmp_path / "r") == 3
    make_room(writer)
    assert writer.append(bulky(3, 20)).result(SOON).end - 3 >= 17  # type: ignore[arg-type]
    assert writer.status.trouble == ""
    writer.close()
    recording = reopened(tmp_path / "r")
    assert recording.report.events == 20
    assert recording.flows[0].events == 20
    recording.close()


def test_posted_events_wait_for_room_on_the_disk(tmp_path: Path) -> None:
    """What nobody waits for is tried again until there is room, and then stands in its place."""
    writer = writer_at(tmp_path / "r")
    writer.append(events(0, 3)).result(SOON)
    fill(writer)
    assert writer.post(bulky(3, 20)) == 3  # type: ignore[arg-type]
    with writer._queue.changed:
        assert writer._queue.changed.wait_for(lambda: writer.status.trouble, SOON)
    assert writer.status.waiting == 17
    make_room(writer)
    assert writer.flush(SOON)
    assert writer.status.lost == 0
    writer.close()
    assert rows_in(tmp_path / "r") == 20


def test_what_finds_no_room_is_counted_and_leaves_a_gap(tmp_path: Path) -> None:
    """When the queue is full as well, the oldest posted events go, are counted, and a gap says so."""
    writer = writer_at(tmp_path / "r", max_events=20)
    writer.append(events(0, 3)).result(SOON)
    fill(writer)
    writer.post(bulky(3, 18))  # type: ignore[arg-type]
    with writer._queue.changed:
        assert writer._queue.changed.wait_for(lambda: writer.status.trouble, SOON)
    assert writer.post(bulky(18, 33)) == 18  # type: ignore[arg-type]
    assert writer.status.lost == 15
    make_room(writer)
    assert writer.flush(SOON)
    writer.close()
    recording = reopened(tmp_path / "r")
    rows = recording.flow(ALL_FLOWS).events
    assert [rows[row].id for row in (0, 2, 3, 17)] == ["e0", "e2", "e18", "e32"]
    assert [(gap.row, gap.text) for gap in recording.gaps] == [(3, "15 events are not recorded: the disk is full")]
    recording.close()


def test_a_full_queue_refuses_who_waits_for_an_answer(tmp_path: Path) -> None:
    """Bodies and events over the bound are refused at once, and what was taken before is kept."""
    writer = writer_at(tmp_path / "r", max_events=10, max_bytes=1000)
    with writer._committer._lock:  # the writer cannot go on
        first = writer.append(events(0, 10))
        with pytest.raises(RecordingBusyError):
            writer.append(events(10, 11))
        with pytest.raises(RecordingBusyError):
            writer.keep(b"x" * 1001, "otlp-json")
    assert first.result(SOON) == Recorded(0, 10)
    assert writer.append(events(10, 11)).result(SOON) == Recorded(10, 11)
    writer.close()


def test_posting_waits_while_the_writer_is_at_work(tmp_path: Path) -> None:
    """A source that nobody can refuse is held up by a full queue, and loses nothing."""
    writer = writer_at(tmp_path / "r", max_events=10)
    posted = threading.Event()

    def post() -> None:
        writer.post(events(10, 20))
        posted.set()

    with writer._committer._lock:
        writer.post(events(0, 10))
        thread = threading.Thread(target=post)
        thread.start()
        assert not posted.is_set()
    thread.join(SOON)
    assert posted.is_set()
    writer.close()
    assert rows_in(tmp_path / "r") == 20


def test_bodies_are_kept_until_their_events_are(tmp_path: Path) -> None:
    """A body is there for a writer that takes over, and goes in the commit that records its last events (SPAN-9)."""
    path = tmp_path / "r"
    first = writer_at(path, "spans")
    bodies = [b"\x0a\x01" * 500, b"{}"]
    numbers = [first.keep(body, f"type {place}").result(SOON) for place, body in enumerate(bodies)]
    first.append(events(0, 2, flow_id="t")).result(SOON)
    second = RecordingWriter.resume(path, clock=ManualClock(NOW_MS))
    assert [(batch.number, batch.content_type, batch.body) for batch in second.pending()] == [
        (numbers[0], "type 0", bodies[0]),
        (numbers[1], "type 1", bodies[1]),
    ]
    assert second.recorded_ids("t") == {"e0", "e1"}
    assert second.recorded_ids("u") == set()
    assert second.append(events(2, 3, flow_id="t"), settles=numbers[:1]).result(SOON) == Recorded(2, 3)
    assert second.keep(b"3", "type 2").result(SOON) == numbers[1] + 1
    second.settle(numbers[1:])
    second.flush(SOON)
    assert [batch.body for batch in second.pending()] == [b"3"]
    second.close()
    first.close()
    recording = reopened(path)
    assert recording.report.skipped == {"requests whose spans were not settled": 1}
    recording.close()


def test_a_writer_that_was_replaced_can_write_nothing(tmp_path: Path) -> None:
    """Once another process has taken over, everything handed to the earlier one fails, and its close does no harm."""
    path = tmp_path / "r"
    first = writer_at(path)
    first.append(events(0, 2)).result(SOON)
    second = RecordingWriter.resume(path, clock=ManualClock(NOW_MS))
    with pytest.raises(RecordingTakenError):
        first.append(events(2, 3)).result(SOON)
    with pytest.raises(RecordingError, match="another process"):
        first.post(events(2, 3))
    first.close()
    assert second.append(events(2, 3)).result(SOON) == Recorded(2, 3)
    second.close()
    assert rows_in(path) == 3


def test_a_recording_never_replaces_a_file(tmp_path: Path) -> None:
    """`--record` with the name of a file that is there is refused, and the file stays as it is."""
    path = tmp_path / "mine"
    path.write_text("mine")
    with pytest.raises(SourceError, match="there is such a file"):
        writer_at(path)
    with pytest.raises(SourceError, match=r"damaged|not a database"):
        RecordingWriter.resume(path)
    with pytest.raises(SourceError, match="no such recording"):
        RecordingWriter.resume(tmp_path / "none")
    assert path.read_text() == "mine"


def test_a_closed_writer_says_so(tmp_path: Path) -> None:
    """After close, which may be called again, nothing is taken any more."""
    writer = writer_at(tmp_path / "r")
    writer.post(events(0, 5))
    writer.close()
    writer.close()
    with pytest.raises(RecordingError, match="closed"):
        writer.append(events(5, 6))
    assert rows_in(tmp_path / "r") == 5


def test_without_attributes_none_are_kept(tmp_path: Path) -> None:
    """With `--no-attributes` attributes, resources and ids of spans are nowhere in the file (EVENT-8)."""
    for attributes in (True, False):
        path = tmp_path / f"r{attributes}"
        writer = writer_at(path, attributes=attributes)
        writer.append([event(1)], [detail(1)]).result(SOON)
        writer.close()
        recording = reopened(path)
        found = recording.flow(ALL_FLOWS).events.detail(0)
        assert found.attributes == (detail(1).attributes if attributes else {})
        assert found.identity == (detail(1).identity if attributes else {})
        recording.close()


def test_what_cannot_be_encoded_is_kept_all_the_same(tmp_path: Path) -> None:
    """Half surrogates, integers of any size, deep nesting and NUL come back as far as text can hold them (EVENT-3)."""
    deep: dict[str, object] = {}
    for _ in range(3000):
        deep = {"a": deep}
    odd = [
        event(0, label="half \ud800 \x00", payload_summary="\x1b[0m"),
        event(1, raw_payload=2**80),
        event(2, raw_payload=deep, from_node_id="service:\ud800"),
        event(3, at_ms=float("nan")),
    ]
    path = written(tmp_path / "r", odd)
    recording = reopened(path)
    rows = recording.flow(ALL_FLOWS).events
    assert rows[0].label == "half � \x00"
    assert rows[1].raw_payload == 2**80
    assert rows[2].from_node_id == "service:�"
    assert len(rows) == 4
    recording.close()
