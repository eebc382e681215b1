"""Unpacking gzip and zstd, and the collector's length-framed messages that are packed one by one."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final, Literal, Protocol, cast

import zstandard

from connectome_tui.traces.content import Content

Packing = Literal["gzip", "zstd", "framed zstd"]

CHUNK: Final = 256 << 10
FRAME_HEAD: Final = 4
MAX_WINDOW: Final = 128 << 20
"""The most memory that a zstd frame may ask for (`--long=27`)."""

MAX_MESSAGE: Final = 256 << 20
"""The most that one message of a framed file may unpack to: far above what a collector sends."""

ZSTD_HEAD_MAX: Final = 18
BLOCK_HEAD: Final = 3
RUN_BLOCK: Final = 1
CHECKSUM: Final = 4
GZIP_BITS: Final = 31

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE: Final = tuple(bytes((0x50 + low, 0x2A, 0x4D, 0x18)) for low in range(16))


class _Inflater(Protocol):
    """A running `zlib.decompressobj`, whose own class has no public name."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...
    def flush(self) -> bytes: ...
    def copy(self) -> "_Inflater": ...


@dataclass(slots=True)
class Unpacked:
    """How far unpacking has come: packed bytes consumed, and why it ended early if it did."""

    consumed: int = 0
    damage: str = ""


def packing_of(head: bytes) -> Packing | None:
    """How bytes are packed, by their first ones; None when they are not."""
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith((_ZSTD, *_ZSTD_SKIPPABLE)):
        return "zstd"
    if head[FRAME_HEAD:].startswith(_ZSTD) and int.from_bytes(head[:FRAME_HEAD], "big"):
        return "framed zstd"
    return None


def unpack(source: Content, packing: Packing, state: Unpacked) -> Iterator[bytes]:
    """The plain bytes, in chunks of bounded size. Damage ends them early and is left in `state`."""
    match packing:
        case "gzip":
            return _gzip(source, state)
        case "zstd":
            return _zstd(source, state)
        case "framed zstd":
            return _framed(source, state)


def _gzip(source: Content, state: Unpacked) -> Iterator[bytes]:
    """The members of a gzip file, one after the other; zeros may pad its end."""
    member: _Inflater | None = None
    while data := source.read(state.consumed, CHUNK):
        state.consumed += len(data)
        while data:
            if member is None:
                data = data.lstrip(b"\0")
                if not data:
                    break
                member = zlib.decompressobj(wbits=GZIP_BITS)
            before = member.copy()
            try:
                unpacked = member.decompress(data, CHUNK)
            except zlib.error as problem:
                part, good = _before_damage(before, data)
                yield part
                state.damage = f"the gzip data is damaged at byte {state.consumed - len(data) + good}: {problem}"
                return
            yield unpacked
            if member.eof:
                data, member = member.unused_data, None
            else:
                data = member.unconsumed_tail
    if member is not None:
        yield member.flush()
        if not member.eof:
            state.damage = f"cut off: the gzip data ends early, at byte {state.consumed}"


def _before_damage(member: _Inflater, data: bytes) -> tuple[bytes, int]:
    """What can be unpacked of a chunk that has damage in it, and how many of its bytes are good."""
    parts: list[bytes] = []
    for position in range(len(data)):
        try:
            parts.append(member.decompress(data[position : position + 1], CHUNK))
        except zlib.error:
            return b"".join(parts), position
    return b"".join(parts), len(data)


def _zstd(source: Content, state: Unpacked) -> Iterator[bytes]:
    """The frames of a zstd file, one after the other."""
    stream = cast("IO[bytes]", _Reader(source, state))
    reader = _decompressor().stream_reader(stream, read_size=CHUNK, read_across_frames=True)
    try:
        while chunk := reader.read(CHUNK):
            yield chunk
    except zstandard.ZstdError as problem:
        state.damage = f"the zstd data is damaged near byte {state.consumed}: {problem}"
        return
    if not _zstd_is_whole(source):
        state.damage = f"cut off: the zstd data ends early, at byte {state.consumed}"


def _framed(source: Content, state: Unpacked) -> Iterator[bytes]:
    """Messages after their length, each packed by itself: JSON becomes lines, protobuf keeps its frames."""
    number = 0
    while head := source.read(state.consumed, FRAME_HEAD):
        number, length = number + 1, int.from_bytes(head, "big")
        packed = source.read(state.consumed + FRAME_HEAD, length)
        state.consumed += len(head) + len(packed)
        try:
            with _decompressor().stream_reader(packed) as reader:
                message = reader.read(MAX_MESSAGE)
                oversized = bool(reader.read(1))
        except zstandard.ZstdError as problem:
            state.damage = state.damage or f"message {number} is damaged: {problem}"
            continue
        if oversized or len(head) < FRAME_HEAD or len(packed) < length:
            why = f"is larger than {MAX_MESSAGE >> 20} MiB" if oversized else "is cut off"
            state.damage = state.damage or f"message {number} {why}"
        elif message.lstrip()[:1] in (b"{", b"["):
            yield message + b"\n"
        else:
            yield len(message).to_bytes(FRAME_HEAD, "big") + message


def _decompressor() -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)


class _Reader:
    """A content as a stream that counts what was read of it; the decoder asks for no more than `read`."""

    def __init__(self, source: Content, state: Unpacked) -> None:
        self._source = source
        self._state = state

    def read(self, size: int) -> bytes:
        data = self._source.read(self._state.consumed, size)
        self._state.consumed += len(data)
        return data


def _zstd_is_whole(source: Content) -> bool:
    """Whether the last frame is complete. The decoder does not tell, but the heads of blocks do."""
    position = 0
    while position < source.size:
        head = source.read(position, ZSTD_HEAD_MAX)
        if head[:4] in _ZSTD_SKIPPABLE:
            position += 8 + int.from_bytes(head[4:8], "little")
            continue
        try:
            parameters = zstandard.get_frame_parameters(head)
            position += zstandard.frame_header_size(head)
        except zstandard.ZstdError:
            return False
        is_last = False
        while not is_last:
            block = source.read(position, BLOCK_HEAD)
            if len(block) < BLOCK_HEAD:
                return False
            is_last, kind, length = bool(block[0] & 1), block[0] >> 1 & 3, int.from_bytes(block, "little") >> 3
            position += BLOCK_HEAD + (1 if kind == RUN_BLOCK else length)
        position += CHECKSUM if parameters.has_checksum else 0
    return position == source.size
