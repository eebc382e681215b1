"""A network of scripted answers, for tests of what follows an event stream."""

from collections.abc import Callable, Sequence

from connectome_tui.sources.bell import Bell
from connectome_tui.sources.web_address import WebAddress
from connectome_tui.sources.wire import Stopped, WireError

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"
Answer = bytes | WireError | None | Callable[[], object]


class FakeWire:
    """Gives one piece of an answer after the other: bytes, None for silence, an error to raise, something to do."""

    def __init__(self, pieces: Sequence[Answer]) -> None:
        self.sent = b""
        self.is_closed = False
        self._pieces = list(pieces)

    def send(self, data: bytes) -> None:
        self.sent += data

    def receive(self, seconds: float | None) -> bytes | None:
        assert not self.is_closed
        assert seconds is None or seconds > 0
        piece = self._pieces.pop(0) if self._pieces else b""
        if isinstance(piece, WireError):
            raise piece
        if callable(piece):
            piece()
            return self.receive(seconds)
        return piece

    def close(self) -> None:
        self.is_closed = True


class FakeNetwork:
    """Answers each connection with the next of its answers; when there is none left, the follower is stopped."""

    def __init__(self, *answers: Sequence[Answer] | WireError) -> None:
        self.wires: list[FakeWire] = []
        self.addresses: list[str] = []
        self._answers = list(answers)

    def connect(self, address: WebAddress, bell: Bell) -> FakeWire:
        if not self._answers:
            bell.stop()
            raise Stopped
        self.addresses.append(f"{address.scheme}://{address.place}{address.target}")
        answer = self._answers.pop(0)
        if isinstance(answer, WireError):
            raise answer
        wire = FakeWire(answer)
        self.wires.append(wire)
        return wire

    def header(self, connection: int, name: str) -> str | None:
        """The value of a header that was sent on a connection."""
        lines = self.wires[connection].sent.decode("latin-1").split("\r\n")
        values = [line.partition(": ")[2] for line in lines if line.lower().startswith(f"{name.lower()}: ")]
        return values[0] if values else None
