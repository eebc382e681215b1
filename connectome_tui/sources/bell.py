"""What wakes and ends the thread of a live source while it waits for bytes, for time, or for room."""

import selectors
import socket
import threading
from collections.abc import Iterable
from typing import Final

_READY_FOR: Final = {"read": selectors.EVENT_READ, "write": selectors.EVENT_WRITE}


class Bell:
    """One waiter, any number of ringers. After `stop` every wait ends at once.

    Waits take real seconds; None waits until it is rung. Release it with `close` when nobody waits any more.
    """

    def __init__(self) -> None:
        self._ear, self._hammer = socket.socketpair()
        self._ear.settimeout(0)
        self._hammer.settimeout(0)
        self._lock = threading.Lock()
        self._stopped = False
        self._closed = False

    @property
    def stopped(self) -> bool:
        """Whether the waiter shall end."""
        return self._stopped

    def ring(self) -> None:
        """End the wait that goes on, or the next one."""
        with self._lock:
            if not self._closed:
                try:
                    self._hammer.send(b"!")
                except BlockingIOError:
                    return  # it rings already

    def stop(self) -> None:
        """End every wait from now on."""
        self._stopped = True
        self.ring()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait; whether it was rung."""
        return self._select(None, "read", seconds)[0]

    def wait_for(self, descriptor: int, ready_for: str, seconds: float | None = None) -> bool:
        """Wait until a descriptor is ready to `read` or to `write`; False when it was stopped or the time is over.

        A ring does not end this wait, but for the time it begins anew.
        """
        while True:
            rung, ready = self._select(descriptor, ready_for, seconds)
            if ready or not rung or self._stopped:
                return ready

    def wait_for_any(self, descriptors: Iterable[int]) -> list[int]:
        """Wait until there is something to read from any of these; those from which there is. None when it was rung."""
        if self._stopped:
            return []
        with getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
            selector.register(self._ear, selectors.EVENT_READ)
            for descriptor in descriptors:
                selector.register(descriptor, selectors.EVENT_READ)
            ready = [key.fd for key, _ in selector.select()]
        if self._ear.fileno() in ready:
            self._ear.recv(4096)
            return []
        return ready

    def _select(self, descriptor: int | None, ready_for: str, seconds: float | None) -> tuple[bool, bool]:
        """Whether it was rung, and whether the descriptor is ready."""
        if self._stopped:
            return True, False
        # Of the selectors, poll alone takes files and any number of descriptors.
        with getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
            selector.register(self._ear, selectors.EVENT_READ)
            if descriptor is not None:
                selector.register(descriptor, _READY_FOR[ready_for])
            ready = [key.fileobj for key, _ in selector.select(seconds)]
        rung = self._ear in ready
        if rung:
            self._ear.recv(4096)
        return rung, descriptor in ready and not self._stopped

    def close(self) -> None:
        """Release the sockets. Harmless when called again."""
        with self._lock:
            self._closed = True
            self._ear.close()
            self._hammer.close()
