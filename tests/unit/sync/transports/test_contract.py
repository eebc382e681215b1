"""What every transport does (SYNC-8): the same tests run against each that ships."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectome_tui.sync import ProtocolError
from connectome_tui.sync.transports import ConnectionLost, RequestFailed, TopicHub
from tests.unit.sync.transports.networks import (
    Follower,
    InMemory,
    Network,
    OverUnixSocket,
    OverWebSocket,
    RawClient,
    State,
    until,
)

MAX_BYTES = 6_000_000


@pytest.fixture
def troubles() -> list[tuple[str, Exception]]:
    """What the hub's providers raised."""
    return []


@pytest.fixture(params=[InMemory, OverUnixSocket, OverWebSocket], ids=["memory", "unix", "websocket"])
async def network(
    request: pytest.FixtureRequest, tmp_path: Path, troubles: list[tuple[str, Exception]]
) -> AsyncIterator[Network]:
    """A transport that is up; when the test is over, no task is left of it."""
    hub = TopicHub(max_message_bytes=MAX_BYTES, most_peers=4, on_error=lambda *failure: troubles.append(failure))
    made: Network = request.param(hub, tmp_path)
    await made.up()
    yield made
    await made.down()
    await until(lambda: len(asyncio.all_tasks()) == 1)
    assert hub.peers == 0


@pytest.fixture
def state(network: Network) -> State:
    """What is published as the topic `catalog`."""
    published = State(data=["a"])
    network.hub.publish("catalog", published)
    return published


async def test_the_first_refresh(network: Network, state: State) -> None:
    """SYNC-4: when `start` returns, the snapshot has come over and is applied."""
    follower = Follower(network)
    await follower.sync.start()
    assert follower.applied == [("1", ["a"])]
    assert state.calls == 1
    await follower.leave()


async def test_an_invalidation_is_pulled_and_applied(network: Network, state: State) -> None:
    """SYNC-2, SYNC-3: the event goes over with all its fields, and the state follows."""
    follower = Follower(network)
    events: list[dict[str, object]] = []
    unsubscribe = await follower.client.subscribe("catalog", events.append)
    await follower.sync.start()
    state.revision, state.data = "7", ["b"]
    network.hub.invalidate("catalog", "7", source_id="me", timestamp_ms=5.0)
    await follower.at("7")
    assert follower.applied[-1] == ("7", ["b"])
    assert events == [{"topic": "catalog", "revision": "7", "source_id": "me", "timestamp_ms": 5.0}]
    unsubscribe()
    await follower.leave()


async def test_a_burst_costs_few_snapshots(network: Network, state: State) -> None:
    """SYNC-5: five hundred changes at once are few pulls, and the newest arrives."""
    follower = Follower(network)
    await follower.sync.start()
    for revision in range(2, 502):
        state.revision = str(revision)
        network.hub.invalidate("catalog", state.revision)
    await follower.at("501")
    assert state.calls <= 4
    await follower.leave()


async def test_a_lost_connection_is_reported_and_made_again(network: Network, state: State) -> None:
    """SYNC-8: what waits fails, attempts that fail are reported, and then the sync catches up by itself."""
    follower = Follower(network)
    await follower.sync.start()
    await network.down()
    await until(lambda: not follower.client.is_connected)
    assert [type(error) for error in follower.troubles] == [ConnectionLost]
    with pytest.raises(ConnectionLost):
        await follower.sync.refresh()
    assert [context.phase for context in follower.errors] == ["getSnapshot"]
    state.revision = "9"
    network.hub.invalidate("catalog", "9")
    for waited in (100, 200, 400):
        await until(lambda: follower.time.delays_ms)
        assert follower.time.delays_ms == [waited]
        if waited == 400:
            await network.up()
        follower.time.advance(waited)
    await follower.at("9")
    assert [type(error) for error in follower.troubles] == [ConnectionLost] * 3
    assert follower.connected == 2
    state.revision = "10"
    network.hub.invalidate("catalog", "10")
    await follower.at("10")
    await follower.leave()


async def test_a_server_that_knows_no_revision_yet_is_asked_for_one(network: Network, state: State) -> None:
    """SYNC-8: a change that nobody was told of is found after a reconnect, from the snapshot."""
    follower = Follower(network)
    await follower.sync.start()
    await network.down()
    state.revision = "5"
    await network.up()
    await until(lambda: follower.time.delays_ms)
    follower.time.advance(100)
    await follower.at("5")
    await follower.leave()


