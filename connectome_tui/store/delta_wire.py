"""The bytes of what travels of a state: JSON in UTF-8, of the records in `store/deltas.py`."""

from typing import Any, Final, TypeVar

import msgspec

from connectome_tui.store.deltas import Baseline, CommitDelta, Errors, Found, LookAnswer, Page, PageEntry
from connectome_tui.store.json_lines import writable

Record = CommitDelta | Baseline | Page | PageEntry | LookAnswer | Found | Errors
Decoded = TypeVar("Decoded")

_encode: Final = msgspec.json.Encoder().encode
_delta: Final = msgspec.json.Decoder(CommitDelta)
_baseline: Final = msgspec.json.Decoder(Baseline)
_page: Final = msgspec.json.Decoder(Page)
_look: Final = msgspec.json.Decoder(LookAnswer)
_found: Final = msgspec.json.Decoder(Found)
_errors: Final = msgspec.json.Decoder(Errors)


def encode(record: Record) -> bytes:
    """A record as it travels; text that cannot be written as UTF-8 is mended, as in an export."""
    try:
        return _encode(record)
    except (UnicodeEncodeError, TypeError, RecursionError):
        return _encode(writable(_plain(record)))


def decode_delta(data: bytes | msgspec.Raw) -> CommitDelta:
    """A commit; `msgspec.DecodeError` says what is wrong with it, here and below."""
    return _delta.decode(data)


def decode_baseline(data: bytes | msgspec.Raw) -> Baseline:
    """A baseline."""
    return _baseline.decode(data)


def decode_page(data: bytes | msgspec.Raw) -> Page:
    """The answer to `ledger.page`."""
    return _page.decode(data)


def decode_look(data: bytes | msgspec.Raw) -> LookAnswer:
    """The answer to `ledger.look`."""
    return _look.decode(data)


def decode_found(data: bytes | msgspec.Raw) -> Found:
    """A part of the answer to `ledger.find`."""
    return _found.decode(data)


def decode_errors(data: bytes | msgspec.Raw) -> Errors:
    """The answer to `ledger.find` of errors."""
    return _errors.decode(data)


def _plain(record: Any) -> Any:
    """A record as mappings and lists, whatever its values are."""
    return msgspec.to_builtins(record, str_keys=True, enc_hook=str)
