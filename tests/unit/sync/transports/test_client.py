"""The client's side where no network is needed to see it (SYNC-8)."""

import asyncio

import pytest

from connectome_tui.sync import ManualScheduler
from connectome_tui.sync.transports import ConnectionLost, MemoryNetwork, Refused, SyncClient, TopicHub, TransportError
from connectome_tui.sync.transports.conversation import Conversation
from connectome_tui.sync.transports.links import Link, LinkUser
from connectome_tui.sync.transports.wire import Snapshot
from tests.unit.sync.fakes import settle
from tests.unit.sync.transports.networks import State


class Deaf:
    """A link into which everything vanishes."""

    waiting_bytes = 0

    def __init__(self, user: LinkUser) -> None:
        self.user = user
        self.sent: list[bytes] = []

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    def close(self, reason: str = "") -> None:
        self.user.closed(reason)


async def test_no_answer_is_an_error() -> None:
    """SYNC-8: a server that accepts and then says nothing does not hold a refresh for ever."""

    async def dial(user: LinkUser) -> Link:
        return Deaf(user)

    client = SyncClient(dial, request_timeout_ms=1)
    with pytest.raises(TransportError, match="no answer"):
        await client.get_snapshot("a")
    await client.close()


async def test_a_dial_that_hangs_is_an_error() -> None:
    """SYNC-8: and others who wait for the connection get their turn."""

    async def dial(_user: LinkUser) -> Link:
        await asyncio.Event().wait()
        raise AssertionError

    client = SyncClient(dial, request_timeout_ms=1)
    outcomes = await asyncio.gather(*(client.get_snapshot("a") for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionLost] * 3


async def test_a_refusal_ends_the_attempts() -> None:
    """CLIENT-2: who is not wanted does not knock for ever."""
    hub, time, troubles = TopicHub(), ManualScheduler(), list[Exception]()
    hub.publish("a", State())
    network = MemoryNetwork(hub)
    is_welcome = True

    async def dial(user: LinkUser) -> Link:
        if not is_welcome:
            raise Refused("not you")
        return await network.dial(user)

    client = SyncClient(dial, scheduler=time, on_error=troubles.append)
    await client.subscribe("a", lambda _event: None)
    is_welcome = False
    network.cut()
    time.advance(100)
    await settle()
    assert [type(error) for error in troubles] == [ConnectionLost, Refused]
    assert time.delays_ms == []
    await client.close()


async def test_callbacks_that_raise_disable_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """SYNC-6: they are logged, and the client connects again as if they had not."""

    def broken(*_values: object) -> None:
        raise KeyError("broken callback")

    hub, time = TopicHub(), ManualScheduler()
    hub.publish("a", State("4"))
    network = MemoryNetwork(hub)
    events: list[object] = []
    client = SyncClient(network.dial, scheduler=time, on_error=broken, on_connected=broken)
    await client.subscribe("a", events.append)
    network.cut()
    time.advance(100)
    await settle()
    assert events == [{"topic": "a", "revision": "4"}]
    assert "broken callback" in caplog.text
    await client.close()


async def test_a_client_that_is_closed_while_it_dials_keeps_no_connection() -> None:
    """CLIENT-9: the connection that comes too late is ended."""
    go = asyncio.Event()
    hub = TopicHub()
    network = MemoryNetwork(hub)

    async def dial(user: LinkUser) -> Link:
        await go.wait()
        return await network.dial(user)

    client = SyncClient(dial)
    connecting = asyncio.ensure_future(client.connect())
    await settle()
    await client.close()
    go.set()
    await settle()
    assert isinstance(connecting.exception(), ConnectionLost)
    assert hub.peers == 0


async def test_what_a_server_says_wrong_is_reported() -> None:
    """SYNC-8: nonsense, an error that belongs to no request, an answer of another kind; the connection stays."""
    troubles: list[Exception] = []
    talk = Conversation(lambda _event: None, troubles.append, lambda _talk, _reason: None, 10_000)
    link = talk.link = Deaf(talk)
    talk.received(b"nonsense")
    talk.received(b'{"type":"error","code":"busy","message":"later"}')
    talk.received(b'{"type":"subscribed","id":99,"topic":"a"}')
    talk.too_long()
    asking = asyncio.ensure_future(
        talk.ask(lambda number: Snapshot(id=number, topic="a", revision="1", data=0), Snapshot)
    )
    await settle()
    talk.received(b'{"type":"subscribed","id":1,"topic":"a"}')
    with pytest.raises(TransportError, match="another kind"):
        await asking
    assert len(troubles) == 3
    assert len(link.sent) == 1
