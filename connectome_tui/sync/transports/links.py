"""Where the wire meets the network: whole messages out and in, on the event loop's thread."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024
"""No message is longer, unless both sides are made with another bound."""

SLOW_BYTES: Final = 64 * 1024
"""With more than this waiting, a link has no room; `writable` follows when it has again."""

CLOSE_TIMEOUT_S: Final = 2.0
"""Who closes waits so long for the other side to take what was sent; then the connection is cut."""


class Link(Protocol):
    """One connection."""

    @property
    def waiting_bytes(self) -> int:
        """How much was sent that the network has not taken yet."""
        ...

    def send(self, message: bytes) -> None:
        """Queue one message; behind a close it goes nowhere."""
        ...

    def close(self, reason: str = "") -> None:
        """Send what waits, then end the connection; `closed` follows. Harmless when repeated."""
        ...


class LinkUser(Protocol):
    """Who is told what comes over a link."""

    def received(self, message: bytes | str) -> None:
        """One message has come."""
        ...

    def too_long(self) -> None:
        """A message was longer than allowed, and was not kept; the link will be closed."""
        ...

    def writable(self) -> None:
        """Little of what waited is left."""
        ...

    def closed(self, reason: str) -> None:
        """The connection has ended; nothing is called behind this."""
        ...


Dial = Callable[[LinkUser], Awaitable[Link]]
"""Connects, once. Raises `OSError` or `TransportError` when that fails."""
