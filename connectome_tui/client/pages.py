"""What a window lacks of the ledger, fetched by pages: each once, the newest wish first.

Rows say what they lack each time they are drawn, so nothing here has to be complete: a wish that is
dropped comes again. The store makes whole pages of them.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from connectome_tui.client.requests import Failure, Reply, Requests, decoded
from connectome_tui.clock import Clock
from connectome_tui.net.frames import LedgerPage
from connectome_tui.store.delta_wire import decode_page
from connectome_tui.store.deltas import Page

MAX_PAGE: Final = 1000
IN_FLIGHT: Final = 4
MAX_WISHES: Final = 64
REST_MS: Final = 500.0
"""How long to ask for nothing more when the server says that it was too much."""


class _Wish(NamedTuple):
    first: int
    behind: int
    detail: bool

    def covers(self, other: "_Wish") -> bool:
        return self.first <= other.first and other.behind <= self.behind and self.detail >= other.detail


class PageFetcher:
    """Implements `LedgerWants`. `can_fetch` says whether there is a session to fetch from."""

    def __init__(
        self,
        clock: Clock,
        requests: Requests,
        can_fetch: Callable[[], bool],
        on_page: Callable[[Page], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._requests = requests
        self._can_fetch = can_fetch
        self._on_page = on_page
        self._on_trouble = on_trouble
        self._flying: dict[_Wish, int] = {}
        self._wishes: dict[_Wish, None] = {}
        self._rests_until: float | None = None

    @property
    def in_flight(self) -> int:
        """Pages that were asked for and have not come."""
        return len(self._flying)

    def want_page(self, first: int, behind: int, *, detail: bool) -> None:
        """Fetch these entries soon."""
        if behind <= first or not self._can_fetch():
            return
        # Of a long range, the end is what is on the screen, or will be first.
        wishes = [_Wish(at, min(at + MAX_PAGE, behind), detail) for at in range(first, behind, MAX_PAGE)]
        for wish in wishes[-MAX_WISHES:]:
            self._add(wish)
        self._send()

    def forget(self) -> None:
        """Another session, or none: nothing that was wanted or asked for is of interest."""
        for number in self._flying.values():
            self._requests.drop(number)
        self._flying.clear()
        self._wishes.clear()
        self._rests_until = None

    def next_deadline_ms(self) -> float | None:
        """When more may be asked for."""
        return self._rests_until if self._wishes else None

    def serve_deadline(self) -> None:
        """Ask for what waits, if it may be."""
        if self._rests_until is not None and self._clock.now_ms() >= self._rests_until:
            self._rests_until = None
            self._send()

    def _add(self, wish: _Wish) -> None:
        if any(flying.covers(wish) for flying in self._flying):
            return
        self._wishes.pop(wish, None)
        self._wishes[wish] = None
        while len(self._wishes) > MAX_WISHES:
            del self._wishes[next(iter(self._wishes))]

    def _send(self) -> None:
        while self._wishes and self._rests_until is None and len(self._flying) < IN_FLIGHT and self._can_fetch():
            wish, _ = self._wishes.popitem()
            self._ask(wish)

    def _ask(self, wish: _Wish) -> None:
        self._flying[wish] = 0
        number = self._requests.ask(
            lambda number: LedgerPage(id=number, first=wish.first, behind=wish.behind, detail=wish.detail),
            lambda reply: self._answered(wish, reply),
        )
        if wish in self._flying:
            self._flying[wish] = number

    def _answered(self, wish: _Wish, reply: Reply | Failure) -> None:
        if self._flying.pop(wish, None) is None:
            return
        page = page_of(reply, wish.first, wish.behind)
        if isinstance(page, Page):
            if page.behind < wish.behind:
                self._add(_Wish(page.behind, wish.behind, wish.detail))
            self._on_page(page)
        elif page.code == "limit.rate":
            self._add(wish)
            self._rests_until = self._clock.now_ms() + REST_MS
        elif page.code != "client.disconnected":
            self._on_trouble(f"a page of the log did not come: {page.message}")
        self._send()


def page_of(reply: Reply | Failure, first: int, behind: int) -> Page | Failure:
    """The page of an answer, from `first` on and perhaps not all of it; an empty one when all of it is gone."""
    if isinstance(reply, Failure):
        return Page(first=first, behind=behind, end=behind) if reply.code == "page.gone" else reply
    page = decoded(reply, decode_page)
    if isinstance(page, Failure):
        return page
    if page.first != first or not first < page.behind <= behind:
        return Failure("client.nonsense", f"entries {page.first} … {page.behind} came, not {first} … {behind}")
    if any(not page.first <= entry.index < page.behind for entry in page.entries):
        return Failure("client.nonsense", "it has entries that do not belong to it")
    return page
