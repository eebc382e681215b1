"""Expressions that would hold the program up."""

import re
import time

import pytest

from connectome_tui.find import bounded
from connectome_tui.find.bounded import ExpressionTooSlowError, found_in, interruptible, spans_in, within
from connectome_tui.find.query import parse_query


def test_a_runaway_expression_is_interrupted_and_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an expression that would take years nothing is waited for but the limit, and that only once."""
    monkeypatch.setattr(bounded, "MOST_SECONDS", 0.01)
    query = parse_query("/(x+x+)+y/")
    with pytest.raises(ExpressionTooSlowError):
        query.matches_any(["x" * 60])
    begin = time.perf_counter()
    for _ in range(100):
        with pytest.raises(ExpressionTooSlowError):
            query.matches("x" * 60)
    assert time.perf_counter() - begin < 1.0
    assert parse_query("/x+y/").matches("xxy")


def test_ordinary_expressions_find_what_re_finds() -> None:
    """The limit changes no answer; a text of megabytes is looked at in its first part only."""
    pattern = re.compile(r"\d+")
    assert found_in(pattern, "a 12 b 7")
    assert spans_in(pattern, "a 12 b 7") == [(2, 4), (7, 8)]
    assert not found_in(pattern, "x" * bounded.MOST_CHARACTERS + "7")


def test_reading_an_expression_is_interrupted_too() -> None:
    """One that was made to take long to read takes no longer than what is allowed for the block."""
    source = "".join(rf"[\0-\uffff{number}]" for number in range(60))
    begin = time.perf_counter()
    with pytest.raises(ExpressionTooSlowError), within(0.02), interruptible():
        parse_query(f"/{source}/")
    assert time.perf_counter() - begin < 0.2


def test_a_stricter_limit_lasts_for_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who serves others allows expressions less; behind the block it is as before."""
    monkeypatch.setattr(bounded, "MOST_SECONDS", 60.0)
    with within(0.01), pytest.raises(ExpressionTooSlowError):
        parse_query("/(z+z+)+y/").matches_any(["z" * 60])
    assert bounded._alarm.most_seconds is None
