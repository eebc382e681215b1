"""One connection: what may come when, and what becomes of what may not (SERVER-8, SERVER-9)."""

from collections import deque
from typing import Final, Literal, Protocol

import msgspec

from connectome_tui.net.error_codes import CLOSES, ErrorCode
from connectome_tui.net.frames import (
    Ack,
    CommandFrame,
    ErrorFrame,
    Frame,
    FromWindow,
    LedgerLook,
    LedgerPage,
    Role,
    SessionGoodbye,
    SessionHello,
    StateUpdate,
    decode_from_window,
    encode_frame,
)
from connectome_tui.net.links import Link, Peer
from connectome_tui.server.bad_frames import what_is_wrong
from connectome_tui.server.broadcaster import Follower
from connectome_tui.server.find_port import Find
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeping import Actor
from connectome_tui.server.limits import Allowance
from connectome_tui.server.services import Services
from connectome_tui.server.trouble import Trouble

FAILED: Final = "the server failed at this; it says more where it runs"
"""What is said with `server.failed` of a mistake of the program."""

Phase = Literal["stranger", "here", "leaving", "gone"]


class Server(Protocol):
    """What a connection asks of the server that it belongs to."""

    services: Services

    def greet(self, connection: "Connection", hello: SessionHello) -> None:
        """Let somebody in, or say why not."""
        ...

    def route(self, connection: "Connection", frame: FromWindow) -> None:
        """Do what a frame of somebody who is here asks for."""
        ...

    def writable(self, connection: "Connection") -> None:
        """A window has read what waited."""
        ...

    def lags(self, connection: "Connection") -> None:
        """A window is to get a baseline as soon as it can take one."""
        ...

    def leaving(self, connection: "Connection") -> None:
        """A window has said goodbye; the connection is still there."""
        ...

    def left(self, connection: "Connection") -> None:
        """A connection has ended; nothing else comes of it."""
        ...

    def wake(self) -> None:
        """Something may be due sooner than it was."""
        ...


