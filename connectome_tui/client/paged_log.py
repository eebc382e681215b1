"""The log of a shared session as its pages come, written as an export writes it (STORE-12)."""

import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.store.deltas import Page, PageEntry
from connectome_tui.store.entries import Session
from connectome_tui.store.export import ExportFormat
from connectome_tui.store.json_lines import event_line, header_line
from connectome_tui.store.text_lines import event_text, header_text

HELD_BYTES: Final = 8 * 1024 * 1024
"""More of a log waits on the disk: the header of a session, which counts its events, comes before them."""


@dataclass(slots=True)
class _Run:
    session: Session
    events: int = 0
    errors: int = 0


class PagedLog:
    """Takes pages in order; `lines` gives all of them behind their headers, once."""

    def __init__(self, sessions: Sequence[Session], log_format: ExportFormat) -> None:
        self._runs = [_Run(session) for session in sessions]
        self._firsts = [session.first_index for session in sessions]
        self._format: ExportFormat = log_format
        self._lines = tempfile.SpooledTemporaryFile(max_size=HELD_BYTES)  # noqa: SIM115 -- `close` does

    @property
    def events(self) -> int:
        """How many events there are so far."""
        return sum(run.events for run in self._runs)

    def take(self, page: Page) -> None:
        """The next entries; the marks between sessions are their headers."""
        for entry in page.entries:
            if entry.event.is_boundary:
                continue
            run = self._runs[max(0, bisect_right(self._firsts, entry.index) - 1)]
            self._lines.write(self._line(entry))
            run.events += 1
            run.errors += entry.event.status == "error"

    def lines(self) -> Iterator[bytes]:
        """The whole log, a line at a time."""
        try:
            self._lines.seek(0)
            for number, run in enumerate(self._runs, 1):
                yield self._header(run, number)
                yield from islice(self._lines, run.events)
        finally:
            self.close()

    def close(self) -> None:
        """Keep nothing."""
        self._lines.close()

    def _header(self, run: _Run, number: int) -> bytes:
        if self._format == "jsonl":
            return header_line(run.session, number, run.events, run.errors)
        return f"{header_text(run.session, run.events)}\n".encode("utf-8", "replace")

    def _line(self, entry: PageEntry) -> bytes:
        if self._format == "jsonl":
            return event_line(entry.event, entry.detail or NO_DETAIL)
        return f"{event_text(entry.event)}\n".encode("utf-8", "replace")
