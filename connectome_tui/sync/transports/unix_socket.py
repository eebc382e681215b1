"""The transport over a Unix socket: one message a line. The file is for its owner alone (mode 0600)."""

import asyncio
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from connectome_tui.sync.transports import links
from connectome_tui.sync.transports.hub import TopicHub
from connectome_tui.sync.transports.links import MAX_MESSAGE_BYTES, Dial, Link, LinkUser


class UnixServer:
    """A hub at a path; `serve_unix` makes it."""

    def __init__(self, hub: TopicHub, path: Path, server: asyncio.Server, open_links: "set[LineLink]") -> None:
        self.path = path
        self._hub = hub
        self._server = server
        self._links = open_links
        self._inode = path.stat().st_ino

    async def close(self) -> None:
        """Take nobody any more, end the connections that came this way, and remove the file."""
        self._server.close()
        for link in tuple(self._links):
            link.close("the server is closed")
        await asyncio.gather(*(link.ended for link in tuple(self._links)))
        await self._server.wait_closed()
        if self.path.exists() and self.path.stat().st_ino == self._inode:
            self.path.unlink()


async def serve_unix(hub: TopicHub, path: str | Path) -> UnixServer:
    """Let clients connect to a hub at this path. A socket there that nobody serves any more is replaced.

    Raises `OSError` when the path is in use, or cannot be made.
    """
    path = Path(path)
    _remove_dead_socket(path)
    open_links: set[LineLink] = set()
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(path))
        path.chmod(0o600)  # before it listens: nobody can have connected yet
        server = await asyncio.get_running_loop().create_unix_server(
            lambda: LineLink(hub.connected, hub.max_message_bytes, open_links), sock=listening
        )
    except BaseException:
        listening.close()
        raise
    return UnixServer(hub, path, server, open_links)


def dial_unix(path: str | Path, *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> Dial:
    """How a `SyncClient` connects to a hub at this path."""

    async def dial(user: LinkUser) -> Link:
        _, link = await asyncio.get_running_loop().create_unix_connection(
            lambda: LineLink(lambda _: user, max_message_bytes, set()), str(path)
        )
        return link

    return dial


class LineLink(asyncio.Protocol):
    """A link whose messages are lines, on a stream of bytes."""

    def __init__(
        self, connected: Callable[[Link], LinkUser], max_message_bytes: int, open_links: "set[LineLink]"
    ) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connected = connected
        self._most = max_message_bytes
        self._links = open_links
        self._user: LinkUser | None = None
        self._transport: asyncio.Transport | None = None
        self._rest = bytearray()
        self._reason = ""
        self._cutting: asyncio.TimerHandle | None = None

    @property
    def waiting_bytes(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def send(self, message: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.writelines((message, b"\n"))

    def close(self, reason: str = "") -> None:
        if self._transport is not None and self._cutting is None:
            self._reason = reason
            self._transport.close()
            loop = asyncio.get_running_loop()
            self._cutting = loop.call_later(links.CLOSE_TIMEOUT_S, self._transport.abort)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport), "a socket of streams"
        self._transport = transport
        transport.set_write_buffer_limits(high=links.SLOW_BYTES)
        self._links.add(self)
        self._user = self._connected(self)

    def data_received(self, data: bytes) -> None:
        assert self._user is not None, "it is connected"
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._rest += line
            message, self._rest = bytes(self._rest), bytearray()
            if self._is_too_long(len(message)):
                return
            self._user.received(message)
        self._rest += rest
        self._is_too_long(len(self._rest))

    def resume_writing(self) -> None:
        assert self._user is not None, "it is connected"
        self._user.writable()

    def connection_lost(self, exc: Exception | None) -> None:
        self._links.discard(self)
        self._transport = None
        if self._cutting is not None:
            self._cutting.cancel()
        if self._user is not None:
            self._user.closed(self._reason or (str(exc) if exc is not None else "the other side has closed"))
        self.ended.set_result(None)

    def _is_too_long(self, length: int) -> bool:
        if length <= self._most or self._transport is None or self._user is None:
            return False
        self._rest.clear()
        self._transport.pause_reading()
        self._user.too_long()
        self.close("a message was too long")
        return True


def _remove_dead_socket(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.geteuid():
        raise FileExistsError(f"{path} is there already, and no socket of this user")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise FileExistsError(f"{path} is in use")
