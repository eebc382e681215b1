"""Where a search hits within a row of the log."""

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from connectome_tui.find.bounded import ExpressionTooSlowError
from connectome_tui.find.bounded import spans_in as matches_in
from connectome_tui.find.query import Query, QueryError, fold, parse_query
from connectome_tui.widgets.painting import CellLine


def mark_hits(line: CellLine, query: str) -> None:
    """Make what a search hits bold and underlined; a hit in an attribute is not in the row and marks nothing."""
    parsed = _parsed(query)
    if parsed is None:
        return

    def spans_in(text: str) -> Iterator[tuple[int, int]]:
        if parsed.pattern is not None:
            with suppress(ExpressionTooSlowError):
                yield from matches_in(parsed.pattern, text)
            return
        start = text.find(parsed.needle)
        while start >= 0:
            yield start, start + len(parsed.needle)
            start = text.find(parsed.needle, start + len(parsed.needle))

    is_folded = parsed.folded and parsed.pattern is None
    for x, width in list(line.find_cells(spans_in, fold if is_folded else str)):
        line.restyle(x, width, fg="text.strong", attrs="bu")


@lru_cache(maxsize=8)
def _parsed(query: str) -> Query | None:
    """The query, None while what is typed means nothing yet."""
    try:
        return parse_query(query)
    except QueryError:
        return None
