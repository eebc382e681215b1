"""What crosses the pipes, cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.live import ConnectionStatus, LiveBatch, LiveCounters
from connectome_tui.receiver.frames import FrameError, FrameReader, Listening, Message, Refused, encode_frame, pinned
from connectome_tui.receiver.options import Override, ReceiverOptions
from tests.factories import make_event

MESSAGES: list[Message] = [
    ReceiverOptions(http=("localhost:1",), token="t" * 20, overrides=(Override("service:*", zone="GRAPH"),)),
    Listening(http=("127.0.0.1:4318",), grpc=("127.0.0.1:4317",)),
    Refused(subject="127.0.0.1:4318", reason="the port is in use"),
    LiveBatch(
        source="here",
        events=(make_event(1), make_event(2, notes="late")),
        details=(EventDetail({"a": [1, {"b": None}]}, {"service.name": "api"}, {"trace": "1"}), None),
        counters=LiveCounters(received=3, dropped={"x": 1}),
        status=ConnectionStatus("error", "why", 12.5),
        gap="57 spans dropped",
    ),
]


@given(size=st.integers(1, 400))
def test_messages_in_any_pieces(size: int) -> None:
    """Every message arrives as it was sent, wherever the pipe cuts the bytes."""
    data = b"".join(map(encode_frame, MESSAGES))
    reader = FrameReader()
    read = [message for start in range(0, len(data), size) for message in reader.feed(data[start : start + size])]
    assert read == MESSAGES


def test_values_that_cannot_be_written_are_mended() -> None:
    """Integers of more than 64 bits and half surrogates in attributes cost their form, not the batch."""
    batch = LiveBatch(source="x", events=(make_event(),), details=(EventDetail({"big": 1 << 70, "half": "\ud800"}),))
    (read,) = FrameReader().feed(encode_frame(batch))
    assert isinstance(read, LiveBatch)
    assert read.details[0] is not None
    assert read.details[0].attributes == {"big": str(1 << 70), "half": "\ufffd"}


@pytest.mark.parametrize(
    "data", [b"\x00\x00\x00\x00\x03", b"\xff\xff\xff\xff\x03", b"\x00\x00\x00\x02\x09x", b"\x00\x00\x00\x02\x03\xc1"]
)
def test_what_is_no_frame_is_told(data: bytes) -> None:
    """A length out of range, an unknown kind and a body that is none end the reading."""
    with pytest.raises(FrameError):
        list(FrameReader().feed(data))


def test_ports_that_were_chosen_are_kept() -> None:
    """After a restart senders find the same ports; an address that was asked for stays as it was."""
    assert pinned(("localhost:0",), ("127.0.0.1:5", "[::1]:5")) == ("127.0.0.1:5", "[::1]:5")
    assert pinned(("localhost:4318",), ("127.0.0.1:4318",)) == ("localhost:4318",)
