"""The one connection of a window (CLIENT-1, CLIENT-2): dialled, greeted, watched, lost and taken up again.

No I/O: a `Dialer` makes links, `next_deadline_ms` says when `serve_deadline` wants to be called. Every
end of a connection, from whichever side and in whichever state, goes through `_lose`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

import msgspec

from connectome_tui.client.backoff import Backoff
from connectome_tui.client.connection_session import ConnectionSession, Identity, Status
from connectome_tui.client.dialer import Dialer
from connectome_tui.client.notes import Notes
from connectome_tui.client.words import shown
from connectome_tui.clock import Clock
from connectome_tui.events.flow import SourceError
from connectome_tui.net.error_codes import CLOSES
from connectome_tui.net.frames import (
    PROTOCOL,
    ErrorFrame,
    Frame,
    FromServer,
    Resume,
    SessionGoodbye,
    SessionHello,
    SessionWelcome,
    decode_from_server,
    encode_frame,
)
from connectome_tui.net.links import Link, LinkUser

OPENING_MS: Final = 12_000.0
"""How long a link may take to stand, and then the server to say welcome."""
HEARTBEAT_MS: Final = 15_000.0
LEAST_HEARTBEAT_MS: Final = 1000.0
MOST_HEARTBEAT_MS: Final = 300_000.0
FINAL: Final = frozenset({"auth.missing", "auth.refused", "protocol.version"})
"""Errors after which trying again by itself would only repeat them (CLIENT-2)."""


class ConnectionUser(Protocol):
    """Who lives by a connection."""

    def resume_from(self) -> tuple[str, str]:
        """The session that was followed and the newest revision that was applied to it, to go on from there."""
        ...

    def welcomed(self, welcome: SessionWelcome, *, round_trip_ms: float) -> None:
        """The connection stands."""
        ...

    def took(self, frame: FromServer) -> None:
        """A frame of the server that stands behind the welcome."""
        ...

    def probe(self) -> None:
        """Nothing was heard for a while: ask the server anything that it answers."""
        ...

    def disconnected(self) -> None:
        """The connection stands no more: nothing that hangs on it may stay."""
        ...

    def connection_changed(self) -> None:
        """The snapshot is another."""
        ...


class _Attempt:
    """One dialled link. What an earlier one still reports is nobody's business."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.link: Link | None = None

    @property
    def _is_current(self) -> bool:
        return self._connection.is_current(self)

    def opened(self, link: Link) -> LinkUser:
        if self._is_current:
            self.link = link
            self._connection.opened()
        else:
            link.close("too late")
        return self

    def failed(self, why: str, *, final: bool = False) -> None:
        if self._is_current:
            self._connection.failed(why, final=final)

    def received(self, message: bytes | str) -> None:
        if self._is_current:
            self._connection.received(message)

    def writable(self) -> None:
        """What a window sends is small and bounded: it waits for nothing."""

    def closed(self, reason: str) -> None:
        if self._is_current:
            self._connection.closed(reason)


