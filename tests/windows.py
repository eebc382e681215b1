"""Windows for tests: the real client over links in memory, to a real server core or to a server that a test plays."""

from collections import deque
from typing import Any, TypeVar

from connectome_tui.client.connection_session import Identity
from connectome_tui.client.dialer import DialUser
from connectome_tui.client.notes import NoteSource, NoteType
from connectome_tui.client.telling import Change
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import Clock, ManualClock
from connectome_tui.net.frames import (
    PROTOCOL,
    Frame,
    FromWindow,
    SessionWelcome,
    decode_from_window,
    encode_frame,
)
from connectome_tui.net.links import LinkUser, Peer, Port
from tests.hosting import TOKEN

Wanted = TypeVar("Wanted", bound=FromWindow)


class MemoryWire:
    """A connection in memory: what either side sends waits until it is let through."""

    def __init__(self) -> None:
        self.to_server: deque[bytes] = deque()
        self.to_window: deque[bytes] = deque()
        self.server: LinkUser | None = None
        self.window: LinkUser | None = None
        self.is_open = True

    def deliver(self) -> bool:
        """Let all that waits through, until nothing waits; whether anything did."""
        moved = False
        while self.to_server or self.to_window:
            moved = True
            self.one_to_server()
            self.one_to_window()
        return moved

    def one_to_server(self) -> None:
        """Let one message through."""
        if self.to_server and self.server is not None:
            self.server.received(self.to_server.popleft())
        elif self.server is None:
            self.to_server.clear()

    def one_to_window(self) -> None:
        """Let one message through."""
        if self.to_window and self.window is not None:
            self.window.received(self.to_window.popleft())
        elif self.window is None:
            self.to_window.clear()

    def cut(self, reason: str = "the network is gone") -> None:
        """The network is gone: what waits is lost, and both sides are told."""
        self.is_open = False
        self.to_server.clear()
        self.to_window.clear()
        server, window = self.server, self.window
        self.server = self.window = None
        for user in (window, server):
            if user is not None:
                user.closed(reason)


class _End:
    """One side's link."""

    def __init__(self, wire: MemoryWire, queue: deque[bytes]) -> None:
        self._wire = wire
        self._queue = queue
        self.closed_why: str | None = None

    @property
    def waiting_bytes(self) -> int:
        return sum(len(message) for message in self._queue)

    def send(self, message: bytes) -> None:
        if self.closed_why is None and self._wire.is_open:
            self._queue.append(message)

    def close(self, reason: str = "") -> None:
        if self.closed_why is not None:
            return
        self.closed_why = reason
        wire = self._wire
        if queue_is_for_window := self._queue is wire.to_window:
            wire.deliver()
        ended = wire.window if queue_is_for_window else wire.server
        if not queue_is_for_window:
            while wire.to_server and wire.server is not None:
                wire.one_to_server()
        if ended is not None and wire.is_open:
            wire.cut(reason)


class CoreDialer:
    """Dials a server core. While `is_down`, nobody answers."""

    def __init__(self, port: Port) -> None:
        self.port: Port | None = port
        self.wires: list[MemoryWire] = []
        self.is_down = False
        self.dialled = 0

    @property
    def wire(self) -> MemoryWire:
        """The newest connection."""
        return self.wires[-1]

    def dial(self, attempt: DialUser) -> None:
        """Connect at once."""
        self.dialled += 1
        if self.is_down or self.port is None:
            attempt.failed("nobody listens there")
            return
        wire = MemoryWire()
        self.wires.append(wire)
        wire.server = self.port.connected(_End(wire, wire.to_window), Peer("memory", "test"))
        wire.window = attempt.opened(_End(wire, wire.to_server))

    def cancel(self) -> None:
        """Nothing is ever under way."""

    def deliver(self) -> bool:
        """Let everything through."""
        return sum(wire.deliver() for wire in list(self.wires) if wire.is_open) > 0


