"""The whole log, page by page, for copying it: asked for by the user, never unasked."""

from collections.abc import Callable
from typing import Final

from connectome_tui.client.pages import MAX_PAGE, REST_MS, page_of
from connectome_tui.client.requests import Failure, Reply, Requests
from connectome_tui.clock import Clock
from connectome_tui.net.frames import LedgerPage
from connectome_tui.store.deltas import Page

AHEAD: Final = 2
"""Pages that are asked for before the one before has come."""

OnProgress = Callable[[Page, int, int], None]
"""A page, in order, and how many entries of how many are through."""
OnDone = Callable[[Failure | None], None]


class Copying:
    """One run through the entries `first <= index < behind`; `begin` it. `stop` ends it without a word."""

    def __init__(
        self,
        clock: Clock,
        requests: Requests,
        entries: tuple[int, int],
        *,
        on_progress: OnProgress,
        on_done: OnDone,
        detail: bool,
    ) -> None:
        self._clock = clock
        self._requests = requests
        self._start, self._end = entries
        self._asked = self._through = self._start
        self._on_progress = on_progress
        self._on_done = on_done
        self._detail = detail
        self._flying: dict[int, int] = {}
        self._early: dict[int, Page] = {}
        self._again: list[tuple[int, int]] = []
        self._rests_until: float | None = None
        self._is_over = False

    def begin(self) -> None:
        """Ask for the first pages."""
        self._go_on()

    def stop(self) -> None:
        """End it; nobody is told."""
        self._is_over = True
        for number in self._flying.values():
            self._requests.drop(number)

    def give_up(self, failure: Failure) -> None:
        """End it, and say why."""
        self._end_with(failure)

    def next_deadline_ms(self) -> float | None:
        """When more may be asked for."""
        return self._rests_until

    def serve_deadline(self) -> None:
        """Ask for what is next, if it may be."""
        if self._rests_until is not None and self._clock.now_ms() >= self._rests_until:
            self._rests_until = None
            self._go_on()

    def _go_on(self) -> None:
        if self._is_over:
            return
        if self._through >= self._end:
            self._end_with(None)
            return
        while self._rests_until is None and len(self._flying) + len(self._early) < AHEAD:
            if self._again:
                self._ask(*self._again.pop(0))
            elif self._asked < self._end:
                first, self._asked = self._asked, min(self._asked + MAX_PAGE, self._end)
                self._ask(first, self._asked)
            else:
                break

    def _ask(self, first: int, behind: int) -> None:
        self._flying[first] = 0
        number = self._requests.ask(
            lambda number: LedgerPage(id=number, first=first, behind=behind, detail=self._detail),
            lambda reply: self._answered(first, behind, reply),
        )
        if first in self._flying:
            self._flying[first] = number

    def _answered(self, first: int, behind: int, reply: Reply | Failure) -> None:
        self._flying.pop(first, None)
        page = page_of(reply, first, behind)
        if self._is_over:
            return
        if isinstance(page, Failure):
            if page.code != "limit.rate":
                self._end_with(page)
                return
            self._again.append((first, behind))
            self._rests_until = self._clock.now_ms() + REST_MS
            return
        if page.behind < behind:
            # A page of long events goes only so far; what lies behind the next one can wait.
            self._again.insert(0, (page.behind, behind))
        self._early[first] = page
        while self._through in self._early:
            page = self._early.pop(self._through)
            self._through = page.behind
            self._on_progress(page, self._through - self._start, self._end - self._start)
        self._go_on()

    def _end_with(self, failure: Failure | None) -> None:
        if not self._is_over:
            self.stop()
            self._on_done(failure)
