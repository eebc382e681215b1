"""Addresses of streams: http and https only, and a form that can be shown."""

import base64
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import visible

_PORTS: Final = {"http": 80, "https": 443}
_SAFE: Final = "/%:@!$&'()*+,;=~-._?[]|"


@dataclass(frozen=True, slots=True, repr=False)
class WebAddress:
    """Where a stream is. `target` is path and query as they are sent; `user_info` what stood before the host."""

    scheme: str
    host: str
    port: int
    target: str
    user_info: str = ""

    def __repr__(self) -> str:
        return f"<{self.shown}>"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be equal for credentials to be sent along."""
        return self.scheme, self.host, self.port

    @property
    def place(self) -> str:
        """Host and port as people write them, the port only when it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The address without user, password and query: tokens stand in any of these."""
        path, question, _ = self.target.partition("?")
        return f"{self.scheme}://{self.place}{visible(path)}{'?…' if question else ''}"

    @property
    def authorization(self) -> str | None:
        """The value of an `Authorization` header, when the address named a user."""
        if not self.user_info:
            return None
        user, _, password = self.user_info.partition(":")
        pair = f"{unquote(user)}:{unquote(password)}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def join(self, location: str) -> "WebAddress":
        """Where a redirect leads; users that it names are left out. `SourceError` when it leads nowhere we go."""
        joined = parse_address(urljoin(f"{self.scheme}://{self.place}{self.target}", location))
        return WebAddress(joined.scheme, joined.host, joined.port, joined.target)


def parse_address(url: str) -> WebAddress:
    """The address in `url`; `SourceError`, which shows no more of it than its host, says what is wrong."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = host if ":" in host else host.encode("idna").decode()
    except ValueError:  # of `port`, and UnicodeError of a host
        raise SourceError(_stem(url), "expected an address like http://127.0.0.1:8000/events") from None
    if parts.scheme not in _PORTS:
        raise SourceError(_stem(url), f"expected http or https, not {visible(parts.scheme) or 'an address without'}")
    if not host or any(ord(character) <= 0x20 or ord(character) == 0x7F for character in host + parts.netloc):
        raise SourceError(_stem(url), "expected an address like http://127.0.0.1:8000/events")
    user_info = parts.netloc.rpartition("@")[0]
    return WebAddress(parts.scheme, host, port or _PORTS[parts.scheme], _target(parts), user_info)


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_SAFE)
    return f"{path}?{quote(parts.query, safe=_SAFE)}" if parts.query else path


def _stem(url: str) -> str:
    """As much of an address that cannot be read as can be shown."""
    scheme, colon, rest = url.partition("://")
    if not colon:
        return visible(url.partition("?")[0].rpartition("@")[2])
    return visible(f"{scheme}://{rest.partition('?')[0].partition('/')[0].rpartition('@')[2]}")
