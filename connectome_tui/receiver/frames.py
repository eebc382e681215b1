"""What crosses the pipes between the application and the receiving process: length, kind, MessagePack.

A frame is four bytes of length (big-endian, of what follows), one byte that tells what it is, and the
message. The application sends its options and later, if it does not just close the pipe, the word to
stop; the process answers that it listens or why it cannot, and then sends batches.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from connectome_tui.events.live import LiveBatch
from connectome_tui.receiver.options import ReceiverOptions
from connectome_tui.store.json_lines import writable

HEAD: Final = 5
MAX_FRAME: Final = 256 << 20
READ_SIZE: Final = 1 << 18


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """It listens now; addresses as `host:port` with the ports that were bound. `notes` are remarks for the user."""

    http: tuple[str, ...] = ()
    grpc: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def pinned(asked: tuple[str, ...], bound: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses to ask for next time, so that senders find the same ports again."""
    return bound if any(text.rpartition(":")[2] == "0" for text in asked) else asked


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """It cannot start: what stands before the colon of the message, and why."""

    subject: str
    reason: str


Message = ReceiverOptions | Listening | Refused | LiveBatch

_KINDS: Final[tuple[type[msgspec.Struct], ...]] = (ReceiverOptions, Listening, Refused, LiveBatch)
_NUMBERS: Final = {kind: number for number, kind in enumerate(_KINDS)}
_decoders: Final = [msgspec.msgpack.Decoder(kind) for kind in _KINDS]
_encoder: Final = msgspec.msgpack.Encoder()


class FrameError(Exception):
    """What came is no frame of ours."""


def encode_frame(message: Message) -> bytes:
    """A message as a frame."""
    try:
        body = _encoder.encode(message)
    except (OverflowError, UnicodeEncodeError, RecursionError, TypeError, ValueError):
        body = _encoder.encode(_mended(message))
    return b"%b%c%b" % ((len(body) + 1).to_bytes(4, "big"), _NUMBERS[type(message)], body)


class FrameReader:
    """Takes bytes as they come and gives the messages that are complete."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that `data` completes; `FrameError` when it is none of ours."""
        self._pending += data
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> Message | None:
        pending = self._pending
        if len(pending) < HEAD:
            return None
        end = 4 + int.from_bytes(pending[:4], "big")
        kind = pending[4]
        if not HEAD <= end <= MAX_FRAME or kind >= len(_KINDS):
            raise FrameError(f"a frame of {end - 4} bytes and kind {kind}")
        if len(pending) < end:
            return None
        body = bytes(memoryview(pending)[HEAD:end])
        del pending[:end]
        try:
            message: Message = _decoders[kind].decode(body)  # type: ignore[assignment]  # the decoder of that kind
        except msgspec.DecodeError as problem:
            raise FrameError(str(problem)) from problem
        return message


def _mended(message: Message) -> object:
    """The same with half surrogates replaced and integers of more than 64 bits as text."""
    return _small(writable(msgspec.to_builtins(message)))


def _small(value: object) -> object:
    if isinstance(value, dict):
        return {name: _small(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_small(inner) for inner in value]
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        return str(value)
    return value
