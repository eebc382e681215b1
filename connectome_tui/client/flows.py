"""The flows of the recording in a shared session, asked for when somebody wants to choose one (SPAN-7)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectome_tui.client.requests import Failure, Reply, Requests
from connectome_tui.events.flow import FlowSummary
from connectome_tui.net.flows import FlowsSource, summary_of
from connectome_tui.net.frames import Flows, FlowsGet

MOST_FLOWS: Final = 20_000
"""So many are listed; a recording that has more is narrowed with other tools."""

CHANGED: Final = Failure("client.superseded", "The session began anew meanwhile: open the list again.")
NO_SENSE: Final = Failure("frame.malformed", "The server's list of flows makes no sense.")


@dataclass(frozen=True, slots=True)
class FlowListing:
    """The flows that have come so far, of `total` in order of start. A live session has none, and no `source`."""

    session: str
    source: FlowsSource | None
    total: int
    flows: tuple[FlowSummary, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all that are listed have come."""
        return len(self.flows) >= min(self.total, MOST_FLOWS)


OnListing = Callable[[FlowListing | Failure], None]


class FlowFetch:
    """Fetches the flows page by page; `on_listing` is told after each, until they are whole or it fails."""

    def __init__(self, requests: Requests, on_listing: OnListing) -> None:
        self._requests = requests
        self._on_listing = on_listing
        self._listing: FlowListing | None = None
        self._number = 0
        self._ask(0)

    def stop(self) -> None:
        """The rest is of no interest."""
        self._requests.drop(self._number)

    def _ask(self, first: int) -> None:
        self._number = self._requests.ask(lambda number: FlowsGet(id=number, first=first), self._answered)

    def _answered(self, reply: Reply | Failure) -> None:
        if isinstance(reply, Failure):
            self._on_listing(reply)
            return
        before = self._listing
        if not isinstance(reply, Flows) or (not reply.items and reply.first < reply.total):
            self._on_listing(NO_SENSE)
            return
        if before is not None and (before.session, before.source, before.total) != (
            reply.session,
            reply.source,
            reply.total,
        ):
            self._on_listing(CHANGED)
            return
        known = () if before is None else before.flows
        listing = FlowListing(reply.session, reply.source, reply.total, (*known, *map(summary_of, reply.items)))
        self._listing = listing
        if not listing.is_whole:
            self._ask(len(listing.flows))
        self._on_listing(listing)
