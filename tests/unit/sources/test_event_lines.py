"""Blocks of JSON lines as events."""

import msgspec
import pytest

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.sources.event_lines import EventLines

AT = 1_795_180_000_000.0
EVENTS = tuple(
    FlowEvent(
        id=f"e{number}",
        at_ms=float(number),
        from_node_id="service:a",
        to_node_id="service:b",
        trigger="direct",
        call_type="code",
        label="call",
    )
    for number in range(20)
)
PLAIN = [msgspec.json.encode(event) for event in EVENTS]


def test_plain_events_are_read_as_they_stand() -> None:
    """Lines that are events give just these, without details."""
    read = EventLines("log").read(b"\n".join(PLAIN) + b"\n", AT)
    assert (read.events, read.details, read.lines, read.bad) == (EVENTS, (), 20, 0)
    assert all(type(event) is FlowEvent for event in read.events)


@pytest.mark.parametrize(
    ("beside", "detail"),
    [
        ('"attributes":{"a":[1,{"b":null}]},"identity":{}', EventDetail({"a": [1, {"b": None}]})),
        ('"resource":{"r":"x"},"identity":{"span":"1"}', EventDetail({}, {"r": "x"}, {"span": "1"})),
        ('"attributes":{},"resource":{}', None),
        ('"attributes":null', None),
        ('"attributes":[1],"identity":{"n":3}', EventDetail({"attributes": [1]}, {}, {"n": "3"})),
    ],
)
def test_what_stands_beside_events_is_read_whatever_its_type(beside: str, detail: EventDetail | None) -> None:
    """A line with details among plain ones keeps its own, also where they are of unusual types (EVENT-8)."""
    told = PLAIN[1][:-1] + f",{beside}}}".encode()
    plain = PLAIN[0][:-1] + b',"attributes":{"k":1}}'
    read = EventLines("log").read(b"\n".join((plain, told, PLAIN[2])), AT)
    assert read.events == EVENTS[:3]
    assert read.details == (EventDetail({"k": 1}), detail, None)
    assert read.bad == 0


def test_one_strange_line_costs_the_others_nothing() -> None:
    """Among plain events a line of another kind is kept in its place and counted, blank lines are nothing."""
    lines = [
        *PLAIN[:3],
        b"no JSON",
        b"",
        b"  \r",
        b'{"from":"a:b","to":"c:d","label":"step","wait":"start"}',
        *PLAIN[3:],
    ]
    read = EventLines("log").read(b"\r\n".join(lines) + b"\n", AT)
    assert read.events[:3] + read.events[5:] == EVENTS
    assert [event.label for event in read.events[3:5]] == ["?", "step"]
    assert (read.lines, read.bad, dict(read.waits)) == (22, 1, {4: "start"})


@pytest.mark.parametrize("strange", [b"", b"no JSON\n"])
def test_what_stands_beside_an_event_is_its_detail(strange: bytes) -> None:
    """Attributes, resource and identity are read, together with the lines around them or alone."""
    line = PLAIN[1][:-1] + b',"attributes":{"a":1},"resource":{"r":2},"identity":{"i":"3"}}\n'
    read = EventLines("log").read(PLAIN[0] + b"\n" + line + strange, AT)
    assert read.events[:2] == EVENTS[:2]
    assert read.details[:2] == (None, EventDetail({"a": 1}, {"r": 2}, {"i": "3"}))


def test_unknown_keys_of_an_event_are_kept() -> None:
    """A key that an event does not have is kept as an attribute."""
    read = EventLines("log").read(PLAIN[0][:-1] + b',"mine":true}\n', AT)
    assert read.events == EVENTS[:1]
    assert read.details == (EventDetail({"mine": True}),)


def test_the_header_of_a_session_brings_nodes() -> None:
    """The lines of an export can be followed: its header is no event, and its nodes are known."""
    header = b'{"type":"session","nodes":[{"id":"service:a","title":"A","kind":"service","zone":"BACKEND"}]}\n'
    read = EventLines("log").read(header + PLAIN[0] + b"\n", AT)
    assert (read.events, read.lines) == (EVENTS[:1], 2)
    assert [node.title for node in read.nodes] == ["A"]


def test_ids_that_come_again_are_told_apart() -> None:
    """Within a block and between blocks no two events have one id."""
    lines = EventLines("log")
    block = b"\n".join(PLAIN) + b"\n"
    ids = [event.id for _ in range(2) for event in lines.read(block + PLAIN[5] + b"\n", AT).events]
    assert len(set(ids)) == len(ids) == 42
