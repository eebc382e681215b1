"""Spans read again on demand: which batch holds a row, and the last batches that were needed."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from connectome_tui.traces.cache import SizedCache
from connectome_tui.traces.span import Span, SpanFile

MAX_CACHED_SPANS: Final = 20_000
"""Batches are kept until they hold more spans than this together; the last one always is."""


class Batches:
    """All batches of all files of a recording, numbered in the order they were read."""

    def __init__(self, files: Sequence[SpanFile]) -> None:
        self._files = files
        self._owners: list[tuple[int, int]] = []
        self._first_rows = array("Q")
        self._cache: SizedCache[Sequence[Span]] = SizedCache(MAX_CACHED_SPANS, self._load, len)

    def add(self, file: int, batch: int, first_row: int) -> None:
        """Remember a batch: the file's number, the batch's number within it, and the row of its first span."""
        self._owners.append((file, batch))
        self._first_rows.append(first_row)

    def span(self, row: int) -> Span:
        """The span of a row; `SourceError` when its file changed meanwhile (STORE-15)."""
        number = bisect_right(self._first_rows, row) - 1
        return self._cache.get(number)[row - self._first_rows[number]]

    def _load(self, number: int) -> Sequence[Span]:
        file, batch = self._owners[number]
        return self._files[file].load(batch)

    def all(self) -> Iterator[tuple[int, Span]]:
        """Every row with its span, read once more from the start."""
        for number, first_row in enumerate(self._first_rows):
            yield from enumerate(self._load(number), first_row)

    def forget(self) -> None:
        """Let go of what is cached."""
        self._cache.clear()
