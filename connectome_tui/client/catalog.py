"""The sessions on the server as the selector shows them (CLIENT-3 to CLIENT-5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from connectome_tui.client.commands import not_connected
from connectome_tui.client.connection_session import ConnectionSession
from connectome_tui.client.refreshing import Freshness, Refreshing
from connectome_tui.clock import Clock
from connectome_tui.net.items import CatalogItem

SelectorKind = Literal["loading", "none there", "listed", "stale", "not reachable"]


@dataclass(frozen=True, slots=True)
class Selector:
    """What the selector says: which case it is, one line, the sessions it lists, and why nothing can be chosen.

    `stale_since` is when the list was true last, in milliseconds of this machine's clock; None for a
    list that is true now, or for none.
    """

    kind: SelectorKind
    line: str
    items: tuple[CatalogItem, ...]
    disabled_why: str = ""
    stale_since: float | None = None


class Catalog:
    """The list, how fresh it is, and when it is asked for again."""

    def __init__(
        self,
        clock: Clock,
        pull: Callable[[], None],
        on_change: Callable[[], None],
        random: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._on_change = on_change
        self.items: tuple[CatalogItem, ...] = ()
        self.refreshing = Refreshing(clock, pull, on_change, random)

    @property
    def freshness(self) -> Freshness:
        """How fresh the list is."""
        return self.refreshing.now

    def opened(self) -> str:
        """The selector opens: refresh what is stale or empty (CLIENT-5); the answer says why that is not done."""
        if self.freshness.stale or not self.items:
            return self.refreshing.refresh()
        return ""

    def retry(self) -> str:
        """Somebody asks for it now: the time that is due is not waited for, this once."""
        return self.refreshing.refresh(manual=True)

    def applied(self, items: Sequence[CatalogItem]) -> None:
        """The list of the server."""
        self.items = tuple(items)
        self._on_change()

    def item(self, session: str) -> CatalogItem | None:
        """A session of the list."""
        return next((item for item in self.items if item.name == session), None)

    def is_known_gone(self, session: str) -> bool:
        """Whether a list that is true now has no such session; the server has the last word (CLIENT-5)."""
        return not self.freshness.stale and not self.freshness.loading and self.item(session) is None

    def selector(self, connection: ConnectionSession) -> Selector:
        """What the selector shows over this connection."""
        fresh, now = self.freshness, self._clock.now_ms()
        since = fresh.last_refreshed if fresh.stale else None
        if connection.status != "connected":
            line = not_connected(connection, now).message
            return Selector("not reachable", line, self.items, disabled_why=line, stale_since=since)
        if fresh.last_error:
            line = f"The list of sessions did not come: {fresh.last_error}"
            if fresh.next_allowed_refresh is not None:
                seconds = max(round((fresh.next_allowed_refresh - now) / 1000), 1)
                line = f"{line}; next try in {seconds} s"
            kind: SelectorKind = "stale" if self.items else "not reachable"
            return Selector(kind, line, self.items, disabled_why="" if self.items else line, stale_since=since)
        if fresh.last_refreshed is None or (fresh.stale and not self.items):
            line = "Asking the server for its sessions …"
            return Selector("loading", line, (), disabled_why=line)
        if fresh.stale:
            return Selector("stale", "This list is being refreshed …", self.items, stale_since=since)
        if not self.items:
            line = "There are no sessions on this server."
            return Selector("none there", line, (), disabled_why=line)
        return Selector("listed", "", self.items)
