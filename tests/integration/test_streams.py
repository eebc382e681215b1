"""Streams over real sockets, pipes and files: event streams as servers send them, and lines as programs write them."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import msgspec
import pytest

from connectome_tui.clock import SystemClock
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import ConnectionStatus, LiveBatch
from connectome_tui.sources.back_off import BackOff
from connectome_tui.sources.follow_lines import FollowFile, FollowStdin
from connectome_tui.sources.follow_url import FollowUrl
from connectome_tui.sources.live import LiveSource
from connectome_tui.sources.request_headers import RequestHeader
from tests.factories import make_event

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
PATIENCE_SECONDS = 20


class Collected:
    """What a source handed over; tests wait on what they need."""

    def __init__(self) -> None:
        self.batches: list[LiveBatch] = []
        self._changed = threading.Condition()

    def take(self, batch: LiveBatch) -> None:
        with self._changed:
            self.batches.append(batch)
            self._changed.notify_all()

    @property
    def data(self) -> list[str | None]:
        return [event.payload_summary for batch in self.batches for event in batch.events]

    @property
    def labels(self) -> list[str]:
        return [event.label for batch in self.batches for event in batch.events]

    @property
    def statuses(self) -> list[ConnectionStatus]:
        return [batch.status for batch in self.batches if batch.status is not None]

    def wait_until(self, condition: Callable[["Collected"], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), PATIENCE_SECONDS), self.batches[-3:]


@contextmanager
def following(source: LiveSource) -> Iterator[Collected]:
    """A source at work; afterwards no thread of it is left."""
    collected = Collected()
    source.start(collected.take)
    try:
        yield collected
    finally:
        source.stop()
    assert f"connectome {source.name}" not in [thread.name for thread in threading.enumerate()]


@contextmanager
def serving(
    *answers: bytes | Callable[[socket.socket], object], reads_request: bool = True
) -> Iterator[tuple[str, list[str]]]:
    """A server on a free port of loopback that gives one answer to each connection; its address, and what was asked."""
    requests: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    if reads_request:
                        requests.append(client.recv(1 << 16).decode("latin-1"))
                    if callable(answer):
                        answer(client)
                    else:
                        client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/events", requests
        finally:
            # A thread that waits for a connection wakes up when the socket is shut, not when it is closed.
            server.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


def quick() -> BackOff:
    """Tries again after a tenth of a second."""
    back_off = BackOff(lambda: 0.0)
    back_off.ask(0)
    return back_off


def has_labels(count: int, collected: Collected) -> bool:
    """Whether so many events have come."""
    return len(collected.labels) >= count


def until_closed(client: socket.socket) -> None:
    """Keep a connection open until the other side ends it."""
    client.settimeout(PATIENCE_SECONDS)
    with suppress(ConnectionError):
        while client.recv(1024):
            pass


@pytest.mark.parametrize("name", ["litellm-chat-stream", "litellm-tool-stream", "mcp-initialize", "mcp-tool-progress"])
def test_recorded_streams_over_a_socket_cut_at_every_byte(name: str, shared_data: Path) -> None:
    """The bytes of a recorded answer, sent one by one, are the expected events, in order and as they were sent."""
    wire = (shared_data / "sse" / f"{name}.http").read_bytes()
    expected = json.loads((shared_data / "sse" / f"{name}.expected.json").read_text())["events"]

    def byte_by_byte(client: socket.socket) -> None:
        for at in range(len(wire)):
            client.sendall(wire[at : at + 1])
        until_closed(client)

    with serving(byte_by_byte) as (url, _), following(FollowUrl(url, clock=SystemClock())) as collected:
        collected.wait_until(lambda it: any(status.phase == "disconnected" for status in it.statuses))
    details = [detail for batch in collected.batches for detail in batch.details]
    kept = [dict(detail.attributes) for detail in details if detail is not None]
    assert kept == [_fields(event["data"]) for event in expected]
    assert collected.labels == [event.get("event", "message") for event in expected]


def _fields(data: str) -> dict[str, object]:
    try:
        fields: dict[str, object] = json.loads(data)
    except ValueError:
        return {"data": data}
    return fields


def test_a_reconnect_goes_on_after_the_last_event() -> None:
    """When the server closes, the next connection says which event was the last."""
    with (
        serving(HEAD + b"id: 41\ndata: a\n\n", HEAD + b"data: b\n\n", until_closed) as (url, requests),
        following(FollowUrl(url, clock=SystemClock(), back_off=quick())) as collected,
    ):
        collected.wait_until(lambda it: it.data == ["a", "b"])
    assert "Last-Event-ID" not in requests[0]
    assert "Last-Event-ID: 41\r\n" in requests[1]


def test_a_redirect_to_another_port_gets_no_credentials() -> None:
    """The token goes to the address that the user gave and not to where that one points."""
    with (
        serving(HEAD + b"data: a\n\n") as (other, asked_there),
        serving(f"HTTP/1.1 307 There\r\nLocation: {other}\r\nContent-Length: 0\r\n\r\n".encode()) as (url, asked_here),
        following(FollowUrl(url, clock=SystemClock(), headers=[RequestHeader("X-Key", "s3cret")])) as collected,
    ):
        collected.wait_until(lambda it: it.data == ["a"])
    assert "X-Key: s3cret" in asked_here[0]
    assert "s3cret" not in asked_there[0]
    assert "s3cret" not in repr(collected.batches)


def test_nobody_listens_and_then_somebody_does() -> None:
    """A refused connection is an error with the time of the next try; `retry_now` tries at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    slow = BackOff(lambda: 0.0)
    slow.ask(1e9)
    source = FollowUrl(f"http://127.0.0.1:{port}/", clock=SystemClock(), back_off=slow)
    with following(source) as collected:
        collected.wait_until(lambda it: len(it.statuses) == 2)
        assert collected.statuses[1].message == f"nothing listens at 127.0.0.1:{port}"
        assert collected.statuses[1].next_retry_ms is not None
        source.retry_now()
        collected.wait_until(lambda it: len(it.statuses) == 4)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nConte", HEAD + b"data: a"])