async def test_a_refresh_connects_at_once(network: Network, state: State) -> None:
    """SYNC-8: whoever asks does not wait for the next attempt, and events follow again."""
    follower = Follower(network)
    await follower.sync.start()
    await network.down()
    await until(lambda: not follower.client.is_connected)
    await network.up()
    state.revision = "2"
    await follower.sync.refresh()
    assert follower.sync.local_revision == "2"
    assert follower.time.delays_ms == []
    state.revision = "3"
    await follower.client.get_snapshot("catalog")
    network.hub.invalidate("catalog", "3")
    await follower.at("3")
    await follower.leave()


async def test_nobody_connects_again_for_nothing(network: Network, state: State) -> None:
    """CLIENT-9: with the last subscription the next attempt goes too."""
    follower = Follower(network)
    await follower.sync.start()
    await network.down()
    await until(lambda: follower.time.delays_ms)
    follower.sync.stop()
    assert follower.time.delays_ms == []
    assert state.calls == 1
    await follower.leave()


async def test_a_handler_that_raises_hurts_no_other(network: Network, state: State) -> None:
    """SYNC-6: nor the connection."""

    def broken(_event: object) -> None:
        raise KeyError("broken")

    follower = Follower(network)
    await follower.client.subscribe("catalog", broken)
    await follower.sync.start()
    state.revision = "2"
    network.hub.invalidate("catalog", "2")
    await follower.at("2")
    assert follower.troubles == []
    await follower.leave()


async def test_no_server_is_an_error_of_start(network: Network, state: State) -> None:
    """SYNC-4: reported once, raised as it is, and nothing goes on trying in the background."""
    await network.down()
    follower = Follower(network)
    with pytest.raises(ConnectionLost):
        await follower.sync.start()
    assert [context.phase for context in follower.errors] == ["subscribe"]
    assert (follower.time.delays_ms, state.calls) == ([], 0)
    await follower.leave()


async def test_leaving_leaves_nothing(network: Network, state: State) -> None:
    """CLIENT-9: behind a stop no event comes over; behind a close there is no connection and no timer."""
    follower = Follower(network)
    await follower.sync.start()
    follower.sync.stop()
    await follower.client.get_snapshot("catalog")  # the unsubscribing has arrived when this is answered
    network.hub.invalidate("catalog", "5")
    await follower.client.get_snapshot("catalog")
    assert (follower.sync.local_revision, state.calls) == ("1", 3)
    raw = RawClient()
    link = await raw.dial(network)
    for said in ("subscribe", "unsubscribe", "snapshot.get"):
        link.send(json.dumps({"type": said, "id": 1, "topic": "catalog"}).encode())
    await until(lambda: len(raw.heard) == 2)
    network.hub.invalidate("catalog", "6")
    link.send(b'{"type":"snapshot.get","id":2,"topic":"catalog"}')
    await until(lambda: len(raw.heard) == 3)
    assert [json.loads(heard)["type"] for heard in raw.heard] == ["subscribed", "snapshot", "snapshot"]
    link.close()
    await follower.client.close()
    await until(lambda: network.hub.peers == 0)
    assert follower.time.delays_ms == []
    with pytest.raises(ConnectionLost):
        await follower.client.get_snapshot("catalog")
    assert follower.troubles == []


async def test_a_hundred_visits_leave_nothing(network: Network, state: State) -> None:
    """CLIENT-9: the fixture finds no task and no connection left."""
    for _ in range(100):
        follower = Follower(network)
        await follower.sync.start()
        await follower.leave()
    await until(lambda: network.hub.peers == 0)
    assert state.calls == 100


async def test_two_subscribers(network: Network, state: State) -> None:
    """SYNC-8: over two connections, and two over one; each has its topic, and leaving ends one alone."""
    other_state = State("1")
    network.hub.publish("presence", other_state)
    one = Follower(network)
    other, beside = Follower(network), Follower(network, client=one.client)
    presence = Follower(network, topic="presence", client=one.client)
    everybody = (one, other, beside, presence)
    for follower in everybody:
        await follower.sync.start()
    state.revision = "2"
    network.hub.invalidate("catalog", "2")
    for follower in (one, other, beside):
        await follower.at("2")
    assert presence.sync.local_revision == "1"
    beside.sync.stop()
    state.revision = "3"
    network.hub.invalidate("catalog", "3")
    for follower in (one, other):
        await follower.at("3")
    assert beside.sync.local_revision == "2"
    assert [follower.errors for follower in everybody] == [[], [], [], []]
    presence.sync.stop()
    await other.leave()
    await one.leave()


async def test_a_big_snapshot_and_one_that_is_too_big(network: Network, state: State) -> None:
    """SYNC-8: five megabytes go over; more than is allowed is an error, and the connection stays."""
    state.data = "x" * 5_000_000
    follower = Follower(network)
    await follower.sync.start()
    assert follower.applied == [("1", state.data)]
    state.revision, state.data = "2", "x" * MAX_BYTES
    with pytest.raises(RequestFailed, match="too_long"):
        await follower.sync.refresh()
    state.data = "small"
    await follower.sync.refresh()
    assert follower.applied[-1] == ("2", "small")
    assert follower.troubles == []
    await follower.leave()


