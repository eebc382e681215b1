"""Links over real sockets: TCP and Unix, who may come in, and what ends a connection."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import connect as plain_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from connectome_tui.client.dialing import WebSocketDialer
from connectome_tui.net import websocket_link, websocket_server
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.net.links import Link, Peer
from connectome_tui.net.websocket_client import DialError, connect
from connectome_tui.net.websocket_server import Listener
from connectome_tui.receiver.addresses import Address, bind, bound_address
from connectome_tui.sources.unix_socket import ListeningSocket

SECONDS = 10
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class User:
    """Notes what a link reports, and answers when it is told to."""

    def __init__(self, link: Link, answer: Callable[[bytes], bytes | None] = lambda _: None) -> None:
        self.link, self._answer = link, answer
        self.got: asyncio.Queue[bytes] = asyncio.Queue()
        self.has_room = asyncio.Event()
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def received(self, message: bytes | str) -> None:
        assert isinstance(message, bytes)
        self.got.put_nowait(message)
        if (answer := self._answer(message)) is not None:
            self.link.send(answer)

    def writable(self) -> None:
        self.has_room.set()

    def closed(self, reason: str) -> None:
        self.end.set_result(reason)


class Server:
    """A port that answers each message with itself."""

    def __init__(self) -> None:
        self.users: list[User] = []
        self.peers: list[Peer] = []

    def connected(self, link: Link, peer: Peer) -> User:
        self.users.append(User(link, lambda message: message))
        self.peers.append(peer)
        return self.users[-1]


@asynccontextmanager
async def serving(listening: list[socket.socket], **options: object) -> AsyncIterator[tuple[Server, Listener]]:
    server = Server()
    listener = Listener(server, **options)  # type: ignore[arg-type]
    for one in listening:
        await listener.listen(one)
    async with asyncio.timeout(SECONDS):
        yield server, listener
        await listener.close("the server ends")
    assert listener.connections == 0


@pytest.fixture(params=["tcp", "unix"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[socket.socket, ServerAddress]:
    if request.param == "unix":
        path = str(tmp_path / "s")
        return ListeningSocket(path).socket, ServerAddress("unix", path=path)
    (listening,) = bind(Address("127.0.0.1", 0))
    return listening, ServerAddress("ws", "127.0.0.1", bound_address(listening).port)


@pytest.fixture
def tcp() -> tuple[socket.socket, str, int]:
    (listening,) = bind(Address("127.0.0.1", 0))
    port = bound_address(listening).port
    return listening, f"ws://127.0.0.1:{port}", port


async def dialled(address: ServerAddress) -> User:
    users: list[User] = []

    def made(link: Link) -> User:
        users.append(User(link))
        return users[-1]

    assert await connect(address, made) is users[0].link
    return users[0]


async def test_messages_come_whole_in_order_and_once(place: tuple[socket.socket, ServerAddress]) -> None:
    """Of many messages of all sizes each comes back whole, in order, exactly once."""
    sizes = [1, 125, 126, 65_535, 65_536, 900_000, *range(1, 400)]
    async with serving([place[0]]) as (_, _):
        user = await dialled(place[1])
        for number, size in enumerate(sizes):
            user.link.send(b"%d " % number + b"x" * size)
        for number, size in enumerate(sizes):
            assert await user.got.get() == b"%d " % number + b"x" * size
        assert user.got.empty()


async def test_either_side_ends_it_and_both_are_told_why(place: tuple[socket.socket, ServerAddress]) -> None:
    """`close` sends what waits, and both sides are told of the end once, with its reason; nothing is sent behind it."""
    async with serving([place[0]]) as (server, _):
        user = await dialled(place[1])
        user.link.send(b"x" * 500_000)
        user.link.close("enough")
        user.link.close("again")
        user.link.send(b"too late")
        assert await user.end == "enough"
        assert await server.users[0].end == "enough"
        assert server.users[0].got.qsize() == 1
        other = await dialled(place[1])
        server.users[1].link.send(b"bye")
        server.users[1].link.close("the server is tired")
        assert await other.end == "the server is tired"
        assert other.got.get_nowait() == b"bye"


async def test_a_server_that_ends_takes_leave(place: tuple[socket.socket, ServerAddress]) -> None:
    """Closing the listener ends every connection with its reason, also one that never reads."""
    async with serving([place[0]]) as (_, listener):
        user = await dialled(place[1])
        deaf = await dialled(place[1])
        deaf.link._transport.pause_reading()  # type: ignore[attr-defined]
        await listener.close("the server ends", seconds=0.05)
        assert await user.end == "the server ends"
        deaf.link.close()
        await deaf.end


async def test_what_waits_is_counted_and_room_is_told(place: tuple[socket.socket, ServerAddress]) -> None:
    """What the other side does not read is counted; when it reads again, the sender is told that there is room."""
    async with serving([place[0]]) as (server, _):
        user = await dialled(place[1])
        transport = user.link._transport  # type: ignore[attr-defined]
        transport.pause_reading()
        link = server.users[0].link
        assert link.waiting_bytes == 0
        sent = 0
        while link.waiting_bytes < 1_000_000:
            link.send(b"x" * 100_000)
            sent += 1
        assert not server.users[0].has_room.is_set()
        transport.resume_reading()
        await server.users[0].has_room.wait()
        assert link.waiting_bytes <= websocket_link.LOW_WATER_BYTES
        for _ in range(sent):
            assert len(await user.got.get()) == 100_000


async def test_who_sends_without_end_does_not_hold_up_the_others(place: tuple[socket.socket, ServerAddress]) -> None:
    """A flood of small messages is taken in turns: between two of them the others are served."""
    async with serving([place[0]]) as (server, _):
        loud, quiet = await dialled(place[1]), await dialled(place[1])
        for _ in range(20_000):
            loud.link.send(b"x")
        await asyncio.sleep(0)
        quiet.link.send(b"?")
        assert await quiet.got.get() == b"?"
        assert server.users[0].got.qsize() < 20_000
        for _ in range(20_000):
            await loud.got.get()


@pytest.mark.parametrize("frame", [b"\x89\x80", b"\x8a\x80", b"\x01\x80"], ids=["pings", "pongs", "pieces"])
async def test_a_flood_of_empty_frames_holds_up_nobody(tcp: tuple[socket.socket, str, int], frame: bytes) -> None:
    """Frames of six bytes are looked at a few at a time, and who sends nothing else is ended (SERVER-9)."""
    async with serving([tcp[0]]):
        reader, writer = await asyncio.open_connection("127.0.0.1", tcp[2])
        writer.write(UPGRADE % tcp[2])
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.set_write_buffer_limits(1 << 24)
        async with plain_connect(tcp[1], proxy=None) as quiet:
            loop = asyncio.get_running_loop()
            longest = 0.0
            with suppress(ConnectionError):
                for _ in range(20):
                    writer.write((frame + b"\0\0\0\0") * 5000)
                    began = loop.time()
                    await quiet.send("?")
                    await quiet.recv()
                    longest = max(longest, loop.time() - began)
                while await reader.read(1 << 16):
                    pass
        writer.close()
        assert longest < 0.1


async def test_who_does_not_finish_makes_room(
    tcp: tuple[socket.socket, str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many connect and say nothing, or stay when it is over, whoever does come in gets in (SERVER-9)."""
    monkeypatch.setattr(websocket_server, "MOST_KNOCKING", 5)
    monkeypatch.setattr(websocket_server, "MOST_GOING", 5)
    async with serving([tcp[0]], max_connections=3) as (server, listener):
        silent = [await asyncio.open_connection("127.0.0.1", tcp[2]) for _ in range(12)]
        staying = []
        for _ in range(12):
            reader, writer = await asyncio.open_connection("127.0.0.1", tcp[2])
            writer.write(UPGRADE % tcp[2])
            assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
            server.users[-1].link.close("over")
            staying.append((reader, writer))
        assert listener.connections <= 10
        async with plain_connect(tcp[1], proxy=None) as here:
            await here.send("?")
            assert await here.recv() == "?"
        for _, writer in (*silent, *staying):
            writer.transport.abort()


