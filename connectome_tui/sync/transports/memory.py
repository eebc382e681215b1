"""The transport in memory: one process, no sockets; what is sent arrives with the next turn of the event loop."""

import asyncio

from connectome_tui.sync.transports.errors import ConnectionLost
from connectome_tui.sync.transports.hub import TopicHub
from connectome_tui.sync.transports.links import Link, LinkUser


class MemoryNetwork:
    """Connects clients to a hub; `is_up` False is a network that is down."""

    def __init__(self, hub: TopicHub) -> None:
        self.is_up = True
        self._hub = hub
        self._ends: set[_End] = set()

    async def dial(self, user: LinkUser) -> Link:
        """Connect a client."""
        if not self.is_up:
            raise ConnectionLost("the network is down")
        most = self._hub.max_message_bytes
        near, far = _End(self._ends, most), _End(self._ends, most)
        near.other, far.other = far, near
        near.user, far.user = user, self._hub.connected(far)
        self._ends |= {near, far}
        return near

    def cut(self) -> None:
        """End every connection, as a cable that is pulled does."""
        for end in tuple(self._ends):
            end.cut("the cable was pulled")


class _End:
    def __init__(self, ends: "set[_End]", most: int) -> None:
        self.user: LinkUser | None = None
        self.other: _End | None = None
        self._ends = ends
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._waiting = 0
        self._is_open = True

    @property
    def waiting_bytes(self) -> int:
        return self._waiting

    def send(self, message: bytes) -> None:
        if self._is_open:
            self._waiting += len(message)
            self._loop.call_soon(self._arrive, bytes(message))

    def close(self, reason: str = "") -> None:
        self._loop.call_soon(self._hang_up, reason)

    def cut(self, reason: str) -> None:
        self._ends.discard(self)
        self._is_open = False
        user, self.user = self.user, None
        if user is not None:
            user.closed(reason)

    def _arrive(self, message: bytes) -> None:
        self._waiting -= len(message)
        user = self.other.user if self.other is not None else None
        if user is not None and len(message) > self._most:
            user.too_long()
            self.close("a message was too long")
        elif user is not None:
            user.received(message)
        if not self._waiting and self.user is not None:
            self.user.writable()

    def _hang_up(self, reason: str) -> None:
        for end in (self, self.other):
            if end is not None:
                end.cut(reason)
