"""One WebSocket connection as a `Link`, on either side: the protocol of `websockets` without its tasks.

What is sent goes to the socket at once, in the call that sends it; nothing is queued but what the
network does not take. Messages that come are handed on in the call that received them, in turns, so
that one peer that sends without end does not hold up the others. What comes is read a little at a time
for the same reason: a buffer full of empty frames takes long.
"""

import asyncio
import logging
from collections import deque
from typing import Final, cast

from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Protocol, State

from connectome_tui.events.visible import visible
from connectome_tui.net.links import LinkUser

HEARTBEAT_SECONDS: Final = 15.0
"""So often the other side is asked whether it is there; two that are missed end the connection (SERVER-1)."""
MISSED_HEARTBEATS: Final = 2
OPEN_SECONDS: Final = 10.0
"""So long the handshake of HTTP and WebSocket may take."""
CLOSE_SECONDS: Final = 5.0
"""So long what waits may take to go out once the link is closed, and the other side to end it, too."""
LOW_WATER_BYTES: Final = 16 * 1024
"""When no more than this waits, there is room again (`writable`)."""
READING_STOPS_BYTES: Final = 4 * 1024 * 1024
"""While so much waits to be read by the other side, nothing is read from it: it would only ask for more."""
TURN_MESSAGES: Final = 64
READ_AT_ONCE_BYTES: Final = 4 * 1024
"""So much is looked at, hundreds of frames when they are empty, before what it held is handed on."""
TURN_READS: Final = 16
TURN_SECONDS: Final = 0.002
"""A turn ends sooner when what came takes long to answer."""
MOST_CONTROL_FRAMES: Final = 200
"""So many pings and pongs between two heartbeats: whoever needs more is no window."""
MOST_LATE_BYTES: Final = 256 * 1024
"""So much is still read from somebody who was told that it is over."""
MAX_FRAGMENTS: Final = 256
MAX_REASON_BYTES: Final = 120

LOGGER: Final = logging.getLogger("connectome_tui.net")
"""Errors alone: at the level of debugging every frame would stand in the log, and with it every token (SERVER-9)."""
LOGGER.setLevel(logging.ERROR)

_OPEN: Final = State.OPEN
_DATA: Final = (Opcode.TEXT, Opcode.BINARY)


