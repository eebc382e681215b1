"""Following an event stream: connections, reconnects, redirects and what is said about them; no network, no time."""

from collections.abc import Sequence
from typing import Any

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import ConnectionStatus, LiveBatch
from connectome_tui.sources.back_off import BackOff
from connectome_tui.sources.follow_url import FollowUrl
from connectome_tui.sources.request_headers import RequestHeader
from connectome_tui.sources.source_thread import Delivery
from connectome_tui.sources.wire import WireError
from tests.fake_network import OK, FakeNetwork

URL = "http://127.0.0.1:8000/events?key=s3cret"
SECRET = RequestHeader("Authorization", "Bearer s3cret")


class Followed:
    """What following a scripted network handed over, and how long it waited before each further try."""

    def __init__(
        self, network: FakeNetwork, url: str = URL, headers: Sequence[RequestHeader] = (), **options: Any
    ) -> None:
        self.network = network
        self.clock = ManualClock(1_000_000)
        self.batches: list[LiveBatch] = []
        self.waits: list[float | None] = []
        self.source = FollowUrl(
            url,
            clock=self.clock,
            headers=headers,
            connect=network.connect,
            back_off=BackOff(lambda: 0.0),
            wait=self._wait,
            **options,
        )
        self.source.run(Delivery(self.source.name, self.clock, self.batches.append))
        self.source.stop()
        assert all(wire.is_closed for wire in network.wires)

    def _wait(self, seconds: float | None) -> bool:
        self.waits.append(seconds)
        self.clock.advance((seconds or 0) * 1000)
        return False

    @property
    def labels(self) -> list[str]:
        return [event.label for batch in self.batches for event in batch.events]

    @property
    def data(self) -> list[str | None]:
        return [event.payload_summary for batch in self.batches for event in batch.events]

    @property
    def statuses(self) -> list[ConnectionStatus]:
        return [batch.status for batch in self.batches if batch.status is not None]

    @property
    def phases(self) -> list[str]:
        return [status.phase for status in self.statuses]


