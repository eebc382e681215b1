"""The sessions of a server to choose from, and the scenarios that make some: narrowed by what was typed (CLIENT-5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from connectome_tui.client.catalog import Selector
from connectome_tui.net.items import CatalogItem, ScenarioItem

Row = CatalogItem | ScenarioItem


@dataclass(frozen=True)
class SessionList:
    """What the selector shows. `at` is the row in hand; scenarios stand behind the sessions.

    `next_try_ms` is when the list, or the connection, is tried again, in the clock's milliseconds.
    """

    selector: Selector
    scenarios: Sequence[ScenarioItem] = ()
    query: str = ""
    at: int = 0
    next_try_ms: float | None = None

    def __len__(self) -> int:
        """The rows that match."""
        return len(self.rows)

    @property
    def is_disabled(self) -> bool:
        """Whether nothing can be chosen now."""
        return self.selector.kind in {"loading", "not reachable"} or bool(self.selector.disabled_why and not self.rows)

    @cached_property
    def rows(self) -> Sequence[Row]:
        """What matches, in the server's order."""
        words = self.query.casefold().split()
        everything: Sequence[Row] = (*self.selector.items, *self.scenarios)
        return [row for row in everything if all(word in _haystack(row) for word in words)]

    @property
    def chosen(self) -> Row | None:
        """The row in hand; None when nothing matches."""
        return self.rows[self.at] if 0 <= self.at < len(self.rows) else None

    def typed(self, query: str) -> "SessionList":
        """The list for another query."""
        return self._keeping(replace(self, query=query))

    def moved(self, by: int) -> "SessionList":
        """The list with another row in hand; it ends at both ends."""
        return replace(self, at=max(0, min(len(self.rows) - 1, self.at + by)))

    def refreshed(
        self, selector: Selector, scenarios: Sequence[ScenarioItem], next_try_ms: float | None
    ) -> "SessionList":
        """The list as it is now; what is in hand stays in hand when it is still there."""
        return self._keeping(replace(self, selector=selector, scenarios=scenarios, next_try_ms=next_try_ms))

    def at_session(self, name: str) -> "SessionList":
        """The list with a session in hand, when it is there."""
        at = next((at for at, row in enumerate(self.rows) if isinstance(row, CatalogItem) and row.name == name), None)
        return self if at is None else replace(self, at=at)

    def _keeping(self, other: "SessionList") -> "SessionList":
        in_hand = None if self.chosen is None else (type(self.chosen), self.chosen.name)
        at = next((at for at, row in enumerate(other.rows) if (type(row), row.name) == in_hand), 0)
        return replace(other, at=at)


def _haystack(row: Row) -> str:
    more = f"{row.kind} {row.scenario}" if isinstance(row, CatalogItem) else f"scenario {row.session}"
    return f"{row.name} {row.title} {more}".casefold()
