"""Live sources for tests: they hand over what they are told to, from the test's own thread or another."""

from collections.abc import Iterable, Sequence
from typing import Any

from connectome_tui.events.live import ConnectionStatus, LiveBatch
from connectome_tui.events.model import FlowEvent
from connectome_tui.sources.live import HandOver
from tests.factories import make_event

LISTENING = ConnectionStatus("listening", "127.0.0.1:4318")


class FakeSource:
    """Brings what a test says, when it says so. Keeps how often it was asked to connect again, and its end."""

    def __init__(self, name: str = "127.0.0.1:4318", kind: str = "receiver") -> None:
        self.name = name
        self.kind = kind
        self.retries = 0
        self.stopped = False
        self._hand_over: HandOver | None = None
        self._made = 0

    def start(self, hand_over: HandOver) -> None:
        """Say that it listens."""
        self._hand_over = hand_over
        self.give(status=LISTENING)

    def stop(self) -> None:
        """Hand over no more."""
        self.stopped = True
        self._hand_over = None

    def describe(self) -> tuple[str, ...]:
        """Where it listens, and a line to paste."""
        return "OTLP and Zipkin over HTTP: 127.0.0.1:4318", "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"

    def retry_now(self) -> None:
        """Connect again before its time."""
        self.retries += 1

    def give(self, events: Iterable[FlowEvent] = (), **more: Any) -> None:
        """Hand over a batch."""
        assert self._hand_over is not None, "it was started"
        self._hand_over(LiveBatch(source=self.name, events=tuple(events), **more))

    def bring(self, count: int, **fields: Any) -> Sequence[FlowEvent]:
        """Hand over so many made events at once; gives them."""
        events = [make_event(self._made + number, **fields) for number in range(1, count + 1)]
        self._made += count
        self.give(events)
        return events
