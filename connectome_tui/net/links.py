"""Where protocols meet transports: neither knows the other's insides, and tests put memory in between.

A transport delivers whole messages, in order, at most once. All calls are made on one thread, the
event loop's (SERVER-8). Nothing here blocks.
"""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Peer:
    """What the transport knows of who connects: its kind, and an address for diagnostics."""

    transport: Literal["memory", "unix", "websocket"]
    address: str = ""


class Link(Protocol):
    """One connection, as a protocol sees it: a way to send, and to end it."""

    @property
    def waiting_bytes(self) -> int:
        """How much was sent that the network has not taken yet: what a slow reader lets pile up."""
        ...

    def send(self, message: bytes) -> None:
        """Queue one message; it is not sent any more once the link is closed."""
        ...

    def close(self, reason: str = "") -> None:
        """Send what waits, then end the connection; `closed` follows. Harmless when it is closed."""
        ...


class LinkUser(Protocol):
    """Who uses a link: told what comes, when there is room again, and of the end."""

    def received(self, message: bytes | str) -> None:
        """One message has come."""
        ...

    def writable(self) -> None:
        """What waited has gone out, or little of it is left."""
        ...

    def closed(self, reason: str) -> None:
        """The connection has ended, for whatever reason; nothing else is called behind this."""
        ...


class Port(Protocol):
    """Where a server's transport reports who connects."""

    def connected(self, link: Link, peer: Peer) -> LinkUser:
        """Somebody connected; what comes of it is handed to the answer."""
        ...
