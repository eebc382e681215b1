"""OTLP over gRPC, when `grpcio` is installed (the extra `grpc`): the same bodies, in another wrapping."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from google.protobuf import any_pb2, duration_pb2

from connectome_tui.events.flow import SourceError
from connectome_tui.receiver.addresses import LOCALHOST, Address
from connectome_tui.receiver.answers import accepted_body, status_message, varint_bytes
from connectome_tui.receiver.counting import Counting
from connectome_tui.receiver.decoding import Signal
from connectome_tui.receiver.gate import Gate
from connectome_tui.receiver.intake import BUSY, BusyError, Held, Intake
from connectome_tui.receiver.options import ReceiverLimits
from connectome_tui.receiver.pipeline import Outcome

SERVICES: Final[Sequence[tuple[str, Signal]]] = (
    ("opentelemetry.proto.collector.trace.v1.TraceService", "spans"),
    ("opentelemetry.proto.collector.logs.v1.LogsService", "log records"),
    ("opentelemetry.proto.collector.metrics.v1.MetricsService", "metrics"),
)
DETAILS: Final = "grpc-status-details-bin"
INVALID_ARGUMENT: Final = 3
RESOURCE_EXHAUSTED: Final = 8
UNAUTHENTICATED: Final = 16
_RETRY_INFO: Final = "type.googleapis.com/google.rpc.RetryInfo"
_MILLISECONDS: Final = 1000

_Handler = Callable[[bytes, Any], Awaitable[bytes]]


class GrpcServer:
    """Serves addresses until `close`. Bodies stay bytes here: the pipeline reads them."""

    def __init__(self, intake: Intake, gate: Gate, counting: Counting, limits: ReceiverLimits) -> None:
        import grpc

        self._grpc = grpc
        self._intake = intake
        self._gate = gate
        self._counting = counting
        self._limits = limits
        self._server = grpc.aio.server(
            options=(
                ("grpc.max_receive_message_length", limits.body_bytes),
                ("grpc.max_metadata_size", limits.head_bytes),
                ("grpc.max_concurrent_streams", limits.queued),
                ("grpc.so_reuseport", 0),
                ("grpc.max_connection_idle_ms", int(limits.idle_seconds * _MILLISECONDS)),
                ("grpc.http2.max_ping_strikes", 2),
            ),
            maximum_concurrent_rpcs=limits.connections,
            compression=grpc.Compression.NoCompression,
        )
        self._server.add_generic_rpc_handlers([self._handlers(service, signal) for service, signal in SERVICES])

    async def start(self, addresses: Sequence[Address]) -> tuple[str, ...]:
        """Listen; the addresses with the ports that were bound. `SourceError` when it cannot."""
        bound: list[str] = []
        for address in addresses:
            port = address.port
            for host in ("127.0.0.1", "::1") if address.host == LOCALHOST else (address.host,):
                place = Address(host, port)
                try:
                    port = self._server.add_insecure_port(str(place))
                except RuntimeError as problem:
                    if bound and host == "::1":
                        continue  # no IPv6 on this machine
                    raise SourceError(
                        str(place), "cannot listen there for gRPC: the port is in use, or the address is not ours"
                    ) from problem
                bound.append(str(Address(host, port)))
        await self._server.start()
        return tuple(bound)

    async def close(self) -> None:
        """Stop listening and end every call."""
        await self._server.stop(None)

    def _handlers(self, service: str, signal: Signal) -> Any:
        async def export(body: bytes, context: Any) -> bytes:
            return await self._export(body, signal, context)

        method = self._grpc.unary_unary_rpc_method_handler(export)
        return self._grpc.method_handlers_generic_handler(service, {"Export": method})

    async def _export(self, body: bytes, signal: Signal, context: Any) -> bytes:
        metadata = [(key.encode(), _bytes(value)) for key, value in context.invocation_metadata() or ()]
        denial = self._gate.token_denial([value for key, value in metadata if key == b"authorization"])
        if denial is not None:
            await self._abort(context, UNAUTHENTICATED, denial.message, denial.reason)
        self._counting.body(len(body))
        outcome = await self._take(body, signal)
        if outcome.kept:
            return accepted_body(outcome, "otlp-protobuf")
        if outcome.unable:
            await self._refuse_for_now(context, outcome)
        await self._abort(
            context, INVALID_ARGUMENT, outcome.message, "too many records" if outcome.too_many else "malformed"
        )
        raise AssertionError("abort raises")

    async def _take(self, body: bytes, signal: Signal) -> Outcome:
        held = Held(self._intake)
        try:
            held.grow(len(body))
            return await self._intake.take("otlp-protobuf", signal, body)
        except BusyError:
            return BUSY
        finally:
            held.release()

    async def _refuse_for_now(self, context: Any, outcome: Outcome) -> None:
        """`RESOURCE_EXHAUSTED`, with when to come again: without that, exporters take it for a final no."""
        delay = duration_pb2.Duration(seconds=self._limits.retry_after_seconds).SerializeToString()
        retry = any_pb2.Any(type_url=_RETRY_INFO, value=b"\x0a" + varint_bytes(len(delay)) + delay)
        details = status_message(RESOURCE_EXHAUSTED, outcome.message, retry.SerializeToString())
        context.set_trailing_metadata(((DETAILS, details),))
        await self._abort(context, RESOURCE_EXHAUSTED, outcome.message, "busy")

    async def _abort(self, context: Any, code: int, message: str, reason: str) -> None:
        self._counting.refused(reason, come_again=code == RESOURCE_EXHAUSTED)
        codes = {status.value[0]: status for status in self._grpc.StatusCode}
        await context.abort(codes[code], message)


def require_grpc() -> None:
    """`SourceError` when gRPC is asked for and not installed."""
    try:
        import grpc  # noqa: F401 -- whether it is there
    except ImportError as problem:
        raise SourceError(
            "--grpc", "needs the extra `grpc`: pip install 'connectome-tui[grpc]'; OTLP over HTTP works without"
        ) from problem


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
