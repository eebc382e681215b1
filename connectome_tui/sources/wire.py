"""TCP and TLS connections of a client that its own thread waits on and another thread can end at once."""

import socket
import ssl
from collections.abc import Callable
from typing import Final, Protocol

from connectome_tui.sources.bell import Bell
from connectome_tui.sources.web_address import WebAddress

CHUNK: Final = 64 << 10
ATTEMPT_SECONDS: Final = 10.0
"""For connecting to one of a host's addresses, and for the handshake of TLS."""


class WireError(Exception):
    """The connection failed; the message is one plain line for the user."""


class Stopped(Exception):
    """The bell ended a wait."""


class Wire(Protocol):
    """A connection that stands."""

    def send(self, data: bytes) -> None:
        """Send all of it."""
        ...

    def receive(self, seconds: float | None) -> bytes | None:
        """The next bytes; `b""` at the end, None when nothing came in time. Raises `WireError` and `Stopped`."""
        ...

    def close(self) -> None:
        """Release the socket."""
        ...


Connect = Callable[[WebAddress, Bell], Wire]
"""Opens a connection; raises `WireError` and `Stopped`."""


class SocketWire:
    """A connection over a socket that never blocks."""

    def __init__(self, connected: socket.socket, bell: Bell) -> None:
        self._socket = connected
        self._bell = bell

    def send(self, data: bytes) -> None:
        while data:
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                if not self.ready("write", ATTEMPT_SECONDS):
                    raise WireError("the server does not take the request") from None
            except OSError as error:
                raise WireError(f"the connection broke: {_reason(error)}") from None

    def receive(self, seconds: float | None) -> bytes | None:
        while True:
            try:
                return self._socket.recv(CHUNK)
            except BlockingIOError:
                if not self.ready("read", seconds):
                    return None
            except OSError as error:
                raise WireError(f"the connection broke: {_reason(error)}") from None

    def ready(self, ready_for: str, seconds: float | None) -> bool:
        """Wait for the socket; False when the time is over. Raises `Stopped`."""
        ready = self._bell.wait_for(self._socket.fileno(), ready_for, seconds)
        if self._bell.stopped:
            raise Stopped
        return ready

    def close(self) -> None:
        self._socket.close()


class TlsWire:
    """TLS over another wire; the machine of `ssl` works in memory, so that all waiting is done in one place."""

    def __init__(self, wire: SocketWire, context: ssl.SSLContext, host: str) -> None:
        self._wire = wire
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        try:
            self._until_done(self._tls.do_handshake, ATTEMPT_SECONDS)
        except ssl.SSLCertVerificationError as error:
            raise WireError(f"the certificate of {host} is not trusted: {error.verify_message}") from None
        except ssl.SSLError as error:
            reason = (error.reason or "no agreement").replace("_", " ").lower()
            raise WireError(f"no TLS with {host}: {reason}") from None

    def send(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    def receive(self, seconds: float | None) -> bytes | None:
        try:
            return self._until_done(lambda: self._tls.read(CHUNK), seconds)
        except _TimeOver:
            return None
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError as error:
            if isinstance(error, ssl.SSLEOFError):
                return b""
            raise WireError(f"the TLS connection broke: {(error.reason or 'no reason').lower()}") from None

    def close(self) -> None:
        self._wire.close()

    def _until_done(self, act: Callable[[], bytes | None], seconds: float | None) -> bytes:
        while True:
            try:
                result = act()
            except ssl.SSLWantReadError:
                self._flush()
                received = self._wire.receive(seconds)
                if received is None:
                    raise _TimeOver from None
                if received:
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                self._flush()
                return result or b""

    def _flush(self) -> None:
        self._wire.send(self._outgoing.read())


class _TimeOver(WireError):
    def __init__(self) -> None:
        super().__init__("no TLS: the server does not answer")


def connect_socket(address: WebAddress, bell: Bell) -> Wire:
    """Connect to the first address of the host that answers."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError:
        raise WireError(f"the name {address.host} is not known") from None
    problem = WireError(f"the name {address.host} has no address")
    for family, kind, protocol, _, place in found:
        if bell.stopped:
            raise Stopped
        connected = socket.socket(family, kind, protocol)
        try:
            return _connect(connected, place, address, bell)
        except WireError as error:
            connected.close()
            problem = error
        except BaseException:
            connected.close()
            raise
    raise problem


def _connect(connected: socket.socket, place: object, address: WebAddress, bell: Bell) -> Wire:
    connected.settimeout(0)
    wire = SocketWire(connected, bell)
    try:
        connected.connect(place)  # type: ignore[arg-type] # a tuple of the family's own shape, as getaddrinfo gave it
    except BlockingIOError:
        if not wire.ready("write", ATTEMPT_SECONDS):
            raise WireError(f"{address.place} does not answer") from None
        failed = connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            raise WireError(_failed_text(failed, address)) from None
    except OSError as error:
        raise WireError(_failed_text(error.errno or 0, address)) from None
    _keep_alive(connected)
    return TlsWire(wire, ssl.create_default_context(), address.host) if address.scheme == "https" else wire


def _keep_alive(connected: socket.socket) -> None:
    """Have the system ask whether the other side is still there: a stream may be silent for hours."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPALIVE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)


def _failed_text(number: int, address: WebAddress) -> str:
    import errno
    import os

    if number == errno.ECONNREFUSED:
        return f"nothing listens at {address.place}"
    return f"{address.place} cannot be reached: {os.strerror(number).lower()}"


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
