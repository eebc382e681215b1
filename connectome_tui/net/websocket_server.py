"""Where a server listens: WebSocket over TCP and over Unix sockets. It looks at who knocks before anything is read."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from connectome_tui.net.links import LinkUser, Peer, Port
from connectome_tui.net.websocket_link import LOGGER, WebSocketLink
from connectome_tui.receiver.addresses import Address, bound_address, is_loopback

MAX_MESSAGE_BYTES: Final = 1024 * 1024
"""Longer messages end a connection before they are read. The server itself takes less (`frame.too_long`)."""
MAX_CONNECTIONS: Final = 1200
"""So many at most, also such that have not said hello yet: others are turned away."""
MOST_KNOCKING: Final = 1024
"""So many may be in the middle of the handshake; with one more, the one that takes longest is cut off."""
MOST_GOING: Final = 512
"""The same for those who were told that it is over, and have not gone."""
BACKLOG: Final = 512
"""So many may knock at the same moment: all windows do when a server comes back."""
_WINDOW_BITS: Final = 12


class Listener:
    """Takes in who connects at some sockets, and tells a port of them. `close` ends all that are still there."""

    def __init__(
        self,
        port: Port,
        *,
        allowed_hosts: Iterable[str] = (),
        max_connections: int = MAX_CONNECTIONS,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self.port, self.max_message_bytes = port, max_message_bytes
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        self._max_connections = max_connections
        self._servers: list[asyncio.Server] = []
        self._links: set[_ServerLink] = set()
        # In the order in which they came: who does not get on takes the place of nobody who does.
        self._knocking: dict[_ServerLink, None] = {}
        self._going: dict[_ServerLink, None] = {}
        self._is_closing = False
        self._all_gone = asyncio.Event()
        # What goes to many is put into a frame once: the same bytes for all of them.
        self._framed: tuple[bytes, bytes] = (b"", b"")

    @property
    def connections(self) -> int:
        """How many are connected, also without having said hello."""
        return len(self._links)

    async def listen(self, listening: socket.socket) -> None:
        """Take in who connects at a listening socket; it is closed with this listener."""
        loop = asyncio.get_running_loop()
        if listening.family == getattr(socket, "AF_UNIX", None):
            path = str(listening.getsockname())
            server = await loop.create_unix_server(
                lambda: _ServerLink(self, Peer("unix", path), None), sock=listening, backlog=BACKLOG
            )
        else:
            bound = bound_address(listening)
            server = await loop.create_server(lambda: _ServerLink(self, None, bound), sock=listening, backlog=BACKLOG)
        self._servers.append(server)

    async def close(self, reason: str, seconds: float = 2.0) -> None:
        """Take in nobody any more, and end every connection; who does not answer in time is cut off."""
        self._is_closing = True
        for server in self._servers:
            server.close()
        for link in list(self._links):
            link.go_away(reason)
        if self._links:
            try:
                await asyncio.wait_for(self._all_gone.wait(), seconds)
            except TimeoutError:
                for link in list(self._links):
                    link.cut_off()
                await self._all_gone.wait()

    def framed(self, message: bytes) -> bytes:
        """A message as it goes over the wire, without compression."""
        last, framed = self._framed
        if last is not message:
            framed = Frame(Opcode.TEXT, message).serialize(mask=False)
            self._framed = message, framed
        return framed

    def came(self, link: "_ServerLink") -> None:
        """A connection was taken in."""
        self._links.add(link)
        self._all_gone.clear()
        self._put(link, self._knocking, MOST_KNOCKING)

    def opened(self, link: "_ServerLink") -> None:
        """The handshake is over."""
        self._knocking.pop(link, None)

    def goes(self, link: "_ServerLink") -> None:
        """It was told that it is over, and is waited for a little."""
        self._knocking.pop(link, None)
        self._put(link, self._going, MOST_GOING)

    def went(self, link: "_ServerLink") -> None:
        """A connection is over."""
        self._links.discard(link)
        self._knocking.pop(link, None)
        self._going.pop(link, None)
        if not self._links:
            self._all_gone.set()

    def denial(self, request: Request, bound: Address | None, reached: str) -> tuple[HTTPStatus, str] | None:
        """Why somebody is turned away; None when they may come in.

        Browsers tell of a web page by `Origin`, and by the name in `Host` of one that was led here
        (SERVER-9). `reached` is the address of this machine at which the connection came.
        """
        if request.headers.get_all("Origin"):
            return HTTPStatus.FORBIDDEN, "web pages may not connect: the request has an Origin"
        if bound is not None:
            hosts = request.headers.get_all("Host")
            if len(hosts) != 1 or not self._is_host(hosts[0], bound, reached):
                return HTTPStatus.FORBIDDEN, "expected a Host by which this server is known (--allow-host adds one)"
        if len(self._links) - len(self._knocking) - len(self._going) >= self._max_connections:
            return HTTPStatus.SERVICE_UNAVAILABLE, f"limit.clients: more than {self._max_connections} connections"
        return None

    def _put(self, link: "_ServerLink", those: "dict[_ServerLink, None]", most: int) -> None:
        those[link] = None
        if len(those) > most and not self._is_closing:
            oldest = next(iter(those))
            del those[oldest]
            oldest.cut_off("limit.clients: it took too long, and others wait")

    def _is_host(self, shown: str, bound: Address, reached: str) -> bool:
        name, port = _host_and_port(shown.strip())
        if port and not port.isdecimal():
            return False
        name = name.rstrip(".").lower()
        return is_loopback(name) or name in self._allowed or (not bound.is_loopback and name in {bound.host, reached})


class _ServerLink(WebSocketLink):
    """One who connected. `peer` is known beforehand of a Unix socket alone."""

    def __init__(self, listener: Listener, peer: Peer | None, bound: Address | None) -> None:
        self._websocket = ServerProtocol(max_size=listener.max_message_bytes, logger=LOGGER)
        super().__init__(self._websocket)
        self._listener, self._peer, self._bound = listener, peer, bound
        self._is_plain = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._listener.came(self)

    def send(self, message: bytes) -> None:
        if self._is_plain and not self._is_ended and self._websocket.state is State.OPEN:
            assert self._transport is not None
            if not self._transport.is_closing():
                self._transport.write(self._listener.framed(message))
        else:
            super().send(message)

    def go_away(self, reason: str) -> None:
        """The server ends."""
        self._end(CloseCode.GOING_AWAY, reason)

    def cut_off(self, why: str = "the server ended") -> None:
        """End at once."""
        self._give_up(why)

    def _shake_hands(self, event: Request | Response) -> None:
        assert isinstance(event, Request)
        assert self._transport is not None
        here, there = (self._transport.get_extra_info(name) for name in ("sockname", "peername"))
        denial = self._listener.denial(event, self._bound, _host_of(here))
        if denial is not None:
            status, text = denial
            self._websocket.send_response(self._websocket.reject(status, f"{text}\n"))
            self._flush()
            return
        if self._bound is not None and not _is_loopback_peer(there):
            self._websocket.available_extensions = [
                ServerPerMessageDeflateFactory(server_max_window_bits=_WINDOW_BITS, client_max_window_bits=_WINDOW_BITS)
            ]
        self._websocket.send_response(self._websocket.accept(event))
        self._flush()
        if self._websocket.state is State.OPEN:
            self._listener.opened(self)
            self._is_plain = not self._websocket.extensions
            self._opened(self._listener.port.connected(self, self._peer or Peer("websocket", _shown(there))))

    def _leave(self) -> None:
        super()._leave()
        self._listener.goes(self)

    def _lost(self, user: LinkUser | None, reason: str) -> None:
        self._listener.went(self)
        super()._lost(user, reason)


def _host_and_port(text: str) -> tuple[str, str]:
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        return name, rest.removeprefix(":")
    name, _, port = text.partition(":")
    return name, port


def _host_of(name: object) -> str:
    """The host of a socket's name: the address of this machine that somebody reached."""
    return str(name[0]) if isinstance(name, tuple) else ""


def _shown(name: object) -> str:
    return str(Address(*name[:2])) if isinstance(name, tuple) else ""


def _is_loopback_peer(name: object) -> bool:
    try:
        return ipaddress.ip_address(_host_of(name).partition("%")[0]).is_loopback
    except ValueError:
        return False
