"""Bytes at rest that the readers read, wherever they lie: a plain file, or an unpacked copy of one."""

from collections.abc import Iterator
from typing import Final, Protocol

from connectome_tui.events.flow import SourceError

CHUNK: Final = 4 << 20
MAX_RECORD: Final = 512 << 20
"""The most that is held at once: one line, or one document."""


class Content(Protocol):
    """Plain bytes with a name. Reading raises `SourceError` when the file changed meanwhile (STORE-15)."""

    @property
    def name(self) -> str:
        """What messages call it: the path as it was given."""
        ...

    @property
    def size(self) -> int:
        """Its length in bytes, after unpacking."""
        ...

    @property
    def damage(self) -> str:
        """Why unpacking ended before the end of the file; empty when all of it could be unpacked."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from `offset`; fewer than `length` only at the end."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


def whole(content: Content, start: int = 0) -> bytes:
    """All of a content from `start`, which has to be one document; `SourceError` when it is too large for one."""
    if content.size > MAX_RECORD:
        raise SourceError(content.name, f"is one document of more than {MAX_RECORD >> 20} MiB: expected a smaller one")
    return content.read(start, content.size - start)


def lines(content: Content, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Every line from `start` as `(number from 1, offset, bytes without its line feed)`.

    `SourceError` for one that is longer than `MAX_RECORD`.
    """
    number, offset, position = 1, start, start
    pending: list[bytes] = []
    while chunk := content.read(position, CHUNK):
        position += len(chunk)
        first, *rest = chunk.split(b"\n")
        pending.append(first)
        for following in rest:
            line = b"".join(pending)
            yield number, offset, line
            number, offset, pending = number + 1, offset + len(line) + 1, [following]
        if position - offset > MAX_RECORD:
            why = f"is longer than {MAX_RECORD >> 20} MiB: expected shorter lines"
            raise SourceError(content.name, why, f"line {number}")
    if last := b"".join(pending):
        yield number, offset, last
