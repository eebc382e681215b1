"""Addresses to listen on: how they are written, which of them only this machine can reach, and binding them."""

import errno
import ipaddress
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from connectome_tui.events.flow import SourceError

LOCALHOST: Final = "localhost"
BACKLOG: Final = 128
MAX_PORT: Final = 65535
_LOOPBACKS: Final = ("127.0.0.1", "::1")
"""What `localhost` stands for; SDKs differ in which of the two they try first."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return is_loopback(self.host)


def parse_address(text: str) -> Address:
    """`HOST:PORT`, `[IPV6]:PORT` or `PORT` (which is `localhost`); `SourceError` for anything else."""
    host, colon, port = text.strip().rpartition(":")
    if not colon:
        host = LOCALHOST
    elif host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host or not host:
        raise SourceError(text, "expected HOST:PORT, with an IPv6 address in brackets: [::1]:4318")
    if not (port.isascii() and port.isdigit()) or int(port) > MAX_PORT:
        raise SourceError(text, "expected HOST:PORT with a port from 0 to 65535, for example localhost:4318")
    return Address(host.lower(), int(port))


def is_loopback(host: str) -> bool:
    """Whether a host, as it stands in an address or a header, is this machine under a name nobody else can have."""
    host = host.rstrip(".").lower()
    if host == LOCALHOST or host.endswith(f".{LOCALHOST}"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def check_reach(addresses: Iterable[Address], *, has_token: bool) -> None:
    """`SourceError` for an address that others can reach when no token is asked of them."""
    for address in addresses:
        if not address.is_loopback and not has_token:
            raise SourceError(
                str(address),
                "other machines can reach this address, so senders have to show a token: name a file with one"
                " (--token-file), or set CONNECTOME_TOKEN in the environment",
            )


def bind(address: Address) -> list[socket.socket]:
    """Listening sockets for an address, all with the same port; `SourceError` in one clear line.

    `localhost` is IPv4 and, where the machine has it, IPv6.
    """
    if address.host != LOCALHOST:
        return [_listening(address)]
    first = _listening(Address(_LOOPBACKS[0], address.port))
    try:
        second = _listening(Address(_LOOPBACKS[1], int(first.getsockname()[1])))
    except SourceError as problem:
        cause = problem.__cause__
        if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE and address.port:
            first.close()
            raise
        return [first]
    return [first, second]


def bound_address(listener: socket.socket) -> Address:
    """The address of a listening socket, with the port that it got."""
    host, port = listener.getsockname()[:2]
    return Address(str(host), int(port))


def _listening(address: Address) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":  # elsewhere it would let two programs share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(place)
            listener.listen(BACKLOG)
            listener.settimeout(0)
        except BaseException:
            listener.close()
            raise
    except OSError as problem:
        raise SourceError(str(address), _why_not(problem)) from problem
    return listener


def _why_not(problem: OSError) -> str:
    match problem.errno:
        case errno.EADDRINUSE:
            return "the port is in use: another collector or connectome listens there; choose another port"
        case errno.EACCES | errno.EPERM:
            return "no permission to listen there; choose a port above 1023"
        case errno.EADDRNOTAVAIL:
            return "this machine does not have that address"
        case _:
            return f"cannot listen there: {problem.strerror or problem}"
