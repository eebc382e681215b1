"""The HTTP server: connections, their time-outs and bounds. h11 reads and writes the protocol."""

import asyncio
import socket
from typing import Final

import h11

from connectome_tui.receiver.answers import Answer, answer_to, refusal
from connectome_tui.receiver.counting import Counting
from connectome_tui.receiver.decoding import Encoding
from connectome_tui.receiver.gate import Gate
from connectome_tui.receiver.http_connection import READ, Connection, GoneError, SlowError
from connectome_tui.receiver.inflate import PackingError, TooLargeError
from connectome_tui.receiver.intake import BUSY, BusyError, Held, Intake
from connectome_tui.receiver.options import ReceiverLimits
from connectome_tui.receiver.routes import Rejection, Route, route, too_large

BUSY_REASON: Final = "busy"
REFUSED: Final = (TooLargeError, PackingError, BusyError, SlowError, TimeoutError, h11.RemoteProtocolError)
"""What can keep a body from being taken."""


class HttpServer:
    """Serves listening sockets until `close`. Every connection is a task of its own."""

    def __init__(self, intake: Intake, gate: Gate, counting: Counting, limits: ReceiverLimits) -> None:
        self._intake = intake
        self._gate = gate
        self._counting = counting
        self._limits = limits
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], Connection] = {}

    async def start(self, listeners: list[socket.socket]) -> None:
        """Accept connections."""
        for listener in listeners:
            server = await asyncio.start_server(self._serve, sock=listener, limit=READ)
            self._servers.append(server)

    def stop_listening(self) -> None:
        """Free the ports at once; requests that have begun may end."""
        for server in self._servers:
            server.close()

    async def close(self) -> None:
        """End every connection."""
        self.stop_listening()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection is a task"
        self._counting.connected()
        connection = Connection(reader, writer, self._limits)
        try:
            if not self._make_room():
                await self._reject(connection, Rejection(_busy(self._limits, "zipkin-json"), BUSY_REASON))
                return
            self._connections[task] = connection
            await self._converse(connection)
        except (GoneError, ConnectionError):
            pass
        except asyncio.CancelledError:  # the server closes, or another needs the place
            return
        finally:
            self._connections.pop(task, None)
            await connection.close()

    def _make_room(self) -> bool:
        """Whether one more connection fits; one that is idle has to give way."""
        if len(self._connections) < self._limits.connections:
            return True
        for task, connection in self._connections.items():
            if connection.is_idle:
                task.cancel()
                return True
        return False

    async def _converse(self, connection: Connection) -> None:
        """Answer requests one after the other until one side has enough."""
        while True:
            try:
                request = await connection.next_request()
            except h11.RemoteProtocolError as problem:
                answer = refusal(problem.error_status_hint, f"no HTTP request: {problem}", None)
                await self._reject(connection, Rejection(answer, "no HTTP"))
                return
            except SlowError:
                await self._reject(connection, Rejection(refusal(408, "the request took too long", None), "slow"))
                return
            if request is None:
                return
            if not await self._answer(connection, request):
                return

    async def _answer(self, connection: Connection, request: h11.Request) -> bool:
        """Answer a request; whether the connection may go on."""
        wanted = route(request.method, request.target, list(request.headers), self._gate, self._limits)
        if isinstance(wanted, Rejection):
            return await self._reject(connection, wanted)
        held = Held(self._intake)
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                body = await self._read_body(connection, wanted, held)
            outcome = await self._intake.take(wanted.encoding, wanted.signal, body)
        except REFUSED as problem:
            return await self._reject(connection, self._rejection(problem, wanted))
        finally:
            held.release()
        if not outcome.kept:
            reason = "busy" if outcome.unable else "too many records" if outcome.too_many else "malformed"
            self._counting.refused(reason, come_again=outcome.unable)
        return await connection.send(answer_to(outcome, wanted.encoding, self._limits.retry_after_seconds))

    async def _read_body(self, connection: Connection, wanted: Route, held: Held) -> bytes:
        """The whole body, unpacked; one of `REFUSED` when it cannot be taken."""
        await connection.say_continue()
        size = 0
        while (data := await connection.next_data()) is not None:
            size += len(data)
            if size > self._limits.body_bytes:
                raise TooLargeError
            wanted.body.feed(data)
            held.grow(wanted.body.size)
        self._counting.body(size)
        return wanted.body.finish()

    def _rejection(self, problem: Exception, wanted: Route) -> Rejection:
        """How a body that cannot be taken is answered, and counted."""
        match problem:
            case TooLargeError():
                return Rejection(too_large(wanted.encoding, self._limits), "too large")
            case PackingError():
                self._counting.malformed()
                return Rejection(refusal(400, str(problem), wanted.encoding), "malformed")
            case BusyError():
                return Rejection(_busy(self._limits, wanted.encoding), BUSY_REASON)
            case h11.RemoteProtocolError():
                return Rejection(refusal(400, f"no HTTP request: {problem}", None), "no HTTP")
            case _:
                return Rejection(refusal(408, "the body came too slowly", wanted.encoding), "slow")

    async def _reject(self, connection: Connection, rejection: Rejection) -> bool:
        self._counting.refused(rejection.reason, come_again=rejection.reason == BUSY_REASON)
        await connection.refuse(rejection.answer)
        return False


def _busy(limits: ReceiverLimits, encoding: Encoding) -> Answer:
    return answer_to(BUSY, encoding, limits.retry_after_seconds)