class WebSocketLink(asyncio.Protocol):
    """A `Link` over one connection. Either side says how it is opened (`_shake_hands`)."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._user: LinkUser | None = None
        self._unread: deque[bytes] = deque()
        self._arrived: deque[Frame | Request | Response] = deque()
        self._parts: list[bytes] = []
        self._has_turn_coming = False
        self._is_ended = False  # by this side: nothing is sent or handed on any more
        self._is_leaving = False  # by either side: only the end of the connection is waited for
        self._is_heard = True
        self._missed = 0
        self._waited = 0
        self._control_frames = 0
        self._late_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._why_ended = ""

    # A link

    @property
    def waiting_bytes(self) -> int:
        """How much was sent that the network has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def send(self, message: bytes) -> None:
        """Write one message; nothing once the link is closed."""
        if self._is_ended or self._protocol.state is not _OPEN:
            return
        self._protocol.send_text(message)
        self._flush()

    def close(self, reason: str = "") -> None:
        """Send what waits, then end the connection."""
        self._end(CloseCode.NORMAL_CLOSURE, reason)

    # What the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=LOW_WATER_BYTES, low=LOW_WATER_BYTES)
        self._timer = self._loop.call_later(OPEN_SECONDS, self._give_up, "the handshake took too long")

    def data_received(self, data: bytes) -> None:
        self._is_heard = True
        if self._is_ended:
            self._late_bytes += len(data)
            if self._late_bytes > MOST_LATE_BYTES:
                self._give_up("it sends on and on")
                return
        for start in range(0, len(data), READ_AT_ONCE_BYTES):
            self._unread.append(data[start : start + READ_AT_ONCE_BYTES])
        if not self._has_turn_coming:
            self._take_turn()

    def eof_received(self) -> bool:
        self._protocol.receive_eof()
        self._flush()
        return False

    def resume_writing(self) -> None:
        """Little is left of what waited; the loop tells nothing when there never was more."""
        self._read_again()
        if self._user is not None and not self._is_ended:
            self._user.writable()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._protocol.receive_eof()
        self._protocol.data_to_send()
        self._is_ended = self._is_leaving = True
        self._unread.clear()
        self._arrived.clear()
        self._parts.clear()
        reason = self._why_ended or _reason(self._protocol, exc)
        user, self._user = self._user, None
        self._lost(user, reason)

    # For either side

    def _shake_hands(self, event: Request | Response) -> None:
        """The other side has sent its part of the handshake."""
        raise NotImplementedError

    def _lost(self, user: LinkUser | None, reason: str) -> None:
        """The connection has ended; `user` is None when it never opened."""
        if user is not None:
            user.closed(reason)

    def _opened(self, user: LinkUser) -> None:
        """The handshake is over."""
        self._user = user
        assert self._timer is not None
        self._timer.cancel()
        if not self._is_leaving:
            self._timer = self._loop.call_later(HEARTBEAT_SECONDS, self._beat)

    def _flush(self) -> None:
        transport = self._transport
        assert transport is not None, "nothing is sent before there is a connection"
        data = self._protocol.data_to_send()
        if transport.is_closing():
            return
        if any(data):
            transport.write(data[0] if len(data) == 1 else b"".join(data))
        if data and not data[-1]:  # the end
            if transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()
        if self._protocol.close_expected() and not self._is_leaving:
            self._leave()
        elif transport.get_write_buffer_size() > READING_STOPS_BYTES:
            transport.pause_reading()

    def _end(self, code: CloseCode, reason: str) -> None:
        if self._is_ended or self._transport is None:
            return
        self._is_ended = True
        self._arrived.clear()
        if self._protocol.state is _OPEN:
            self._protocol.send_close(code, _cut(reason))
            self._flush()
        elif not self._is_leaving:
            self._leave()
            self._transport.close()

    def _leave(self) -> None:
        """The end is asked for, by either side: wait for it a little."""
        assert self._transport is not None
        self._is_leaving = True
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(CLOSE_SECONDS, self._transport.abort)
        self._read_again()

    def _give_up(self, why: str) -> None:
        """End at once: the other side does not answer, so that there is nobody to take leave of."""
        assert self._transport is not None
        self._why_ended = self._why_ended or why
        self._transport.abort()

    # What comes

    def _take_turn(self) -> None:
        self._has_turn_coming = False
        try:
            self._read_and_take()
        except BaseException:
            # A mistake of this program: seen on standard error, and the end of this connection alone.
            self._give_up("the program failed on a message")
            raise
        transport = self._transport
        if transport is None or transport.is_closing():
            # There is nobody who would hear of what comes of it.
            self._arrived.clear()
            self._unread.clear()
        elif self._arrived or self._unread:
            self._has_turn_coming = True
            transport.pause_reading()
            self._loop.call_soon(self._take_turn)
        else:
            self._read_again()

    def _read_and_take(self) -> None:
        reads = messages = 0
        ends = self._loop.time() + TURN_SECONDS
        while messages < TURN_MESSAGES and self._loop.time() < ends:
            if self._arrived:
                messages += 1
                self._take(self._arrived.popleft())
            elif self._unread and reads < TURN_READS:
                reads += 1
                self._protocol.receive_data(self._unread.popleft())
                self._arrived.extend(self._protocol.events_received())
                self._flush()
            else:
                return

    def _read_again(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or self._has_turn_coming:
            return
        if not transport.is_reading() and (self._is_leaving or self.waiting_bytes <= READING_STOPS_BYTES):
            transport.resume_reading()

    def _take(self, event: Frame | Request | Response) -> None:
        if not isinstance(event, Frame):
            self._shake_hands(event)
        elif event.opcode in _DATA and event.fin:
            self._hand_on(bytes(event.data))
        elif event.opcode in {*_DATA, Opcode.CONT}:
            self._take_part(event)
        elif event.opcode is not Opcode.CLOSE:
            self._control_frames += 1
            if self._control_frames > MOST_CONTROL_FRAMES:
                self._end(CloseCode.POLICY_VIOLATION, "limit.rate: too many pings")

    def _take_part(self, frame: Frame) -> None:
        self._parts.append(bytes(frame.data))
        if frame.fin:
            message = b"".join(self._parts)
            self._parts.clear()
            self._hand_on(message)
        elif len(self._parts) > MAX_FRAGMENTS:
            self._end(CloseCode.MESSAGE_TOO_BIG, "frame.too_long: a message in too many pieces")

    def _hand_on(self, message: bytes) -> None:
        if self._user is not None and not self._is_ended:
            self._user.received(message)

    # Whether the other side is there

    def _beat(self) -> None:
        waiting = self.waiting_bytes
        # Whoever takes what waits for it is there, also while it has no time to say so.
        if self._is_heard or waiting < self._waited:
            self._missed = 0
        else:
            self._missed += 1
        if self._missed >= MISSED_HEARTBEATS:
            seconds = HEARTBEAT_SECONDS * MISSED_HEARTBEATS
            self._give_up(f"no answer for {seconds:.0f} s")
            return
        self._is_heard, self._waited, self._control_frames = False, waiting, 0
        self._protocol.send_ping(b"")
        self._flush()
        self._timer = self._loop.call_later(HEARTBEAT_SECONDS, self._beat)


def _cut(reason: str) -> str:
    """As much of a reason as the frame of the end can hold."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


def _reason(protocol: Protocol, problem: Exception | None) -> str:
    """Why a connection ended, as far as it can be known."""
    if protocol.close_rcvd is not None:
        return visible(protocol.close_rcvd.reason) or _of_code(protocol.close_rcvd)
    if protocol.close_sent is not None:
        return protocol.close_sent.reason or _of_code(protocol.close_sent)
    if isinstance(problem, OSError) and problem.strerror:
        return f"the connection broke: {problem.strerror.lower()}"
    return "the connection broke"


def _of_code(close: Close) -> str:
    if close.code == CloseCode.MESSAGE_TOO_BIG:
        return "frame.too_long: a message is longer than the other side takes"
    return "closed" if close.code in {1000, 1001, 1005} else f"closed with code {close.code}"