BAD = [
    b"not json",
    b"[]",
    b"{}",
    b'{"type":"nothing"}',
    b'{"type":"subscribe","id":1}',
    b'{"type":"subscribe","id":"x","topic":"catalog"}',
    b'{"type":"snapshot.get","id":1,"topic":7}',
    b"[" * 100_000,
    b"",
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[:20].decode())
async def test_a_bad_message_is_answered_and_hurts_nobody(network: Network, state: State, bad: bytes) -> None:
    """SYNC-8: an error with a code, on a connection that goes on; others do not notice."""
    follower, raw = Follower(network), RawClient()
    await follower.sync.start()
    link = await raw.dial(network)
    link.send(bad)
    link.send(b'{"type":"snapshot.get","id":3,"topic":"catalog","colour":"red"}')
    await until(lambda: len(raw.heard) == 2)
    error, snapshot = map(json.loads, raw.heard)
    assert (error["type"], error["code"]) == ("error", "malformed")
    assert error["message"]
    assert snapshot == {"type": "snapshot", "id": 3, "topic": "catalog", "revision": "1", "data": ["a"]}
    state.revision = "2"
    network.hub.invalidate("catalog", "2")
    await follower.at("2")
    link.close()
    await until(lambda: raw.is_closed)
    await follower.leave()


async def test_a_message_without_an_end_ends_its_connection(network: Network, state: State) -> None:
    """SYNC-8: what is longer than allowed is not kept; others do not notice."""
    follower, raw = Follower(network), RawClient()
    await follower.sync.start()
    link = await raw.dial(network)
    link.send(b"x" * (MAX_BYTES + 1000))
    await until(lambda: raw.is_closed)
    state.revision = "2"
    network.hub.invalidate("catalog", "2")
    await follower.at("2")
    assert follower.troubles == []
    await follower.leave()


async def test_a_topic_that_is_not_there(network: Network, state: State) -> None:
    """SYNC-8: an error of `start`, with a code."""
    follower = Follower(network, topic="nothing")
    with pytest.raises(RequestFailed) as raised:
        await follower.sync.start()
    assert raised.value.code == "topic.unknown"
    with pytest.raises(RequestFailed, match="nothing"):
        await follower.sync.refresh()
    assert [context.phase for context in follower.errors] == ["subscribe", "getSnapshot"]
    assert state.calls == 0
    await follower.leave()


async def test_a_provider_that_fails(network: Network, state: State, troubles: list[tuple[str, Exception]]) -> None:
    """SYNC-6: the client learns that it failed, the hub why; the next pull works."""
    follower = Follower(network)
    state.error = ValueError("a secret of the server")
    with pytest.raises(RequestFailed) as raised:
        await follower.sync.start()
    assert raised.value.code == "provider.failed"
    assert "secret" not in str(raised.value)
    assert troubles == [("catalog", state.error)]
    state.error, state.data = None, object()
    with pytest.raises(RequestFailed, match=r"provider\.failed"):
        await follower.sync.start()
    state.data = None
    await follower.sync.start()
    await follower.leave()


@pytest.mark.parametrize("revision", ["01", 7, None])
async def test_a_bad_revision_is_a_protocol_error(network: Network, state: State, revision: object) -> None:
    """SYNC-1: it goes over as it is, and the sync says what is wrong with it."""
    state.revision = revision
    follower = Follower(network)
    with pytest.raises(ProtocolError, match="canonical"):
        await follower.sync.start()
    assert [context.phase for context in follower.errors] == ["protocol"]
    await follower.leave()


async def test_there_is_room_for_so_many(network: Network, state: State) -> None:
    """SYNC-8: one more is told so and turned away; with room again it is let in."""
    clients = [RawClient() for _ in range(5)]
    for client in clients[:4]:
        (await client.dial(network)).send(b'{"type":"subscribe","id":1,"topic":"catalog"}')
    await until(lambda: network.hub.peers == 4)
    await clients[4].dial(network)
    await until(lambda: clients[4].is_closed)
    assert json.loads(clients[4].heard[0])["code"] == "busy"
    assert clients[0].link is not None
    clients[0].link.close()
    await until(lambda: network.hub.peers == 3)
    follower = Follower(network)
    await follower.sync.start()
    await follower.leave()
    for client in clients[1:4]:
        assert client.link is not None
        client.link.close()
    await until(lambda: network.hub.peers == 0)
    assert state.calls == 1
