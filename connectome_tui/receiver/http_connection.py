"""One connection of HTTP: reading within time-outs, answering, and closing so that the answer arrives."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

import h11

from connectome_tui.receiver.answers import Answer
from connectome_tui.receiver.options import ReceiverLimits

READ: Final = 64 << 10
LINGER_BYTES: Final = 32 << 20
LINGER_SECONDS: Final = 2.0
"""How much and how long is read, and thrown away, of a sender that was answered before it had said all."""


class GoneError(Exception):
    """The sender closed the connection, or the answer does not reach it."""


class SlowError(Exception):
    """The sender took too long."""


class Connection:
    """A sender on a connection; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: ReceiverLimits) -> None:
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)
        self.is_idle = True
        """Whether no request has begun."""
        self._is_head = False

    async def next_request(self) -> h11.Request | None:
        """The head of the next request; None when there is none. `SlowError`, `GoneError`, `RemoteProtocolError`."""
        self.is_idle = True
        try:
            async with asyncio.timeout(self._limits.idle_seconds):
                event = await self._first_bytes()
        except TimeoutError:
            return None
        self.is_idle = False
        try:
            async with asyncio.timeout(self._limits.head_seconds):
                while event is h11.NEED_DATA:
                    await self._read()
                    event = self._protocol.next_event()
        except TimeoutError:
            raise SlowError from None
        if not isinstance(event, h11.Request):
            return None
        self._is_head = event.method == b"HEAD"
        return event

    async def _first_bytes(self) -> object:
        """Wait until a request begins; what it makes of it so far."""
        event = self._protocol.next_event()
        if event is h11.NEED_DATA:
            await self._read()
            event = self._protocol.next_event()
        return event

    async def say_continue(self) -> None:
        """Tell a sender that asks first that it may send its body."""
        if self._protocol.they_are_waiting_for_100_continue:
            await self._write(self._protocol.send(h11.InformationalResponse(status_code=100, headers=[])))

    async def next_data(self) -> bytes | None:
        """More of the body; None at its end. `SlowError` after silence, `GoneError`, `RemoteProtocolError`."""
        while True:
            event = self._protocol.next_event()
            if isinstance(event, h11.Data):
                return bytes(event.data)
            if isinstance(event, h11.EndOfMessage):
                return None
            if event is not h11.NEED_DATA:
                raise GoneError
            try:
                async with asyncio.timeout(self._limits.silence_seconds):
                    await self._read()
            except TimeoutError:
                raise SlowError from None

    async def send(self, answer: Answer) -> bool:
        """Answer the request; whether another may follow on this connection."""
        await self._send(answer, ())
        if self._protocol.our_state is h11.MUST_CLOSE or self._protocol.their_state is not h11.DONE:
            return False
        self._protocol.start_next_cycle()
        return True

    async def refuse(self, answer: Answer) -> None:
        """Answer before the sender has said all, and end the conversation so that it can read the answer."""
        if self._protocol.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        await self._send(answer, (("Connection", "close"),))
        with suppress(TimeoutError, OSError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            async with asyncio.timeout(LINGER_SECONDS):
                left = LINGER_BYTES
                while left > 0 and (data := await self._reader.read(READ)):
                    left -= len(data)

    async def close(self) -> None:
        """Close; what was not sent by now never will be."""
        self._writer.close()
        with suppress(OSError, TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(LINGER_SECONDS):
                await self._writer.wait_closed()

    async def _send(self, answer: Answer, more: tuple[tuple[str, str], ...]) -> None:
        headers = [
            ("Date", format_datetime(datetime.now(UTC), usegmt=True)),
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            ("X-Content-Type-Options", "nosniff"),
            *answer.headers,
            *more,
        ]
        protocol = self._protocol
        data = protocol.send(h11.Response(status_code=answer.status, headers=headers)) or b""
        if not self._is_head:
            data += protocol.send(h11.Data(data=answer.body)) or b""
        data += protocol.send(h11.EndOfMessage()) or b""
        await self._write(data)

    async def _write(self, data: bytes | None) -> None:
        try:
            self._writer.write(data or b"")
            async with asyncio.timeout(self._limits.silence_seconds):
                await self._writer.drain()
        except (TimeoutError, OSError) as problem:
            raise GoneError from problem

    async def _read(self) -> None:
        """Hand the protocol what comes next, or that nothing does."""
        try:
            data = await self._reader.read(READ)
        except OSError as problem:
            raise GoneError from problem
        self._protocol.receive_data(data)
