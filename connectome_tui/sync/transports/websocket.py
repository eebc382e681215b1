"""The transport over WebSocket: one message each. Only this module imports the `websockets` library.

On loopback unless told otherwise, and elsewhere only with a token. A token travels in the header
`Authorization: Bearer …`, never in a URL. A page in a browser (it sends `Origin`) is refused unless allowed.
"""

import asyncio
import hmac
import http
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final, cast

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.http11 import Request, Response
from websockets.typing import Origin

from connectome_tui.sync.errors import OptionError
from connectome_tui.sync.transports import links
from connectome_tui.sync.transports.errors import Refused, TransportError
from connectome_tui.sync.transports.hub import TopicHub
from connectome_tui.sync.transports.links import MAX_MESSAGE_BYTES, Dial, Link, LinkUser

_REFUSALS: Final = frozenset({401, 403})


class WebSocketServer:
    """A hub at an address; `serve_websocket` makes it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Take nobody any more, and end the connections that came this way."""
        self._server.close()
        await self._server.wait_closed()


async def serve_websocket(
    hub: TopicHub, *, host: str = "127.0.0.1", port: int = 0, token: str | None = None, origins: Sequence[str] = ()
) -> WebSocketServer:
    """Let clients connect to a hub at this address; port 0 takes a free one.

    Raises `OptionError` for an address that is not loopback without a token, and `OSError` when it is in use.
    """
    if token is None and not _is_loopback(host):
        raise OptionError(f"{host} is not loopback: others could connect, so a token is needed")

    async def talk(connection: ServerConnection) -> None:
        link = _WebSocketLink(connection)
        await link.talk(hub.connected(link))

    def admit(connection: ServerConnection, request: Request) -> Response | None:
        if token is None or _bears(request, token):
            return None
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "a token is needed, or it is another one\n")

    server = await serve(
        talk,
        host,
        port,
        origins=[None, *(cast("Origin", origin) for origin in origins)],
        process_request=admit,
        compression=None,
        max_size=hub.max_message_bytes,
        close_timeout=links.CLOSE_TIMEOUT_S,
    )
    return WebSocketServer(server)


def dial_websocket(uri: str, *, token: str | None = None, max_message_bytes: int = MAX_MESSAGE_BYTES) -> Dial:
    """How a `SyncClient` connects to a hub at `ws://host:port` or `wss://…`."""
    if "@" in uri or "token=" in uri:
        raise OptionError("a token does not belong into a URL")

    async def dial(user: LinkUser) -> Link:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            connection = await connect(
                uri,
                additional_headers=headers,
                compression=None,
                proxy=None,
                max_size=max_message_bytes,
                close_timeout=links.CLOSE_TIMEOUT_S,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            kind = Refused if status in _REFUSALS else TransportError
            raise kind(f"refused with HTTP status {status}") from error
        except (InvalidHandshake, InvalidURI) as error:
            raise TransportError(f"cannot connect: {error}") from error
        link = _WebSocketLink(connection)
        link.talk_in_background(user)
        return link

    return dial


class _WebSocketLink:
    """Sends from a queue, so that sending never waits; whoever uses it looks at what waits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._queued_bytes = 0
        self._user: LinkUser | None = None
        self._reason = ""
        self._task: asyncio.Task[None] | None = None
        self._cutting: asyncio.TimerHandle | None = None

    @property
    def waiting_bytes(self) -> int:
        return self._queued_bytes + self._connection.transport.get_write_buffer_size()

    def send(self, message: bytes) -> None:
        self._queued_bytes += len(message)
        self._queue.put_nowait(message)

    def close(self, reason: str = "") -> None:
        if self._cutting is None:
            self._reason = reason
            self._queue.put_nowait(None)
            loop = asyncio.get_running_loop()
            self._cutting = loop.call_later(links.CLOSE_TIMEOUT_S, self._connection.transport.abort)

    def talk_in_background(self, user: LinkUser) -> None:
        """As `talk`, in a task of its own."""
        self._task = asyncio.get_running_loop().create_task(self.talk(user))

    async def talk(self, user: LinkUser) -> None:
        """Hand on what comes until the connection ends."""
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._write(user))
                await self._read(user)
                writing.cancel()
        finally:
            if self._cutting is not None:
                self._cutting.cancel()
            user.closed(self._reason or self._connection.close_reason or "the other side has closed")

    async def _read(self, user: LinkUser) -> None:
        try:
            async for message in self._connection:
                user.received(message)
        except ConnectionClosed as error:
            self._reason = self._reason or str(error)

    async def _write(self, user: LinkUser) -> None:
        while (message := await self._queue.get()) is not None:
            try:
                await self._connection.send(message, text=True)
            except ConnectionClosed:
                return  # `talk` sees it too, and says so
            self._queued_bytes -= len(message)
            if self._queue.empty():
                user.writable()
        await self._connection.close(reason=self._reason[:100])


def _bears(request: Request, token: str) -> bool:
    given = request.headers.get_all("Authorization")
    return len(given) == 1 and hmac.compare_digest(
        given[0].encode(errors="surrogateescape"), f"Bearer {token}".encode()
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
