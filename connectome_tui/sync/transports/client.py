"""The side that follows: one connection, made again when it is lost, and topics over it (SYNC-8)."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from connectome_tui.sync import contracts
from connectome_tui.sync.contracts import EventHandler, InvalidationEvent, Options, SnapshotEnvelope
from connectome_tui.sync.reading import read_options
from connectome_tui.sync.retry import RetryPolicy
from connectome_tui.sync.scheduling import LoopScheduler, Scheduler, Timer
from connectome_tui.sync.transports.conversation import Conversation
from connectome_tui.sync.transports.errors import ConnectionLost, Refused, TransportError
from connectome_tui.sync.transports.links import Dial
from connectome_tui.sync.transports.wire import GetSnapshot, Invalidation, Snapshot, Subscribe, Subscribed, Unsubscribe

RECONNECTING: Final = RetryPolicy(initial_delay_ms=100, max_delay_ms=10_000)
REQUEST_TIMEOUT_MS: Final = 10_000.0
_log: Final = logging.getLogger("connectome_tui.sync")


class TopicClient:
    """Subscriber and provider of one topic of a hub: `SyncClient.topic` makes it."""

    def __init__(self, client: "SyncClient", topic: str) -> None:
        self._client = client
        self._topic = topic

    async def subscribe(self, handler: EventHandler) -> contracts.Unsubscribe:
        """Be told of changes, also over the connections that follow this one."""
        return await self._client.subscribe(self._topic, handler)

    async def get_snapshot(self) -> SnapshotEnvelope[object]:
        """What the topic is now; raises `TransportError`."""
        return await self._client.get_snapshot(self._topic)


class SyncClient:
    """Dials when it is first needed, and again, with growing waits, while anything is subscribed to.

    A connection that is lost fails what waits for an answer, and goes to `on_error`, as does each attempt
    that fails. Once connected again, `on_connected` is called, every topic is subscribed to anew, and its
    subscribers are told the revision that it has now, so that a sync catches up by itself. `reconnecting`
    is the waits in between, as a retry policy (`max_attempts` does not count there). A hub that refuses
    the client ends the attempts.
    """

    def __init__(
        self,
        dial: Dial,
        *,
        on_error: Callable[[Exception], object] | None = None,
        on_connected: Callable[[], object] | None = None,
        reconnecting: Options = RECONNECTING,
        request_timeout_ms: float = REQUEST_TIMEOUT_MS,
        scheduler: Scheduler | None = None,
    ) -> None:
        self._dial = dial
        self._on_error = on_error
        self._on_connected = on_connected
        self._reconnecting = read_options(RetryPolicy, reconnecting)
        self._request_timeout_ms = request_timeout_ms
        self._scheduler = scheduler or LoopScheduler()
        self._handlers: dict[str, list[EventHandler]] = {}
        self._connection: Conversation | None = None
        self._dialling = asyncio.Lock()
        self._failures = 0
        self._timer: Timer | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._connection is not None

    def topic(self, name: str) -> TopicClient:
        """Subscriber and provider of a topic."""
        return TopicClient(self, name)

    async def connect(self) -> None:
        """Connect now, without waiting for the next attempt; raises what keeps it from it."""
        await self._connected()

    async def close(self) -> None:
        """End the connection and all that waits; nothing is told any more."""
        self._closed.set()
        self._handlers.clear()
        self._cancel_timer()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def subscribe(self, topic: str, handler: EventHandler) -> contracts.Unsubscribe:
        """Call `handler` with each change of a topic, until the answer is called; raises `TransportError`."""
        connection = await self._connected()
        self._handlers.setdefault(topic, []).append(handler)
        try:
            await connection.ask(_subscribe_request(topic), Subscribed)
        except BaseException:
            self._unsubscribe(topic, handler)
            raise
        return lambda: self._unsubscribe(topic, handler)

    async def get_snapshot(self, topic: str) -> SnapshotEnvelope[object]:
        """What a topic is now; raises `TransportError`."""
        connection = await self._connected()
        reply = await connection.ask(lambda number: GetSnapshot(id=number, topic=topic), Snapshot)
        return SnapshotEnvelope(revision=reply.revision, data=reply.data)

    def _unsubscribe(self, topic: str, handler: EventHandler) -> None:
        handlers = self._handlers.get(topic, [])
        if handler not in handlers:
            return
        handlers.remove(handler)
        if not handlers:
            del self._handlers[topic]
            if self._connection is not None:
                self._connection.say(Unsubscribe(topic=topic))
        if not self._handlers:
            self._cancel_timer()

    async def _connected(self) -> Conversation:
        """The connection there is, or one that is made now."""
        async with self._dialling:
            if self._closed.is_set():
                raise ConnectionLost("this client is closed")
            if self._connection is not None:
                return self._connection
            connection = Conversation(self._tell, self._report, self._on_lost, self._request_timeout_ms)
            try:
                async with asyncio.timeout(self._request_timeout_ms / 1000):
                    connection.link = await self._dial(connection)
            except OSError as error:  # a TimeoutError is one
                raise ConnectionLost(f"cannot connect: {str(error) or 'no answer'}") from error
            if self._closed.is_set():
                await connection.close()
            if connection.is_over:
                raise ConnectionLost("the connection ended at once")
            self._connection = connection
            self._failures = 0
            self._cancel_timer()
            if self._handlers:
                self._spawn(self._subscribe_anew(connection, tuple(self._handlers)))
        self._call(self._on_connected)
        return connection

    async def _subscribe_anew(self, connection: Conversation, topics: tuple[str, ...]) -> None:
        """Subscribe to what was subscribed to before, and tell the revision that each topic has by now."""
        for topic in topics:
            try:
                reply = await connection.ask(_subscribe_request(topic), Subscribed)
                revision = reply.revision or (await self.get_snapshot(topic))["revision"]
            except TransportError as error:
                self._report(error)
            else:
                self._deliver(topic, InvalidationEvent(topic=topic, revision=revision))

    def _tell(self, said: Invalidation) -> None:
        fields = {"topic": said.topic, "revision": said.revision}
        if said.source_id is not None:
            fields["source_id"] = said.source_id
        event = InvalidationEvent(fields)
        if said.timestamp_ms is not None:
            event["timestamp_ms"] = said.timestamp_ms
        self._deliver(said.topic, event)

    def _deliver(self, topic: str, event: InvalidationEvent) -> None:
        for handler in tuple(self._handlers.get(topic, ())):
            self._call(handler, event)

    def _on_lost(self, connection: Conversation, reason: str) -> None:
        if connection is not self._connection:
            return
        self._connection = None
        if not self._closed.is_set():
            self._report(ConnectionLost(reason or "the connection was lost"))
            self._connect_later()

    def _connect_later(self) -> None:
        if self._handlers and not self._closed.is_set() and self._connection is None:
            self._failures += 1
            delay_ms = self._reconnecting.delay_ms(self._failures)
            self._timer = self._scheduler.call_later(delay_ms, lambda: self._spawn(self._connect_again()))

    async def _connect_again(self) -> None:
        try:
            await self._connected()
        except Refused as error:
            self._report(error)
        except TransportError as error:
            self._report(error)
            self._connect_later()

    def _report(self, error: Exception) -> None:
        _log.debug("sync client: %s", error)
        self._call(self._on_error, error)

    @staticmethod
    def _call(told: Callable[..., object] | None, *values: object) -> None:
        """Tell the user; what that raises is logged, for it must not end what was going on."""
        if told is not None:
            try:
                told(*values)
            except Exception:  # noqa: BLE001 - SYNC-6: it must not disable anything
                _log.exception("sync client: %r raised", told)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _subscribe_request(topic: str) -> Callable[[int], Subscribe]:
    return lambda number: Subscribe(id=number, topic=topic)
