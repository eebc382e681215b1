"""What is particular to WebSocket: who may connect (SYNC-8)."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from connectome_tui.sync import OptionError
from connectome_tui.sync.transports import Refused, SyncClient, TopicHub, TransportError, links
from connectome_tui.sync.transports.websocket import dial_websocket, serve_websocket
from tests.unit.sync.transports.networks import State, until


@pytest.mark.parametrize("token", [None, "", "wrong", "righ", "right.", "réght"])
async def test_a_wrong_token_is_refused(token: str | None) -> None:
    """SYNC-8: as is none; the reason names no token."""
    server = await serve_websocket(TopicHub(), token="right")
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    with pytest.raises(InvalidStatus) as raised:
        await connect(f"ws://127.0.0.1:{server.port}", additional_headers=headers, proxy=None)
    assert raised.value.response.status_code == 401
    assert b"right" not in raised.value.response.body
    with pytest.raises(Refused, match="401"):
        await SyncClient(dial_websocket(f"ws://127.0.0.1:{server.port}")).connect()
    await server.close()


async def test_a_page_in_a_browser_is_refused_unless_it_is_allowed() -> None:
    """SYNC-8: it sends its origin, whatever it says else."""
    hub = TopicHub()
    hub.publish("a", State())
    server = await serve_websocket(hub, origins=["https://good.example"])
    address = f"ws://127.0.0.1:{server.port}"
    for origin in ("https://evil.example", "null", "https://good.example.evil"):
        with pytest.raises(InvalidStatus, match="403"):
            await connect(address, origin=origin, proxy=None)  # type: ignore[arg-type]
    async with connect(address, origin="https://good.example", proxy=None) as page:  # type: ignore[arg-type]
        await page.send('{"type":"subscribe","id":1,"topic":"a"}')
        assert '"subscribed"' in str(await page.recv())
    await server.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.7", "example.org"])  # noqa: S104 - what is refused
async def test_other_addresses_need_a_token(host: str) -> None:
    """SYNC-8: bound to anything but loopback without one it does not begin to listen."""
    with pytest.raises(OptionError, match="token"):
        await serve_websocket(TopicHub(), host=host)


async def test_loopback_is_the_default() -> None:
    """SYNC-8: nobody else can even connect."""
    server = await serve_websocket(TopicHub())
    assert [listening.getsockname()[0] for listening in server._server.sockets] == ["127.0.0.1"]
    await server.close()


@pytest.mark.parametrize("uri", ["ws://:secret@127.0.0.1:1", "ws://127.0.0.1:1/?token=secret"])
def test_a_token_has_no_place_in_a_url(uri: str) -> None:
    """SYNC-8: URLs are logged and shown; the mistake is told before anything is sent."""
    with pytest.raises(OptionError, match="URL") as raised:
        dial_websocket(uri)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("closing", ["hub", "server"])
async def test_who_does_not_read_holds_no_server(closing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SYNC-8: behind a grace its connection is cut, whether the hub or the server is closed."""
    monkeypatch.setattr(links, "CLOSE_TIMEOUT_S", 0.01)
    hub = TopicHub()
    hub.publish("a", State(data="x" * 7_000_000))
    server = await serve_websocket(hub)
    idle = await connect(f"ws://127.0.0.1:{server.port}", proxy=None, max_queue=1, max_size=None, close_timeout=0.01)
    for number in range(4):
        await idle.send(f'{{"type":"snapshot.get","id":{number},"topic":"a"}}')
    await until(lambda: hub.peers)
    [peer] = hub._peers
    await until(lambda: peer._link.waiting_bytes > 14_000_000)
    if closing == "hub":
        hub.close()
        await until(lambda: not hub.peers)
    await server.close()
    assert hub.peers == 0
    await idle.close()


async def test_a_server_that_speaks_something_else() -> None:
    """SYNC-8: a clear error, and no hanging."""

    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(TransportError):
        await SyncClient(dial_websocket(f"ws://127.0.0.1:{port}")).connect()
    with pytest.raises(TransportError):
        await SyncClient(dial_websocket("http://127.0.0.1")).connect()
    server.close()
    await server.wait_closed()
