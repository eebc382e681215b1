"""Who may post: no web page, nobody who was led here under another name, and elsewhere only who has the token."""

import hmac
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectome_tui.events.flow import SourceError
from connectome_tui.receiver.addresses import is_loopback

MIN_TOKEN: Final = 16
MAX_TOKEN: Final = 4096
_BEARER: Final = b"bearer "

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case, as h11 gives them."""


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a request is turned away, with the status of HTTP; `reason` is a short name to count by."""

    status: int
    reason: str
    message: str


class Gate:
    """Looks at the headers of a request before anything of it is read.

    A page in a browser can post to loopback, and one whose name was made to point here even reads the
    answer. Browsers tell on both: by `Origin`, which no exporter sends, and by the name in `Host`.
    """

    def __init__(self, token: str | None, *, checks_host: bool) -> None:
        self._token = None if token is None else token.encode()
        self._checks_host = checks_host

    def denial(self, headers: Headers) -> Denial | None:
        """Why a request is turned away; None when it may pass."""
        if any(name == b"origin" for name, _ in headers):
            return Denial(403, "origin", "web pages may not post here: the request has an Origin")
        hosts = values_of(headers, b"host")
        if self._checks_host and not (len(hosts) == 1 and _is_here(hosts[0])):
            return Denial(403, "host", "expected a Host of this machine: localhost, 127.0.0.1 or [::1]")
        return self.token_denial(values_of(headers, b"authorization"))

    def token_denial(self, authorizations: Sequence[bytes]) -> Denial | None:
        """Why what a sender shows is not enough; None when it is, or when no token is asked for."""
        if self._token is None:
            return None
        shown = authorizations[0] if len(authorizations) == 1 else b""
        is_bearer = shown[: len(_BEARER)].lower() == _BEARER
        if hmac.compare_digest(shown[len(_BEARER) :].strip(), self._token) and is_bearer:
            return None
        return Denial(401, "token", "expected the header `Authorization: Bearer TOKEN` with the token of this receiver")


def values_of(headers: Headers, wanted: bytes) -> list[bytes]:
    """Every value of a header."""
    return [value for name, value in headers if name == wanted]


def _is_here(host: bytes) -> bool:
    text = host.decode("latin-1").strip()
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        return is_loopback(name) and (not rest or rest.startswith(":"))
    name, colon, port = text.partition(":")
    return is_loopback(name) and (not colon or port.isdigit())


def read_token(path: Path) -> str:
    """The token in a file, without the white space around it; `SourceError` for one that others may read."""
    name = str(path)
    try:
        status = path.stat()
        text = path.read_text(encoding="ascii")[: MAX_TOKEN + 1].strip()
    except OSError as problem:
        raise SourceError(name, f"the token cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise SourceError(name, "a token is made of plain ASCII characters") from problem
    if os.name == "posix" and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SourceError(name, "others may read this token: `chmod 600` it first")
    return checked_token(text, name)


def checked_token(token: str, name: str) -> str:
    """A token that can be sent in a header and is not guessed at once; `SourceError`, without the token, else."""
    if not token.isascii() or not token.isprintable() or any(letter.isspace() for letter in token):
        raise SourceError(name, "a token is made of plain ASCII characters without white space")
    if not MIN_TOKEN <= len(token) <= MAX_TOKEN:
        raise SourceError(name, f"a token has {MIN_TOKEN} to {MAX_TOKEN} characters")
    return token
