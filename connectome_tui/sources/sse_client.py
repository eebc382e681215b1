"""The client's side of an event stream over HTTP/1.1, without I/O: bytes of the answer in, what they mean out."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Final, NamedTuple

import h11

from connectome_tui import __version__
from connectome_tui.events.visible import elide, visible
from connectome_tui.sources.request_headers import RequestHeader
from connectome_tui.sources.web_address import WebAddress

EVENT_STREAM: Final = "text/event-stream"
LARGEST_HEAD: Final = 64 << 10
LONGEST_ID: Final = 4096
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({408, 425, 429})
_SHOWN_CELLS: Final = 60


class Opened(NamedTuple):
    """The stream has begun."""


class StreamBytes(NamedTuple):
    """More of the stream."""

    data: bytes


class Ended(NamedTuple):
    """The server has closed the stream. `cut`: in the middle, and not as the protocol has it."""

    cut: bool


class Redirected(NamedTuple):
    """The stream is elsewhere, says the server."""

    location: str


class NoContent(NamedTuple):
    """The server wants no further try (204)."""


class Refused(NamedTuple):
    """There is no stream. `passing`: there may be one later, so it is worth another try."""

    reason: str
    passing: bool = False
    retry_after_ms: float = 0.0


Answer = Opened | StreamBytes | Ended | Redirected | NoContent | Refused


class EventStreamExchange:
    """One request and its answer."""

    def __init__(self, address: WebAddress, headers: Iterable[RequestHeader], last_event_id: str = "") -> None:
        self._address = address
        self._headers = headers
        self._last_event_id = last_event_id
        self._protocol = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self._has_begun = False
        self._opened = False
        self._over = False

    def request(self) -> bytes:
        """The bytes to send first."""
        own = [
            ("Host", self._address.place),
            ("Accept", EVENT_STREAM),
            ("Accept-Encoding", "identity"),
            ("Cache-Control", "no-store"),
            ("User-Agent", f"connectome/{__version__}"),
        ]
        given = [header.on_the_wire() for header in self._headers]
        names = {name.lower() for name, _ in given}
        pairs = [(key.encode(), value.encode()) for key, value in own if key.lower().encode() not in names] + given
        if self._last_event_id and _can_be_sent(self._last_event_id):
            pairs = [pair for pair in pairs if pair[0].lower() != b"last-event-id"]
            pairs.append((b"Last-Event-ID", self._last_event_id.encode()))
        request = h11.Request(method="GET", target=self._address.target, headers=pairs)
        return (self._protocol.send(request) or b"") + (self._protocol.send(h11.EndOfMessage()) or b"")

    def receive(self, data: bytes) -> Iterator[Answer]:
        """Take what came, `b""` for the end of the connection. After anything but stream bytes nothing more comes."""
        if self._over:
            return
        self._has_begun |= bool(data)
        try:
            self._protocol.receive_data(data)
            while not isinstance(event := self._protocol.next_event(), type):
                answer = self._answer(event)
                if answer is not None:
                    self._over = not isinstance(answer, Opened | StreamBytes)
                    yield answer
                if self._over:
                    return
        except h11.RemoteProtocolError:
            self._over = True
            yield self._broken()

    def _answer(self, event: object) -> Answer | None:
        if isinstance(event, h11.Response):
            answer = self._judge(event)
            self._opened = isinstance(answer, Opened)
            return answer
        if isinstance(event, h11.Data):
            return StreamBytes(bytes(event.data))
        if isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return Ended(cut=False)
        return None  # an answer before the answer (1xx)

    def _broken(self) -> Answer:
        if self._opened:
            return Ended(cut=True)
        if not self._has_begun:
            return Refused("the server closed the connection without an answer", passing=True)
        return Refused("what answers there does not speak HTTP/1.1", passing=True)

    def _judge(self, response: h11.Response) -> Answer:
        """What the status and the headers of an answer mean."""
        headers = {bytes(name).decode("latin-1"): bytes(value).decode("latin-1") for name, value in response.headers}
        status = response.status_code
        if status == HTTPStatus.NO_CONTENT:
            return NoContent()
        if status in _REDIRECTS and headers.get("location"):
            return Redirected(headers["location"])
        if status != HTTPStatus.OK:
            passing = status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR
            after_ms = _retry_after_ms(headers.get("retry-after", ""))
            return Refused(f"the server answered {_status_text(status)}", passing, after_ms)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != EVENT_STREAM:
            shown = elide(visible(kind), _SHOWN_CELLS) or "no content type"
            return Refused(f"no event stream: the server answered with {shown}, expected {EVENT_STREAM}")
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            return Refused(f"the stream is packed ({elide(visible(encoding), _SHOWN_CELLS)}), expected it as it is")
        return Opened()


def _retry_after_ms(value: str) -> float:
    """The seconds of a `Retry-After`; a date, which few servers send, says nothing to us."""
    return int(value) * 1000.0 if value.isascii() and value.isdigit() and len(value) < 8 else 0.0


def _can_be_sent(event_id: str) -> bool:
    """Whether an id may stand in a header: the stream may put anything into it but NUL and line ends."""
    return event_id.isprintable() and event_id == event_id.strip() and len(event_id) <= LONGEST_ID


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
