"""What a filter means (LOG: filter)."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.topology import Node, Topology
from connectome_tui.find.filters import filter_events, parse_filter
from connectome_tui.find.query import QueryError
from connectome_tui.find.words import Word, split_words
from tests.factories import ListSequence, make_event

TOPOLOGY = Topology(nodes=(Node(id="store:db", title="Orders DB", kind="store", zone="GRAPH"),))
DETAIL = EventDetail(
    attributes={"http.route": "/stock/{id}", "http.status_code": 404, "retry": True}, resource={"service.name": "api"}
)


def passes(text: str, **fields: Any) -> bool:
    """Whether an event of these fields passes."""
    return parse_filter(text).passes(make_event(1, **fields), lambda: DETAIL, TOPOLOGY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "node:api",
        "node:service:api",
        "node:db",
        'node:"orders db"',
        "node:a*",
        "node:/^ap/",
        "from:api",
        "to:db",
        "!from:db",
        "trigger:async",
        "trigger:direct,async",
        "call:llm",
        "call:LLM",
        "status:error",
        "took>100ms",
        "took>=0.15s",
        "took<1s",
        "took<=150",
        "!took>1s",
        "attr:http.route",
        "attr:http.route=/stock/{id}",
        "attr:http.route=/stock*",
        "attr:http.route=/^.stock/",
        "attr:http.status_code=404",
        "attr:http.status_code>=400",
        "attr:retry=true",
        "attr:service.name=api",
        "!attr:nothing",
        "call",
        '"call 1"',
        "/^call \\d$/",
        "stock",
        "!zebra",
        "node:api status:error took>100ms !trigger:hook",
        "http://x !http://y",
    ],
)
def test_what_passes(text: str) -> None:
    """Every kind of term, with wild cards, expressions, quotes and inversion."""
    assert passes(text, trigger="async", call_type="llm", status="error", duration_ms=150.0, payload_summary="http://x")


@pytest.mark.parametrize(
    "text",
    [
        "node:ap",
        "!node:api",
        "from:db",
        "to:api",
        "trigger:hook",
        "call:code",
        "!status:error",
        "took>150ms",
        "took<150",
        "attr:http.route=stock",
        "attr:http.status_code<400",
        "attr:retry>0",
        "attr:service.name=API",
        "Call",
        "/^1/",
        "status:error zebra",
        'node:"Orders db"',
    ],
)
def test_what_does_not_pass(text: str) -> None:
    """Names are whole names, and all terms have to be met."""
    assert not passes(text, trigger="async", call_type="llm", status="error", duration_ms=150.0)


def test_an_unknown_duration_meets_no_bound() -> None:
    """What took an unknown time took neither more nor less than anything."""
    assert not passes("took>0")
    assert not passes("took<1s")
    assert passes("!took>0")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("trigger:push", "trigger:push: expected one of direct, stream, async, hook, timer"),
        ("call:x", "call:x: expected one of code, graphQuery, llm, graphLink, moment"),
        ("status:bad", "status:bad: expected one of ok, error, unset"),
        ("took>fast", "took>fast: expected a time"),
        ("took=5", "took=5: expected a time"),
        ("node:", "node: needs a value"),
        ("attr:a>b", "attr:a>b: expected a number"),
        ('"open', "the quote at 1 is not closed"),
        ("/(/", "no regular expression"),
        ("node:/(/", "no regular expression"),
    ],
)
def test_errors_say_what_was_expected(text: str, reason: str) -> None:
    """A term that means nothing is one line that says what would."""
    with pytest.raises(QueryError) as caught:
        parse_filter(text)
    assert str(caught.value).startswith(reason)


def test_words_are_split_at_blanks_only_outside_of_quotes_and_expressions() -> None:
    """A path is no expression, quotes hold together, `!` and quotes are not part of the word."""
    assert split_words('a:/b c/ !"d \\"e" /f/g x="y z" ! /h') == [
        Word("a:/b c/", inverted=False, quoted=False),
        Word('d "e', inverted=True, quoted=True),
        Word("/f/g", inverted=False, quoted=False),
        Word("x=y z", inverted=False, quoted=False),
        Word("!", inverted=False, quoted=False),
        Word("/h", inverted=False, quoted=False),
    ]


@given(st.text(alphabet='ab:"/!\\ =>.*', max_size=20))
def test_any_text_is_a_filter_or_one_clear_error(text: str) -> None:
    """Nothing but `QueryError` comes out, whatever is typed."""
    with suppress(QueryError):
        passes(text)


def test_filtering_comes_in_slices_and_reads_attributes_only_when_asked() -> None:
    """Rows pass in order; a filter on fields alone never reads a detail."""

    class NoDetail(ListSequence):
        def detail(self, row: int) -> EventDetail:
            raise AssertionError(row)

    events = NoDetail([make_event(number, status="error" if number % 50 == 0 else "ok") for number in range(150)])
    slices = list(filter_events(events, parse_filter("status:error node:api"), TOPOLOGY, range(10, 150)))
    assert [row for one in slices for row in one.hits] == [50, 100]
    assert slices[-1].done_to == 150
