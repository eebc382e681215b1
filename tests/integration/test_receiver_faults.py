"""Deaths, stalls and floods of the receiver: nothing that was acknowledged is lost, and what is lost is said."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.receiver.options import ReceiverLimits, ReceiverOptions
from connectome_tui.sources.receiver import ReceiverSource
from tests.integration.receiving import JSON, PATIENCE, Handed, Running, receiver, request_json, span_json, trace_bodies

PARENT = """
import sys, time
from connectome_tui.receiver.options import ReceiverOptions
from connectome_tui.sources.receiver import ReceiverSource
source = ReceiverSource(ReceiverOptions(http=("127.0.0.1:0",), recording=sys.argv[1]))
source.start(lambda batch: None)
print(source.pid, source.listening.http[0].rpartition(":")[2], flush=True)
time.sleep(600)
"""


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_open(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def post_numbered(running: Running, number: int) -> int:
    """A span of a trace of its own; the status."""
    span = span_json(f"{number + 1:016x}", f"{number + 1:032x}")
    return running.post("/v1/traces", request_json(span), JSON).status


def test_killed_alone_it_is_started_again_and_nothing_acknowledged_is_lost(shared_data: Path, tmp_path: Path) -> None:
    """After kill -9 of the receiving process the same port answers again, and what waited comes from the recording."""
    path = str(tmp_path / "live.connectome")
    with receiver(recording=path, settle_ms=1000.0) as running:
        for body in trace_bodies(shared_data):
            assert running.post("/v1/traces", body).status == 200
        running.handed.wait(lambda: running.handed.counters.received == 299)
        assert running.source.pid is not None
        port = running.port
        os.kill(running.source.pid, signal.SIGKILL)
        running.handed.wait(lambda: running.handed.phases[-2:] == ["error", "listening"])
        assert running.port == port
        assert post_numbered(running, 1) == 200
        running.handed.wait(lambda: len(running.handed.events) >= 312)
        assert len({event.id for event in running.handed.events}) == len(running.handed.events) == 312
        assert running.handed.counters.received == 300
        assert not running.handed.counters.dropped
        rows = [batch.first_row for batch in running.handed.batches if batch.events]
        assert None not in rows


def test_killed_without_a_recording_it_says_what_is_lost() -> None:
    """Without a recording, what waited in the process is lost with it, counted, and said in a gap."""
    with receiver(settle_ms=60_000.0) as running:
        for number in range(5):
            assert post_numbered(running, number) == 200
        running.handed.wait(lambda: running.handed.counters.waiting == 5)
        assert running.source.pid is not None
        os.kill(running.source.pid, signal.SIGKILL)
        running.handed.wait(lambda: running.handed.phases[-1:] == ["listening"] and len(running.handed.phases) == 3)
        assert running.handed.counters.dropped == {"the receiving process ended": 5}
        assert any(batch.gap and batch.gap.startswith("up to 5 events lost") for batch in running.handed.batches)
        assert running.handed.counters.received == 5


def test_it_ends_with_its_parent_and_frees_its_port(tmp_path: Path) -> None:
    """After kill -9 of the application the receiving process is gone, and its port is free."""
    path = tmp_path / "live.connectome"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as parent:
        assert parent.stdout is not None
        pid, port = map(int, parent.stdout.readline().split())
        assert is_open(port)
        parent.kill()
        parent.wait()
        eventually(lambda: not is_open(port))
        eventually(lambda: not is_alive(pid))
        assert path.is_file()


def test_an_application_that_hangs_starves_nobody_when_it_is_recorded(tmp_path: Path) -> None:
    """With a recording everything is accepted while the application takes nothing, and handed over later, in order."""
    limits = ReceiverLimits(outgoing=20)
    path = str(tmp_path / "live.connectome")
    with receiver(recording=path, settle_ms=0.0, limits=limits) as running:
        running.handed.hold()
        spans = 2000
        for number in range(0, spans, 100):
            body = request_json(
                *[span_json(f"{n + 1:016x}", f"{n + 1:032x}", name="x" * 500) for n in range(number, number + 100)]
            )
            assert running.post("/v1/traces", body, JSON).status == 200
        running.handed.go_on()
        running.handed.wait(lambda: len(running.handed.events) == spans)
        assert [event.id for event in running.handed.events] == [f"{n + 1:032x}:{n + 1:016x}" for n in range(spans)]
        rows = [(batch.first_row, len(batch.events)) for batch in running.handed.batches if batch.events]
        assert rows[0][0] == 0
        assert all((first or 0) + count == following for (first, count), (following, _) in pairwise(rows))


def test_an_application_that_hangs_is_told_to_senders_when_nothing_is_recorded() -> None:
    """Without a recording no more is accepted than is held: senders are told to come again, and nothing is lost."""
    with receiver(settle_ms=0.0, limits=ReceiverLimits(outgoing=20)) as running:
        running.handed.hold()
        accepted = 0
        for number in range(0, 400_000, 100):
            spans = [span_json(f"{n + 1:016x}", f"{n + 1:032x}", name="x" * 500) for n in range(number, number + 100)]
            answer = running.post("/v1/traces", request_json(*spans), JSON)
            if answer.status == 503:
                assert answer.headers["Retry-After"] == "1"
                break
            accepted += 100
        else:
            raise AssertionError("it accepts for ever")
        running.handed.go_on()
        running.handed.wait(
            lambda: len(running.handed.events) == accepted and running.handed.counters.rate_limited == 1
        )
        eventually(lambda: post_numbered(running, 999_999) == 200)


def test_stop_leaves_no_process_and_no_port() -> None:
    """A source that was stopped hands nothing over any more, and its process and port are gone."""
    with receiver() as running:
        pid, port = running.source.pid, running.port
        running.source.stop()
        handed = len(running.handed.batches)
        assert not is_open(port)
        assert pid is not None
        assert not is_alive(pid)
        running.source.stop()
        assert len(running.handed.batches) == handed


def test_a_recording_is_never_written_over(tmp_path: Path) -> None:
    """A file that is there already is refused in one line, whatever it is."""
    path = tmp_path / "mine.txt"
    path.write_text("mine")
    with pytest.raises(SourceError, match="there is such a file"):
        ReceiverSource(ReceiverOptions(http=("localhost:0",), recording=str(path))).start(Handed())
    assert path.read_text() == "mine"
