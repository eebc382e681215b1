"""The side that has the state: topics with their providers, and those who are connected (SYNC-8)."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from connectome_tui.sync.contracts import Provider
from connectome_tui.sync.errors import OptionError, RevisionError
from connectome_tui.sync.reading import is_topic
from connectome_tui.sync.revision import Revision, compare_revisions, is_canonical_revision, not_canonical
from connectome_tui.sync.transports.hub_peer import HubPeer
from connectome_tui.sync.transports.links import MAX_MESSAGE_BYTES, Link, LinkUser
from connectome_tui.sync.transports.wire import Invalidation, encode

MOST_PEERS: Final = 512


class TopicHub:
    """Publishes topics to whoever connects, over any transports at once. Used on one event loop.

    At most `most_peers` are connected at a time. `on_error` gets the topic and what its provider raised;
    the client is told only that it failed.
    """

    def __init__(
        self,
        *,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        most_peers: int = MOST_PEERS,
        on_error: Callable[[str, Exception], object] | None = None,
    ) -> None:
        self.max_message_bytes = max_message_bytes
        self._most_peers = most_peers
        self._on_error = on_error
        self._providers: dict[str, Provider[Any]] = {}
        self._newest: dict[str, Revision] = {}
        self._peers: set[HubPeer] = set()

    @property
    def peers(self) -> int:
        """How many are connected."""
        return len(self._peers)

    def publish(self, topic: str, provider: Provider[Any]) -> None:
        """Offer a topic, whose snapshots come from `provider`; once more replaces the provider."""
        if not is_topic(topic):
            raise OptionError(f"a topic has a name that is not empty, not {topic!r}")
        self._providers[topic] = provider

    def invalidate(
        self, topic: str, revision: Revision, *, source_id: str | None = None, timestamp_ms: float | None = None
    ) -> None:
        """Tell all subscribers of a topic that it changed, and that it is at this revision now.

        Raises `RevisionError` for what is not canonical, `OptionError` for a topic that is not published.
        """
        if topic not in self._providers:
            raise OptionError(f"the topic {topic!r} is not published")
        if not is_canonical_revision(revision):
            raise RevisionError(not_canonical(revision))
        newest = self._newest.get(topic)
        if newest is None or compare_revisions(revision, newest) > 0:
            self._newest[topic] = revision
        event = Invalidation(topic=topic, revision=revision, source_id=source_id, timestamp_ms=timestamp_ms)
        message = encode(event)
        for peer in tuple(self._peers):
            peer.notify(topic, message)

    def connected(self, link: Link) -> LinkUser:
        """Somebody has connected over this link; the answer is told what comes over it."""
        peer = HubPeer(self, link)
        if len(self._peers) < self._most_peers:
            self._peers.add(peer)
        else:
            peer.turn_away(f"there are {self._most_peers} connections already")
        return peer

    def left(self, peer: HubPeer) -> None:
        """A connection has ended."""
        self._peers.discard(peer)

    def provider_of(self, topic: str) -> Provider[Any] | None:
        """Who has the state of a topic; None when it is not published."""
        return self._providers.get(topic)

    def newest_of(self, topic: str) -> Revision | None:
        """The newest revision that was told of a topic; None when nothing was."""
        return self._newest.get(topic)

    def provider_failed(self, topic: str, error: Exception) -> None:
        """A provider raised, or what it gave could not be sent."""
        if self._on_error is not None:
            self._on_error(topic, error)
        else:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"sync: the provider of {topic!r} failed", "exception": error}
            )

    def close(self) -> None:
        """End every connection."""
        for peer in tuple(self._peers):
            peer.end("the hub is closed")
