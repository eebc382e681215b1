"""What a window reads of the ledger on the server for itself: pages, what is found, a look back, the whole log."""

from collections.abc import Callable

from connectome_tui.client.copying import Copying, OnDone, OnProgress
from connectome_tui.client.finding import ENDED, Finder, FindKind, OnFound, OnLook
from connectome_tui.client.pages import PageFetcher
from connectome_tui.client.requests import Failure, Requests
from connectome_tui.clock import Clock
from connectome_tui.store.deltas import Page
from connectome_tui.store.ledger import Ledger

WhyNot = Callable[[], Failure | None]
"""Why nothing can be read now; None when it can."""


class Reading:
    """Reads over the connection in hand; every call answers why it cannot be done, None when it is begun."""

    def __init__(
        self,
        clock: Clock,
        requests: Requests,
        why_not: WhyNot,
        on_page: Callable[[Page], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._requests = requests
        self._why_not = why_not
        self._finder = Finder(requests)
        self._copyings: set[Copying] = set()
        self.pages = PageFetcher(clock, requests, lambda: why_not() is None, on_page, on_trouble)

    def find(self, kind: FindKind, text: str, first: int, on_found: OnFound) -> Failure | None:
        """Ask which entries answer a search or a filter, or where errors are."""
        refused = self._why_not()
        if refused is None:
            self._finder.find(kind, text, first, on_found)
        return refused

    def stop_finding(self, kind: FindKind) -> None:
        """The answers are of no interest any more."""
        self._finder.stop(kind)

    def look(self, index: int, by: int, on_look: OnLook) -> Failure | None:
        """Ask what was to be seen at an entry."""
        refused = self._why_not()
        if refused is None:
            self._finder.look(index, by, on_look)
        return refused

    def fetch_all(
        self, ledger: Ledger, on_progress: OnProgress, on_done: OnDone, *, detail: bool
    ) -> Callable[[], None]:
        """Fetch all entries of a ledger, page by page in order; the answer ends it without a word."""

        def done(failure: Failure | None) -> None:
            self._copyings.discard(copying)
            on_done(failure)

        copying = Copying(
            self._clock,
            self._requests,
            (ledger.start, ledger.end),
            on_progress=on_progress,
            on_done=done,
            detail=detail,
        )
        refused = self._why_not()
        if refused is not None:
            on_done(refused)
        else:
            self._copyings.add(copying)
            copying.begin()
        return lambda: self._stop(copying)

    def forget(self) -> None:
        """Another session, or none: what was asked for is of no interest; who copies is told."""
        self.pages.forget()
        self._finder.forget()
        for copying in list(self._copyings):
            copying.give_up(ENDED)

    def next_deadline_ms(self) -> float | None:
        """When more may be asked for, after the server said that it was too much."""
        dues = [self.pages.next_deadline_ms(), *(copying.next_deadline_ms() for copying in self._copyings)]
        return min((due for due in dues if due is not None), default=None)

    def serve_deadline(self) -> None:
        """Ask for what had to wait."""
        self.pages.serve_deadline()
        for copying in list(self._copyings):
            copying.serve_deadline()

    def _stop(self, copying: Copying) -> None:
        self._copyings.discard(copying)
        copying.stop()
