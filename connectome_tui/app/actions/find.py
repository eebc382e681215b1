"""Search, filter, and the way to errors. They look at what was released, with `--all` at the whole recording.

What searches is imported when something is typed: the first frame must not wait for it.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from connectome_tui.app.actions.look import event_in_hand
from connectome_tui.app.host import AppHost
from connectome_tui.app.prompts import Question
from connectome_tui.app.slices import SlicedWork
from connectome_tui.engine.commands import Inspect
from connectome_tui.store.state import FilterState, SearchState, Selection

if TYPE_CHECKING:
    from connectome_tui.app.finder import Scan
    from connectome_tui.find.search import SearchSlice

TOLD_EVERY_SECONDS: Final = 0.1
"""Hits are counted live, but not more often than that."""

TOO_SLOW: Final = "This expression takes too long on these events: it was stopped"


class Asking(Protocol):
    """The way to the prompt, and to a run of releases."""

    def ask(self, question: Question, text: str) -> None:
        """Open the prompt with a text to begin with."""
        ...

    def release(self, count: int) -> None:
        """Release so many events, one commit each; Escape stops it."""
        ...


class FindActions:
    """Commands of the group Find. Keeps the scans of search and filter, which go on as events are released."""

    def __init__(self, host: AppHost, asking: Asking) -> None:
        self._host = host
        self._asking = asking
        self._search = _Scanning(host)
        self._filter = _Scanning(host)
        self._anchor = 0
        self._moved = False

    # What is typed

    def search(self) -> None:
        """Ask what to search for."""
        search = self._host.state.view.search
        text = "" if search is None else search.query + (" --all" if search.whole_recording else "")
        self._asking.ask("search", text)

    def filter(self) -> None:
        """Ask what the log is to show."""
        log_filter = self._host.state.view.log_filter
        self._asking.ask("filter", log_filter.text if log_filter else "")

    def typed(self, question: Question, text: str) -> str:
        """Search or filter by what was typed; what is wrong with it, or nothing."""
        from connectome_tui.find.query import QueryError

        try:
            if question == "search":
                self._begin_search(text)
            else:
                self._begin_filter(text)
        except QueryError as error:
            return str(error)
        scanning = self._search if question == "search" else self._filter
        return TOO_SLOW if scanning.gave_up else ""

    def entered(self, question: Question) -> None:
        """Enter in the prompt goes to the hit in hand, and up to it when it lies ahead."""
        if question == "search":
            self.step_to_hit()

    # Searching

    def _begin_search(self, text: str) -> None:
        session = self._host.session
        if session is None:
            return
        if not text.strip():
            self.drop_search()
            return
        from connectome_tui.app.finder import search_scan
        from connectome_tui.find.query import parse_query

        query = parse_query(text)
        view = self._host.state.view
        flow = session.flow
        everywhere = query.everywhere and flow is not None
        state = SearchState(query.text, done=False, whole_recording=everywhere)
        self._host.look(replace(view, search=state, selection=None, detail_open=False))
        self._moved = False
        scan = search_scan(query, self._host.state.topology)
        if everywhere and flow is not None:
            self._anchor = self._host.state.cursor
            events = flow.events
            self._search.begin(lambda _start: scan(events, range(len(events))), 0, self._show_hits)
        else:
            self._anchor = event_in_hand(self._host) or 0
            self._search.begin(self._over_released(scan), self._host.state.ledger.start, self._show_hits)

    def _over_released(self, scan: "Scan") -> "Callable[[int], Iterator[SearchSlice]]":
        from connectome_tui.app.finder import live_slices, released_slices

        def slices(start: int) -> "Iterator[SearchSlice]":
            session = self._host.session
            assert session is not None, "there is something to search"
            if session.flow is None:
                return live_slices(self._host.state.ledger, scan, start)
            return released_slices(self._host.state.ledger, session.flow.events, scan, start)

        return slices

    def _show_hits(self, hits: tuple[int, ...], *, done: bool) -> None:
        from connectome_tui.app.finder import hit_near

        view = self._host.state.view
        search = view.search
        if search is None:
            return
        at = search.current
        if not self._moved or at < 0:
            at = hit_near(hits, self._anchor, ahead=search.whole_recording)
        self._host.look(replace(view, search=replace(search, hits=hits, total=len(hits), current=at, done=done)))

    def next_hit(self) -> None:
        """Go to the next hit; behind the last comes the first."""
        self.move(1)

    def previous_hit(self) -> None:
        """Go to the hit before; before the first comes the last."""
        self.move(-1)

    def move(self, delta: int) -> None:
        """Take another hit in hand; its row is the selected one, or the footer says how far ahead it is."""
        view = self._host.state.view
        search = view.search
        if search is None:
            self._host.say("There is no search: / begins one")
            return
        if not search.hits:
            self._host.say("no hit" if search.done else "searching")
            return
        self._moved = True
        search = replace(search, current=(search.current + delta) % len(search.hits))
        selection = self._selection_of(search)
        self._host.look(
            replace(view, search=search, selection=selection, detail_open=view.detail_open and selection is not None)
        )
        if search.whole_recording and selection is None:
            self._say_how_far(search)

    def _selection_of(self, search: SearchState) -> Selection | None:
        """The selection that shows a hit where the search alone does not: of the whole recording, or with a detail."""
        view = self._host.state.view
        if not search.whole_recording:
            index = search.hits[search.current]
            return Selection("event", arrival_index=index) if view.selection is not None else None
        row = search.hits[search.current]
        if row >= self._host.state.cursor:
            return None
        return Selection("event", arrival_index=self._first_index() + row)

    def _first_index(self) -> int:
        """The arrival index of row 0 of the session in hand."""
        return self._host.state.ledger.sessions[-1].first_index

    def _say_how_far(self, search: SearchState) -> None:
        row = search.hits[search.current]
        ahead = row + 1 - self._host.state.cursor
        self._host.say(
            f"hit {search.current + 1} of {len(search.hits)} is step {row + 1}, {ahead} ahead: enter steps there"
        )

    def step_to_hit(self) -> bool:
        """Release up to the hit in hand when it lies ahead; false when there is no such hit."""
        search = self._host.state.view.search
        if search is None or not search.whole_recording or not 0 <= search.current < len(search.hits):
            return False
        ahead = search.hits[search.current] + 1 - self._host.state.cursor
        if ahead <= 0 or self._host.state.inspection_index is not None:
            return False
        self._asking.release(ahead)
        return True

    def drop_search(self) -> bool:
        """End the search; false when there is none."""
        self._search.stop()
        view = self._host.state.view
        if view.search is None:
            return False
        self._host.look(replace(view, search=None))
        return True

    # Filtering

    def _begin_filter(self, text: str) -> None:
        from connectome_tui.app.finder import filter_scan
        from connectome_tui.find.filters import parse_filter

        condition = parse_filter(text)
        if not condition.tests:
            self.drop_filter()
            return
        if self._host.session is None:
            return
        self._host.look(replace(self._host.state.view, log_filter=FilterState(condition.text, done=False)))
        scan = filter_scan(condition, self._host.state.topology)
        self._filter.begin(self._over_released(scan), self._host.state.ledger.start, self._show_passing)

    def _show_passing(self, passing: tuple[int, ...], *, done: bool) -> None:
        view = self._host.state.view
        if view.log_filter is not None:
            self._host.look(replace(view, log_filter=replace(view.log_filter, passing=passing, done=done)))

    def drop_filter(self) -> bool:
        """Show every event again; false when there is no filter."""
        self._filter.stop()
        view = self._host.state.view
        if view.log_filter is None:
            return False
        self._host.look(replace(view, log_filter=None))
        return True

    # As events are released

    def catch_up(self) -> None:
        """Look at what was released since; called before the panes are told of it."""
        state = self._host.state
        if state.view.search is None:
            self._search.stop()
        elif not state.view.search.whole_recording:
            self._search.go_on(state.ledger.start, state.ledger.end)
        if state.view.log_filter is None:
            self._filter.stop()
        else:
            self._filter.go_on(state.ledger.start, state.ledger.end)

    # Errors

    def next_error(self) -> None:
        """Look at the next error; behind the last comes the first."""
        self._go_to_error(forward=True)

    def previous_error(self) -> None:
        """Look at the error before; before the first comes the last."""
        self._go_to_error(forward=False)

    def _go_to_error(self, *, forward: bool) -> None:
        state = self._host.state
        ledger = state.ledger
        at = state.inspection_index if state.inspection_index is not None else ledger.end - 1
        if forward:
            found = ledger.error_after(at)
            wrapped = ledger.error_after(ledger.start - 1) if found is None else None
        else:
            found = ledger.error_before(at)
            wrapped = ledger.error_before(ledger.end) if found is None else None
        index = found if found is not None else wrapped
        if index is None:
            self._host.say("No error was released so far")
            return
        if wrapped is not None:
            self._host.say(
                "This is the only error" if index == at else f"From the {'first' if forward else 'last'} error"
            )
        self._host.dispatch(Inspect(None if index == ledger.end - 1 else index))


class _Scanning:
    """One scan over events that goes on as there are more of them. Keeps the hits while they are counted."""

    def __init__(self, host: AppHost) -> None:
        self._host = host
        self._work: SlicedWork | None = None
        self._slices: Callable[[int], Iterator[SearchSlice]] | None = None
        self._tell: Callable[..., None] = lambda *_args, **_details: None
        self._hits: list[int] = []
        self._done_to = 0
        self.gave_up = False

    def begin(self, slices: "Callable[[int], Iterator[SearchSlice]]", start: int, tell: Callable[..., None]) -> None:
        """Look from `start` on by `slices`; `tell(hits, done=…)` is called now and then, and at the end."""
        self.stop()
        self._slices, self._tell, self._hits, self._done_to, self.gave_up = slices, tell, [], start, False
        self._start()

    def go_on(self, start: int, end: int) -> None:
        """Look at the events that came since, up to arrival index `end`; forget hits before `start`, which are gone."""
        if self._hits and self._hits[0] < start:
            del self._hits[: bisect_left(self._hits, start)]
        if self._slices is not None and end > self._done_to and (self._work is None or not self._work.running):
            self._start()

    def stop(self) -> None:
        """Look no further, and forget what was looked for."""
        if self._work is not None and self._work.running:
            self._work.stop()
        self._work = self._slices = None

    def _start(self) -> None:
        assert self._slices is not None, "something is looked for"
        self._work = SlicedWork(self._host, self._steps(self._slices(self._done_to)))
        self._work.start()

    def _steps(self, slices: "Iterator[SearchSlice]") -> Generator[None]:
        from connectome_tui.find.bounded import ExpressionTooSlowError

        try:
            yield from self._looked_through(slices)
        except ExpressionTooSlowError:
            self.gave_up, self._slices = True, None
            self._host.say(TOO_SLOW)
        self._tell(tuple(self._hits), done=True)

    def _looked_through(self, slices: "Iterator[SearchSlice]") -> Generator[None]:
        told = time.perf_counter()
        count = len(self._hits)
        for found in slices:
            self._hits.extend(found.hits)
            self._done_to = found.done_to
            now = time.perf_counter()
            if len(self._hits) > count and (not count or now - told >= TOLD_EVERY_SECONDS):
                told, count = now, len(self._hits)
                self._tell(tuple(self._hits), done=False)
            yield
