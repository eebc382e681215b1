"""Telling a recording that is in use from one at rest: a lock that ends with the processes that hold it.

Who writes a recording, and the session that shows it, hold `NAME.lock` shared; who wants to remove it
needs it alone. The lock is `flock`'s: it goes with its last holder, however that one ends. Windows
does not let go of a file that is open, which says the same.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

if sys.platform != "win32":
    import fcntl

LOCK_MODE: Final = 0o600


class InUseError(Exception):
    """A process that lives holds the recording."""


class HeldRecording:
    """The lock of one recording, held until `release`, or until the process ends."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go; the last one takes the file of the lock away. Harmless when called again."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if _taken(descriptor, shared=False, wait=False):
            self._path.unlink(missing_ok=True)
        os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def hold(recording: Path) -> HeldRecording:
    """Say that a recording is in use; it waits for the moment that a removal takes."""
    return _held(recording, shared=True)


def hold_alone(recording: Path) -> HeldRecording:
    """Take a recording that nobody uses, to remove or mend it; `InUseError` when somebody does."""
    return _held(recording, shared=False)


def is_in_use(recording: Path) -> bool:
    """Whether a process that lives holds it."""
    path = _lock_path(recording)
    if not path.exists():
        return False
    try:
        hold_alone(recording).release()
    except InUseError:
        return True
    return False


def _held(recording: Path, *, shared: bool) -> HeldRecording:
    path = _lock_path(recording)
    while True:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), LOCK_MODE)
        if not _taken(descriptor, shared=shared, wait=shared):
            os.close(descriptor)
            raise InUseError(recording)
        # Its last holder may have taken the file away between the two calls: then there is a new one.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return HeldRecording(path, descriptor)
        os.close(descriptor)


if sys.platform != "win32":

    def _taken(descriptor: int, *, shared: bool, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

else:

    def _taken(descriptor: int, *, shared: bool, wait: bool) -> bool:
        del descriptor, shared, wait
        return True


def _lock_path(recording: Path) -> Path:
    return recording.with_name(f"{recording.name}.lock")
