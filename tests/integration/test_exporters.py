"""Real exporters of OpenTelemetry send here with nothing but `OTEL_EXPORTER_OTLP_ENDPOINT` set."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.receiving import PATIENCE, Running, receiver

INSTRUMENTED = Path(__file__).with_name("instrumented.py")
ADDRESSES: dict[str, dict[str, Any]] = {
    "http": {"http": ("localhost:0",)},
    "grpc": {"http": (), "grpc": ("localhost:0",)},
}


def run_instrumented(protocol: str, running: Running) -> subprocess.CompletedProcess[bytes]:
    """The program, told the endpoint and nothing else."""
    listening = running.source.listening
    address = (listening.grpc if protocol == "grpc" else listening.http)[0]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "HTTP", "http", "ALL_"))}
    return subprocess.run(
        [sys.executable, INSTRUMENTED, protocol],
        env=kept | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}"},
        capture_output=True,
        timeout=6 * PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_the_exporter_of_python(protocol: str) -> None:
    """Spans, an exception, a link and a status arrive as events; metrics are taken, counted and not shown (SPAN-2)."""
    with receiver(**ADDRESSES[protocol]) as running:
        ended = run_instrumented(protocol, running)
        assert (ended.returncode, ended.stderr.decode()) == (0, "")
        running.handed.wait(lambda: len(running.handed.events) == 5)
        running.handed.wait(lambda: set(running.handed.counters.skipped) == {"metrics"})
        events = {event.label: event for event in running.handed.events}
        order, query, charge = events["POST /orders"], events["SELECT stock"], events["charge"]
        assert order.to_node_id == "service:checkout"
        assert query.to_node_id == "database:postgresql db.local"
        assert query.parent_event_id == charge.parent_event_id == order.id
        assert charge.status == "error"
        exception = next(event for event in running.handed.events if event.parent_event_id == charge.id)
        assert (exception.trigger, exception.call_type) == ("hook", "moment")
        assert "card expired" in (exception.payload_summary or "")
        assert events["POST /retry"].link_event_ids == (order.id,)
        assert running.handed.counters.refused == {}
