"""The whole log, page by page, for copying it: asked for by the user, never unasked."""

from collections.abc import Callable
from typing import Final

from connectome_tui.client.pages import MAX_PAGE, page_of
from connectome_tui.client.requests import Failure, Reply, Requests
from connectome_tui.net.frames import LedgerPage
from connectome_tui.store.deltas import Page

AHEAD: Final = 2
"""Pages that are asked for before the one before has come."""

OnProgress = Callable[[Page, int, int], None]
"""A page, in order, and how many entries of how many are through."""
OnDone = Callable[[Failure | None], None]


class Copying:
    """One run through the entries `start <= index < end`. `stop` ends it without a word."""

    def __init__(
        self, requests: Requests, start: int, end: int, on_progress: OnProgress, on_done: OnDone, *, detail: bool
    ) -> None:
        self._requests = requests
        self._start, self._end = start, end
        self._asked = self._through = start
        self._on_progress = on_progress
        self._on_done = on_done
        self._detail = detail
        self._numbers: dict[int, int] = {}
        self._early: dict[int, Page] = {}
        self._is_over = False

    def begin(self) -> None:
        """Ask for the first pages."""
        if self._start >= self._end:
            self._end_with(None)
        else:
            self._ask()

    def stop(self) -> None:
        """End it; nobody is told."""
        self._is_over = True
        for number in self._numbers.values():
            self._requests.drop(number)

    def give_up(self, failure: Failure) -> None:
        """End it, and say why."""
        self._end_with(failure)

    def _ask(self) -> None:
        while not self._is_over and self._asked < self._end and len(self._numbers) + len(self._early) < AHEAD:
            first, behind = self._asked, min(self._asked + MAX_PAGE, self._end)
            self._asked = behind
            self._numbers[first] = 0
            number = self._requests.ask(
                lambda number, first=first, behind=behind: LedgerPage(  # type: ignore[misc]
                    id=number, first=first, behind=behind, detail=self._detail
                ),
                lambda reply, first=first, behind=behind: self._answered(first, behind, reply),  # type: ignore[misc]
            )
            if first in self._numbers:
                self._numbers[first] = number

    def _answered(self, first: int, behind: int, reply: Reply | Failure) -> None:
        self._numbers.pop(first, None)
        page = page_of(reply, first, behind)
        if self._is_over:
            return
        if isinstance(page, Failure):
            self._end_with(page)
            return
        if (page.first, page.behind) != (first, behind):
            self._end_with(Failure("client.nonsense", f"the server sent {page.first} … instead of {first} …"))
            return
        self._early[first] = page
        while self._through in self._early:
            page = self._early.pop(self._through)
            self._through = page.behind
            self._on_progress(page, self._through - self._start, self._end - self._start)
            if self._stopped():
                return
        if self._through >= self._end:
            self._end_with(None)
        else:
            self._ask()

    def _stopped(self) -> bool:
        return self._is_over

    def _end_with(self, failure: Failure | None) -> None:
        if not self._is_over:
            self.stop()
            self._on_done(failure)
