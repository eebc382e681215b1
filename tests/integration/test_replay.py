"""A recorded afternoon of a shop, sent again to a live session: what a file gives, but for arrival (SPAN-9)."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectome_tui.clock import SystemClock
from connectome_tui.events.flow import ALL_FLOWS, EventSequence, Recording
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.receiver.options import ReceiverOptions
from connectome_tui.recordings.follower import RecordingFollower
from connectome_tui.session import LiveSession, start_live_session
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.receiver import ReceiverSource
from tests.integration.receiving import PATIENCE, Handed, Running, replay_requests, replay_seconds, trace_bodies

SPANS, SPAN_EVENTS = 299, 12
SETTLE_MS = 60_000.0
REPLAY_S = 1.0
"""The recorded minutes in so many seconds: less than the time to settle, which the end of the session cuts short."""


class Driven:
    """A live session whose drains are served by the test, as by an application's loop."""

    def __init__(self, path: Path) -> None:
        self._woken = threading.Event()
        self.source = ReceiverSource(
            ReceiverOptions(http=("localhost:0",), settle_ms=SETTLE_MS, recording=str(path), title="replay")
        )
        self.session: LiveSession = start_live_session(
            self.source, RecordingFollower(path), clock=SystemClock(), wake=self._woken.set
        )

    def wait_for(self, received: int) -> None:
        """Drain until so many spans have come."""
        ends = time.monotonic() + PATIENCE
        while True:
            self._woken.clear()
            self.session.drain()
            live = self.session.store.state.live
            assert live is not None
            if live.sources[0].counters.received >= received:
                return
            assert time.monotonic() < ends, live.sources[0].counters
            self._woken.wait(0.5)

    @property
    def events(self) -> list[FlowEvent]:
        """What the ledger holds, without its boundaries."""
        ledger = self.session.store.state.ledger
        return [entry.event for entry in ledger if entry.event.label != "SESSION_BOUNDARY"]


@pytest.fixture(scope="module")
def from_file(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """A file with the same spans."""
    path = tmp_path_factory.mktemp("replay") / "shop.pb"
    path.write_bytes(b"".join(trace_bodies(shared_data)))
    recording = open_recording([str(path)])
    yield recording
    recording.close()


def listed(events: EventSequence) -> list[FlowEvent]:
    return [events[row] for row in range(len(events))]


def known_of(topology: Topology) -> dict[str, tuple[object, ...]]:
    """What is known of each node; a file lists its steps in the order of flows, a recording in that of events."""
    return {node.id: (node.title, node.kind, node.zone, node.detail, set(node.steps)) for node in topology.nodes}


@pytest.mark.parametrize("how", ["in recorded timing", "as fast as possible"])
def test_the_ledger_is_that_of_a_file(
    how: str,
    shared_data: Path,
    tmp_path: Path,
    from_file: Recording,
) -> None:
    """299 spans and 12 span events in, 311 events out: the same ledger and graph as from a file."""
    path = tmp_path / "live.connectome"
    requests, seconds = replay_requests(shared_data), replay_seconds(shared_data)
    live = Driven(path)
    try:
        running = Running(live.source, Handed())
        began = time.monotonic()
        for (place, body, headers), at in zip(requests, seconds, strict=True):
            if how == "in recorded timing":
                time.sleep(max(0.0, began + at * REPLAY_S / seconds[-1] - time.monotonic()))
            assert running.post(place, body, headers).status == 200
        live.wait_for(SPANS)
        assert live.events == []
    finally:
        live.session.close()
    recorded = open_recording([str(path)])
    received, expected = recorded.flow(ALL_FLOWS), from_file.flow(ALL_FLOWS)
    assert (recorded.report.spans, recorded.report.span_events) == (SPANS, SPAN_EVENTS)
    assert len(received.events) == SPANS + SPAN_EVENTS
    assert listed(received.events) == listed(expected.events)
    assert known_of(received.topology) == known_of(expected.topology)
    assert {edge.id for edge in received.topology.edges} == {edge.id for edge in expected.topology.edges}
    assert [flow.id for flow in recorded.flows] == [flow.id for flow in from_file.flows]
    recorded.close()
