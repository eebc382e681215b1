"""Bad requests get the status that the protocol names, are counted, and disturb nobody else."""

import gzip
import json
from collections.abc import Iterator, Mapping

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.receiver.options import ReceiverLimits, ReceiverOptions
from connectome_tui.sources.receiver import ReceiverSource
from tests.integration.receiving import JSON, PROTOBUF, Handed, Running, receiver, request_json, span_json

GZIP = {"Content-Encoding": "gzip"}
BOMB = gzip.compress(bytes(64 << 20))
BODY = request_json(span_json())
HEAD = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
NESTED = b'{"resourceSpans":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.fixture(scope="module")
def strict() -> Iterator[Running]:
    """A receiver with narrow bounds."""
    with receiver(limits=ReceiverLimits(body_bytes=1 << 20, records=100), settle_ms=0.0) as running:
        yield running


def number_of(value: object) -> str:
    """Bodies are too long for the name of a test."""
    return str(value)[:24] if isinstance(value, str | int) else ""


def still_works(running: Running) -> None:
    """A good request is taken, and its span shown."""
    before = len(running.handed.events)
    trace = f"{before + 77:032x}"
    assert running.post("/v1/traces", request_json(span_json(trace=trace)), JSON).status == 200
    running.handed.wait(lambda: len(running.handed.events) > before)


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "reason"),
    [
        ("/v1/traces", b"\xff\xff\xff", PROTOBUF, 400, "malformed"),
        ("/v1/traces", b"\x0a\x05abc", PROTOBUF, 400, "malformed"),
        ("/v1/metrics", b"\xff\xff\xff", PROTOBUF, 400, "malformed"),
        ("/v1/traces", b"{", JSON, 400, "malformed"),
        ("/v1/traces", b"", JSON, 400, "malformed"),
        ("/v1/traces", NESTED, JSON, 400, "malformed"),
        ("/v1/traces", b'"spans"', JSON, 400, "malformed"),
        ("/api/v2/spans", b"[{", JSON, 400, "malformed"),
        ("/v1/traces", b"no gzip", PROTOBUF | GZIP, 400, "malformed"),
        ("/v1/traces", gzip.compress(BODY)[:-9], JSON | GZIP, 400, "malformed"),
        ("/v1/traces", gzip.compress(b"") * 2000, JSON | GZIP, 400, "malformed"),
        ("/v1/traces", BOMB, PROTOBUF | GZIP, 413, "too large"),
        ("/v1/traces", b"\n" * (1 << 20) + b" ", JSON, 413, "too large"),
        ("/v1/traces", request_json(*[span_json(f"{n:016x}") for n in range(1, 102)]), JSON, 413, "too many records"),
        ("/v1/traces", BODY, {}, 415, "content type"),
        ("/v1/traces", BODY, {"Content-Type": "text/plain"}, 415, "content type"),
        ("/api/v2/spans", BODY, PROTOBUF, 415, "content type"),
        ("/v1/traces", BODY, JSON | {"Content-Encoding": "br"}, 415, "content encoding"),
        ("/v1/nothing", BODY, JSON, 404, "path"),
        ("/", BODY, JSON, 404, "path"),
        ("/v1/traces", BODY, JSON | {"Host": "evil.example"}, 403, "host"),
        ("/v1/traces", BODY, JSON | {"Host": "localhost.evil.example:4318"}, 403, "host"),
        ("/v1/traces", BODY, JSON | {"Origin": "http://localhost:3000"}, 403, "origin"),
        ("/v1/traces", BODY, JSON | {"Origin": "null"}, 403, "origin"),
    ],
    ids=number_of,
)
def test_bad_requests(  # noqa: PLR0917 -- a table has columns
    strict: Running, path: str, body: bytes, headers: Mapping[str, str], status: int, reason: str
) -> None:
    """Each kind of bad request has its status, is counted by reason, and the next good one is taken."""
    before = strict.handed.counters.refused.get(reason, 0)
    assert strict.post(path, body, headers).status == status
    strict.handed.wait(lambda: strict.handed.counters.refused.get(reason, 0) == before + 1)
    still_works(strict)


def test_methods() -> None:
    """Only POST is served; HEAD is answered without a body."""
    with receiver() as running:
        for method in ("GET", "PUT", "HEAD", "DELETE"):
            answer = running.post("/v1/traces", b"", {}, method)
            assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        still_works(running)


