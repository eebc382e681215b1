"""One connection as the client sees it: what it asked for, and what comes unasked."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from connectome_tui.sync.errors import ProtocolError
from connectome_tui.sync.transports.errors import ConnectionLost, RequestFailed, TransportError
from connectome_tui.sync.transports.links import Link
from connectome_tui.sync.transports.wire import (
    ErrorReply,
    FromServer,
    Invalidation,
    Message,
    Snapshot,
    Subscribed,
    decode_from_server,
    encode,
)

Reply = TypeVar("Reply", Subscribed, Snapshot)


class Conversation:
    """Requests and their replies, by number. `tell` gets changes, `trouble` what belongs to no request."""

    def __init__(
        self,
        tell: Callable[[Invalidation], None],
        trouble: Callable[[Exception], None],
        lost: "Callable[[Conversation, str], None]",
        timeout_ms: float,
    ) -> None:
        self.link: Link | None = None
        self._tell = tell
        self._trouble = trouble
        self._lost = lost
        self._timeout_ms = timeout_ms
        self._asked = 0
        self._pending: dict[int, asyncio.Future[Subscribed | Snapshot]] = {}
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def is_over(self) -> bool:
        """Whether the connection has ended."""
        return self._ended.done()

    async def ask(self, request: Callable[[int], Message], kind: type[Reply]) -> Reply:
        """Send the request that has this number, and wait for its reply; raises `TransportError`."""
        if self.link is None or self.is_over:
            raise ConnectionLost("there is no connection")
        self._asked += 1
        number = self._asked
        waiting: asyncio.Future[Subscribed | Snapshot] = asyncio.get_running_loop().create_future()
        self._pending[number] = waiting
        try:
            self.link.send(encode(request(number)))
            async with asyncio.timeout(self._timeout_ms / 1000):
                reply = await waiting
        except TimeoutError as error:
            raise TransportError(f"no answer within {self._timeout_ms / 1000:g} s") from error
        finally:
            self._pending.pop(number, None)
        if not isinstance(reply, kind):
            raise TransportError(f"the answer to request {number} is of another kind")
        return reply

    def say(self, message: Message) -> None:
        """Send what has no reply."""
        if self.link is not None:
            self.link.send(encode(message))

    async def close(self) -> None:
        """End the connection, and wait until it has ended."""
        if self.link is not None:
            self.link.close("the client is closed")
            await self._ended

    def received(self, message: bytes | str) -> None:
        try:
            said: FromServer = decode_from_server(message)
        except ProtocolError as error:
            self._trouble(error)
            return
        if isinstance(said, Invalidation):
            self._tell(said)
            return
        waiting = self._pending.get(said.id)
        if isinstance(said, ErrorReply):
            self._settle_or_report(waiting, RequestFailed(said.code, said.message))
        elif waiting is not None and not waiting.done():
            waiting.set_result(said)

    def too_long(self) -> None:
        self._trouble(ProtocolError("the other side sent a message that is too long"))

    def writable(self) -> None:
        """What a client sends is little: it waits for nothing."""

    def closed(self, reason: str) -> None:
        if self._ended.done():
            return
        self._ended.set_result(reason)
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(ConnectionLost(reason or "the connection was lost"))
        self._lost(self, reason)

    def _settle_or_report(self, waiting: "asyncio.Future[Subscribed | Snapshot] | None", error: RequestFailed) -> None:
        if waiting is None or waiting.done():
            self._trouble(error)
        else:
            waiting.set_exception(error)
