"""What a window lacks of the ledger, fetched by pages: whole pages, each once, the newest wish first (STORE-15).

Rows say what they lack each time they are drawn, so nothing here has to be complete: a wish that is
dropped comes again.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from connectome_tui.client.requests import Failure, Reply, Requests
from connectome_tui.net.frames import LedgerPage, LedgerReply
from connectome_tui.store.delta_wire import decode_page
from connectome_tui.store.deltas import Page

PAGE: Final = 200
"""Entries of a page; detail is fetched for just those that were asked for."""
MAX_PAGE: Final = 1000
IN_FLIGHT: Final = 4
MAX_WISHES: Final = 64


class _Wish(NamedTuple):
    first: int
    behind: int
    detail: bool


class PageFetcher:
    """Implements `LedgerWants`. `can_fetch` says whether there is a session to fetch from."""

    def __init__(
        self,
        requests: Requests,
        can_fetch: Callable[[], bool],
        on_page: Callable[[Page], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._requests = requests
        self._can_fetch = can_fetch
        self._on_page = on_page
        self._on_trouble = on_trouble
        self._flying: dict[_Wish, int] = {}
        self._wishes: dict[_Wish, None] = {}

    @property
    def in_flight(self) -> int:
        """Pages that were asked for and have not come."""
        return len(self._flying)

    def want_page(self, first: int, behind: int, *, detail: bool) -> None:
        """Fetch these entries soon."""
        if behind <= first or not self._can_fetch():
            return
        if not detail:
            first, behind = first // PAGE * PAGE, -(-behind // PAGE) * PAGE
        # Where the range is long its end is on the screen, or will be first.
        wishes = [_Wish(at, min(at + MAX_PAGE, behind), detail) for at in range(first, behind, MAX_PAGE)]
        for wish in wishes[-MAX_WISHES:]:
            if wish not in self._flying:
                self._wishes.pop(wish, None)
                self._wishes[wish] = None
        while len(self._wishes) > MAX_WISHES:
            del self._wishes[next(iter(self._wishes))]
        self._send()

    def forget(self) -> None:
        """Another session, or none: nothing that was wanted or asked for is of interest."""
        for number in self._flying.values():
            self._requests.drop(number)
        self._flying.clear()
        self._wishes.clear()

    def _send(self) -> None:
        while self._wishes and len(self._flying) < IN_FLIGHT and self._can_fetch():
            wish, _ = self._wishes.popitem()
            self._flying[wish] = 0
            number = self._requests.ask(
                lambda number, wish=wish: LedgerPage(  # type: ignore[misc]
                    id=number, first=wish.first, behind=wish.behind, detail=wish.detail
                ),
                lambda reply, wish=wish: self._answered(wish, reply),  # type: ignore[misc]
            )
            if wish in self._flying:
                self._flying[wish] = number

    def _answered(self, wish: _Wish, reply: Reply | Failure) -> None:
        if self._flying.pop(wish, None) is None:
            return
        page = page_of(reply, wish.first, wish.behind)
        if isinstance(page, Page):
            self._on_page(page)
        elif page.code != "client.disconnected":
            self._on_trouble(f"a page of the log did not come: {page.message}")
        self._send()


def page_of(reply: Reply | Failure, first: int, behind: int) -> Page | Failure:
    """The page of an answer; an empty one when all of it is gone."""
    if isinstance(reply, Failure):
        return Page(first=first, behind=behind) if reply.code == "page.gone" else reply
    if not isinstance(reply, LedgerReply):
        return Failure("client.nonsense", f"the server answered with {type(reply).__name__}")
    try:
        return decode_page(reply.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        return Failure("client.nonsense", f"it makes no sense: {problem}")
