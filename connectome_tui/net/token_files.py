"""Tokens in files: made by a server for its address, found by windows of the same user on the same machine (SERVER-9).

They are never on a command line, in an address, in a message or in a log.
"""

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectome_tui.events.flow import SourceError
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.receiver.gate import checked_token, read_token

TOKEN_VARIABLE: Final = "CONNECTOME_TOKEN"
FOLDER_VARIABLE: Final = "CONNECTOME_STATE"
READ_ONLY_SUFFIX: Final = ".read-only"
TOKEN_BYTES: Final = 32
OLD_SECONDS: Final = 90 * 86_400
"""Files of servers that did not start for so long are taken away."""
FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_SUFFIX: Final = ".token"
_PLAIN: Final = re.compile(r"[0-9A-Za-z.-]{1,60}")
_SAME_HOSTS: Final = ("localhost", "127.0.0.1", "::1")
"""Under these a server of this machine is found, whichever of them it was started with."""


def state_folder() -> Path:
    """The folder in which that of the tokens is: `CONNECTOME_STATE`, else the user's state folder."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("connectome", appauthor=False)


def read_only_beside(path: Path) -> Path:
    """The file of the token that may only look, beside that of the token that may do all."""
    return path.with_name(f"{path.name}{READ_ONLY_SUFFIX}")


def token_file_of(address: ServerAddress) -> Path:
    """The file of the token that a server at this address made itself."""
    return state_folder() / "tokens" / f"{_name_of(address)}{_SUFFIX}"


def token_for(address: ServerAddress, token_file: str | None, *, read_only: bool = False) -> str:
    """What to show to a server: from the file that was named, from the environment, or from that of a local server.

    `SourceError`, without the token, when there is none, or when others may read it.
    """
    if token_file is not None:
        return read_token(Path(token_file).expanduser())
    if shown := os.environ.get(TOKEN_VARIABLE):
        return checked_token(shown, TOKEN_VARIABLE)
    for path in _files_for(address):
        wanted = (read_only_beside(path), path) if read_only else (path,)
        for file in wanted:
            if file.exists():
                return read_token(file)
    where = "this server is on another machine, so"
    if address.is_local:
        where = "no server of yours was started there (`connectome serve` starts one), and for somebody else's"
    why = f"{where} a token is needed: name a file with it (--token-file), or set {TOKEN_VARIABLE}"
    raise SourceError(str(address.place), why)


def keep_token(path: Path) -> str:
    """The token in a file; one is made when there is no such file. `SourceError` when others may read it."""
    with suppress(FileExistsError):
        _write_new(path, secrets.token_urlsafe(TOKEN_BYTES))
    with suppress(OSError):
        os.utime(path)
    return read_token(path)


def put_token(path: Path, token: str) -> None:
    """Write a token over whatever stands there."""
    with suppress(OSError):
        path.unlink()
    _write_new(path, token)


def forget_tokens(paths: Iterable[Path]) -> None:
    """Take files of tokens away, and those that may only look beside them; those that are not there are none."""
    for path in paths:
        for file in (path, read_only_beside(path)):
            with suppress(OSError):
                file.unlink()


def forget_old_tokens(folder: Path | None = None) -> None:
    """Take away what servers left that were killed long ago, at ports that they will not get again."""
    oldest = time.time() - OLD_SECONDS
    with suppress(OSError):
        for file in (folder or state_folder() / "tokens").iterdir():
            if _SUFFIX in file.name and file.stat().st_mtime < oldest:
                file.unlink()


def _files_for(address: ServerAddress) -> list[Path]:
    if address.transport == "unix" or address.host not in _SAME_HOSTS:
        return [token_file_of(address)]
    hosts = (address.host, *(host for host in _SAME_HOSTS if host != address.host))
    return [token_file_of(ServerAddress("ws", host, address.port)) for host in hosts]


def _name_of(address: ServerAddress) -> str:
    if address.transport == "unix":
        path = os.path.realpath(Path(address.path).expanduser())
        return f"unix-{hashlib.sha256(path.encode(errors='surrogateescape')).hexdigest()[:24]}"
    host = address.host.replace(":", "-")
    if not _PLAIN.fullmatch(host):
        host = hashlib.sha256(host.encode()).hexdigest()[:24]
    return f"{host}_{address.port}"


def _write_new(path: Path, token: str) -> None:
    """`FileExistsError` when there is such a file; it is never there without its token."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        try:
            with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 -- a descriptor, not a path
                file.write(f"{token}\n")
            os.link(temporary, path)
        finally:
            temporary.unlink()
    except FileExistsError:
        raise
    except OSError as problem:
        raise SourceError(str(path), f"the token cannot be written: {problem.strerror}") from problem
