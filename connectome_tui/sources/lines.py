"""Lines of JSON out of bytes that come in pieces, without I/O; a line over the limit is skipped and counted."""

from typing import Final

LONGEST_LINE: Final = 1 << 20
"""Bytes of a line without its line feed (RUN-5)."""

_BOM: Final = b"\xef\xbb\xbf"


class LineBlocks:
    """Gives whole lines, many in one block, so that they can be decoded together.

    `overlong` counts the lines over `longest` bytes, which are left out. `held_bytes` is the size of
    the line that has begun.
    """

    def __init__(self, *, longest: int = LONGEST_LINE) -> None:
        self.overlong = 0
        self.longest = longest
        self._begun = False
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def held_bytes(self) -> int:
        """How much of a line is there that has not ended."""
        return self._size

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes; the whole lines among them, each with its line feed."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._hold(chunk)
            return b""
        if self._size:
            first = chunk.find(b"\n") + 1
            block = self._end_line(chunk[:first]) + self._without_overlong(chunk[first:end])
        else:
            block = self._without_overlong(chunk[:end])
        self._hold(chunk[end:])
        return self._without_bom(block)

    def finish(self) -> bytes:
        """The line that has begun, as if it had ended here (the end of a file)."""
        block = self._without_bom(self._end_line(b"")) if self._size else b""
        self._begun = False
        return block

    def forget(self) -> None:
        """Drop the line that has begun: its file begins anew."""
        self._pieces.clear()
        self._size = 0
        self._begun = False

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._size += len(piece)
        if self._size > self.longest:
            self._pieces.clear()
        else:
            self._pieces.append(piece)

    def _end_line(self, end: bytes) -> bytes:
        """The line that has begun, with its end; nothing when it is too long."""
        size = self._size + len(end.rstrip(b"\n"))
        line = b"".join((*self._pieces, end))
        self._pieces.clear()
        self._size = 0
        if size > self.longest:
            self.overlong += 1
            return b""
        return line

    def _without_overlong(self, block: bytes) -> bytes:
        if len(block) <= self.longest:
            return block
        lines = block.split(b"\n")
        short = [line for line in lines if len(line) <= self.longest]
        self.overlong += len(lines) - len(short)
        return block if len(short) == len(lines) else b"\n".join(short)

    def _without_bom(self, block: bytes) -> bytes:
        if self._begun or not block:
            return block
        self._begun = True
        return block.removeprefix(_BOM)