def test_an_error_is_told_in_the_form_of_the_request() -> None:
    """JSON gets a JSON `Status` with the reason, protobuf a protobuf one."""
    with receiver() as running:
        assert json.loads(running.post("/v1/traces", b"[1]", JSON).body)["message"]
        answer = running.post("/v1/traces", b"\xff\xff\xff", PROTOBUF)
        assert answer.headers["Content-Type"] == "application/x-protobuf"
        assert b"no OTLP spans in protobuf" in answer.body


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP at all\r\n\r\n", 400),
        (b"POST /v1/traces HTTP/1.1\r\nContent-Type: application/json\r\n\r\n", 400),
        (HEAD + b"X: " + b"x" * 40_000, 431),
        (HEAD + b"Content-Length: 9\r\n\r\n{", 408),
        (HEAD[:-20], 408),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (HEAD + b"Content-Length: 99999999\r\n\r\n", 413),
    ],
    ids=number_of,
)
def test_senders_that_speak_badly_or_fall_silent(sent: bytes, status: int) -> None:
    """What is no HTTP, is cut, too long or never completed is answered and closed; others are served meanwhile."""
    limits = ReceiverLimits(head_seconds=0.3, silence_seconds=0.3)
    with receiver(limits=limits) as running, running.socket() as connection:
        connection.sendall(sent)
        still_works(running)
        assert connection.recv(4096).startswith(b"HTTP/1.1 %d" % status)
        while connection.recv(4096):
            pass


def test_a_sender_that_closes_in_the_middle_is_forgotten() -> None:
    """A body that ends early is not taken, and nothing is disturbed."""
    with receiver() as running:
        with running.socket() as connection:
            connection.sendall(
                b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 999\r\n\r\n" + BODY[:50]
            )
        still_works(running)
        assert running.handed.counters.decoded == 1


def test_idle_connections_give_way() -> None:
    """With all places taken by silent connections, a new sender gets the place of one of them."""
    with receiver(limits=ReceiverLimits(connections=3)) as running:
        silent = [running.socket() for _ in range(3)]
        running.handed.wait(lambda: True)
        for _ in range(4):
            still_works(running)
        for connection in silent:
            connection.close()


def test_too_many_attributes_are_cut_with_a_note() -> None:
    """A span keeps a bounded number of attributes, and says how many there were."""
    attributes = [{"key": f"k{number}", "value": {"intValue": number}} for number in range(50)]
    with receiver(limits=ReceiverLimits(attributes=10)) as running:
        running.post("/v1/traces", request_json(span_json(attributes=attributes)), JSON)
        running.handed.wait(lambda: len(running.handed.events) == 1)
        batch = next(batch for batch in running.handed.batches if batch.events)
        assert batch.events[0].notes is not None
        assert "cut: 50 attributes, the first 10 are kept" in batch.events[0].notes
        assert batch.details[0] is not None
        assert len(batch.details[0].attributes) == 10


def test_a_port_in_use_is_one_clear_line() -> None:
    """The second receiver on a port says which one is in use, and the first goes on."""
    with receiver() as running:
        address = f"localhost:{running.port}"
        with pytest.raises(SourceError, match=rf"127\.0\.0\.1:{running.port}: the port is in use"):
            ReceiverSource(ReceiverOptions(http=(address,))).start(Handed())
        still_works(running)


def test_other_addresses_need_a_token() -> None:
    """An address that other machines can reach is refused without a token, before anything is started."""
    with pytest.raises(SourceError, match="token"):
        ReceiverSource(ReceiverOptions(http=("0.0.0.0:0",))).start(Handed())


def test_a_token_has_to_be_shown() -> None:
    """With a token, senders without it or with another get 401, and the token is nowhere in what is said."""
    token = "correct-horse-battery"
    with receiver(token=token) as running:
        for shown in ({}, {"Authorization": "Bearer wrong-horse-battery"}, {"Authorization": f"Basic {token}"}):
            answer = running.post("/v1/traces", BODY, JSON | shown)
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert running.post("/v1/traces", BODY, JSON | {"Authorization": f"Bearer {token}"}).status == 200
        assert token not in repr((running.source.describe(), running.handed.batches))
