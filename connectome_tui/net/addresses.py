"""Addresses of servers, as people write them: `ws://HOST:PORT/SESSION`, `wss://…`, `unix:PATH#SESSION`, `HOST:PORT`."""

from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import quote, unquote, urlsplit

from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import visible
from connectome_tui.receiver.addresses import Address, is_loopback, parse_address

DEFAULT_PORT: Final = 7717
MAX_SESSION: Final = 200
_UNIX: Final = "unix:"
_EXPECTED: Final = (
    f"expected ws://HOST:PORT, wss://HOST:PORT, HOST:PORT or {_UNIX}PATH, for example ws://127.0.0.1:{DEFAULT_PORT}"
)
_PORTS: Final = {"ws": DEFAULT_PORT, "wss": 443}


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is: host and port, or the path of its socket. `session` is the one that is wanted, or empty."""

    transport: Literal["ws", "wss", "unix"]
    host: str = ""
    port: int = 0
    path: str = ""
    session: str = ""

    def __str__(self) -> str:
        """The address as it can be pasted."""
        if self.transport == "unix":
            mark = "#" if self.session or "#" in self.path else ""
            return f"{_UNIX}{self.path}{mark}{self.session}"
        session = f"/{quote(self.session, safe='')}" if self.session else ""
        return f"{self.transport}://{Address(self.host, self.port)}{session}"

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine can be behind it."""
        return self.transport == "unix" or is_loopback(self.host)

    @property
    def place(self) -> "ServerAddress":
        """The server alone, without a session."""
        return replace(self, session="")


def parse_server_address(text: str) -> ServerAddress:
    """The address in `text`; `SourceError`, in one line that shows no secret, for anything else.

    The session of a Unix socket stands behind the last `#`; a path that has one itself ends with another.
    """
    text = text.strip()
    if text.startswith(_UNIX):
        return _unix(text)
    scheme, colon, _ = text.partition("://")
    if not colon:
        text, scheme = f"ws://{text}", "ws"
    if scheme.lower() not in _PORTS:
        raise SourceError(_shown(text), _EXPECTED)
    return _web(text)


def _unix(text: str) -> ServerAddress:
    path, mark, session = text.removeprefix(_UNIX).removeprefix("//").rpartition("#")
    if not mark:
        path, session = session, ""
    if not path or "\x00" in path:
        raise SourceError(_shown(text), f"expected the path of a socket: {_UNIX}PATH or {_UNIX}PATH#SESSION")
    return ServerAddress("unix", path=path, session=_session(session, text))


def _web(text: str) -> ServerAddress:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise SourceError(_shown(text), _EXPECTED) from None
    if "@" in parts.netloc:
        raise SourceError(
            _shown(text), "no user and no secret stands in an address: a token is named with --token-file"
        )
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise SourceError(_shown(text), "expected nothing behind the session; a token is named with --token-file")
    if not host or any(character.isspace() or not character.isprintable() for character in host):
        raise SourceError(_shown(text), _EXPECTED)
    session = unquote(parts.path.removeprefix("/").removesuffix("/"))
    transport: Literal["ws", "wss"] = "wss" if parts.scheme == "wss" else "ws"
    if port == 0:
        raise SourceError(_shown(text), "nobody listens at port 0: expected the port that `serve` printed")
    return ServerAddress(transport, host=host, port=port or _PORTS[transport], session=_session(session, text))


def _session(name: str, text: str) -> str:
    if len(name) > MAX_SESSION or not all(character.isprintable() for character in name):
        raise SourceError(_shown(text), "this is no name of a session: they are short, and on one line")
    return name


def address_of_session(place: str, session: str) -> str:
    """The address of a session of the server at `place`, as it can be pasted; that of the server without one."""
    return str(replace(parse_server_address(place), session=session))


def parse_listen_address(text: str) -> Address:
    """Where to listen: `HOST:PORT` or `PORT`, also as `ws://HOST:PORT`; `SourceError` for anything else."""
    if "://" not in text:
        return parse_address(text)
    if text.startswith("wss://"):
        raise SourceError(text, "there is no TLS here: listen on ws://, with a proxy for TLS in front of it")
    if not text.startswith("ws://") or "/" in text.removeprefix("ws://").rstrip("/"):
        raise SourceError(_shown(text), "expected HOST:PORT to listen on")
    return parse_address(text.removeprefix("ws://").rstrip("/"))


def _shown(text: str) -> str:
    """As much of an address that is refused as can be shown: nothing of a user, a query or a fragment."""
    head, mark, rest = text.partition("://")
    rest = (rest if mark else head).partition("?")[0].partition("#")[0]
    place, slash, path = rest.partition("/")
    place = place.rpartition("@")[2]
    return visible(f"{head}://" if mark else "")[:20] + visible(f"{place}{slash}{path}")[:200]
