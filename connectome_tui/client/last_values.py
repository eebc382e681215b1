"""What a window keeps of the server's last values, by session and topic (CLIENT-2, SERVER-3)."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from connectome_tui.client.catalog import Catalog
from connectome_tui.client.notes import Notes
from connectome_tui.client.refreshing import Refreshing
from connectome_tui.client.requests import Requests
from connectome_tui.client.topics import Topics
from connectome_tui.clock import Clock
from connectome_tui.net.frames import Invalidation, Topic
from connectome_tui.net.items import PresenceItem, ScenarioItem, SourceItem

OF_SESSION: Final[tuple[Topic, ...]] = ("presence", "scenarios", "source")
"""Kept for one session only: another one begins without them."""


class LastValues:
    """Catalog, presence, scenarios and sources. The catalog outlives a connection, and is stale then."""

    def __init__(
        self,
        clock: Clock,
        requests: Requests,
        topics: Sequence[Topic],
        on_change: Callable[[Topic], None],
        *,
        notes: Notes,
        random: Callable[[], float],
    ) -> None:
        self._followed: Final = tuple(topics)
        self._on_change = on_change
        self._notes = notes
        self._values: dict[Topic, tuple[Any, ...]] = {}
        self._noted_error = ""
        self._noted_names: Sequence[str] | None = None
        self.catalog: Final = Catalog(clock, self._puller("catalog"), self._catalog_changed, random)
        self._refreshings: dict[Topic, Refreshing] = {"catalog": self.catalog.refreshing}
        for topic in OF_SESSION:
            self._refreshings[topic] = Refreshing(clock, self._puller(topic), _nothing, random)
        self._topics = Topics(requests, self._refreshings, self._applied)

    @property
    def presence(self) -> tuple[PresenceItem, ...]:
        """Who is on the server."""
        return self._values.get("presence", ())

    @property
    def scenarios(self) -> tuple[ScenarioItem, ...]:
        """What the server offers."""
        return self._values.get("scenarios", ())

    @property
    def sources(self) -> tuple[SourceItem, ...]:
        """Live sources, of all sessions that the server tells of."""
        return self._values.get("source", ())

    @property
    def tasks(self) -> int:
        """Refreshes under way."""
        return self._topics.tasks

    def connected(self, connection: str) -> None:
        """There is a server to ask."""
        self._noted_names = None
        for topic in self._followed:
            self._refreshings[topic].connected(connection)
        self._topics.begin(self._followed)

    def disconnected(self) -> None:
        """Nothing under way counts any more; the catalog is stale, all else is gone."""
        self._topics.end()
        for refreshing in self._refreshings.values():
            refreshing.disconnected()
        self._forget()

    def session_changed(self) -> None:
        """What was kept for another session is gone, and asked for anew."""
        self._forget()
        self._topics.begin([topic for topic in OF_SESSION if topic in self._followed])

    def notified(self, event: Invalidation) -> None:
        """A topic changed on the server."""
        self._topics.notified(event)

    def teardown(self) -> None:
        """End every refresh."""
        self._topics.cancel()

    def next_deadline_ms(self) -> float | None:
        """When a refresh that failed is due again."""
        dues = [refreshing.next_deadline_ms() for refreshing in self._refreshings.values()]
        return min((due for due in dues if due is not None), default=None)

    def serve_deadline(self) -> None:
        """Try again what is due."""
        for refreshing in self._refreshings.values():
            refreshing.serve_deadline()

    def _puller(self, topic: Topic) -> Callable[[], None]:
        return lambda: self._topics.pull(topic)

    def _applied(self, topic: Topic, items: Sequence[Any]) -> None:
        if topic == "catalog":
            self._note_catalog([item.name for item in items])
            self.catalog.applied(items)
        else:
            self._values[topic] = tuple(items)
            self._on_change(topic)

    def _note_catalog(self, names: Sequence[str]) -> None:
        """Note it when other sessions are there: a session that plays changes the catalog every few seconds."""
        if names != self._noted_names:
            self._noted_names = names
            self._notes.note("catalog", "refreshed", {"sessions": len(names)})

    def _catalog_changed(self) -> None:
        error = self.catalog.freshness.last_error
        if error and error != self._noted_error:
            self._notes.note("catalog", "failed", {"error": error, "retries": self.catalog.freshness.retry_count})
        self._noted_error = error
        self._on_change("catalog")

    def _forget(self) -> None:
        had, self._values = self._values, {}
        for topic in had:
            self._on_change(topic)


def _nothing() -> None:
    """How fresh these values are is not shown."""
