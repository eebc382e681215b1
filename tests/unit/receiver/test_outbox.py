"""Batches for the application: order, rows, bounds."""

from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import ConnectionStatus, LiveBatch, LiveCounters
from connectome_tui.events.model import FlowEvent
from connectome_tui.receiver.frames import FrameReader, Listening
from connectome_tui.receiver.outbox import MOST, Outbox
from tests.factories import make_event

EVENTS = [make_event(number) for number in range(3000)]


class Pipe:
    """Takes frames, or breaks."""

    def __init__(self) -> None:
        self.data = b""
        self.is_broken = False

    def write(self, data: bytes) -> None:
        if self.is_broken:
            raise BrokenPipeError
        self.data += data

    @property
    def batches(self) -> list[LiveBatch]:
        return [message for message in FrameReader().feed(self.data) if isinstance(message, LiveBatch)]


def read_back(first: int, count: int) -> list[FlowEvent]:
    """Rows as they were recorded."""
    return EVENTS[first : first + count]


def outbox_on(pipe: Pipe, bound: int = 100_000) -> Outbox:
    return Outbox("here", pipe.write, LiveCounters, bound=bound, read_back=read_back)


def drain(outbox: Outbox) -> None:
    outbox.close()
    outbox.run()


def test_frames_are_bounded_and_rows_go_on() -> None:
    """A long piece is cut into frames, short ones that follow one another share a frame, each knows its row."""
    pipe = Pipe()
    outbox = outbox_on(pipe)
    outbox.put(EVENTS[:2500], first_row=0)
    outbox.put(EVENTS[2500:2600], first_row=2500)
    outbox.put(EVENTS[2700:2800], first_row=2700)
    drain(outbox)
    assert [(batch.first_row, len(batch.events)) for batch in pipe.batches] == [
        (0, MOST), (1000, MOST), (2000, 600), (2700, 100),
    ]  # fmt: skip
    assert outbox.sent == 2700
    assert outbox.waiting == 0


def test_over_the_bound_events_stay_in_the_recording() -> None:
    """What is recorded and does not fit is read back when its turn comes, in order."""
    pipe = Pipe()
    outbox = outbox_on(pipe, bound=10)
    for start in range(0, 100, 10):
        outbox.put(EVENTS[start : start + 10], first_row=start)
    assert not outbox.has_room
    assert sum(len(piece.events or ()) for piece in outbox._pieces) == 10
    drain(outbox)
    assert [event for batch in pipe.batches for event in batch.events] == EVENTS[:100]


def test_what_cannot_be_read_back_is_a_gap() -> None:
    """Events that the recording does not give are missing with a word, and the rest goes on."""
    pipe = Pipe()

    def broken(first: int, count: int) -> list[FlowEvent]:
        raise SourceError("recording", f"damaged at {first} of {count}")

    outbox = Outbox("here", pipe.write, LiveCounters, bound=1, read_back=broken)
    outbox.put_rows(0, 5)
    outbox.put(EVENTS[:1])
    drain(outbox)
    assert pipe.batches[0].gap == "5 events are in the recording but cannot be read back: damaged at 0 of 5"
    assert len(pipe.batches[1].events) == 1


def test_words_keep_their_place() -> None:
    """A status comes after the events before it; a message that is no batch comes first."""
    pipe = Pipe()
    outbox = outbox_on(pipe)
    outbox.put(EVENTS[:1])
    outbox.tell(ConnectionStatus("error", "full"))
    outbox.put(EVENTS[1:2], gap="one is missing")
    outbox.send(Listening())
    drain(outbox)
    assert next(FrameReader().feed(pipe.data)) == Listening()
    assert [(len(batch.events), batch.status is not None, batch.gap) for batch in pipe.batches] == [
        (1, False, None), (0, True, None), (1, False, "one is missing"),
    ]  # fmt: skip


def test_a_notice_is_sent_by_itself() -> None:
    """What went to make room is told after the events before it, and no status with it."""
    pipe = Pipe()
    outbox = outbox_on(pipe)
    outbox.put(EVENTS[:1], first_row=0)
    outbox.tell(notice="the oldest went")
    outbox.put(EVENTS[1:2], first_row=1)
    drain(outbox)
    assert [(len(batch.events), batch.status, batch.notice) for batch in pipe.batches] == [
        (1, None, ""), (0, None, "the oldest went"), (1, None, ""),
    ]  # fmt: skip


def test_nobody_reads_any_more() -> None:
    """When the pipe breaks the sending ends, and nothing is held any more."""
    pipe = Pipe()
    pipe.is_broken = True
    outbox = outbox_on(pipe)
    outbox.put(EVENTS[:500])
    outbox.run()
    assert outbox.is_broken
    outbox.put(EVENTS[:500])
    assert outbox.waiting == 0
