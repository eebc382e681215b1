"""The transports that ship, each behind the same few words for a test."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from connectome_tui.sync import ErrorContext, ManualScheduler, RevisionSync, create_revision_sync
from connectome_tui.sync.transports import MemoryNetwork, SyncClient, TopicHub, UnixServer, dial_unix, serve_unix
from connectome_tui.sync.transports.links import Dial, Link
from connectome_tui.sync.transports.websocket import WebSocketServer, dial_websocket, serve_websocket

TOKEN = "a token of the test"


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; sockets have no event for it."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for is on both sides of a socket
            await asyncio.sleep(0.001)


class Network(Protocol):
    """A hub, and a way to it that can be taken down and up again."""

    hub: TopicHub

    @property
    def dial(self) -> Dial: ...

    async def up(self) -> None: ...

    async def down(self) -> None: ...


class InMemory:
    """The transport in memory."""

    def __init__(self, hub: TopicHub, _folder: Path) -> None:
        self.hub = hub
        self._network = MemoryNetwork(hub)

    @property
    def dial(self) -> Dial:
        return self._network.dial

    async def up(self) -> None:
        self._network.is_up = True

    async def down(self) -> None:
        self._network.is_up = False
        self._network.cut()


class OverUnixSocket:
    """The transport over a Unix socket."""

    def __init__(self, hub: TopicHub, folder: Path) -> None:
        self.hub = hub
        self.path = folder / "sync.sock"
        self._server: UnixServer | None = None

    @property
    def dial(self) -> Dial:
        return dial_unix(self.path)

    async def up(self) -> None:
        self._server = await serve_unix(self.hub, self.path)

    async def down(self) -> None:
        if self._server is not None:
            await self._server.close()
            self._server = None


class OverWebSocket:
    """The transport over WebSocket, with a token."""

    def __init__(self, hub: TopicHub, _folder: Path) -> None:
        self.hub = hub
        self.port = 0
        self._server: WebSocketServer | None = None

    @property
    def dial(self) -> Dial:
        return dial_websocket(f"ws://127.0.0.1:{self.port}", token=TOKEN)

    async def up(self) -> None:
        self._server = await serve_websocket(self.hub, port=self.port, token=TOKEN)
        self.port = self._server.port

    async def down(self) -> None:
        if self._server is not None:
            await self._server.close()
            self._server = None


class State:
    """What a hub publishes: a provider whose revision a test moves."""

    def __init__(self, revision: object = "1", data: object = None) -> None:
        self.revision = revision
        self.data = data
        self.calls = 0
        self.error: Exception | None = None

    async def get_snapshot(self) -> dict[str, object]:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return {"revision": self.revision, "data": self.data}


class Follower:
    """A sync over a client of its own (or over another's), what it applied and what went wrong."""

    def __init__(self, network: Network, topic: str = "catalog", client: SyncClient | None = None) -> None:
        self.time = ManualScheduler()
        self.troubles: list[Exception] = []
        self.connected = 0
        self.client = client or SyncClient(
            network.dial, on_error=self.troubles.append, on_connected=self._count, scheduler=self.time
        )
        self.applied: list[tuple[str, Any]] = []
        self.errors: list[ErrorContext] = []
        of_topic = self.client.topic(topic)
        self.sync: RevisionSync = create_revision_sync(
            topic=topic, subscriber=of_topic, provider=of_topic, applier=self, on_error=self.errors.append
        )

    def apply(self, envelope: Any) -> None:
        self.applied.append((envelope.revision, envelope.data))

    def _count(self) -> None:
        self.connected += 1

    async def at(self, revision: str) -> None:
        """Wait until the sync has this revision."""
        await until(lambda: self.sync.local_revision == revision)

    async def leave(self) -> None:
        self.sync.stop()
        await self.client.close()


class RawClient:
    """Says what it likes, and remembers what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes | str] = []
        self.is_closed = False
        self.link: Link | None = None

    async def dial(self, network: Network) -> Link:
        self.link = await network.dial(self)
        return self.link

    def received(self, message: bytes | str) -> None:
        self.heard.append(message)

    def too_long(self) -> None: ...

    def writable(self) -> None: ...

    def closed(self, _reason: str) -> None:
        self.is_closed = True
