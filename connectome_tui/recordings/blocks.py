"""Events and their details as the blobs of a block: MessagePack, compressed where that pays."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import zstandard

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.json_lines import writable

MAX_BLOB: Final = 256 << 20
"""No blob unpacks to more: a larger one is damage, or a bomb."""
_WORTH_PACKING: Final = 200
_LEVEL: Final = 1

_MSGPACK, _JSON, _PACKED = 0, 1, 2
_event_decoders: Final[dict[int, Callable[[bytes], list[FlowEvent]]]] = {
    _MSGPACK: msgspec.msgpack.Decoder(list[FlowEvent]).decode,
    _JSON: msgspec.json.Decoder(list[FlowEvent]).decode,
}
_decoders: Final[dict[int, Callable[[bytes], Any]]] = {
    _MSGPACK: msgspec.msgpack.Decoder().decode,
    _JSON: msgspec.json.Decoder().decode,
}


class UnreadableBlobError(Exception):
    """A blob that was not written by this program, or that was damaged."""


class BlobWriter:
    """Makes blobs; one for each thread."""

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)

    def events(self, events: Sequence[FlowEvent]) -> bytes:
        """The events of a block."""
        try:
            return self._packed(_MSGPACK, self._encoder.encode(events))
        except (UnicodeEncodeError, TypeError, OverflowError, RecursionError, ValueError):
            return self._blob([_plain(event) for event in events])

    def details(self, details: Sequence[EventDetail | None]) -> bytes:
        """Their details; empty when there are none. A resource that many share is written once."""
        resources: list[Any] = []
        numbers: dict[int, int] = {}
        written: list[Any] = []
        for detail in details:
            if detail is None or not (
                detail.attributes or detail.resource or detail.identity or detail.raw is not None
            ):
                written.append(None)
                continue
            number = numbers.get(id(detail.resource))
            if number is None:
                number = numbers[id(detail.resource)] = len(resources)
                resources.append(detail.resource)
            written.append((detail.attributes, number, detail.identity, detail.raw))
        return self._blob((resources, written)) if resources else b""

    def bytes_(self, data: bytes) -> bytes:
        """Bytes as they came."""
        return self._packed(_MSGPACK, data)

    def _blob(self, value: Any) -> bytes:
        try:
            return self._packed(_MSGPACK, self._encoder.encode(value))
        except (UnicodeEncodeError, TypeError, OverflowError, RecursionError, ValueError):
            plain = writable(value)
        try:
            return self._packed(_MSGPACK, self._encoder.encode(plain))
        except OverflowError:
            return self._packed(_JSON, msgspec.json.encode(plain))  # integers of more than 64 bits

    def _packed(self, code: int, data: bytes) -> bytes:
        if len(data) >= _WORTH_PACKING:
            packed = self._compressor.compress(data)
            if len(packed) < len(data):
                return bytes((code | _PACKED,)) + packed
        return bytes((code,)) + data


def _plain(event: FlowEvent) -> dict[str, Any]:
    """The fields of an event, with no number that JSON cannot write."""
    fields = msgspec.structs.asdict(event)
    for name in ("at_ms", "duration_ms", "energy_delta"):
        if fields[name] is not None and not math.isfinite(fields[name]):
            fields[name] = 0.0 if name == "at_ms" else None
    return fields


def read_events(blob: bytes) -> list[FlowEvent]:
    """The events of a block; `UnreadableBlobError` when it holds anything else."""
    code, data = _unpacked(blob)
    try:
        return _event_decoders[code](data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise UnreadableBlobError(str(problem)) from problem


def read_details(blob: bytes, count: int) -> list[EventDetail]:
    """The details of a block of `count` events."""
    if not blob:
        return [NO_DETAIL] * count
    code, data = _unpacked(blob)
    try:
        resources, written = _decoders[code](data)
        details = [NO_DETAIL if one is None else _detail(one, resources) for one in written]
    except (msgspec.DecodeError, RecursionError, ValueError, TypeError, IndexError) as problem:
        raise UnreadableBlobError(str(problem)) from problem
    if len(details) != count:
        raise UnreadableBlobError(f"{len(details)} details for {count} events")
    return details


def read_bytes(blob: bytes) -> bytes:
    """Bytes as they came."""
    return _unpacked(blob)[1]


def _detail(written: Any, resources: Any) -> EventDetail:
    attributes, resource, identity, raw = written
    if not (isinstance(attributes, dict) and isinstance(identity, dict) and isinstance(resources[resource], dict)):
        raise TypeError("a detail is made of objects")
    return EventDetail(attributes, resources[resource], identity, raw)


def _unpacked(blob: Any) -> tuple[int, bytes]:
    if not isinstance(blob, bytes) or not blob or blob[0] > _JSON | _PACKED:
        raise UnreadableBlobError("it does not begin as a block does")
    if not blob[0] & _PACKED:
        return blob[0], blob[1:]
    data = memoryview(blob)[1:]
    try:
        if not 0 <= zstandard.frame_content_size(data) <= MAX_BLOB:
            raise UnreadableBlobError(f"it unpacks to more than {MAX_BLOB >> 20} MiB")
        return blob[0] & ~_PACKED, zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as problem:
        raise UnreadableBlobError(str(problem)) from problem