async def test_nothing_is_written_to_who_is_gone(
    tcp: tuple[socket.socket, str, int], caplog: pytest.LogCaptureFixture
) -> None:
    """A connection that broke takes nothing any more; the event loop has nothing to complain about."""
    async with serving([tcp[0]]) as (server, _):
        user = await dialled(ServerAddress("ws", "127.0.0.1", tcp[2]))
        user.link.send(b"x")
        await user.got.get()
        user.link._transport.abort()  # type: ignore[attr-defined]
        await user.end
        for _ in range(20):
            server.users[0].link.send(b"y" * 1000)
        await server.users[0].end
    assert not caplog.records


async def test_who_does_not_answer_twice_is_gone(
    place: tuple[socket.socket, ServerAddress], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two heartbeats without a sign of life end the connection, on either side; one that answers stays (SERVER-1)."""
    monkeypatch.setattr(websocket_link, "HEARTBEAT_SECONDS", 0.05)
    async with serving([place[0]]) as (server, listener):
        gone, here = await dialled(place[1]), await dialled(place[1])
        gone.link._timer.cancel()  # type: ignore[attr-defined]
        gone.link._transport.pause_reading()  # type: ignore[attr-defined]
        assert "no answer" in await server.users[0].end
        here.link.send(b"still here")
        assert await here.got.get() == b"still here"
        assert listener.connections == 1
        gone.link._transport.abort()  # type: ignore[attr-defined]
        await gone.end


async def test_the_peer_is_known(place: tuple[socket.socket, ServerAddress]) -> None:
    """The port is told over which transport somebody came."""
    async with serving([place[0]]) as (server, _):
        await dialled(place[1])
        kind = "unix" if place[1].transport == "unix" else "websocket"
        assert server.peers[0].transport == kind


async def test_no_web_page_may_connect(tcp: tuple[socket.socket, str, int]) -> None:
    """Any `Origin`, and a `Host` of another name, are refused with a status before anything is read (SERVER-9)."""
    async with serving([tcp[0]]) as (server, _):
        for origin in ("https://example.org", "null", f"http://127.0.0.1:{tcp[2]}"):
            with pytest.raises(InvalidStatus) as caught:
                await plain_connect(tcp[1], origin=websockets.Origin(origin))
            assert caught.value.response.status_code == 403
        for host in ("example.org", "127.0.0.1.example.org", "192.0.2.1", "", "localhost:x", "localhost@example.org"):
            answer = await _ask(tcp[2], f"Host: {host}\r\n")
            assert answer.startswith(b"HTTP/1.1 403 ")
        assert (await _ask(tcp[2], "")).startswith(b"HTTP/1.1 403 ")
        assert (await _ask(tcp[2], "Host: localhost\r\nHost: localhost\r\n")).startswith(b"HTTP/1.1 403 ")
        for host in ("localhost", f"127.0.0.1:{tcp[2]}", "[::1]", "LOCALHOST.:1"):
            assert (await _ask(tcp[2], f"Host: {host}\r\n")).startswith(b"HTTP/1.1 101 ")
        assert len(server.users) == 4


async def test_a_host_can_be_allowed(tcp: tuple[socket.socket, str, int]) -> None:
    """Names that were allowed are hosts, too; others still are not."""
    async with serving([tcp[0]], allowed_hosts=["Flows.example.org"]):
        assert (await _ask(tcp[2], "Host: flows.example.org:443\r\n")).startswith(b"HTTP/1.1 101 ")
        assert (await _ask(tcp[2], "Host: example.org\r\n")).startswith(b"HTTP/1.1 403 ")


async def test_what_is_no_websocket_is_told_so(tcp: tuple[socket.socket, str, int]) -> None:
    """A browser, TLS and noise at the port end by themselves, and hurt nobody else."""
    async with serving([tcp[0]]) as (server, _):
        user = await dialled(ServerAddress("ws", "127.0.0.1", tcp[2]))
        assert b" 426 " in await _raw(tcp[2], b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 405 " in await _raw(tcp[2], b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for noise in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500) + b"\r\n\r\n", b"\n" * 500):
            assert b" 101 " not in await _raw(tcp[2], noise)
        await _raw(tcp[2], b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000)
        user.link.send(b"still here")
        assert await user.got.get() == b"still here"
        assert len(server.users) == 1


async def test_who_does_not_finish_the_handshake_is_gone(
    tcp: tuple[socket.socket, str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection on which nothing, or only a beginning, comes ends after its time."""
    monkeypatch.setattr(websocket_link, "OPEN_SECONDS", 0.05)
    async with serving([tcp[0]]):
        assert await _raw(tcp[2], b"") == b""
        assert await _raw(tcp[2], b"GET / HTTP/1.1\r\nHost: ") == b""


async def test_messages_are_bounded(tcp: tuple[socket.socket, str, int]) -> None:
    """A message over the bound, whole or in pieces, ends that connection with code 1009, and no other (SERVER-9)."""
    async with serving([tcp[0]], max_message_bytes=10_000) as (server, _):
        other = await dialled(ServerAddress("ws", "127.0.0.1", tcp[2]))
        for message in ("x" * 10_001, ["x" * 6000, "x" * 6000], ["x"] * 500):
            async with plain_connect(tcp[1], compression=None) as client:
                with suppress(ConnectionClosed):
                    await client.send(message)
                await client.wait_closed()
                assert client.close_code == 1009
        other.link.send(b"x" * 10_000)
        assert len(await other.got.get()) == 10_000
        assert all(user.got.empty() for user in server.users[1:])


async def test_pieces_make_one_message(tcp: tuple[socket.socket, str, int]) -> None:
    """A message in pieces, text or binary, arrives as one."""
    async with serving([tcp[0]]), plain_connect(tcp[1]) as client:
        await client.send(["a", "b", "", "c"])
        assert await client.recv() == "abc"
        await client.send([b"1", b"2"])
        assert await client.recv() == "12"


async def test_connections_are_bounded(tcp: tuple[socket.socket, str, int]) -> None:
    """One connection too many is refused with a status, and is welcome again when another has gone (SERVER-9)."""
    address = ServerAddress("ws", "127.0.0.1", tcp[2])
    async with serving([tcp[0]], max_connections=2) as (server, _):
        first = await dialled(address)
        await dialled(address)
        with pytest.raises(DialError, match=r"status 503: limit\.clients") as caught:
            await dialled(address)
        assert not caught.value.is_hopeless
        first.link.close()
        await server.users[0].end
        await dialled(address)


async def test_why_a_connection_was_not_made(tmp_path: Path, tcp: tuple[socket.socket, str, int]) -> None:
    """Each way in which connecting fails is told in one line that says what to do, and whether to try again."""
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as free:
        unused = free.getsockname()[1]
    cases: list[tuple[ServerAddress, str, bool]] = [
        (ServerAddress("ws", "127.0.0.1", unused), "nobody listens there: is `connectome serve` running?", False),
        (ServerAddress("wss", "localhost", unused), "nobody listens there: is `connectome serve` running?", False),
        (ServerAddress("ws", "nowhere.invalid", 1), "there is no host 'nowhere.invalid'", True),
        (ServerAddress("unix", path=str(tmp_path / "none")), "no such socket", False),
        (ServerAddress("unix", path=str(tmp_path / "file")), "nobody listens there any more", False),
    ]
    async with serving([tcp[0]]):
        cases.append((ServerAddress("wss", "127.0.0.1", tcp[2]), "does not speak TLS: expected ws://", True))
        for address, expected, is_hopeless in cases:
            with pytest.raises(DialError) as caught:
                await dialled(address)
            assert expected in str(caught.value)
            assert str(caught.value).startswith(str(address))
            assert "\n" not in str(caught.value)
            assert caught.value.is_hopeless == is_hopeless, address


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nno\x1b\n", r"with status 404: no\x1b"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "this port speaks TLS: expected wss://"),
        (b"220 mail.example.org ESMTP\r\n", "no Connectome server"),
        (b"", "closed without an answer: if the port speaks TLS, expected wss://"),
    ],
)
async def test_other_servers_are_told_apart(answer: bytes, expected: str) -> None:
    """What answers and is no server of ours is named in one line, with nothing that could write to a terminal."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(DialError) as caught:
            await dialled(ServerAddress("ws", "127.0.0.1", port))
        assert expected in str(caught.value)


async def test_an_answer_that_never_comes_has_a_time() -> None:
    """A port that takes the connection and says nothing is given up, and nothing of the attempt is left."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = ServerAddress("ws", "127.0.0.1", silent.getsockname()[1])
        with pytest.raises(DialError, match=r"no answer within 0\.05 s"):
            await connect(address, User, seconds=0.05)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def _ask(port: int, hosts: str) -> bytes:
    key = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key += "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    return await _raw(port, f"GET / HTTP/1.1\r\n{hosts}{key}\r\n".encode(), whole=False)


