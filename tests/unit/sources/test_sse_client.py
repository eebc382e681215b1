"""The client's side of HTTP for event streams, byte by byte and without a network."""

import json
from pathlib import Path

import pytest

from connectome_tui.sources.request_headers import RequestHeader
from connectome_tui.sources.sse import EventStreamParser, ServerEvent
from connectome_tui.sources.sse_client import Answer, Ended, EventStreamExchange, Opened, Refused, StreamBytes
from connectome_tui.sources.web_address import parse_address
from tests.fake_network import OK

ADDRESS = parse_address("http://127.0.0.1:8000/events?a=1")


def exchange(last_event_id: str = "", *headers: RequestHeader) -> EventStreamExchange:
    started = EventStreamExchange(ADDRESS, headers, last_event_id)
    started.request()
    return started


def answers(*pieces: bytes) -> list[Answer]:
    started = exchange()
    return [answer for piece in pieces for answer in started.receive(piece)]


@pytest.mark.parametrize("name", ["litellm-chat-stream", "litellm-tool-stream", "mcp-initialize", "mcp-tool-progress"])
def test_recorded_answers_give_the_expected_events_cut_at_every_byte(name: str, shared_data: Path) -> None:
    """The bytes that a server sent give the expected events byte by byte and in two pieces, wherever these are cut."""
    wire = (shared_data / "sse" / f"{name}.http").read_bytes()
    expected = json.loads((shared_data / "sse" / f"{name}.expected.json").read_text())["events"]
    data = [event["data"] for event in expected]

    def read(*pieces: bytes) -> list[ServerEvent]:
        parser = EventStreamParser()
        found = answers(*pieces)
        assert (found[0], found[-1]) == (Opened(), Ended(cut=False))
        return [event for answer in found if isinstance(answer, StreamBytes) for event in parser.feed(answer.data)]

    whole = read(wire)
    assert [event.data for event in whole] == data
    assert read(*(wire[at : at + 1] for at in range(len(wire)))) == whole
    assert all(read(wire[:cut], wire[cut:]) == whole for cut in range(1, len(wire), 1 + len(wire) // 500))


def test_the_request() -> None:
    """It asks for a stream of events as it is; what the user gives replaces what the program would say."""
    asked = EventStreamExchange(ADDRESS, [RequestHeader("accept", "*/*"), RequestHeader("X-A", "1")], "7").request()
    lines = asked.decode().split("\r\n")
    assert lines[0] == "GET /events?a=1 HTTP/1.1"
    assert {"Host: 127.0.0.1:8000", "accept: */*", "X-A: 1", "Last-Event-ID: 7", "Accept-Encoding: identity"} < set(
        lines
    )
    assert not any(line.startswith("Accept:") for line in lines)


@pytest.mark.parametrize("event_id", ["\x01", " a", "a\tb", "x" * 5000])
def test_an_id_that_cannot_be_a_header_is_not_sent(event_id: str) -> None:
    """An id may hold almost anything; what would break the request is left out."""
    assert b"Last-Event-ID" not in EventStreamExchange(ADDRESS, (), event_id).request()


@pytest.mark.parametrize("event_id", ["1", "a b", "é✓"])
def test_ids_are_sent_as_utf_8(event_id: str) -> None:
    """Ids are text, sent as the standard says."""
    assert f"Last-Event-ID: {event_id}\r\n".encode() in EventStreamExchange(ADDRESS, (), event_id).request()


def test_a_stream_without_length_ends_with_the_connection() -> None:
    """Without chunks the end of the connection is the end of the stream; 1xx answers before it do not count."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
    assert answers(early + OK + b"data", b"") == [Opened(), StreamBytes(b"data"), Ended(cut=False)]


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000]
)
def test_what_is_no_http_is_said_so(garbage: bytes) -> None:
    """Another protocol, or a head without end, is one clear line and nothing more."""
    [answer] = answers(garbage, b"", b"more")
    assert isinstance(answer, Refused)
    assert answer.reason == "what answers there does not speak HTTP/1.1"
