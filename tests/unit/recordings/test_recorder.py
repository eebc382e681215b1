"""The recording of a session that takes streams and runs (`EventRecorder`), and reading what is not written yet."""

from pathlib import Path

import pytest

from connectome_tui.events.flow import ALL_FLOWS, SourceError
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.events.live import EventRecorder
from connectome_tui.events.topology import Node
from connectome_tui.recordings.recorder import SessionRecorder
from connectome_tui.recordings.tail import RecordingTail
from tests.unit.recordings.made import SOON, detail, events, reopened, writer_at


def test_events_are_read_wherever_they_are(tmp_path: Path) -> None:
    """Rows that are committed, that wait, and that lie on both sides of the border come back in order (ENGINE-5)."""
    writer = writer_at(tmp_path / "r")
    recorder: EventRecorder = SessionRecorder(writer)
    assert recorder.append(events(0, 300), [detail(number) for number in range(300)]) == 0
    assert writer.flush(SOON)
    with writer._committer._lock:  # nothing more gets into the file
        assert recorder.append(events(300, 310), [detail(number) for number in range(300, 310)]) == 300
        assert recorder.append(events(310, 320), ()) == 310
        for first, count in ((0, 320), (250, 60), (305, 10), (309, 1), (100, 0)):
            assert list(recorder.read(first, count)) == events(first, first + count)
        assert recorder.detail(299) == detail(299)
        assert recorder.detail(305) == detail(305)
        assert recorder.detail(315) == NO_DETAIL
        for first in (315, 320, -1):
            with pytest.raises(SourceError, match="not in the recording"):
                recorder.read(first, 10)
    assert writer.flush(SOON)
    assert list(recorder.read(295, 25)) == events(295, 320)
    recorder.note_nodes([Node(id="service:a", title="A", kind="service", zone="BACKEND")])
    recorder.close()
    recording = reopened(tmp_path / "r")
    assert recording.flow(ALL_FLOWS).topology.title("service:a") == "A"
    recording.close()


def test_a_tail_follows_a_writer_elsewhere(tmp_path: Path) -> None:
    """Who only reads sees at each call what was committed until then, whatever was read before."""
    writer = writer_at(tmp_path / "r")
    tail = RecordingTail(tmp_path / "r")
    with pytest.raises(SourceError, match="not in the recording"):
        tail.read(0, 1)
    for start in range(0, 50, 10):
        writer.append(events(start, start + 10), [detail(number) for number in range(start, start + 10)]).result(SOON)
        assert list(tail.read(0, start + 10)) == events(0, start + 10)
        assert tail.detail(start + 9) == detail(start + 9)
        with pytest.raises(SourceError, match="not in the recording"):
            tail.detail(start + 10)
    tail.close()
    writer.close()
