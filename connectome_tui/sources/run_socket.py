"""The listener of a run (RUN-5): whoever connects to its Unix socket sends lines, several at once too."""

import socket
from contextlib import suppress
from typing import Final

from connectome_tui.clock import Clock
from connectome_tui.engine.looks import counted
from connectome_tui.events.visible import visible
from connectome_tui.runs.store import RunStore
from connectome_tui.sources.lines import LONGEST_LINE
from connectome_tui.sources.lines_delivery import LinesDelivery
from connectome_tui.sources.live import HandOver
from connectome_tui.sources.run_lines import EXAMPLE, RunLines
from connectome_tui.sources.source_thread import Delivery, SourceThread
from connectome_tui.sources.unix_socket import ListeningSocket

MOST_CONNECTIONS: Final = 32
CHUNK: Final = 64 << 10
TOO_MANY: Final = "too many connections"

SOCKET_PREFIX: Final = "unix:"


class WatchSocket:
    """Takes the records of runs from whoever connects to a Unix socket (`connectome watch unix:PATH`).

    Connections are counted; what they send is one stream of lines. `store` holds the state of the
    newest run, which survives that everybody disconnects (RUN-4).
    """

    kind = "run"

    def __init__(self, path: str, *, clock: Clock) -> None:
        self.store = RunStore(clock=clock)
        self._path = path
        self._clock = clock
        self._reader = RunLines(self.store)
        self._thread = SourceThread(self.name, clock, self.run)
        self._listening: ListeningSocket | None = None
        self._connections: dict[int, tuple[socket.socket, LinesDelivery]] = {}

    @property
    def name(self) -> str:
        """The path of the socket."""
        return visible(f"{SOCKET_PREFIX}{self._path}")

    def start(self, hand_over: HandOver) -> None:
        """Begin to listen; `SourceError` when somebody else does at this path, or nobody can."""
        self._listening = ListeningSocket(self._path)
        self._thread.start(hand_over)

    def stop(self) -> None:
        """End every connection and take the socket away."""
        self._thread.stop()
        if self._listening is not None:
            self._listening.close()

    def describe(self) -> tuple[str, ...]:
        """The socket, and a line that begins a run through it."""
        return self.name, f"echo '{EXAMPLE}' | nc -U {visible(self._path)}"

    def run(self, delivery: Delivery) -> None:
        """Accept and read until the source is stopped (in its thread)."""
        listening = self._listening
        assert listening is not None, "it listens before its thread runs"
        delivery.status("listening")
        bell, door = self._thread.bell, listening.socket.fileno()
        try:
            while not bell.stopped:
                for descriptor in bell.wait_for_any([door, *self._connections]):
                    if descriptor == door:
                        self._accept(listening.socket, delivery)
                    else:
                        self._read(descriptor, delivery)
        finally:
            for connection, _ in self._connections.values():
                connection.close()
            self._connections.clear()
            self.store.set_connected(bool(self._connections))

    def _accept(self, door: socket.socket, delivery: Delivery) -> None:
        try:
            connection, _ = door.accept()
        except OSError:
            return  # gone again before it was taken
        if len(self._connections) >= MOST_CONNECTIONS:
            connection.close()
            delivery.refuse(TOO_MANY)
            return
        connection.settimeout(0)
        lines = LinesDelivery(self.name, self._clock, delivery, LONGEST_LINE, reader=self._reader)
        self._connections[connection.fileno()] = connection, lines
        delivery.count(connections=1)
        self._tell(delivery)

    def _read(self, descriptor: int, delivery: Delivery) -> None:
        connection, lines = self._connections[descriptor]
        try:
            data = connection.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            lines.take(data)
            return
        lines.finish()
        del self._connections[descriptor]
        with suppress(OSError):
            connection.close()
        self._tell(delivery)

    def _tell(self, delivery: Delivery) -> None:
        """Say how many are connected; the last one that goes leaves the run as it stood (RUN-4)."""
        count = len(self._connections)
        self.store.set_connected(bool(self._connections))
        if count:
            delivery.status("connected", counted(count, "connection"))
        else:
            delivery.status("listening", "nobody is connected")
