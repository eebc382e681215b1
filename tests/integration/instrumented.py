"""A program with the OpenTelemetry SDK: `instrumented.py http|grpc`. Its environment says where it sends."""

import sys
from importlib import import_module

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

FLAVOUR = f"opentelemetry.exporter.otlp.proto.{sys.argv[1]}"
OTLPSpanExporter = import_module(f"{FLAVOUR}.trace_exporter").OTLPSpanExporter
OTLPMetricExporter = import_module(f"{FLAVOUR}.metric_exporter").OTLPMetricExporter

resource = Resource.create({"service.name": "checkout"})
traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
reader = PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=3_600_000)
meters = MeterProvider([reader], resource)
trace.set_tracer_provider(traces)
metrics.set_meter_provider(meters)


def one(_options: CallbackOptions) -> list[Observation]:
    return [Observation(1)]


metrics.get_meter("test").create_observable_gauge("queue.length", [one])
tracer = trace.get_tracer("test")
with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER) as order:
    attributes = {"db.system.name": "postgresql", "db.query.text": "SELECT 1", "server.address": "db.local"}
    with tracer.start_as_current_span("SELECT stock", kind=SpanKind.CLIENT, attributes=attributes):
        pass
    with tracer.start_as_current_span("charge") as charge:
        charge.record_exception(ValueError("card expired"))
        charge.set_status(Status(StatusCode.ERROR, "card expired"))
with tracer.start_as_current_span("POST /retry", links=[Link(order.get_span_context())], kind=SpanKind.CONSUMER):
    pass
if not (traces.force_flush(20_000) and meters.force_flush(20_000)):
    sys.exit("not everything was taken")
traces.shutdown()
meters.shutdown()
