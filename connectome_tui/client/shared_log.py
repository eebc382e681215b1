"""The log of a shared session, fetched in one conversation: what `ctl log` writes (STORE-12)."""

from contextlib import closing
from typing import IO, Final

from connectome_tui.client.paged_log import PagedLog
from connectome_tui.client.talk import Talk
from connectome_tui.net.frames import LedgerPage
from connectome_tui.store.delta_wire import decode_page
from connectome_tui.store.deltas import Baseline, Page
from connectome_tui.store.export import ExportFormat
from connectome_tui.store.window_changes import sessions_of

PAGE_ENTRIES: Final = 1000


async def write_shared_log(talk: Talk, baseline: Baseline, output: IO[bytes], log_format: ExportFormat) -> None:
    """Write every entry that there was when the baseline was made; what leaves the ledger meanwhile is left out."""
    sessions = sessions_of(baseline.sessions, baseline.topology)
    with closing(PagedLog(sessions, log_format)) as log:
        for first, behind in baseline.runs:
            while first < behind:
                page = await _fetch(talk, first, behind, detail=log_format == "jsonl")
                log.take(page)
                first = max(page.behind, first + 1)  # noqa: PLW2901 -- the rest of the range
        output.writelines(log.lines())


async def _fetch(talk: Talk, first: int, behind: int, *, detail: bool) -> Page:
    wanted = min(behind, first + PAGE_ENTRIES)
    reply = await talk.read(lambda number: LedgerPage(id=number, first=first, behind=wanted, detail=detail))
    return decode_page(reply.data)
