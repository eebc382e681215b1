"""The receiver over real sockets: what comes in comes out, once, in causal order."""

import gzip
import http.client
import json
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from connectome_tui.sources.open import open_recording
from tests.integration.receiving import (
    JSON,
    PATIENCE,
    PROTOBUF,
    receiver,
    replay_requests,
    request_json,
    span_json,
    trace_bodies,
)


def test_the_recorded_requests_give_311_events(shared_data: Path) -> None:
    """299 spans and 12 span events in, 311 events out, one each; logs and metrics are counted (SPAN-2)."""
    with receiver() as running:
        for path, body, headers in replay_requests(shared_data):
            assert running.post(path, body, headers).status == 200
        running.handed.wait(lambda: len(running.handed.events) >= 311)
        counters = running.handed.counters
        assert len({event.id for event in running.handed.events}) == len(running.handed.events) == 311
        assert (counters.received, counters.decoded, counters.bad) == (299, 299, 0)
        assert counters.skipped == {"log records": 19, "metrics": 24}


def test_what_is_received_is_what_a_file_gives(shared_data: Path, tmp_path: Path) -> None:
    """With time to settle, every trace has the same events in the same order as in a file (SPAN-9)."""
    file = tmp_path / "shop.pb"
    file.write_bytes(b"".join(trace_bodies(shared_data)))
    recording = open_recording([str(file)])
    with receiver(settle_ms=1000.0) as running:
        for body in trace_bodies(shared_data):
            assert running.post("/v1/traces", body).status == 200
        running.handed.wait(lambda: len(running.handed.events) >= 311)
        received = running.handed.events
    for summary in recording.flows:
        events = recording.flow(summary.id).events
        assert [event for event in received if event.flow_id == summary.id] == [
            events[row] for row in range(len(events))
        ]
    recording.close()


def test_details_come_along_when_nothing_is_recorded(shared_data: Path) -> None:
    """Without a recording the attributes of an event come with it (EVENT-8)."""
    with receiver() as running:
        running.post("/v1/traces", trace_bodies(shared_data)[0])
        running.handed.wait(lambda: bool(running.handed.events))
        batch = next(batch for batch in running.handed.batches if batch.events)
        assert len(batch.details) == len(batch.events)
        assert batch.details[0] is not None
        assert batch.details[0].resource["service.name"]


def test_one_connection_serves_many_requests(shared_data: Path) -> None:
    """Connections are kept alive, with bodies of a length, in chunks, and announced before they are sent."""
    body = trace_bodies(shared_data)[0]
    with receiver() as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
        for headers, data in (
            (PROTOBUF, body),
            (PROTOBUF | {"Transfer-Encoding": "chunked"}, b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)),
            (PROTOBUF | {"Content-Encoding": "gzip"}, gzip.compress(body)),
        ):
            connection.request("POST", "/v1/traces", data, headers)
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"")
        connection.close()
        running.handed.wait(lambda: running.handed.counters.connections == 1)


def test_a_sender_that_asks_first_is_told_to_go_on(shared_data: Path) -> None:
    """`Expect: 100-continue` is answered before the body is sent."""
    body = trace_bodies(shared_data)[0]
    with receiver() as running, running.socket() as connection:
        head = f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"  # noqa: E501 -- a head as it is sent
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_json_is_answered_in_json() -> None:
    """OTLP/JSON gets a JSON answer, with what could not be read as a partial success."""
    with receiver() as running:
        answer = running.post("/v1/traces", request_json(span_json()), JSON)
        assert (answer.status, json.loads(answer.body)) == (200, {})
        partly = json.loads(request_json(span_json("00000000000000a2")))
        partly["resourceSpans"][0]["scopeSpans"][0]["spans"].append(7)
        answer = running.post("/v1/traces", json.dumps(partly).encode(), JSON)
        assert answer.headers["Content-Type"] == "application/json"
        assert json.loads(answer.body)["partialSuccess"]["rejectedSpans"] == "1"
        running.handed.wait(lambda: len(running.handed.events) == 2 and running.handed.counters.bad == 1)


