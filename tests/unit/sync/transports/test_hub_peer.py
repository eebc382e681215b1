"""What one connection may cost a hub (SYNC-8), with a link that a test holds back."""

import asyncio
import json
from typing import Any

import pytest

from connectome_tui.sync import OptionError, RevisionError
from connectome_tui.sync.transports import TopicHub
from connectome_tui.sync.transports.hub_peer import MOST_REQUESTS
from tests.unit.sync.fakes import settle
from tests.unit.sync.transports.networks import State


class HeldLink:
    """Takes everything and, when it is told to, lets it wait."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.waiting_bytes = 0
        self.closed_for = ""

    def send(self, message: bytes) -> None:
        self.sent.append(json.loads(message))

    def close(self, reason: str = "") -> None:
        self.closed_for = reason


def subscribed(hub: TopicHub, *topics: str) -> tuple[HeldLink, Any]:
    link = HeldLink()
    peer = hub.connected(link)
    for topic in topics:
        peer.received(json.dumps({"type": "subscribe", "id": 1, "topic": topic}))
    link.sent.clear()
    return link, peer


async def test_a_slow_reader_is_told_the_newest_alone() -> None:
    """SYNC-5: what it does not take does not pile up: one event a topic waits, whatever happens meanwhile."""
    hub = TopicHub()
    hub.publish("a", State())
    hub.publish("b", State())
    link, peer = subscribed(hub, "a", "b")
    link.waiting_bytes = 1_000_000
    for revision in range(1, 1000):
        hub.invalidate("a", str(revision))
    hub.invalidate("b", "5")
    assert link.sent == []
    link.waiting_bytes = 0
    hub.invalidate("a", "999")
    assert link.sent == []
    peer.writable()
    assert [(said["topic"], said["revision"]) for said in link.sent] == [("a", "999"), ("b", "5")]
    hub.invalidate("a", "1000")
    assert link.sent[-1]["revision"] == "1000"


async def test_requests_under_way_are_bounded() -> None:
    """SYNC-8: one connection cannot have a hub make snapshots without end."""

    class Waiting:
        calls = 0

        async def get_snapshot(self) -> None:
            self.calls += 1
            await asyncio.Event().wait()

    hub, provider = TopicHub(), Waiting()
    hub.publish("a", provider)
    link, peer = subscribed(hub)
    for number in range(100):
        peer.received(json.dumps({"type": "snapshot.get", "id": number, "topic": "a"}))
    await settle()
    assert provider.calls == MOST_REQUESTS
    assert {said["code"] for said in link.sent} == {"busy"}
    peer.closed("gone")
    await settle()
    assert len(asyncio.all_tasks()) == 1
    assert hub.peers == 0


async def test_who_never_reads_is_let_go() -> None:
    """SYNC-8: answers to nonsense do not pile up either."""
    hub = TopicHub(max_message_bytes=1000)
    link, peer = subscribed(hub)
    link.waiting_bytes = 100_000
    peer.received(b"nonsense")
    assert (link.sent, link.closed_for) == ([], "it does not read")


async def test_what_a_client_says_is_not_echoed_at_length() -> None:
    """SYNC-8: no amplification: an error is short, however long the name was."""
    link, peer = subscribed(TopicHub())
    peer.received(json.dumps({"type": "subscribe", "id": 1, "topic": "x" * 1_000_000}))
    [error] = link.sent
    assert error["code"] == "topic.unknown"
    assert len(error["message"]) < 200


async def test_the_hub_s_own_mistakes_are_loud() -> None:
    """SYNC-1, SYNC-2: a bad revision, an unknown topic, a topic without a name."""
    hub = TopicHub()
    hub.publish("a", State())
    with pytest.raises(RevisionError, match="canonical"):
        hub.invalidate("a", "01")
    with pytest.raises(OptionError, match="published"):
        hub.invalidate("b", "1")
    with pytest.raises(OptionError, match="name"):
        hub.publish(" ", State())


async def test_a_new_subscriber_is_told_the_newest_revision_told() -> None:
    """SYNC-8: also when events came out of order: that is how a reconnected client catches up."""
    hub = TopicHub()
    hub.publish("a", State())
    for revision in ("5", "12", "9"):
        hub.invalidate("a", revision)
    link = HeldLink()
    hub.connected(link).received('{"type":"subscribe","id":4,"topic":"a"}')
    assert link.sent == [{"type": "subscribed", "id": 4, "topic": "a", "revision": "12"}]


async def test_closing_a_hub_ends_every_connection() -> None:
    """SYNC-8: with a reason."""
    hub = TopicHub()
    links = [subscribed(hub)[0] for _ in range(3)]
    hub.close()
    assert {link.closed_for for link in links} == {"the hub is closed"}