class PlayedDialer:
    """Dials a server that the test plays frame by frame."""

    def __init__(self) -> None:
        self.attempts: list[DialUser] = []
        self.cancelled = 0
        self.user: LinkUser | None = None
        self.sent: list[bytes] = []
        self.closed_why: str | None = None

    def dial(self, attempt: DialUser) -> None:
        """Begin; the test goes on with `open` or `fail`."""
        self.attempts.append(attempt)
        self.user = None

    def cancel(self) -> None:
        """Given up."""
        self.cancelled += 1

    @property
    def waiting_bytes(self) -> int:
        """A network that takes everything."""
        return 0

    def send(self, message: bytes) -> None:
        """Keep what the window sends."""
        self.sent.append(message)

    def close(self, reason: str = "") -> None:
        """The window ends it."""
        self.closed_why = reason

    def open(self) -> None:
        """The link stands."""
        self.closed_why = None
        self.user = self.attempts[-1].opened(self)

    def fail(self, why: str = "nobody listens there", *, final: bool = False) -> None:
        """No link came of it."""
        self.attempts[-1].failed(why, final=final)

    def say(self, frame: Frame | bytes | str) -> None:
        """The server sends a frame, or whatever else."""
        assert self.user is not None, "the link is open"
        self.user.received(encode_frame(frame) if isinstance(frame, Frame) else frame)

    def drop(self, reason: str = "the network is gone") -> None:
        """The link ends."""
        assert self.user is not None, "the link is open"
        self.user.closed(reason)

    def heard(self) -> list[FromWindow]:
        """What the window sent since the last time."""
        sent, self.sent = self.sent, []
        return [decode_from_window(message) for message in sent]

    def heard_only(self, kind: type[Wanted]) -> list[Wanted]:
        """Those of one kind."""
        return [frame for frame in self.heard() if isinstance(frame, kind)]

    def welcome(self, **more: Any) -> None:
        """Open the link and say welcome."""
        self.open()
        self.say(make_welcome(**more))


class KeptNotes:
    """Keeps notes in a list."""

    def __init__(self) -> None:
        self.notes: list[tuple[NoteType, str, dict[str, Any], NoteSource]] = []

    def note(self, type_: NoteType, event: str, payload: Any, source: NoteSource = "service") -> None:
        """Keep it."""
        self.notes.append((type_, event, dict(payload), source))

    def events(self, type_: NoteType) -> list[str]:
        """What was noted of one type."""
        return [event for kind, event, _payload, _source in self.notes if kind == type_]


def make_welcome(**more: Any) -> SessionWelcome:
    """A welcome to a server with one session, of which none is chosen."""
    fields: dict[str, Any] = {
        "protocol": PROTOCOL,
        "epoch": "epoch-1",
        "actor_id": "ada~1",
        "role": "full",
        "resume_token": "resume-1",
        "heartbeat_ms": 15_000,
        "server_now_ms": 5_000_000.0,
        "sessions": ("checkout",),
    }
    return SessionWelcome(**fields | more)


def make_client(dialer: Any, clock: Clock, name: str = "ada", **more: Any) -> WindowClient:
    """A window that has not connected yet; without last values, so that it needs no loop. Its waits are whole."""
    options: dict[str, Any] = {
        "identity": Identity(name),
        "auth": lambda: TOKEN,
        "topics": (),
        "random": lambda: 1.0,
    }
    return WindowClient("ws://127.0.0.1:7717", dialer, clock, **options | more)


class ClientRig:
    """A window and the server that a test plays."""

    def __init__(self, **more: Any) -> None:
        self.clock = ManualClock(1_000_000.0)
        self.server = PlayedDialer()
        self.notes = KeptNotes()
        self.client = make_client(self.server, self.clock, notes=self.notes, **more)
        self.changes: list[Change] = []
        self.client.subscribe(self.changes.append)

    def pass_time(self, ms: float) -> None:
        """Let time go by, and have served what is due on the way."""
        end = self.clock.now_ms() + ms
        for _ in range(10_000):
            due = self.client.next_deadline_ms()
            if due is None or due > end:
                break
            self.clock.advance(max(0.0, due - self.clock.now_ms()))
            self.client.serve_deadline()
        else:
            raise AssertionError("something is always due")
        self.clock.advance(end - self.clock.now_ms())