async def _raw(port: int, data: bytes, *, whole: bool = True) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await (reader.read() if whole else reader.readline())
    except ConnectionError:
        return b""
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


class Attempt:
    """One attempt to connect, as a client makes it."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[Link | tuple[str, bool]] = asyncio.get_running_loop().create_future()
        self.user: User | None = None

    def opened(self, link: Link) -> User:
        self.user = User(link)
        self.outcome.set_result(link)
        return self.user

    def failed(self, why: str, *, final: bool = False) -> None:
        self.outcome.set_result((why, final))


async def test_a_dialer_tells_the_outcome_once(place: tuple[socket.socket, ServerAddress]) -> None:
    """An attempt is told of its link, or why there is none; one that is cancelled is told nothing (CLIENT-9)."""
    async with serving([place[0]]) as (_, listener):
        dialer = WebSocketDialer(place[1])
        cancelled, opened = Attempt(), Attempt()
        dialer.dial(cancelled)
        dialer.cancel()
        dialer.cancel()
        dialer.dial(opened)
        link = await opened.outcome
        assert opened.user is not None
        assert link is opened.user.link
        dialer.cancel()
        opened.user.link.send(b"still open")
        assert await opened.user.got.get() == b"still open"
        link_again = Attempt()
        dialer.dial(link_again)
        await link_again.outcome
        assert listener.connections == 2
        assert not cancelled.outcome.done()
    await opened.user.end
    failed = Attempt()
    dialer.dial(failed)
    why, final = await failed.outcome  # type: ignore[misc]
    assert "nobody listens there" in str(why) or "no such socket" in str(why)
    assert final is False
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_nothing_is_logged_of_what_is_sent(
    tcp: tuple[socket.socket, str, int], caplog: pytest.LogCaptureFixture
) -> None:
    """Where a program logs everything, no frame and so no token stands in it (SERVER-9)."""
    caplog.set_level(0)
    logging.getLogger().setLevel(logging.DEBUG)
    async with serving([tcp[0]]):
        user = await dialled(ServerAddress("ws", "127.0.0.1", tcp[2]))
        user.link.send(b"a secret")
        await user.got.get()
    assert "a secret" not in caplog.text
