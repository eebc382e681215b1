"""Server-sent events: what the HTML standard makes of a stream, wherever its bytes are cut."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.sources.sse import EventStreamParser, ServerEvent

RECORDED = ("litellm-chat-stream", "litellm-tool-stream", "mcp-initialize", "mcp-tool-progress")


def parse(*chunks: bytes, largest: int = 4096) -> list[ServerEvent]:
    parser = EventStreamParser(largest=largest)
    return [event for chunk in chunks for event in parser.feed(chunk)]


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_streams_give_the_expected_events_cut_at_every_byte(name: str, shared_data: Path) -> None:
    """A recorded stream gives what a WHATWG parser makes of it: whole, in two pieces cut anywhere, byte by byte."""
    body = (shared_data / "sse" / f"{name}.sse").read_bytes()
    expected = json.loads((shared_data / "sse" / f"{name}.expected.json").read_text())
    events = [
        ServerEvent(data=event["data"], name=event.get("event", "message"), id=event.get("id", ""))
        for event in expected["events"]
    ]
    assert parse(body) == events
    assert all(parse(body[:cut], body[cut:]) == events for cut in range(len(body)))
    assert parse(*(body[at : at + 1] for at in range(len(body)))) == events


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [("message", "a", "")]),
        (b"data: a\r\rdata: b\r\n\r\n", [("message", "a", ""), ("message", "b", "")]),
        (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", [("message", "a", "")]),
        (b": comment\n:\ndata:a\n\n", [("message", "a", "")]),
        (b"data: a\ndata\ndata:  b\n\n", [("message", "a\n\n b", "")]),
        (b"data\n\n", [("message", "", "")]),
        (b"event: x\n\ndata: a\n\n", [("message", "a", "")]),
        (b"event: x\nid: 1\ndata: a\n\ndata: b\n\n", [("x", "a", "1"), ("message", "b", "1")]),
        (b"id: 1\ndata: a\n\nid\ndata: b\n\n", [("message", "a", "1"), ("message", "b", "")]),
        (b"id: 1\nid: 2\x003\ndata: a\n\n", [("message", "a", "1")]),
        (b"data: \xff\xe2\x82\n\n", [("message", "��", "")]),
        (b"data: [DONE]\n\n", [("message", "[DONE]", "")]),
        (b"unknown: x\nDATA: x\ndata: a\n\n", [("message", "a", "")]),
        ("data: a\x85\u2028b\x0bc\n\n".encode(), [("message", "a\x85\u2028b\x0bc", "")]),
        (b"data: a\n\ndata: cut in the middle\n", [("message", "a", "")]),
    ],
)
def test_the_rules_of_the_standard(stream: bytes, events: list[tuple[str, str, str]]) -> None:
    """Line ends, BOM, comments, bare fields, ids, bad UTF-8 and a cut event are taken as the standard says."""
    expected = [ServerEvent(name=name, data=data, id=id_) for name, data, id_ in events]
    assert parse(stream) == expected
    assert parse(*(stream[at : at + 1] for at in range(len(stream)))) == expected


def test_an_event_ends_at_a_lone_carriage_return_without_waiting_for_more() -> None:
    """`CR CR` at the end of what has come dispatches at once; the LF that may follow is no further line."""
    parser = EventStreamParser()
    assert [event.data for event in parser.feed(b"data: a\r\n\r")] == ["a"]
    assert parser.feed(b"") == []
    assert parser.feed(b"\ndata: b\n") == []
    assert [event.data for event in parser.feed(b"\n")] == ["b"]


def test_the_last_id_counts_when_its_event_has_ended() -> None:
    """An id inside an event that was cut is not sent on a reconnect; one without data is."""
    parser = EventStreamParser(last_event_id="7")
    parser.feed(b"id: 8\ndata: a\n")
    assert parser.last_event_id == "7"
    parser.feed(b"\n")
    assert parser.last_event_id == "8"
    parser.feed(b"id: 9\n\n")
    assert parser.last_event_id == "9"


@pytest.mark.parametrize(
    ("line", "retry_ms"),
    [(b"retry: 250", 250), (b"retry:", None), (b"retry: 1s", None), (b"retry: -1", None), (b"retry: \xb2", None)],
)
def test_retry_is_a_number_or_nothing(line: bytes, retry_ms: int | None) -> None:
    """`retry:` takes ASCII digits alone; empty or anything else changes nothing."""
    parser = EventStreamParser()
    parser.feed(line + b"\n")
    assert parser.retry_ms == retry_ms


def test_an_event_over_the_limit_is_dropped_and_counted() -> None:
    """Neither one long line nor many short ones make an event larger than the limit; the next event is read."""
    big = b"data: " + b"x" * 100 + b"\n\n"
    many = b"data: 1234\n" * 20 + b"\n"
    stream = big + many + b":" + b" " * 500 + b"\ndata: a\n\n"
    for chunks in ([stream], [stream[at : at + 7] for at in range(0, len(stream), 7)]):
        parser = EventStreamParser(largest=64)
        events = [event.data for chunk in chunks for event in parser.feed(chunk)]
        assert (events, parser.dropped) == (["a"], 2)


@given(st.lists(st.sampled_from([b"data", b"id", b"event", b":", b" ", b"x", b"\r", b"\n", b"\xef\xbb\xbf", b"\xc3"])))
def test_cuts_never_matter(pieces: list[bytes]) -> None:
    """Any stream gives the same events cut at every byte as in one piece."""
    stream = b"".join(pieces)
    whole, cut = EventStreamParser(), EventStreamParser()
    events = whole.feed(stream)
    assert [event for at in range(len(stream)) for event in cut.feed(stream[at : at + 1])] == events
    assert cut.last_event_id == whole.last_event_id
