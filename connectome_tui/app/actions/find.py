"""Search, filter, and the way to errors. They look at what was released, with `--all` at the whole recording.

What searches is imported when something is typed: the first frame must not wait for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from connectome_tui.app.actions.look import event_in_hand
from connectome_tui.app.host import AppHost, RemoteLedger
from connectome_tui.app.prompts import Question
from connectome_tui.app.scanning import TOO_SLOW, AnyScanning, Scanning, SomeScanning
from connectome_tui.engine.commands import Inspect
from connectome_tui.store.state import FilterState, SearchState, Selection

if TYPE_CHECKING:
    from connectome_tui.find.search import SearchSlice
    from connectome_tui.store.deltas import Errors
    from connectome_tui.store.ledger_search import Scan


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
        self._search: AnyScanning = Scanning(host)
        self._filter: AnyScanning = Scanning(host)
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
        from connectome_tui.find.query import parse_query
        from connectome_tui.store.ledger_search import search_scan

        query = parse_query(text)
        view = self._host.state.view
        rows = self._host.rows
        everywhere = query.everywhere and rows is not None
        state = SearchState(query.text, done=False, whole_recording=everywhere)
        self._host.look(replace(view, search=state, selection=None, detail_open=False))
        self._moved = False
        scan = search_scan(query, self._host.state.topology)
        if everywhere and rows is not None:
            self._anchor = self._host.state.cursor
            self._search = self._instead_of(self._search, Scanning(self._host))
            self._search.begin(lambda _start: scan(rows, range(len(rows))), 0, self._show_hits)
        else:
            self._anchor = event_in_hand(self._host) or 0
            self._search = self._scanned(self._search, "search", query.text, scan, self._show_hits)

    def _scanned(
        self, before: AnyScanning, kind: Question, text: str, scan: "Scan", tell: Callable[..., None]
    ) -> AnyScanning:
        """Look at what was released: the server does, where there is one to ask."""
        start, remote = self._host.state.ledger.start, self._host.remote
        if remote is not None:
            from connectome_tui.app.remote_find import RemoteScanning

            asking = self._instead_of(before, RemoteScanning(self._host, remote, kind, text))
            if asking.begin(start, tell):
                return asking
        scanning = self._instead_of(before, Scanning(self._host))
        scanning.begin(self._over_released(scan), start, tell)
        return scanning

    @staticmethod
    def _instead_of(before: AnyScanning, after: SomeScanning) -> SomeScanning:
        before.stop()
        return after

    def _over_released(self, scan: "Scan") -> "Callable[[int], Iterator[SearchSlice]]":
        from connectome_tui.store.ledger_search import live_slices, released_slices

        def slices(start: int) -> "Iterator[SearchSlice]":
            rows = self._host.rows
            if rows is None:
                return live_slices(self._host.state.ledger, scan, start)
            return released_slices(self._host.state.ledger, rows, scan, start)

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
        from connectome_tui.find.filters import parse_filter
        from connectome_tui.store.ledger_search import filter_scan

        condition = parse_filter(text)
        if not condition.tests:
            self.drop_filter()
            return
        if self._host.session is None:
            return
        self._host.look(replace(self._host.state.view, log_filter=FilterState(condition.text, done=False)))
        scan = filter_scan(condition, self._host.state.topology)
        self._filter = self._scanned(self._filter, "filter", condition.text, scan, self._show_passing)

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
        if self._host.remote is not None and self._server_finds_error(self._host.remote, at, forward=forward):
            return
        if forward:
            found = ledger.error_after(at)
            wrapped = ledger.error_after(ledger.start - 1) if found is None else None
        else:
            found = ledger.error_before(at)
            wrapped = ledger.error_before(ledger.end) if found is None else None
        self._go(at, found, wrapped, forward=forward)

    def _server_finds_error(self, remote: RemoteLedger, at: int, *, forward: bool) -> bool:
        from connectome_tui.app.remote_find import ask_for_error, nearest

        def go(errors: "Errors") -> None:
            self._go(at, *nearest(errors, forward=forward), forward=forward)

        return ask_for_error(remote, at, go)

    def _go(self, at: int, found: int | None, wrapped: int | None, *, forward: bool) -> None:
        index = found if found is not None else wrapped
        if index is None:
            self._host.say("No error was released so far")
            return
        if found is None:
            self._host.say(
                "This is the only error" if index == at else f"From the {'first' if forward else 'last'} error"
            )
        self._host.dispatch(Inspect(None if index == self._host.state.ledger.end - 1 else index))
