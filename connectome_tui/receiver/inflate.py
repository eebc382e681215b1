"""Bodies that come packed: unpacked piece by piece, never further than the bound."""

import zlib
from typing import Final

_GZIP: Final = 31
_PIECE: Final = 256 << 10
MAX_MEMBERS: Final = 1000
"""Packed pieces one after the other in a body; senders write one."""


class TooLargeError(Exception):
    """A body is larger than the bound, as it came or unpacked."""


class PackingError(Exception):
    """A body is not packed as its header says, or was cut off."""


class PlainBody:
    """A body that comes as it is."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._body = bytearray()

    @property
    def size(self) -> int:
        """How many bytes are held."""
        return len(self._body)

    def feed(self, data: bytes) -> None:
        """Take what came; `TooLargeError` over the bound."""
        if len(self._body) + len(data) > self._bound:
            raise TooLargeError
        self._body += data

    def finish(self) -> bytes:
        """The body."""
        return bytes(self._body)


class GzipBody:
    """A body packed with gzip, of one member or several. A bomb costs no more memory than the bound."""

    def __init__(self, bound: int) -> None:
        self._plain = PlainBody(bound)
        self._inflater = zlib.decompressobj(_GZIP)
        self._members = 1

    @property
    def size(self) -> int:
        """How many bytes are held."""
        return self._plain.size

    def feed(self, data: bytes) -> None:
        """Take what came; `TooLargeError` when it unpacks to more than the bound, `PackingError` when it is no gzip."""
        has_more = False
        while data or has_more:
            if self._inflater.eof:
                self._next_member()
            try:
                plain = self._inflater.decompress(data, _PIECE)
            except zlib.error as problem:
                raise PackingError(f"no gzip: {problem}") from problem
            self._plain.feed(plain)
            data = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            has_more = len(plain) == _PIECE and not self._inflater.eof

    def _next_member(self) -> None:
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise PackingError(f"more than {MAX_MEMBERS} gzip members in one body")
        self._inflater = zlib.decompressobj(_GZIP)

    def finish(self) -> bytes:
        """The body; `PackingError` when it ends early."""
        if not self._inflater.eof:
            raise PackingError("the gzip data is cut off")
        return self._plain.finish()


def body_for(encoding: bytes, bound: int) -> PlainBody | GzipBody | None:
    """What takes a body with this `Content-Encoding`; None for one that is not known."""
    match encoding.strip().lower():
        case b"" | b"identity":
            return PlainBody(bound)
        case b"gzip" | b"x-gzip":
            return GzipBody(bound)
        case _:
            return None


def unpacked(data: bytes, encoding: bytes, bound: int) -> bytes:
    """A whole body, unpacked; `TooLargeError`, `PackingError`."""
    body = body_for(encoding, bound)
    if body is None:
        raise PackingError("packed in a way that is not known")
    body.feed(data)
    return body.finish()
