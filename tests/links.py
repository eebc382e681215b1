"""Links in memory: what is sent waits in them until a test lets it through."""

from collections import deque
from typing import TypeVar

from connectome_tui.net.frames import (
    Frame,
    FromServer,
    decode_from_server,
    encode_frame,
)
from connectome_tui.net.links import LinkUser, Peer, Port

Wanted = TypeVar("Wanted", bound=FromServer)
MEMORY = Peer("memory", "test")


class MemoryLink:
    """One end of a connection: keeps what is sent through it until it is taken."""

    def __init__(self) -> None:
        self.sent: deque[bytes] = deque()
        self.taken_bytes = 0
        self.closed_why: str | None = None
        self.user: LinkUser | None = None
        self._waiting = 0

    @property
    def waiting_bytes(self) -> int:
        """What was sent and not taken."""
        return self._waiting

    def send(self, message: bytes) -> None:
        """Keep a message; none behind the end."""
        if self.closed_why is None:
            self.sent.append(message)
            self._waiting += len(message)

    def close(self, reason: str = "") -> None:
        """End: what was sent can still be taken."""
        if self.closed_why is None:
            self.closed_why = reason
            if self.user is not None:
                self.user.closed(reason)

    def take(self) -> bytes | None:
        """The oldest message that waits."""
        if not self.sent:
            return None
        message = self.sent.popleft()
        self._waiting -= len(message)
        self.taken_bytes += len(message)
        return message

    def read_all(self) -> None:
        """Let everything through, and say that there is room."""
        while self.take() is not None:
            pass
        if self.user is not None and self.closed_why is None:
            self.user.writable()


class Caller:
    """A window as bare frames: says what it is told to, and keeps what it hears."""

    def __init__(self, port: Port) -> None:
        self.link = MemoryLink()
        self.user = port.connected(self.link, MEMORY)
        self.link.user = self.user

    def say(self, frame: Frame | bytes | str) -> None:
        """Send a frame, or whatever else, to the server."""
        self.user.received(encode_frame(frame) if isinstance(frame, Frame) else frame)

    def hear(self) -> list[FromServer]:
        """Everything that came since the last time."""
        heard = []
        while (message := self.link.take()) is not None:
            heard.append(decode_from_server(message))
        return heard

    def hear_only(self, kind: type[Wanted]) -> list[Wanted]:
        """Those of one kind among what came."""
        return [frame for frame in self.hear() if isinstance(frame, kind)]

    def ask(self, frame: Frame | bytes | str, kind: type[Wanted]) -> Wanted:
        """Send something; the one answer of that kind."""
        self.hear()
        self.say(frame)
        (answer,) = self.hear_only(kind)
        return answer

    def drop(self) -> None:
        """The network is gone."""
        self.link.sent.clear()
        self.link._waiting = 0
        self.link.close("dropped")
