"""OTLP over gRPC, as far as `grpcio` is installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectome_tui.receiver.options import ReceiverLimits
from tests.integration.receiving import PATIENCE, Running, receiver, trace_bodies

grpc = pytest.importorskip("grpc")

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@contextmanager
def calling(running: Running, method: str = TRACES, **options: Any) -> Iterator[Any]:
    """What calls a method with bytes and gives bytes."""
    with grpc.insecure_channel(running.source.listening.grpc[0], **options) as channel:
        yield channel.unary_unary(method)


def test_grpc_brings_the_same_events(shared_data: Path) -> None:
    """The recorded bodies over gRPC, packed, give the 311 events; the answer is the message of the protocol."""
    with receiver(grpc=("localhost:0",)) as running:
        with calling(running, compression=grpc.Compression.Gzip) as export:
            for body in trace_bodies(shared_data):
                assert export(body, timeout=PATIENCE) == b""
        running.handed.wait(lambda: len(running.handed.events) >= 311)


@pytest.mark.parametrize("signal", ["logs.v1.LogsService", "metrics.v1.MetricsService"])
def test_other_signals_are_accepted(shared_data: Path, signal: str) -> None:
    """Logs and metrics are answered and counted, not shown."""
    kind = signal.partition(".")[0]
    body = next((shared_data / "replay" / "shop-pb-gzip").glob(f"*-{kind}.pb")).read_bytes()
    with receiver(grpc=("localhost:0",)) as running:
        with calling(running, f"/opentelemetry.proto.collector.{signal}/Export") as export:
            assert export(body, timeout=PATIENCE) == b""
        running.handed.wait(lambda: bool(running.handed.counters.skipped))
        assert not running.handed.events


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"\xff\xff\xff", "INVALID_ARGUMENT"), (bytes(2 << 20), "RESOURCE_EXHAUSTED")],
    ids=["no message", "a bomb"],
)
def test_bad_messages(body: bytes, code: str) -> None:
    """What is no request, and what unpacks to more than the bound, gets its code."""
    limits = ReceiverLimits(body_bytes=1 << 20)
    with (
        receiver(grpc=("localhost:0",), limits=limits) as running,
        calling(running, compression=grpc.Compression.Gzip) as export,
    ):
        with pytest.raises(grpc.RpcError) as refused:
            export(body, timeout=PATIENCE)
        assert refused.value.code().name == code


def test_overload_says_when_to_come_again(shared_data: Path) -> None:
    """Over the bound the sender gets RESOURCE_EXHAUSTED with RetryInfo, without which it would not come again."""
    limits = ReceiverLimits(reading_bytes=10)
    with receiver(grpc=("localhost:0",), limits=limits) as running, calling(running) as export:
        with pytest.raises(grpc.RpcError) as refused:
            export(trace_bodies(shared_data)[0], timeout=PATIENCE)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        details = dict(refused.value.trailing_metadata())["grpc-status-details-bin"]
        assert b"type.googleapis.com/google.rpc.RetryInfo" in details
        running.handed.wait(lambda: running.handed.counters.rate_limited == 1)


def test_grpc_asks_for_the_token_too(shared_data: Path) -> None:
    """A call without the token is UNAUTHENTICATED."""
    token = "correct-horse-battery"
    body = trace_bodies(shared_data)[0]
    with receiver(grpc=("localhost:0",), token=token) as running, calling(running) as export:
        with pytest.raises(grpc.RpcError) as refused:
            export(body, timeout=PATIENCE)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert export(body, timeout=PATIENCE, metadata=(("authorization", f"Bearer {token}"),)) == b""
