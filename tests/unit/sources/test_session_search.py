"""Searching a session file in its bytes gives what looking at every event gives."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectome_tui.events.flow import ALL_FLOWS, EventDetail, EventSequence
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.find.query import QueryError, parse_query
from connectome_tui.find.search import Searchable, search_events
from connectome_tui.sources import session_search
from tests.factories import make_event
from tests.sessions import HEADER, event_line, open_lines


class Plainly:
    """A sequence that is searched event by event."""

    def __init__(self, events: EventSequence) -> None:
        self._events = events

    def __getitem__(self, row: int, /) -> FlowEvent:
        return self._events[row]

    def detail(self, row: int) -> EventDetail:
        """What the sequence says."""
        return self._events.detail(row)


def hits(events: Any, text: str, topology: Topology, rows: range) -> list[int]:
    """All rows that a search finds; it ends where it should."""
    found = list(search_events(events, parse_query(text), topology, rows))
    assert [one.done_to for one in found] == sorted({one.done_to for one in found})
    assert (found[-1].done_to if found else rows.start) == rows.stop
    return [row for one in found for row in one.hits]


def both(lines: list[bytes], text: str) -> list[int]:
    """What both ways of searching find in a file of these lines, which is the same."""
    flow = open_lines(HEADER, *lines).flow(ALL_FLOWS)
    rows = range(len(flow.events))
    assert isinstance(flow.events, Searchable)
    fast = hits(flow.events, text, flow.topology, rows)
    assert fast == hits(Plainly(flow.events), text, flow.topology, rows)
    return fast


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b'"caf\\u00e9"', "café"),
        (b'"CAF\xc3\x89"', "café"),
        (b'"\\u0063harge"', "charge"),
        (b'"say \\"no\\""', 'say "no"'),
        (b'"a\\\\b"', "a\\b"),
        (b'"a\\/b"', "a/b"),
        (b'"\\ud83d\\ude00 ok"', "😀"),
        (b'"\xe2\x84\xaaelvin"', "kelvin"),
        (b'"\xc5\xbfession"', "/session/"),
        (b'"first\\nsecond"', "second"),
        (b'"\\u200fright"', "right"),
        (b'"HTTP 404"', "404"),
        (b'"xx:yy"', "x:y"),
        (b'"service"', "api"),
        (b'"x"', "/^The API$/"),
        (b'"reserve"', "/res(er|ul)ve?/"),
        (b'"label"', "label"),
    ],
)
def test_text_is_found_however_it_is_written(written: bytes, text: str) -> None:
    """Escapes, case, quotes and titles of nodes: none costs a hit."""
    line = event_line(make_event(1, label="@")).replace(b'"@"', written)
    assert both([line, event_line(make_event(2, from_node_id="store:db"))], text)[:1] == [0]


@pytest.mark.parametrize("text", ["call_type", "at_ms", "unset", "null", "1010", "nsecond", "/^all$/", "u00", ":1"])
def test_what_belongs_to_the_format_is_no_text(text: str) -> None:
    """Keys of the format, times and escapes are never hits."""
    line = event_line(make_event(1, notes="first\nsecond", payload_summary="\x1b"))
    assert both([line.replace(b'"call_type"', b'"status":"unset","sentence":null,"call_type"')], text) == []


def test_keys_of_attributes_are_text() -> None:
    """A key of the format is found where it is the key of an attribute."""
    lines = [event_line(make_event(1)), event_line(make_event(2), attributes={"label": 1, "at_ms": 77})]
    assert both(lines, "label") == [1]
    assert both(lines, "77") == [1]


def test_a_title_is_found_beside_a_key() -> None:
    """A node whose title is a key of the format is found by it."""
    header = HEADER.replace(b"The API", b"Label")
    flow = open_lines(header, event_line(make_event(1)), event_line(make_event(2, from_node_id="store:db"))).flow("f1")
    assert hits(flow.events, "label", flow.topology, range(2)) == [0]


def test_bad_lines_and_headers_are_no_hits() -> None:
    """What stands between the rows is not taken for a part of the row before it."""
    lines = [event_line(make_event(1)), b"zebra", HEADER.replace(b"s-1", b"zebra"), event_line(make_event(1))]
    assert both(lines, "zebra") == []


def test_rows_are_searched_as_asked() -> None:
    """Only the rows asked for are looked at, over the border of two sessions."""
    lines = [event_line(make_event(number)) for number in range(5)]
    flow = open_lines(HEADER, *lines, HEADER, *lines).flow(ALL_FLOWS)
    assert hits(flow.events, "call", flow.topology, range(3, 7)) == [3, 4, 5, 6]
    assert hits(flow.events, "call", flow.topology, range(7, 7)) == []


SOME = st.sampled_from(
    ["ab", "AB", "label", "é", "É", "K", "ſ", '"', "\\", "n", "\n", "u00", "4", ":", "true", "😀", "e"]
)
TEXTS = st.lists(SOME, max_size=3).map("".join)
NUMBERS = st.sampled_from([4, 44, 4.5, -4, 0.25])
DETAIL = st.dictionaries(TEXTS, TEXTS | NUMBERS | st.booleans() | st.none() | st.lists(TEXTS, max_size=2), max_size=3)


@st.composite
def lines_of_all_kinds(draw: st.DrawFn) -> bytes:
    """A line as this program writes it, as another one would, with other keys, or none at all."""
    event = make_event(
        draw(st.integers(1, 9)),
        label=draw(TEXTS) or "x",
        notes=draw(st.none() | TEXTS),
        duration_ms=draw(st.none() | st.just(44.0)),
    )
    line = event_line(event, attributes=draw(DETAIL), resource=draw(DETAIL))
    match draw(st.integers(0, 4)):
        case 0:
            return json.dumps(json.loads(line)).encode()
        case 1:
            return json.dumps(json.loads(line) | {"status": "unset"}, ensure_ascii=False, indent=None).encode()
        case 2:
            return json.dumps(json.loads(line) | {"label": draw(NUMBERS), "other": draw(TEXTS)}).encode()
        case 3:
            return draw(st.sampled_from([line, b"", b"ab", b'{"ab":']))
        case _:
            return line


QUERIES = st.one_of(
    TEXTS,
    TEXTS.map(lambda text: f"/{text}/"),
    st.sampled_from(["/^ab/", "/a.?b$/", "/[a-c]+|é/", "/(ab)+4?/", "/\\d/"]),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(lines_of_all_kinds(), min_size=1, max_size=12), QUERIES, st.integers(50, 3000))
@example([event_line(make_event(1, label="I"))], "i", 100)
@example([event_line(make_event(1, label="ΟΔΟΣ"))], "οδος", 100)
def test_search_equals_naive_search(lines: list[bytes], text: str, piece: int) -> None:
    """For arbitrary lines and queries the fast way finds what the slow way finds."""
    try:
        parse_query(text)
    except QueryError:
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(session_search, "PIECE", piece)
        both(lines, text)
