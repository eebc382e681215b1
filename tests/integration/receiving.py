"""A receiver for tests: started on free ports of loopback, with everything that it hands over."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectome_tui.events.live import LiveBatch, LiveCounters
from connectome_tui.events.model import FlowEvent
from connectome_tui.receiver.options import ReceiverOptions
from connectome_tui.sources.receiver import ReceiverSource

PATIENCE = 20.0
"""Seconds after which a condition that did not come true fails the test; a slow machine needs a few."""
PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


class Handed:
    """What a source handed over; `wait` for a condition on it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = threading.Event()
        self._open.set()
        self.batches: list[LiveBatch] = []

    def __call__(self, batch: LiveBatch) -> None:
        self._open.wait()
        with self._changed:
            self.batches.append(batch)
            self._changed.notify_all()

    def hold(self) -> None:
        """Take nothing any more, as an application does that hangs."""
        self._open.clear()

    def go_on(self) -> None:
        """Take again."""
        self._open.set()

    @property
    def events(self) -> list[FlowEvent]:
        return [event for batch in self.batches for event in batch.events]

    @property
    def counters(self) -> LiveCounters:
        return next((batch.counters for batch in reversed(self.batches) if batch.counters), LiveCounters())

    @property
    def phases(self) -> list[str]:
        return [batch.status.phase for batch in self.batches if batch.status]

    def wait(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), f"{self.counters}, {self.phases}, {len(self.events)}"


@dataclass
class Running:
    """A receiver that listens."""

    source: ReceiverSource
    handed: Handed

    @property
    def port(self) -> int:
        return int(self.source.listening.http[0].rpartition(":")[2])

    def post(self, path: str, body: bytes, headers: Mapping[str, str] = PROTOBUF, method: str = "POST") -> "Answered":
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Answered(response.status, response.read(), dict(response.headers))
        finally:
            connection.close()

    def socket(self) -> socket.socket:
        """A connection to write on by hand."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)


@dataclass
class Answered:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]


@contextmanager
def receiver(**options: Any) -> Iterator[Running]:
    """A receiver on free ports, ended afterwards."""
    values: dict[str, Any] = {"http": ("localhost:0",), "settle_ms": 100.0} | options
    handed = Handed()
    source = ReceiverSource(ReceiverOptions(**values))
    source.start(handed)
    try:
        yield Running(source, handed)
    finally:
        handed.go_on()
        source.stop()


def replay_requests(shared_data: Path) -> list[tuple[str, bytes, dict[str, str]]]:
    """The recorded requests: path, packed body and headers."""
    folder = shared_data / "replay" / "shop-pb-gzip"
    return [
        (
            record["path"],
            (folder / record["wire_file"]).read_bytes(),
            {"Content-Type": record["content_type"], "Content-Encoding": record["content_encoding"]},
        )
        for record in map(json.loads, (folder / "index.jsonl").read_text().splitlines())
    ]


def trace_bodies(shared_data: Path) -> list[bytes]:
    """The recorded bodies with spans, unpacked."""
    return [path.read_bytes() for path in sorted((shared_data / "replay" / "shop-pb-gzip").glob("*-traces.pb"))]


def span_json(span: str = "00000000000000a1", trace: str = "0" * 31 + "1", **fields: Any) -> dict[str, Any]:
    """A span in OTLP/JSON."""
    times = {"startTimeUnixNano": "1000000000", "endTimeUnixNano": "2000000000"}
    return {"traceId": trace, "spanId": span, "name": "work"} | times | fields


def request_json(*spans: Mapping[str, Any], service: str = "api") -> bytes:
    """A request in OTLP/JSON."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}).encode()


def replay_seconds(shared_data: Path) -> list[float]:
    """When each recorded request came, in seconds since the first."""
    index = shared_data / "replay" / "shop-pb-gzip" / "index.jsonl"
    return [float(json.loads(line)["t_rel"]) for line in index.read_text().splitlines()]
