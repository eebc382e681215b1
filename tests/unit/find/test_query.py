"""What a query means (LOG: search)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.topology import Node, Topology
from connectome_tui.find.query import QueryError, fold, parse_query
from connectome_tui.find.required import required_literals
from connectome_tui.find.search import matches_event, search_events
from tests.factories import ListSequence, make_event

TOPOLOGY = Topology(nodes=(Node(id="service:api", title="The API", kind="service", zone="BACKEND"),))


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("charge", "Charge failed", True),
        ("Charge", "charge failed", False),
        ("STRASSE", "strasse", False),
        ("é", "CAFÉ", True),
        ("/ch.rge/", "CHURGE", True),
        ("/Ch.rge/", "churge", False),
        ("/\\Stock/", "STOCK", True),
        ("/products/1", "GET /products/1", True),
        ("//", "a//b", True),
        ("a b", "xa by", True),
    ],
)
def test_smart_case_and_regular_expressions(query: str, text: str, found: bool) -> None:  # noqa: FBT001
    """Case counts when the query has capitals; slashes on both sides make an expression."""
    assert parse_query(query).matches(text) is found


@pytest.mark.parametrize(
    ("text", "meant", "everywhere"),
    [
        ("charge --all", "charge", True),
        ("--all /x+/", "/x+/", True),
        (" charge ", "charge", False),
        ("x--all", "x--all", False),
    ],
)
def test_all_asks_for_the_whole_recording(text: str, meant: str, everywhere: bool) -> None:  # noqa: FBT001
    """`--all` at either end is no part of what is searched for."""
    query = parse_query(text)
    assert (query.text, query.everywhere) == (meant, everywhere)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing to search for"),
        ("--all", "nothing to search for"),
        ("/(/", "no regular expression"),
        ("/a**/", "at 3"),
    ],
)
def test_errors_are_one_clear_line(text: str, reason: str) -> None:
    """What means nothing is said, with the place in the expression."""
    with pytest.raises(QueryError, match=reason) as caught:
        parse_query(text)
    assert "\n" not in str(caught.value)


def test_every_field_and_attribute_is_looked_at() -> None:
    """Fields, links, titles of nodes, nested keys and values, numbers and truth values: all can be found."""
    event = make_event(
        1,
        payload_summary="summary",
        rate_hint="rate",
        step_key="step",
        notes="notes",
        status="error",
        flow_id="flow",
        source_id="source",
        parent_event_id="parent",
        link_event_ids=("link",),
        sentence="sentence",
        raw_payload={"raw": ["deep"]},
    )
    detail = EventDetail(
        attributes={"key": {"inner": [1.5, True, None]}}, resource={"res": "ource"}, identity={"id": "entity"}
    )
    words = [
        "e1",
        "service:api",
        "store:db",
        "direct",
        "code",
        "/^call.1$/",
        "summary",
        "rate",
        "step",
        "notes",
        "error",
        "flow",
        "source",
        "parent",
        "link",
        "sentence",
        "raw",
        "deep",
        "key",
        "inner",
        "1.5",
        "true",
        "res",
        "ource",
        "entity",
        "/^The.API$/",
        "/^db$/",
    ]
    for text in words:
        assert matches_event(parse_query(text), event, detail, TOPOLOGY), text
    for text in ("1010", "null", "none", "summaryrate", "/^sum$/"):
        assert not matches_event(parse_query(text), event, detail, TOPOLOGY), text


def test_search_comes_in_slices() -> None:
    """Hits come in order, and every slice says how far the search is."""
    events = ListSequence([make_event(number) for number in range(250)])
    slices = list(search_events(events, parse_query("/call .*9$/"), Topology(), range(250)))
    assert [one.done_to for one in slices] == [100, 200, 250]
    assert [row for one in slices for row in one.hits] == list(range(9, 250, 10))


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_folding_a_part_gives_a_part(before: str, part: str, behind: str) -> None:
    """Where case does not count, a text is found in whatever holds it."""
    assert fold(part) in fold(before + part + behind) or "\u0307" in fold(part + behind[:1])


@pytest.mark.parametrize(
    ("source", "literals"),
    [
        ("charge", ("charge",)),
        ("ab+c", ("ab",)),
        ("ab?cde", ("cde",)),
        ("colou?r|gr[ae]y", ("colo", "gr")),
        (r"HTTP \d{3}", ("HTTP ",)),
        (r"a\.b\-c", ("a.b-c",)),
        ("(ab|cd)ef", ("ef",)),
        ("(?:ab){2}", None),
        ("[abc]+", None),
        ("a|", None),
        ("(?i)abc", None),
        (r"\x41bc", None),
        (r"(a)b\1", None),
        ("^start", ("start",)),
        ("[]x]yz", ("yz",)),
        (r"[\]x]yz", ("yz",)),
        ("x{2,3}yz", ("yz",)),
    ],
)
def test_required_literals(source: str, literals: tuple[str, ...] | None) -> None:
    """The plain text that stands in every match is known, or nothing is claimed."""
    assert required_literals(source) == literals


PIECES = st.sampled_from(
    ["a", "b", "ab", ".", "a*", "b+", "a?", "(a|b)", "[ab]", "|", r"\d", "{2}", "^", "$", r"\.", "(?:b)", "(ab)?"]
)


@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), st.text(alphabet="ab1.", max_size=8))
def test_required_literals_are_in_every_match(source: str, text: str) -> None:
    """Whatever an expression matches in holds one of its literals."""
    try:
        pattern = re.compile(source)
    except re.error:
        return
    literals = required_literals(source)
    if literals is not None and pattern.search(text):
        assert any(literal in text for literal in literals)
