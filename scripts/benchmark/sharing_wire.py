"""A wire between a window and its server that tells what came when, and how many bytes it was."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

WELCOME: Final = b'"session.welcome"'
_CHUNK: Final = 1 << 18


class Wire:
    """Passes on what a window at `port` and the server say to each other; one window after the other."""

    def __init__(self, host: str, port: int) -> None:
        self.down_bytes = 0
        self.welcomed_at: float | None = None
        """When the server said welcome, of the performance counter."""
        self._server = host, port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._sockets: list[socket.socket] = [self._listening]
        self._threads = [threading.Thread(target=self._take_in)]
        self._threads[0].start()

    def close(self) -> None:
        """Cut it."""
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join()

    def _take_in(self) -> None:
        with suppress(OSError):
            while True:
                window, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                self._sockets += [window, server]
                for one in (window, server):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for source, target, is_down in ((window, server, False), (server, window, True)):
                    thread = threading.Thread(target=self._pass_on, args=(source, target), kwargs={"is_down": is_down})
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket, *, is_down: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if is_down:
                    self.down_bytes += len(data)
                    if self.welcomed_at is None and WELCOME in data:
                        self.welcomed_at = time.perf_counter()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@contextmanager
def wire(host: str, port: int) -> Iterator[Wire]:
    """A wire to a server, cut at the end of the block."""
    made = Wire(host, port)
    try:
        yield made
    finally:
        made.close()