class Connection:
    """The state machine behind `ConnectionSession`. `auth` gives the token anew for each hello, or raises
    `OSError` or `SourceError`.
    """

    def __init__(
        self,
        address: str,
        identity: Identity,
        dialer: Dialer,
        clock: Clock,
        user: ConnectionUser,
        *,
        auth: Callable[[], str],
        notes: Notes,
        connection_id: str,
        random: Callable[[], float],
    ) -> None:
        self._identity = identity
        self._dialer = dialer
        self._clock = clock
        self._user = user
        self._auth = auth
        self._notes = notes
        self._backoff = Backoff(random)
        self._attempt: _Attempt | None = None
        self._resume_token = ""
        self._resume_epoch = ""
        self._heartbeat_ms = HEARTBEAT_MS
        self._deadline_ms: float | None = None
        self._probed = False
        self._hello_at = 0.0
        self.now = ConnectionSession(connection_id, address, identity.user, last_status_change=clock.now_ms())

    @property
    def comes_back(self) -> bool:
        """Whether another try comes by itself."""
        return self.now.next_try_at is not None

    # What the window asks for

    def connect(self) -> None:
        """Begin; harmless when it has begun."""
        if self.now.status == "disconnected":
            self._dial("connecting")

    def retry_now(self) -> bool:
        """Try at once instead of at the next time that is due, also after giving up; false when that cannot be."""
        if self._attempt is not None:
            return False
        self._dial("connecting" if self.now.connected_at is None else "reconnecting")
        return True

    def disconnect(self, why: str = "the window closed the connection") -> None:
        """Leave: say goodbye, and do not come back until asked."""
        if self.now.status == "connected":
            self.send(SessionGoodbye(reason=why))
        if self.now.status != "disconnected":
            self._lose(why, final=True, by_user=True)

    def send(self, frame: Frame) -> None:
        """Send a frame; whoever asks has looked that it stands."""
        assert self._attempt is not None, "frames go out on a connection that stands"
        assert self._attempt.link is not None, "frames go out on a link that is open"
        self._attempt.link.send(encode_frame(frame))

    def set_active(self, session: str | None, *, ready: bool) -> None:
        """The session in hand, and whether it is there whole."""
        assert self.now.status == "connected", "no session without a connection"
        if ready:
            self._backoff.reset()
        self._change(active_session=session, ready=ready, attempts=0 if ready else self.now.attempts)

    def note_error(self, message: str, code: str = "") -> None:
        """Something was wrong that does not end the connection."""
        message = shown(message)
        self._notes.note("connection", "error", {"code": code, "message": message})
        self._change(last_error=message, last_error_code=code)

    def abandon(self, why: str) -> None:
        """The server makes no sense: leave, and come back later."""
        self._lose(why)

    # Time

    def next_deadline_ms(self) -> float | None:
        """When something is overdue: the link, the welcome, a sign of life, or the next try."""
        return self.now.next_try_at if self._attempt is None else self._deadline_ms

    def serve_deadline(self) -> None:
        """Do what is due; harmless when nothing is."""
        due, now = self.next_deadline_ms(), self._clock.now_ms()
        if due is None or now < due:
            return
        if self._attempt is None:
            self._dial(self.now.status)
        elif self.now.status != "connected":
            stage = "the address" if self._attempt.link is None else "the server"
            self._lose(f"{stage} did not answer within {OPENING_MS / 1000:.0f} s")
        elif not self._probed or now - due > self._heartbeat_ms / 2:
            # The window itself may have slept: what has come meanwhile is read before anything is given up.
            self._probed = True
            self._deadline_ms = now + self._heartbeat_ms
            self._user.probe()
        else:
            self._lose(f"nothing was heard from the server for {2 * self._heartbeat_ms / 1000:.0f} s")

    # What the link reports, by way of the attempt in hand

    def is_current(self, attempt: _Attempt) -> bool:
        """Whether this is the attempt in hand."""
        return self._attempt is attempt

    def opened(self) -> None:
        """The link stands: greet."""
        self._hello_at = self._clock.now_ms()
        self._deadline_ms = self._hello_at + OPENING_MS
        try:
            auth = self._auth()
        except (OSError, SourceError) as problem:
            self._lose(f"no token: {problem}")
            return
        who = self._identity
        self.send(
            SessionHello(
                protocol=PROTOCOL,
                actor=who.user,
                auth=auth,
                client=who.client,
                origin=who.origin,
                role=who.role,
                resume=self._resume(),
            )
        )

    def failed(self, why: str, *, final: bool) -> None:
        """No link came of it."""
        self._lose(why, final=final)

    def closed(self, reason: str) -> None:
        """The link ended, whatever the reason."""
        self._lose(reason or "the connection was closed")

    def received(self, message: bytes | str) -> None:
        """One message; what is no frame is noted and ignored."""
        self._heard()
        try:
            frame = decode_from_server(message)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            self.note_error(f"the server sent what is no frame: {problem}", "frame.malformed")
            return
        match frame:
            case SessionWelcome():
                self._welcomed(frame)
            case SessionGoodbye(reason=reason):
                self._lose(reason or "the server said goodbye")
            case ErrorFrame(code=code, message=text) if code in FINAL or code in CLOSES:
                self._lose(text or code, code=code, final=code in FINAL)
            case ErrorFrame(code=code, message=text) if self.now.status != "connected":
                self.note_error(text or code, code)
            case _ if self.now.status == "connected":
                self._user.took(frame)
            case _:
                self.note_error(f"the server sent {type(frame).__name__} before its welcome", "frame.out_of_order")

    # Inside

    def _heard(self) -> None:
        if self.now.status == "connected":
            self._probed = False
            self._deadline_ms = self._clock.now_ms() + self._heartbeat_ms

    def _resume(self) -> Resume | None:
        if not self._resume_token:
            return None
        session, revision = self._user.resume_from()
        return Resume(token=self._resume_token, epoch=self._resume_epoch, session=session, revision=revision)

    def _welcomed(self, welcome: SessionWelcome) -> None:
        if self.now.status == "connected":
            self.note_error("the server said welcome twice", "frame.out_of_order")
            return
        if welcome.protocol != PROTOCOL:
            text = f"the server speaks protocol {welcome.protocol}, this window {PROTOCOL}"
            self._lose(text, code="protocol.version", final=True)
            return
        self._resume_token, self._resume_epoch = welcome.resume_token, welcome.epoch
        self._heartbeat_ms = min(max(float(welcome.heartbeat_ms), LEAST_HEARTBEAT_MS), MOST_HEARTBEAT_MS)
        now = self._clock.now_ms()
        self._deadline_ms = now + self._heartbeat_ms
        self._probed = False
        self._notes.note("connection", "connected", {"actor_id": welcome.actor_id, "resumed": welcome.resumed})
        self._change(
            status="connected",
            mode=welcome.role,
            last_error="",
            last_error_code="",
            connected_at=now,
            last_status_change=now,
            generation=self.now.generation + 1,
            actor_id=welcome.actor_id,
            epoch=welcome.epoch,
            server=welcome.server,
            next_try_at=None,
        )
        self._user.welcomed(welcome, round_trip_ms=now - self._hello_at)

    def _dial(self, status: Status) -> None:
        now = self._clock.now_ms()
        attempt = self._attempt = _Attempt(self)
        self._deadline_ms = now + OPENING_MS
        changed_at = self.now.last_status_change if status == self.now.status else now
        self._change(status=status, next_try_at=None, gave_up=False, last_status_change=changed_at)
        if self._attempt is attempt:
            self._dialer.dial(attempt)

    def _lose(self, why: str, *, code: str = "", final: bool = False, by_user: bool = False) -> None:
        """The one way in which a connection ends (CLIENT-2)."""
        why = shown(why)
        attempt, self._attempt = self._attempt, None
        self._deadline_ms = None
        before, now = self.now, self._clock.now_ms()
        was_connected = before.status == "connected"
        comes_back = not final
        status: Status = "disconnected"
        if comes_back:
            status = "reconnecting" if was_connected or before.status == "reconnecting" else "connecting"
        next_try = now + self._backoff.failed() if comes_back else None
        if not comes_back:
            self._backoff.reset()
        self.now = replace(
            before,
            status=status,
            ready=False,
            active_session=None,
            last_error="" if by_user else why,
            last_error_code=code,
            last_status_change=before.last_status_change if status == before.status else now,
            last_disconnected_at=now if was_connected else before.last_disconnected_at,
            attempts=self._backoff.failures,
            next_try_at=next_try,
            gave_up=not comes_back and not by_user,
        )
        if attempt is None or attempt.link is None:
            self._dialer.cancel()
        else:
            attempt.link.close(why)
        event = "left" if by_user else "lost" if was_connected else "not reached"
        self._notes.note("connection", event, {"code": code, "why": why, "next_try_at": next_try})
        self._user.disconnected()
        self._user.connection_changed()

    def _change(self, **changes: object) -> None:
        changed = replace(self.now, **changes)  # type: ignore[arg-type]
        if changed != self.now:
            self.now = changed
            self._user.connection_changed()
