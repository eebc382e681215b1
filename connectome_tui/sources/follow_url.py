"""Following server-sent events: connect, read, and connect again when the stream ends (`connectome follow URL`)."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from connectome_tui.clock import Clock
from connectome_tui.engine.looks import counted
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import LiveBatch
from connectome_tui.events.topology import Node
from connectome_tui.sources.back_off import BackOff
from connectome_tui.sources.live import HandOver
from connectome_tui.sources.request_headers import RequestHeader
from connectome_tui.sources.source_thread import Delivery, SourceThread
from connectome_tui.sources.sse import LARGEST_EVENT, EventStreamParser, ServerEvent
from connectome_tui.sources.sse_client import (
    Answer,
    Ended,
    EventStreamExchange,
    NoContent,
    Opened,
    Redirected,
    Refused,
    StreamBytes,
)
from connectome_tui.sources.stream_events import Arrived, Ends, Reading, event_of_payload
from connectome_tui.sources.stream_memory import StreamMemory
from connectome_tui.sources.web_address import WebAddress, parse_address
from connectome_tui.sources.wire import Connect, Stopped, Wire, WireError, connect_socket

MOST_REDIRECTS: Final = 10
ANSWER_SECONDS: Final = 60.0
"""For the head of an answer; some servers send it with their first event."""
FOLLOWER: Final = Node(id="client:connectome", title="connectome", kind="client", zone="FRONTEND", detail="this window")


class End(NamedTuple):
    """Why there is no stream now. `retries`: whether to try again by itself; `lasted_ms`: how long there was one."""

    message: str
    retries: bool = True
    is_error: bool = True
    at_least_ms: float = 0.0
    lasted_ms: float = 0.0


class FollowUrl:
    """A live source that reads one event stream over HTTP.

    Headers go to the origin of the address alone, never where a redirect to another one leads. Nothing
    that is shown, raised or represented holds their values, or the query or the user of the address.
    `SourceError` when the address is none. `connect` and `wait` are what tests replace.
    """

    kind = "sse"

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        headers: Sequence[RequestHeader] = (),
        connect: Connect = connect_socket,
        back_off: BackOff | None = None,
        wait: Callable[[float | None], bool] | None = None,
        largest: int = LARGEST_EVENT,
    ) -> None:
        self._address = parse_address(url)
        authorization = self._address.authorization
        own = (RequestHeader("Authorization", authorization),) if authorization else ()
        self._headers = (*own, *headers)
        self._clock = clock
        self._connect = connect
        self._back_off = back_off or BackOff()
        self._thread = SourceThread(self.name, clock, self.run)
        self._wait = wait or self._wait_on_bell
        self._last_event_id = ""
        self._largest = largest
        self._memory = StreamMemory()
        self._server = Node(
            id=f"server:{self._address.place}", title=self._address.place, kind="server", zone="BACKEND"
        )
        self._ends = Ends(self._server.id, FOLLOWER.id, "stream", self._address.place)

    def __repr__(self) -> str:
        return f"FollowUrl({self._address.shown})"

    @property
    def name(self) -> str:
        """Host, port and path."""
        return self._address.shown.partition("://")[2].partition("?")[0]

    def describe(self) -> tuple[str, ...]:
        """The address, and how to look at the stream without this program."""
        return self._address.shown, f"curl -N {self._address.shown}"

    def start(self, hand_over: HandOver) -> None:
        """Begin to connect."""
        self._thread.start(hand_over)

    def stop(self) -> None:
        """End the connection."""
        self._thread.stop()

    def retry_now(self) -> None:
        """Do not wait for the next try, nor give up (from any thread)."""
        self._back_off.reset()
        self._thread.bell.ring()

    def run(self, delivery: Delivery) -> None:
        """Connect and read until the source is stopped (in its thread)."""
        while not self._thread.bell.stopped:
            delivery.status("connecting")
            try:
                end = self._follow(delivery)
            except WireError as error:
                end = End(str(error))
            except SourceError as error:
                end = End(f"the redirect leads to {error.path}: {error.expected}", retries=False)
            except Stopped:
                return
            self._back_off.connected(end.lasted_ms)
            delay = self._back_off.next_delay_ms(end.at_least_ms) if end.retries else None
            delivery.status("error" if end.is_error else "disconnected", end.message, retry_in_ms=delay)
            self._wait(None if delay is None else delay / 1000)

    def _follow(self, delivery: Delivery) -> End:
        """One try: through the redirects to the end of the stream."""
        address = self._address
        for _ in range(MOST_REDIRECTS + 1):
            wire = self._connect(address, self._thread.bell)
            try:
                answer = self._converse(wire, address, delivery)
            finally:
                wire.close()
            if isinstance(answer, End):
                return answer
            target = address.join(answer.location)
            if address.scheme == "https" and target.scheme == "http":
                return End(f"the redirect to {target.shown} would leave TLS", retries=False)
            address = target
        return End(f"more than {MOST_REDIRECTS} redirects", retries=False)

    def _converse(self, wire: Wire, address: WebAddress, delivery: Delivery) -> End | Redirected:
        """One request and all of its answer."""
        headers = self._headers if address.origin == self._address.origin else ()
        exchange = EventStreamExchange(address, headers, self._last_event_id)
        wire.send(exchange.request())
        parser = EventStreamParser(last_event_id=self._last_event_id, largest=self._largest)
        opened_ms: float | None = None
        while True:
            data = wire.receive(ANSWER_SECONDS if opened_ms is None else None)
            if data is None:
                return End(f"no answer within {ANSWER_SECONDS:.0f} s")
            delivery.count(bytes_received=len(data))
            for answer in exchange.receive(data):
                if isinstance(answer, Opened):
                    opened_ms = self._clock.now_ms()
                    delivery.count(connections=1)
                    delivery.status("connected")
                elif isinstance(answer, StreamBytes):
                    self._read(parser, answer.data, delivery)
                elif isinstance(answer, Redirected):
                    return answer
                else:
                    return _end_of(answer, 0.0 if opened_ms is None else self._clock.now_ms() - opened_ms)

    def _read(self, parser: EventStreamParser, data: bytes, delivery: Delivery) -> None:
        dropped = parser.dropped
        events = parser.feed(data)
        self._last_event_id = parser.last_event_id
        if parser.retry_ms is not None:
            self._back_off.ask(parser.retry_ms)
        lost = parser.dropped - dropped
        if events or lost:
            self._deliver([self._reading(event) for event in events], lost, delivery)

    def _reading(self, event: ServerEvent) -> Reading:
        return event_of_payload(
            Arrived(event.data, self._clock.now_ms(), event.name, event.id), self._ends, self._memory
        )

    def _deliver(self, readings: list[Reading], lost: int, delivery: Delivery) -> None:
        count = len(readings)
        delivery.count(received=count + lost, decoded=count, shown_ready=count)
        delivery.lose("too large", lost)
        kept = any(not reading.as_such for reading in readings)
        details = tuple(reading.detail for reading in readings)
        delivery.hand_over(
            LiveBatch(
                source=self.name,
                events=tuple(reading.event for reading in readings),
                details=details if any(detail is not None for detail in details) else (),
                nodes=(self._server, FOLLOWER) if kept else (),
                counters=delivery.counters,
                gap=_gap_text(lost, self._largest) if lost else None,
                wait_actions={place: reading.wait for place, reading in enumerate(readings) if reading.wait != "none"},
            )
        )

    def _wait_on_bell(self, seconds: float | None) -> bool:
        return self._thread.bell.wait(seconds)


def _gap_text(lost: int, largest: int) -> str:
    return f"{counted(lost, 'event')} dropped: larger than {largest >> 10} KiB"


def _end_of(answer: Answer, lasted_ms: float) -> End:
    if isinstance(answer, Refused):
        return End(answer.reason, answer.passing, at_least_ms=answer.retry_after_ms)
    if isinstance(answer, NoContent):
        return End("the server says that there is no more (204)", retries=False, is_error=False)
    assert isinstance(answer, Ended)
    message = "the connection broke in the middle" if answer.cut else "the server closed the stream"
    return End(message, is_error=False, lasted_ms=lasted_ms)
