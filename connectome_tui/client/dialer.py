"""How a connection gets its link, without knowing what carries it: real sockets, or memory in tests."""

from typing import Protocol

from connectome_tui.net.links import Link, LinkUser


class DialUser(Protocol):
    """One attempt to connect: exactly one of the two is called, once, unless the attempt is cancelled first."""

    def opened(self, link: Link) -> LinkUser:
        """The transport stands; what comes of it is handed to the answer."""
        ...

    def failed(self, why: str, *, final: bool = False) -> None:
        """It could not be made, in one line; `final` when trying again cannot help (no such file, no WebSocket)."""
        ...


class Dialer(Protocol):
    """Makes links to one address, one at a time. All calls are made on one thread."""

    def dial(self, attempt: DialUser) -> None:
        """Begin to connect and return at once; `attempt` is told of the outcome, perhaps before this returns."""
        ...

    def cancel(self) -> None:
        """Give up what was begun and is not open yet; harmless when nothing is."""
        ...
