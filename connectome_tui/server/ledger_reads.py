"""Answers to `ledger.page`, `ledger.look` and `ledger.find` from a session; nothing here changes it."""

from collections.abc import Iterator
from typing import Final, Literal

from connectome_tui.find.bounded import ExpressionTooSlowError, interruptible
from connectome_tui.find.filters import parse_filter
from connectome_tui.find.query import QueryError, parse_query
from connectome_tui.find.search import SearchSlice
from connectome_tui.server.find_port import Part
from connectome_tui.session import LiveSession, SteppedSession
from connectome_tui.store.baselines import with_drawn_entries
from connectome_tui.store.deltas import Errors, Found, LookAnswer, Page
from connectome_tui.store.entries import Ledger
from connectome_tui.store.ledger_search import Scan, filter_scan, live_slices, released_slices, search_scan
from connectome_tui.store.pages import Actors, page_within
from connectome_tui.store.standings import standing_of

MOST_ENTRIES: Final = 1000
MOST_BYTES: Final = 1 << 18
"""So much goes into one page, about; what is left is asked for again."""
TOO_SLOW: Final = "this expression takes too long on these events: it was stopped"


class LedgerReads:
    """Implements `Reads` for one session; `actors` gives the actor id of who made a commit."""

    def __init__(self, session: SteppedSession | LiveSession, actors: Actors) -> None:
        self._session = session
        self._actors = actors

    @property
    def _ledger(self) -> Ledger:
        return self._session.store.state.ledger

    def page(self, first: int, behind: int, *, detail: bool) -> Page:
        """Entries from `first` on, as many as fit; `Page.behind` says how far it goes."""
        behind = min(behind, first + MOST_ENTRIES)
        return page_within(self._ledger, first, behind, self._actors, detail=detail, most_bytes=MOST_BYTES)

    def look(self, index: int, by: int) -> LookAnswer:
        """What was to be seen at the entry `by` events from `index`."""
        looked = self._session.engine.look_at(index, by)
        if looked.refused or looked.index is None:
            return LookAnswer(look=looked.look, refused=looked.refused)
        standing = standing_of(self._ledger, self._session.store.state.topology, looked.index)
        return LookAnswer(
            index=looked.index, look=looked.look, standing=with_drawn_entries(self._ledger, standing, self._actors)
        )

    def find(self, kind: Literal["search", "filter", "error"], text: str, first: int) -> Iterator[Part]:
        """What answers from `first` on, in slices of a few ms each; of a search that makes no sense, why."""
        if kind == "error":
            yield errors_near(self._ledger, first), True
            return
        topology = self._session.store.state.topology
        try:
            with interruptible():
                scan = (
                    search_scan(parse_query(text), topology)
                    if kind == "search"
                    else filter_scan(parse_filter(text), topology)
                )
        except QueryError as trouble:
            yield Found(trouble=str(trouble)), True
            return
        except ExpressionTooSlowError:
            yield Found(trouble=TOO_SLOW), True
            return
        ledger = self._ledger
        done_to = max(first, ledger.start)
        try:
            for found in self._slices(ledger, scan, first):
                done_to = found.done_to
                yield Found(hits=found.hits, done_to=done_to), False
        except ExpressionTooSlowError:
            yield Found(done_to=done_to, trouble=TOO_SLOW), True
            return
        yield Found(done_to=ledger.end), True

    def _slices(self, ledger: Ledger, scan: Scan, first: int) -> Iterator[SearchSlice]:
        session = self._session
        if isinstance(session, LiveSession):
            return live_slices(ledger, scan, first)
        return released_slices(ledger, session.flow.events, scan, first)


def errors_near(ledger: Ledger, index: int) -> Errors:
    """The failed entries next to one, and the first and last of all."""
    return Errors(
        before=ledger.error_before(index),
        behind=ledger.error_after(index),
        first=ledger.error_after(ledger.start - 1),
        last=ledger.error_before(ledger.end),
    )
