"""The log of a shared session, fetched page by page and written as an export writes it (STORE-12)."""

import shutil
import tempfile
from collections.abc import Iterator
from typing import IO, Final, Literal

from connectome_tui.client.talk import Talk
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.net.frames import LedgerPage
from connectome_tui.store.delta_wire import decode_page
from connectome_tui.store.deltas import Baseline, Page, PageEntry
from connectome_tui.store.entries import Session
from connectome_tui.store.json_lines import event_line, header_line
from connectome_tui.store.text_lines import event_text, header_text
from connectome_tui.store.window_changes import session_of

PAGE_ENTRIES: Final = 1000
HELD_BYTES: Final = 32 * 1024 * 1024
"""More of a session waits on the disk until its header is known, which counts events and errors."""

LogFormat = Literal["jsonl", "text"]


async def write_shared_log(talk: Talk, baseline: Baseline, output: IO[bytes], log_format: LogFormat) -> None:
    """Write every entry that there was when the baseline was made; what leaves the ledger meanwhile is left out."""
    records = baseline.sessions
    ends = [record.first_index - 1 for record in records[1:]] + [baseline.end]
    for run, (record, end) in enumerate(zip(records, ends, strict=True), 1):
        session = session_of(record, baseline.topology)
        with tempfile.SpooledTemporaryFile(max_size=HELD_BYTES) as lines:
            events = errors = 0
            for start, behind in _ranges(baseline, record.first_index, end):
                first = start
                while first < behind:
                    page = await _fetch(talk, first, behind, log_format)
                    lines.writelines(_line(entry, log_format) for entry in page.entries)
                    events += len(page.entries)
                    errors += sum(entry.event.status == "error" for entry in page.entries)
                    first = max(page.behind, first + 1)
            output.write(_header(session, run, events, errors, log_format))
            lines.seek(0)
            shutil.copyfileobj(lines, output)


def _ranges(baseline: Baseline, first: int, behind: int) -> Iterator[tuple[int, int]]:
    for start, end in baseline.runs:
        if max(start, first) < min(end, behind):
            yield max(start, first), min(end, behind)


async def _fetch(talk: Talk, first: int, behind: int, log_format: LogFormat) -> Page:
    wanted = min(behind, first + PAGE_ENTRIES)
    reply = await talk.read(
        lambda number: LedgerPage(id=number, first=first, behind=wanted, detail=log_format == "jsonl")
    )
    return decode_page(reply.data)


def _header(session: Session, run: int, events: int, errors: int, log_format: LogFormat) -> bytes:
    if log_format == "jsonl":
        return header_line(session, run, events, errors)
    return f"{header_text(session, events)}\n".encode("utf-8", "replace")


def _line(entry: PageEntry, log_format: LogFormat) -> bytes:
    if log_format == "jsonl":
        return event_line(entry.event, entry.detail or NO_DETAIL)
    return f"{event_text(entry.event)}\n".encode("utf-8", "replace")
