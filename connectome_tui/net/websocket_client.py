"""Connecting to a server: WebSocket over TCP, TLS or a Unix socket, and in one line why it did not work."""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.uri import WebSocketURI

from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import one_line, visible
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.net.links import Link, LinkUser
from connectome_tui.net.websocket_link import LOGGER, WebSocketLink

CONNECT_SECONDS: Final = 10.0
MAX_MESSAGE_BYTES: Final = 256 * 1024 * 1024
"""A baseline holds the whole graph; nothing longer is taken from a server."""
_TLS_RECORDS: Final = (b"\x15\x03", b"\x16\x03")
_PEEKED_BYTES: Final = 16
_CUT_OFF: Final = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)

MakeUser = Callable[[Link], LinkUser]
"""Makes who uses a connection, once it is open."""


class DialError(SourceError):
    """A connection that could not be made. `is_hopeless`: trying again would end in the same way."""

    def __init__(self, address: ServerAddress, reason: str, *, is_hopeless: bool = False) -> None:
        super().__init__(str(address.place), reason)
        self.reason, self.is_hopeless = reason, is_hopeless


async def connect(address: ServerAddress, make_user: MakeUser, *, seconds: float = CONNECT_SECONDS) -> Link:
    """Connect, shake hands, and hand the link to `make_user`; `DialError` when nothing came of it in time."""
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[Link] = loop.create_future()
    links: list[_ClientLink] = []

    def make_link() -> _ClientLink:
        links.append(_ClientLink(address, make_user, opened))
        return links[-1]

    try:
        async with asyncio.timeout(seconds):
            await _open(loop, address, make_link)
            return await opened
    except TimeoutError:
        if opened.done() and not opened.cancelled() and opened.exception() is None:
            return opened.result()  # it opened in this very moment, and its user was told
        raise DialError(address, f"no answer within {seconds:g} s") from None
    except DialError:
        raise
    except (OSError, ssl.SSLError) as problem:
        reason, is_hopeless = _why_not(address, problem)
        raise DialError(address, reason, is_hopeless=is_hopeless) from problem
    finally:
        if not opened.done() or opened.cancelled() or opened.exception() is not None:
            for link in links:
                link.abandon()


def _open(
    loop: asyncio.AbstractEventLoop, address: ServerAddress, make_link: "Callable[[], _ClientLink]"
) -> Coroutine[Any, Any, object]:
    if address.transport == "unix":
        if not hasattr(socket, "AF_UNIX"):
            raise DialError(address, "there are no such sockets on Windows: expected ws://HOST:PORT", is_hopeless=True)
        return loop.create_unix_connection(make_link, str(Path(address.path).expanduser()))
    tls = ssl.create_default_context() if address.transport == "wss" else None
    # `localhost` may be two addresses, of which only one is listened at.
    return loop.create_connection(make_link, address.host, address.port, ssl=tls, happy_eyeballs_delay=0.25)


class _ClientLink(WebSocketLink):
    """The way to a server."""

    def __init__(self, address: ServerAddress, make_user: MakeUser, opened: asyncio.Future[Link]) -> None:
        is_unix = address.transport == "unix"
        extensions = None if address.is_local else [ClientPerMessageDeflateFactory(client_max_window_bits=True)]
        self._websocket = ClientProtocol(
            WebSocketURI(
                address.transport == "wss", "localhost" if is_unix else address.host, address.port or 80, "/", ""
            ),
            extensions=extensions,
            max_size=MAX_MESSAGE_BYTES,
            logger=LOGGER,
        )
        super().__init__(self._websocket)
        self._address, self._make_user, self._is_open = address, make_user, opened
        self._beginning = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._websocket.send_request(self._websocket.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        if len(self._beginning) < _PEEKED_BYTES:
            self._beginning += data[:_PEEKED_BYTES]
        super().data_received(data)

    def abandon(self) -> None:
        """Nobody waits for it any more."""
        if self._transport is not None:
            self._transport.abort()

    def _shake_hands(self, event: Request | Response) -> None:
        assert isinstance(event, Response)
        if self._websocket.state is not State.OPEN or self._is_open.done():
            return  # the reason is told when the connection ends
        self._opened(self._make_user(self))
        self._is_open.set_result(self)

    def _lost(self, user: LinkUser | None, reason: str) -> None:
        super()._lost(user, reason)
        if not self._is_open.done():
            self._is_open.set_exception(self._refusal(reason))

    def _refusal(self, reason: str) -> DialError:
        problem = self._websocket.handshake_exc
        if self._beginning.startswith(_TLS_RECORDS):
            return DialError(self._address, "this port speaks TLS: expected wss:// instead of ws://", is_hopeless=True)
        if isinstance(problem, InvalidStatus):
            response = problem.response
            text = visible(one_line(bytes(response.body or b"").decode(errors="replace")))[:200]
            is_busy = response.status_code >= 500
            return DialError(
                self._address,
                f"the server refused the connection with status {response.status_code}{f': {text}' if text else ''}",
                is_hopeless=not is_busy,
            )
        if isinstance(problem, InvalidMessage) and not self._beginning:
            hint = (
                ": if the port speaks TLS, expected wss:// instead of ws://" if self._address.transport == "ws" else ""
            )
            return DialError(self._address, f"the connection was closed without an answer{hint}")
        if problem is not None:
            return DialError(self._address, "what answers there is no Connectome server", is_hopeless=True)
        return DialError(self._address, reason)


def _why_not(address: ServerAddress, problem: OSError) -> tuple[str, bool]:
    """Why a connection was not made, and whether trying again is in vain."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"the certificate of the server is not good: {problem.verify_message.lower()}", True
    if isinstance(problem, ssl.SSLError) or (address.transport == "wss" and isinstance(problem, _CUT_OFF)):
        return "this port does not speak TLS: expected ws:// instead of wss://", True
    if isinstance(problem, socket.gaierror):
        return f"there is no host {visible(address.host)!r}", problem.errno == socket.EAI_NONAME
    if address.transport == "unix":
        return _why_no_socket(problem)
    if isinstance(problem, ConnectionRefusedError) or problem.errno is None:
        return "nobody listens there: is `connectome serve` running?", False
    return f"cannot be reached: {(problem.strerror or os.strerror(problem.errno)).lower()}", False


def _why_no_socket(problem: OSError) -> tuple[str, bool]:
    match problem.errno:
        case errno.ENOENT:
            return "there is no such socket: is `connectome serve --unix` running?", False
        case errno.ECONNREFUSED:
            return "nobody listens there any more: is `connectome serve --unix` running?", False
        case errno.EACCES | errno.EPERM:
            return "no permission: it is the socket of another user", True
        case errno.ENOTSOCK:
            return "is no socket", True
        case _:
            return f"cannot be reached: {(problem.strerror or str(problem)).lower()}", False