class Connection:
    """A window, or whoever else connected: a stranger until the hello, then here, until goodbye or the end."""

    def __init__(self, server: Server, link: Link, peer: Peer) -> None:
        services = server.services
        limits = services.limits
        self.link: Final = link
        self.peer: Final = peer
        self.since_ms: Final = services.clock.now_ms()
        self.phase: Phase = "stranger"
        self.actor = Actor("", "")
        self.role: Role = "read-only"
        self.session: HostedSession | None = None
        self.follower: Follower | None = None
        self.find: Find | None = None
        self.asked: Final[deque[LedgerPage | LedgerLook]] = deque()
        self.missed_topics = False
        self.baselines: Final = Allowance(services.clock, limits.baselines_at_once, 1000 / limits.baseline_rest_ms)
        self._server = server
        self._services = services
        self._frames = Allowance(services.clock, limits.frames_at_once, limits.frames_a_second, counts_refusals=True)
        self._bad_frames = Allowance(services.clock, limits.bad_frames, 1000 / limits.bad_frame_rest_ms)
        self.leave_at_ms = self.since_ms + limits.hello_ms

    # A user of a link

    def received(self, message: bytes | str) -> None:
        """One frame has come; whatever is wrong with it is answered to this window alone."""
        if self.phase == "gone":
            return
        frame = self._read(message)
        if frame is not None:
            try:
                self._admit(frame)
            except Exception as failure:  # noqa: BLE001 - reported and answered: it ends no other's session
                self._services.troubles.report(Trouble("a frame could not be answered", failure))
                self.refuse(frame, "server.failed", FAILED)
        self._server.wake()

    def writable(self) -> None:
        """What waited has gone out."""
        if self.phase == "here":
            self._server.writable(self)
            self._server.wake()

    def closed(self, reason: str) -> None:  # noqa: ARG002 - the transport tells whoever runs the server
        """The connection has ended."""
        self._forget()

    # What others do with it

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        self.send_bytes(encode_frame(frame))

    def send_bytes(self, message: bytes) -> None:
        """Send what is encoded. Who reads nothing at all while answers pile up is cut off."""
        if self.phase == "gone":
            return
        if self.link.waiting_bytes > self._services.limits.waiting_bytes_most:
            self.cut("too much waits to be read")
            return
        self.link.send(message)

    def error(self, code: ErrorCode, message: str, request_id: int = 0) -> None:
        """Say what was wrong; some errors end the connection."""
        self.send(ErrorFrame(code=code, message=message, id=request_id))
        if code in CLOSES:
            self.cut(message)

    def end(self, reason: str) -> None:
        """Say goodbye, and end the connection."""
        self.send(SessionGoodbye(reason=reason))
        self.cut(reason)

    def cut(self, reason: str) -> None:
        """End the connection."""
        if self.phase != "gone":
            self._forget()
            self.link.close(reason)

    def failed(self, failure: Exception) -> None:
        """The link could not take a message."""
        self._services.troubles.report(Trouble("a connection failed", failure))
        self.cut("the connection failed")

    @property
    def is_reading(self) -> bool:
        """Whether it waits for something that takes long."""
        return self.find is not None or bool(self.asked)

    def lags(self) -> None:
        """It is told nothing more until it gets a baseline."""
        self._server.lags(self)

    def affords(self, cost: float) -> bool:
        """Whether what is asked for may be answered now; what is costly counts as several frames."""
        if self.link.waiting_bytes > self._services.limits.waiting_bytes or not self._frames.holds(cost - 1):
            return False
        return self._frames.take(cost - 1)

    def charge(self, cost: float) -> None:
        """What it asked for was more costly than it looked, and it has to wait behind it. Below 0 it gets some back."""
        self._frames.charge(cost)

    def enter(self, actor: Actor, role: Role) -> None:
        """The hello was good."""
        self.phase = "here"
        self.actor = actor
        self.role = role

    # Inside

    def _read(self, message: bytes | str) -> FromWindow | None:
        """The frame, if it is one and not one too many."""
        limit = self._services.limits.frame_bytes
        if len(message) > limit:
            self.error("frame.too_long", f"a frame has at most {limit} bytes")
            return None
        try:
            frame = decode_from_window(message)
        except (msgspec.DecodeError, RecursionError, ValueError) as problem:
            self._bad(*what_is_wrong(message, problem))
            return None
        if self._frames.take():
            return frame
        if self._frames.is_spent:
            self.end("too many frames, again and again")
        else:
            self.refuse(frame, "limit.rate", "too many frames: wait a moment")
        return None

    def _admit(self, frame: FromWindow) -> None:
        match self.phase, frame:
            case "stranger", SessionHello():
                self._server.greet(self, frame)
            case "stranger", _:
                self._bad("frame.out_of_order", "the first frame is a session.hello", _id_of(frame))
            case "here", SessionHello():
                self._bad("frame.out_of_order", "hello was said already")
            case "here", SessionGoodbye():
                self._leave()
            case "here", _:
                self._server.route(self, frame)
            case _:
                self.error("frame.out_of_order", "nothing follows a goodbye", _id_of(frame))
                self.cut("a frame behind the goodbye")

    def refuse(self, frame: FromWindow, code: ErrorCode, message: str) -> None:
        """Refuse what a frame asked for, by the reply that it would have had."""
        if isinstance(frame, CommandFrame | StateUpdate):
            self.send(Ack(accepted=False, intent_id=frame.intent_id, code=code, message=message))
        else:
            self.error(code, message, _id_of(frame))

    def _bad(self, code: ErrorCode, message: str, request_id: int = 0) -> None:
        self.error(code, message, request_id)
        if not self._bad_frames.take():
            self.end("too many bad frames")

    def _leave(self) -> None:
        """Goodbye was said: whoever said it ends the connection, or it is ended for them in a moment."""
        self.phase = "leaving"
        self.leave_at_ms = self._services.clock.now_ms() + self._services.limits.goodbye_ms
        self._server.leaving(self)

    def _forget(self) -> None:
        if self.phase != "gone":
            self.phase = "gone"
            self._server.left(self)


def _id_of(frame: FromWindow) -> int:
    number = getattr(frame, "id", 0)
    return number if isinstance(number, int) else 0