def head(status: str, *headers: str) -> list[bytes]:
    return ["\r\n".join([f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", ""]).encode()]


def test_events_come_while_the_stream_lasts() -> None:
    """Each piece of a stream is handed over as it comes, and the phases follow the connection."""
    followed = Followed(FakeNetwork([OK[:20], OK[20:], b"data: a\n\ndata: b\n\nda", b"ta: c\n", b"\n"]))
    assert followed.data == ["a", "b", "c"]
    assert [len(batch.events) for batch in followed.batches if batch.events] == [2, 1]
    assert followed.phases == ["connecting", "connected", "disconnected", "connecting"]
    assert followed.statuses[2] == ConnectionStatus("disconnected", "the server closed the stream", 1_001_000)
    counters = followed.batches[-1].counters
    assert counters is not None
    assert (counters.received, counters.shown_ready, counters.connections) == (3, 3, 1)


def test_a_reconnect_sends_the_last_id_and_heeds_retry() -> None:
    """After the time that the server asked for, the id of the last whole event is sent; ids that cannot be are not."""
    network = FakeNetwork(
        [OK, b"retry: 250\nid: 7\ndata: a\n\nid: 8\ndata: cut"],
        [OK, b"id: \x01\ndata: b\n\n"],
        [OK, b"id\ndata: c\n\n"],
        WireError("stop"),
    )
    followed = Followed(network)
    assert followed.data == ["a", "b", "c"]
    assert [network.header(number, "Last-Event-ID") for number in range(3)] == [None, "7", None]
    assert followed.waits[0] == 0.25


def test_events_that_are_no_flow_events_bring_their_ends() -> None:
    """The server and this program are nodes once a payload needs them, and not before."""
    step = b'data: {"from":"a:b","to":"c:d","label":"step","wait":"start"}\n\n'
    followed = Followed(FakeNetwork([OK, step, b"event: tick\ndata: 1\n\n"]))
    steps, others = [batch for batch in followed.batches if batch.events]
    assert (followed.labels, steps.nodes, dict(steps.wait_actions)) == (["step", "tick"], (), {0: "start"})
    assert [node.id for node in others.nodes] == ["server:127.0.0.1:8000", "client:connectome"]
    assert (others.events[0].from_node_id, others.events[0].to_node_id) == tuple(node.id for node in others.nodes)


def test_a_server_that_closes_at_once_for_ever_is_asked_less_and_less() -> None:
    """Connections that end at once do not make a busy loop, whether they brought something or not."""
    followed = Followed(FakeNetwork(*([OK, b"data: a\n\n"] for _ in range(4)), *([b""] for _ in range(4))))
    assert followed.waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert followed.statuses[-2].message == "the server closed the connection without an answer"


def test_a_connection_that_lasted_begins_the_back_off_anew() -> None:
    """After a stream of some seconds the first delay counts again."""
    network = FakeNetwork(WireError("no"), WireError("no"))
    network._answers.append([OK, lambda: followed_clock.advance(60_000), b"data: a\n\n"])
    followed_clock = ManualClock()
    batches: list[LiveBatch] = []
    waits: list[float | None] = []
    source = FollowUrl(
        URL,
        clock=followed_clock,
        connect=network.connect,
        back_off=BackOff(lambda: 0.0),
        wait=lambda seconds: (waits.append(seconds), False)[1],  # type: ignore[func-returns-value]
    )
    source.run(Delivery(source.name, followed_clock, batches.append))
    source.stop()
    assert waits == [1, 2, 1]


@pytest.mark.parametrize(
    ("answer", "phase", "message"),
    [
        (head("204 No Content"), "disconnected", "the server says that there is no more (204)"),
        (head("404 Not Found"), "error", "the server answered 404 Not Found"),
        (head("401 Unauthorized"), "error", "the server answered 401 Unauthorized"),
        (
            head("200 OK", "Content-Type: text/html; charset=utf-8"),
            "error",
            "no event stream: the server answered with text/html, expected text/event-stream",
        ),
        (
            head("200 OK"),
            "error",
            "no event stream: the server answered with no content type, expected text/event-stream",
        ),
        (
            head("200 OK", "Content-Type: text/event-stream", "Content-Encoding: gzip"),
            "error",
            "the stream is packed (gzip), expected it as it is",
        ),
        (
            head("302 Found", "Location: ftp://files/x"),
            "error",
            "the redirect leads to ftp://files: expected http or https",
        ),
    ],
)
def test_what_will_not_change_by_itself_is_not_tried_again(answer: list[bytes], phase: str, message: str) -> None:
    """204, a refusal and an answer that is no event stream are one clear line, and there is no further try."""
    followed = Followed(FakeNetwork(answer, head("204 No Content")))
    assert followed.statuses[1].phase == phase
    assert followed.statuses[1].message.startswith(message)
    assert followed.statuses[1].next_retry_ms is None
    assert followed.waits[0] is None


@pytest.mark.parametrize(
    ("answer", "message", "seconds"),
    [
        (head("503 Service Unavailable"), "the server answered 503 Service Unavailable", 1),
        (head("429 Too Many Requests", "Retry-After: 7"), "the server answered 429 Too Many Requests", 7),
        (head("599 Odd"), "the server answered 599", 1),
        ([b"SSH-2.0-OpenSSH\r\n"], "what answers there does not speak HTTP/1.1", 1),
        ([None], "no answer within 60 s", 1),
        ([WireError("the connection broke: reset")], "the connection broke: reset", 1),
        (WireError("nothing listens at 127.0.0.1:8000"), "nothing listens at 127.0.0.1:8000", 1),
    ],
)
def test_what_may_pass_is_tried_again(answer: list[bytes] | WireError, message: str, seconds: float) -> None:
    """A server that is not there, not ready or not speaking is an error with the time of the next try."""
    followed = Followed(FakeNetwork(answer))
    assert followed.statuses[1] == ConnectionStatus("error", message, 1_000_000 + seconds * 1000)
    assert followed.waits == [seconds]


def test_a_stream_that_breaks_in_the_middle_drops_the_event_in_the_middle() -> None:
    """A chunked answer that ends without its end is a broken connection; half an event is none."""
    chunked = OK.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    followed = Followed(FakeNetwork([chunked, b"9\r\ndata: a\n\n\r\n8\r\ndata: b\n"]))
    assert followed.data == ["a"]
    assert followed.statuses[2].message == "the connection broke in the middle"


def test_redirects_are_followed_and_credentials_stay() -> None:
    """Headers and users go along within one origin, never to another; a reconnect begins at the first address."""
    network = FakeNetwork(
        head("307 Temporary Redirect", "Location: /moved"),
        head("302 Found", "Location: http://you:s3cret@127.0.0.1:9000/other"),
        head("301 Moved Permanently", "Location: https://127.0.0.1:8000/tls"),
        [OK, b"id: 1\ndata: a\n\n"],
        [OK],
    )
    followed = Followed(
        network, url="http://me:s3cret@127.0.0.1:8000/events", headers=[RequestHeader("X-Key", "s3cret")]
    )
    assert network.addresses == [
        "http://127.0.0.1:8000/events",
        "http://127.0.0.1:8000/moved",
        "http://127.0.0.1:9000/other",
        "https://127.0.0.1:8000/tls",
        "http://127.0.0.1:8000/events",
    ]
    keys = [network.header(number, "X-Key") for number in range(5)]
    assert keys == ["s3cret", "s3cret", None, None, "s3cret"]
    users = [network.header(number, "Authorization") for number in range(5)]
    assert users == ["Basic bWU6czNjcmV0", "Basic bWU6czNjcmV0", None, None, "Basic bWU6czNjcmV0"]
    assert network.header(4, "Last-Event-ID") == "1"
    assert followed.data == ["a"]


def test_redirects_end() -> None:
    """A circle of redirects, and one that leaves TLS, are errors."""
    circle = Followed(FakeNetwork(*(head("302 Found", "Location: /") for _ in range(11))))
    assert circle.statuses[1] == ConnectionStatus("error", "more than 10 redirects")
    bare = Followed(FakeNetwork(head("302 Found", "Location: http://h/?s3cret")), url="https://h/")
    assert bare.statuses[1] == ConnectionStatus("error", "the redirect to http://h/?… would leave TLS")


def test_secrets_are_never_shown() -> None:
    """Names, descriptions, statuses, nodes and events hold neither headers nor the query of the address."""
    network = FakeNetwork(head("403 Forbidden"), [OK, b"data: a\n\n"], WireError("gone"))
    followed = Followed(network, headers=[SECRET])
    texts = [repr(followed.source), followed.source.name, *followed.source.describe(), repr(followed.batches)]
    assert network.header(0, "Authorization") == "Bearer s3cret"
    assert not any("s3cret" in text for text in texts)


def test_an_event_over_the_limit_is_counted_and_leaves_a_gap() -> None:
    """A dropped event is counted with its reason, and the batch that comes next says that something is missing."""
    followed = Followed(FakeNetwork([OK, b"data: " + b"x" * 2000 + b"\n\ndata: a\n\n"]), largest=1024)
    batch = next(batch for batch in followed.batches if batch.events)
    assert batch.gap == "1 event dropped: larger than 1 KiB"
    assert batch.counters is not None
    assert dict(batch.counters.dropped) == {"too large": 1}
    assert batch.counters.received == 2


@pytest.mark.parametrize("url", ["ftp://h/", "events.jsonl", "http://"])
def test_only_http_is_followed(url: str) -> None:
    """Another kind of address is refused before anything is done."""
    with pytest.raises(SourceError):
        FollowUrl(url, clock=ManualClock())
