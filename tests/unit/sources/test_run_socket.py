"""The listener of a run: a socket that is the user's own, connections that come and go, lines of all sorts (RUN-5)."""

import json
import shutil
import socket
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import LiveBatch
from connectome_tui.sources import run_socket
from connectome_tui.sources.run_lines import LONGEST_LINE
from connectome_tui.sources.run_socket import WatchSocket
from connectome_tui.sources.unix_socket import ListeningSocket
from tests.unit.runs.records import Record, record, started

SECONDS = 10.0


class Listening:
    """A listener and what it handed over; `until` waits for a condition."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = WatchSocket(str(path), clock=ManualClock(5_000.0))
        self.batches: list[LiveBatch] = []
        self._changed = threading.Condition()
        self.source.start(self._take)

    def _take(self, batch: LiveBatch) -> None:
        with self._changed:
            self.batches.append(batch)
            self._changed.notify_all()

    def until(self, met: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(met, SECONDS)

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(self.path))
        return client

    def labels(self) -> list[str]:
        return [event.label for batch in self.batches for event in batch.events]

    def counter(self, name: str) -> int:
        return next((getattr(batch.counters, name) for batch in reversed(self.batches) if batch.counters), 0)

    def phase(self) -> str:
        return next((batch.status.phase for batch in reversed(self.batches) if batch.status), "")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: the path of a socket has about a hundred bytes."""
    made = Path(tempfile.mkdtemp(prefix="cs-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def listening(folder: Path) -> Iterator[Listening]:
    """A listener that is stopped in the end."""
    made = Listening(folder / "new" / "run.sock")
    yield made
    made.source.stop()


def lines(*records: Record) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def test_folder_and_socket_are_the_users_own(listening: Listening) -> None:
    """A folder that it makes has mode 0700, the socket 0600; both ends of its life are clean."""
    assert stat.S_IMODE(listening.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(listening.path.stat().st_mode) == 0o600
    listening.source.stop()
    assert not listening.path.exists()
    listening.source.stop()


def test_lines_become_events_and_state(listening: Listening) -> None:
    """Records in any pieces become events, the parts of the run, and the state of the store."""
    data = lines(started({"build": []}, at=1), record("unit.started", "build", at=2))
    with listening.connect() as client:
        client.sendall(data[:70])
        client.sendall(data[70:])
        listening.until(lambda: len(listening.labels()) == 2)
        assert listening.source.store.snapshot().connected
    assert listening.labels() == ["run started", "started"]
    assert [node.id for batch in listening.batches for node in batch.nodes] == ["orchestrator:run", "unit:build"]
    assert listening.source.store.snapshot().units[0].status == "in_progress"


def test_the_run_survives_that_everybody_goes(listening: Listening) -> None:
    """Connections are counted; when the last one is gone the run is as it was, and another goes on with it (RUN-4)."""
    store = listening.source.store
    with listening.connect() as first, listening.connect():
        first.sendall(lines(started({"build": []})))
        listening.until(lambda: listening.counter("connections") == 2 and bool(listening.labels()))
        assert listening.phase() == "connected"
    listening.until(lambda: listening.phase() == "listening")
    assert (store.snapshot().status, store.snapshot().connected) == ("running", False)
    with listening.connect() as third:
        third.sendall(lines(record("unit.completed", "build")))
        listening.until(lambda: len(listening.labels()) == 2)
    assert store.snapshot().summary.complete == 1
    assert listening.counter("connections") == 3


def test_bad_lines_are_skipped_and_counted(listening: Listening) -> None:
    """No JSON, no object, and a line over 1 MiB cost only themselves; a line without an end counts when they go."""
    with listening.connect() as client:
        client.sendall(b"{no JSON\n[]\n\n" + b'{"type":"' + b"x" * LONGEST_LINE + b'"}\n')
        client.sendall(lines(record("first")) + lines(record("last")).rstrip())
    listening.until(lambda: listening.labels() == ["first", "last"])
    listening.until(lambda: listening.phase() == "listening")
    assert listening.counter("bad") == 2
    assert listening.batches[-1].counters is not None
    assert listening.batches[-1].counters.dropped == {"too long": 1}
    assert any(batch.gap for batch in listening.batches)


def test_no_more_than_so_many_at_once(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes when it is full is turned away, and counted; the others go on."""
    monkeypatch.setattr(run_socket, "MOST_CONNECTIONS", 1)
    with listening.connect() as first:
        listening.until(lambda: listening.counter("connections") == 1)
        with listening.connect() as second:
            second.settimeout(SECONDS)
            assert second.recv(1) == b""
        first.sendall(lines(record("x")))
        listening.until(lambda: listening.labels() == ["x"])
    assert listening.batches[-1].counters is not None
    listening.until(lambda: any(batch.counters and batch.counters.refused for batch in listening.batches))


def test_a_live_socket_is_refused(listening: Listening) -> None:
    """A path at which somebody listens is not taken, and they go on (bad input)."""
    other = WatchSocket(str(listening.path), clock=ManualClock())
    with pytest.raises(SourceError, match="in use by another process"):
        other.start(lambda _batch: None)
    other.stop()
    with listening.connect() as client:
        client.sendall(lines(record("x")))
        listening.until(lambda: listening.labels() == ["x"])


def test_a_dead_socket_is_replaced(folder: Path) -> None:
    """What a process that was killed left over does not stand in the way."""
    path = folder / "run.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    made = Listening(path)
    with made.connect() as client:
        client.sendall(lines(record("x")))
        made.until(lambda: made.labels() == ["x"])
    made.source.stop()


def test_what_is_no_socket_is_left_alone(folder: Path) -> None:
    """A file at the path is refused and stays as it is."""
    path = folder / "notes.txt"
    path.write_text("mine")
    with pytest.raises(SourceError, match="no socket"):
        ListeningSocket(str(path))
    assert path.read_text() == "mine"


def test_a_path_that_is_too_long_is_one_line(folder: Path) -> None:
    """The limit of the system is named, and nothing is left behind."""
    with pytest.raises(SourceError, match="too long"):
        ListeningSocket(str(folder / ("x" * 200)))
    assert not list(folder.iterdir())


def test_the_socket_of_somebody_else_is_not_removed(folder: Path) -> None:
    """Who stops takes away only the socket that is still theirs."""
    path = folder / "run.sock"
    first = ListeningSocket(str(path))
    path.unlink()
    second = ListeningSocket(str(path))
    first.close()
    assert path.exists()
    second.close()
    assert not path.exists()


def test_a_folder_that_was_there_keeps_its_mode(folder: Path) -> None:
    """Only a folder that it makes is given a mode."""
    folder.chmod(0o755)
    ListeningSocket(str(folder / "run.sock")).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