def test_stopping_does_not_wait_for_a_server_that_says_nothing(sent: bytes) -> None:
    """Before, within and after the head of an answer a silent server does not hold up the end."""
    asked = threading.Event()

    def silent(client: socket.socket) -> None:
        client.sendall(sent)
        asked.set()
        until_closed(client)

    with serving(silent) as (url, _):
        source = FollowUrl(url, clock=SystemClock())
        with following(source):
            assert asked.wait(PATIENCE_SECONDS)
            began = time.monotonic()
        assert time.monotonic() - began < 2


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate that nobody vouches for, for `localhost`."""
    key, pem = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", pem], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs openssl to make a certificate")
    return pem, key


def over_tls(certificate: tuple[Path, Path], *pieces: bytes) -> Callable[[socket.socket], None]:
    """Speak TLS on a connection, and send these pieces as an answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def answer(client: socket.socket) -> None:
        try:
            secured = context.wrap_socket(client, server_side=True, suppress_ragged_eofs=True)
        except OSError:
            return  # the other side did not like the certificate
        with secured:
            secured.recv(1 << 16)
            for piece in pieces:
                secured.sendall(piece)

    return answer


def test_a_stream_over_tls(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that the user trusts is taken, and a long stream comes through whole."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    events = [b"data: %d\n\n" % number for number in range(20_000)]
    answer = over_tls(certificate, HEAD, *(b"".join(events[at : at + 999]) for at in range(0, len(events), 999)))
    with (
        serving(answer, reads_request=False) as (url, _),
        following(FollowUrl(url.replace("http://127.0.0.1", "https://localhost"), clock=SystemClock())) as collected,
    ):
        collected.wait_until(lambda it: len(it.data) == len(events))
    assert collected.data == [str(number) for number in range(len(events))]


def test_a_certificate_that_nobody_vouches_for_is_one_clear_line(certificate: tuple[Path, Path]) -> None:
    """A self-signed certificate is an error that says so, not a stream."""
    with (
        serving(over_tls(certificate), reads_request=False) as (url, _),
        following(FollowUrl(url.replace("http://127.0.0.1", "https://localhost"), clock=SystemClock())) as collected,
    ):
        collected.wait_until(lambda it: len(it.statuses) == 2)
    assert collected.statuses[1].phase == "error"
    assert collected.statuses[1].message == "the certificate of localhost is not trusted: self-signed certificate"


def test_http_where_tls_is_expected_is_one_clear_line() -> None:
    """`https` for a server that speaks plain HTTP is an error about TLS."""
    with (
        serving(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (url, _),
        following(FollowUrl(url.replace("http:", "https:"), clock=SystemClock())) as collected,
    ):
        collected.wait_until(lambda it: len(it.statuses) == 2)
    assert collected.statuses[1].message.startswith("no TLS with 127.0.0.1: ")


def test_a_file_is_followed_while_another_program_writes_it(tmp_path: Path) -> None:
    """Lines of a process that writes, rotates and goes on come in order, none lost and none twice."""
    path = tmp_path / "events.jsonl"
    program = """
import json, os, sys
path, number = sys.argv[1], 0
for part in range(5):
    with open(path, "a", buffering=1) as file:
        for _ in range(200):
            file.write(json.dumps({"from": "a:b", "to": "c:d", "label": str(number)}) + "\\n")
            number += 1
    sys.stdin.readline()
    os.rename(path, f"{path}.{part}")
"""
    with following(FollowFile(str(path), clock=SystemClock())) as collected:
        writer = subprocess.Popen([sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE)
        assert writer.stdin is not None
        with writer:
            for part in range(1, 6):
                collected.wait_until(partial(has_labels, part * 200))
                writer.stdin.write(b"\n")
                writer.stdin.flush()
    assert collected.labels == [str(number) for number in range(1000)]


def test_plain_events_through_a_pipe() -> None:
    """Thousands of events come through a pipe just as they were written."""
    events = [make_event(number) for number in range(5000)]
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(msgspec.json.Encoder().encode_lines(events))

    thread = threading.Thread(target=write)
    thread.start()
    with following(FollowStdin(reader, clock=SystemClock())) as collected:
        collected.wait_until(lambda it: any(status.phase == "disconnected" for status in it.statuses))
    thread.join(PATIENCE_SECONDS)
    assert [event for batch in collected.batches for event in batch.events] == events


def test_a_terminal_is_no_source_of_lines() -> None:
    """Standard input that is a terminal is refused with a line that can be pasted."""
    master, terminal = os.openpty()
    try:
        with pytest.raises(SourceError, match="connectome follow -"):
            FollowStdin(terminal, clock=SystemClock()).start(lambda _batch: None)
    finally:
        os.close(master)
        os.close(terminal)


KEYS = """
import os
from connectome_tui.sources.terminal_input import free_standard_input
pipe = free_standard_input()
import sys
print(os.read(pipe, 100), sys.__stdin__.isatty(), os.read(0, 100), flush=True)
"""


def test_keys_come_from_the_terminal_while_lines_come_from_a_pipe() -> None:
    """After the exchange descriptor 0 is the terminal, and the pipe is read at another one."""
    import pty

    reader, writer = os.pipe()
    child, master = pty.fork()
    if not child:
        os.dup2(reader, 0)
        os.execv(sys.executable, [sys.executable, "-c", KEYS])  # noqa: S606 -- this interpreter, these words
    os.close(reader)
    os.write(writer, b"lines")
    os.close(writer)
    os.write(master, b"keys\n")
    shown = b""
    while b"keys\\n" not in shown:
        try:
            piece = os.read(master, 1024)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.waitpid(child, 0)
    os.close(master)
    assert b"b'lines' True b'keys\\n'" in shown


def test_without_a_terminal_there_are_no_keys() -> None:
    """A process without a terminal gets one clear line."""
    done = subprocess.run(
        [sys.executable, "-c", KEYS], stdin=subprocess.DEVNULL, capture_output=True, check=False, start_new_session=True
    )
    assert b"SourceError: /dev/tty: expected a terminal for the keys, beside the pipe" in done.stderr
