"""A Unix socket to listen on, which nobody else can reach (RUN-5)."""

import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from connectome_tui.events.flow import SourceError

FOLDER_MODE: Final = 0o700
SOCKET_MODE: Final = 0o600
BACKLOG: Final = 16


class ListeningSocket:
    """Listens from the moment it is made; `close` takes its file away, unless another one stands there now."""

    def __init__(self, path: str) -> None:
        """`SourceError` when the path is in use by a live process, or is no place for a socket."""
        self._path = Path(path)
        _make_folder(self._path.parent)
        with _locked(self._path.parent):
            _clear_the_way(self._path)
            self.socket = _bound(self._path)
        self._identity = _identity(self._path)

    def close(self) -> None:
        """Stop listening. Harmless when called again."""
        self.socket.close()
        if self._identity is not None and _identity(self._path) == self._identity:
            with suppress(OSError):
                self._path.unlink()
        self._identity = None


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)
    except OSError as problem:
        raise SourceError(str(folder), f"cannot be made: {_why(problem)}") from None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two that start at once do not take each other's socket for a dead one."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as problem:
        raise SourceError(str(folder), f"cannot be opened: {_why(problem)}") from None
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _clear_the_way(path: Path) -> None:
    """Take a dead socket of the user's own away; refuse anything else that stands there."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    except OSError as problem:
        raise SourceError(str(path), _why(problem)) from None
    if not stat.S_ISSOCK(status.st_mode):
        raise SourceError(str(path), "is there and no socket: expected a path that is free")
    if status.st_uid != os.getuid():
        raise SourceError(str(path), "is the socket of another user: expected a path that is free")
    if _answers(path):
        raise SourceError(str(path), "is in use by another process that listens there")
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True  # somebody who is too busy to answer, or speaks in another way, is there none the less
    return True


def _bound(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(path))
        # Nobody can connect before it listens, so that there is no moment at which others could.
        path.chmod(SOCKET_MODE)
        listening.listen(BACKLOG)
        listening.settimeout(0)
    except OSError as problem:
        listening.close()
        reason = "is too long for the path of a socket" if "too long" in str(problem) else _why(problem)
        raise SourceError(str(path), f"cannot listen there: {reason}") from None
    return listening


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _why(problem: OSError) -> str:
    return (problem.strerror or str(problem)).lower()
