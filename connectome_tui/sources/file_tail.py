"""A growing file, read without waiting: what is new, and whether it began anew (cut short, replaced, gone)."""

import os
import stat
from pathlib import Path
from typing import Final, NamedTuple

from connectome_tui.events.flow import SourceError

CHUNK: Final = 64 << 10
"""Bytes of one look: some hundred events, which are shown together."""
_PROOF: Final = 64
"""Bytes before the place that was read to, kept to see that the file was not cut and written again meanwhile."""


class Piece(NamedTuple):
    """What one look at the file gave.

    `data` is what is new, `b""` when nothing is. `began_anew` says in a word why what follows is the
    beginning of a file, and not what comes behind what was read before; `data` is empty then.
    `is_there`: there is a file to read.
    """

    data: bytes = b""
    began_anew: str = ""
    is_there: bool = True


class FileTail:
    """Reads one path to the end and then whatever is added.

    A file that another one took the place of is read to its end first. Of a file that was cut short,
    what was written before it was cut and after the last look is lost, as it is for everybody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._position = 0
        self._proof = b""

    def look(self) -> Piece:
        """What is new now. `SourceError` when the path is something that cannot be followed."""
        try:
            return self._open() if self._descriptor is None else self._read(self._descriptor)
        except OSError as error:
            raise SourceError(str(self._path), f"cannot be read: {(error.strerror or '').lower()}") from None

    def close(self) -> None:
        """Release the file. Harmless when called again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None
        self._position, self._proof = 0, b""

    def _read(self, descriptor: int) -> Piece:
        size = os.fstat(descriptor).st_size
        if size < self._position or not self._is_the_same(descriptor):
            self._position, self._proof = 0, b""
            return Piece(began_anew="truncated")
        if size > self._position:
            data = os.pread(descriptor, CHUNK, self._position)
            self._position += len(data)
            self._proof = (self._proof + data)[-_PROOF:]
            return Piece(data)
        if self._was_replaced(descriptor):
            self.close()
            return Piece(began_anew="rotated")
        return Piece(is_there=self._path.exists())

    def _open(self) -> Piece:
        try:
            # Opening a pipe must not wait for its other end.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return Piece(is_there=False)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise SourceError(str(self._path), "expected a file; `connectome follow -` reads a pipe")
        self._descriptor = descriptor
        return self._read(descriptor)

    def _is_the_same(self, descriptor: int) -> bool:
        """Whether what was read last still stands where it stood."""
        return os.pread(descriptor, len(self._proof), self._position - len(self._proof)) == self._proof

    def _was_replaced(self, descriptor: int) -> bool:
        try:
            there, ours = self._path.stat(), os.fstat(descriptor)
        except OSError:
            return False  # gone for now: what is open may still grow
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)
