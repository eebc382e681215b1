"""Expressions that would hold the program up."""

import re
import time

import pytest

from connectome_tui.find import bounded
from connectome_tui.find.bounded import ExpressionTooSlowError, found_in, spans_in
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