def test_protobuf_is_answered_in_protobuf(shared_data: Path) -> None:
    """The body of an answer is the message that the protocol names."""
    with receiver() as running:
        answer = running.post("/v1/traces", trace_bodies(shared_data)[0])
        assert answer.headers["Content-Type"] == "application/x-protobuf"
        assert not trace_service_pb2.ExportTraceServiceResponse.FromString(answer.body).HasField("partial_success")


def test_zipkin_is_accepted_as_zipkin_does_it(shared_data: Path) -> None:
    """Zipkin's own path answers 202; pairs that share an id come out as a file gives them (EVENT-4)."""
    spans = json.loads((shared_data / "traces" / "shop.zipkin.json").read_bytes())
    with receiver(settle_ms=1000.0) as running:
        for start in range(0, len(spans), 50):
            answer = running.post("/api/v2/spans", json.dumps(spans[start : start + 50]).encode(), JSON)
            assert (answer.status, answer.body) == (202, b"")
        recording = open_recording([str(shared_data / "traces" / "shop.zipkin.json")])
        running.handed.wait(lambda: len(running.handed.events) >= recording.report.events)
        flows = [recording.flow(summary.id).events for summary in recording.flows]
        from_file = {events[row].id for events in flows for row in range(len(events))}
        assert {event.id for event in running.handed.events} == from_file
        recording.close()


def test_halves_of_a_zipkin_pair_that_come_apart_get_the_ids_of_a_file() -> None:
    """A client and a server span of one id, in two requests, are told apart by kind and service (EVENT-4)."""
    client = {"traceId": "a" * 16, "id": "b" * 16, "kind": "CLIENT", "name": "get", "timestamp": 1000, "duration": 9}
    server = client | {"kind": "SERVER", "localEndpoint": {"serviceName": "shop"}, "timestamp": 1002, "duration": 5}
    client["localEndpoint"] = {"serviceName": "web"}
    with receiver(settle_ms=500.0) as running:
        for span in (client, server):
            assert running.post("/api/v2/spans", json.dumps([span]).encode(), JSON).status == 202
        running.handed.wait(lambda: len(running.handed.events) == 2)
        ids = [event.id for event in running.handed.events]
        assert ids == [f"{'a' * 16}:{'b' * 16}:client:web", f"{'a' * 16}:{'b' * 16}:server:shop"]


def test_what_comes_twice_is_shown_once() -> None:
    """A request that is repeated, before its trace settled and after, gives no second event, and is counted."""
    body = request_json(span_json())
    with receiver() as running:
        running.post("/v1/traces", body, JSON)
        running.post("/v1/traces", body, JSON)
        running.handed.wait(lambda: len(running.handed.events) == 1)
        running.post("/v1/traces", body, JSON)
        running.handed.wait(lambda: running.handed.counters.skipped.get("duplicates") == 1)
        assert len(running.handed.events) == 1


def test_without_settling_events_come_at_once() -> None:
    """`--settle 0` shows a child before its parent is known, and says so (SPAN-9)."""
    with receiver(settle_ms=0.0) as running:
        running.post("/v1/traces", request_json(span_json(parentSpanId="00000000000000ff")), JSON)
        running.handed.wait(lambda: len(running.handed.events) == 1)
        assert "late parent" in (running.handed.events[0].notes or "")


def test_both_loopback_addresses_are_served() -> None:
    """`localhost` is 127.0.0.1 and ::1, with one port: SDKs differ in which they try first."""
    with receiver() as running:
        ports = {address.rpartition(":")[2] for address in running.source.listening.http}
        assert len(ports) == 1
        if len(running.source.listening.http) == 1:
            pytest.skip("this machine has no IPv6")
        connection = http.client.HTTPConnection("::1", running.port, timeout=PATIENCE)
        connection.request("POST", "/v1/traces", request_json(span_json()), JSON)
        assert connection.getresponse().status == 200
        connection.close()


def test_the_empty_screen_gets_something_to_paste() -> None:
    """The source describes where it listens and which variable to set."""
    with receiver() as running:
        assert any(
            f"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{running.port}" in line for line in running.source.describe()
        )
