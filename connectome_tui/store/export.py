"""The ledger as lines to be copied or written (STORE-12): the copy keys and `connectome export` use the same ones.

Lines come one at a time, so that a log of any length is written without being held.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.store.json_lines import event_line, header_line
from connectome_tui.store.ledger import Ledger, Session
from connectome_tui.store.text_lines import event_text, header_text

ExportFormat = Literal["jsonl", "text"]
Passes = Callable[[Ledger, int], bool]
"""Whether an entry is to be written (`--filter`)."""


def export_jsonl(
    ledger: Ledger, *, attributes: bool = True, raw: bool = False, passing: Passes | None = None
) -> Iterator[bytes]:
    """The ledger as lines of JSON: a header for each session, then its events, 1:1 and in order."""
    for run, (session, indexes) in enumerate(_by_session(ledger, passing), 1):
        yield header_line(session, run, len(indexes), _errors(ledger, indexes))
        for index in indexes:
            detail = ledger.detail(index) if attributes or raw else NO_DETAIL
            yield event_line(ledger[index].event, detail, attributes=attributes, raw=raw)


def export_text(ledger: Ledger, *, passing: Passes | None = None) -> Iterator[bytes]:
    """The ledger as lines of text (LOG-4), in UTF-8."""
    for session, indexes in _by_session(ledger, passing):
        yield f"{header_text(session, len(indexes))}\n".encode("utf-8", "replace")
        for index in indexes:
            yield f"{event_text(ledger[index].event)}\n".encode("utf-8", "replace")


def _by_session(ledger: Ledger, passing: Passes | None) -> Iterator[tuple[Session, Sequence[int]]]:
    """Each session with the arrival indexes of its events; boundaries are the headers themselves."""
    sessions = ledger.sessions
    ends = [session.first_index - 1 for session in sessions[1:]] + [ledger.end]
    for session, end in zip(sessions, ends, strict=True):
        indexes = ledger.indexes(session.first_index, end)
        if passing is not None:
            indexes = array("q", (index for index in indexes if passing(ledger, index)))
        yield session, indexes


def _errors(ledger: Ledger, indexes: Sequence[int]) -> int:
    if isinstance(indexes, range):
        return ledger.error_count(indexes.start, indexes.stop)
    return sum(ledger[index].event.status == "error" for index in indexes)
