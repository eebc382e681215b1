"""Which tokens a server takes, and where they are kept (SERVER-9)."""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectome_tui.events.flow import SourceError
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.net.frames import Role
from connectome_tui.net.token_files import (
    TOKEN_VARIABLE,
    forget_old_tokens,
    forget_tokens,
    keep_token,
    put_token,
    read_only_beside,
    token_file_of,
)
from connectome_tui.receiver.gate import checked_token


class Tokens:
    """The two tokens of a server: one may do everything, one may look. What is shown is compared in constant time."""

    def __init__(self, full: str, read_only: str) -> None:
        self._full, self._read_only = _digest(full), _digest(read_only)

    def role_of(self, token: str) -> Role | None:
        """What a token allows; None for one that is not known."""
        shown = _digest(token)
        is_full, is_read_only = hmac.compare_digest(shown, self._full), hmac.compare_digest(shown, self._read_only)
        return "full" if is_full else "read-only" if is_read_only else None


@dataclass(frozen=True, slots=True)
class KeptTokens:
    """The tokens of a server, and their files. `full_file` is None when the token is in the environment.

    `passing` are files of ports that the server will not get again: they go with it. The others stay,
    so that windows know the server when it comes back.
    """

    tokens: Tokens
    full_file: Path | None
    read_only_file: Path
    passing: Sequence[Path] = field(default=())

    def close(self) -> None:
        """Take away what nobody can use any more."""
        forget_tokens(self.passing)


def check_reach(addresses: Sequence[ServerAddress], token_file: str | None) -> None:
    """`SourceError` for an address that others can reach when the token is nobody's choice."""
    for address in addresses:
        if not address.is_local and token_file is None and not os.environ.get(TOKEN_VARIABLE):
            raise SourceError(
                str(address),
                "other machines can reach this address, so the token has to be one that you hand out:"
                f" name a file for it (--token-file), or set {TOKEN_VARIABLE} in the environment",
            )


def keep_tokens(
    addresses: Sequence[ServerAddress], token_file: str | None, *, passing: Sequence[ServerAddress] = ()
) -> KeptTokens:
    """The tokens of a server at these addresses: those of a file or of the environment, else made and kept by address.

    `passing` are those of the addresses whose port the system chose.
    """
    forget_old_tokens()
    files = [token_file_of(address) for address in addresses]
    if token_file is not None:
        full_file = Path(token_file).expanduser()
        full, read_only = keep_token(full_file), keep_token(read_only_beside(full_file))
        forget_tokens(files)  # a window would find that of another server there
        return KeptTokens(Tokens(full, read_only), full_file, read_only_beside(full_file))
    going = [token_file_of(address) for address in passing]
    read_only = _under_all([read_only_beside(file) for file in files])
    if shown := os.environ.get(TOKEN_VARIABLE):
        for file in files:
            file.unlink(missing_ok=True)
        tokens = Tokens(checked_token(shown, TOKEN_VARIABLE), read_only)
        return KeptTokens(tokens, None, read_only_beside(files[0]), going)
    return KeptTokens(Tokens(_under_all(files), read_only), files[0], read_only_beside(files[0]), going)


def _under_all(files: Sequence[Path]) -> str:
    """One token, the same in every file: that of the first if it is there."""
    token = keep_token(files[0])
    for file in files[1:]:
        put_token(file, token)
    return token


def _digest(token: str) -> bytes:
    """Of the same length for every token, so that the time says nothing of it."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
