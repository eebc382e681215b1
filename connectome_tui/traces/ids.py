"""Ids of traces and spans as they are written in the wild, brought to one form."""

import base64
import binascii
import re
from hashlib import blake2b
from typing import Final

from connectome_tui.events.model import UNKNOWN

TRACE_DIGITS: Final = 32
SPAN_DIGITS: Final = 16

_HEX = re.compile(r"[0-9a-f]+").fullmatch
_ANY_HEX = re.compile(r"[0-9a-fA-F]+").fullmatch
_TRACE_HEX = re.compile(r"[0-9a-f]{32}").fullmatch
_SPAN_HEX = re.compile(r"[0-9a-f]{16}").fullmatch
_BASE64_LENGTHS: Final = {TRACE_DIGITS: (22, 24), SPAN_DIGITS: (11, 12)}


def trace_id(text: str, notes: list[str]) -> str:
    """A trace id as lower-case text; `?` and a note when there is none, a note when it is no hex."""
    if _TRACE_HEX(text) and text.strip("0"):
        return text
    return _normalised(text, TRACE_DIGITS, "trace id", notes) or _missing("trace id", notes)


def span_id(text: str, notes: list[str]) -> str:
    """A span id as lower-case text; `?` and a note when there is none, a note when it is no hex."""
    if _SPAN_HEX(text) and text.strip("0"):
        return text
    return _normalised(text, SPAN_DIGITS, "span id", notes) or _missing("span id", notes)


def parent_id(text: str, notes: list[str]) -> str:
    """The id of a parent; empty for a root, which writes none, an empty one or all zeros."""
    if not text or (_SPAN_HEX(text) and text.strip("0")):
        return text
    return _normalised(text, SPAN_DIGITS, "parent id", notes)


def span_key(trace: str, span: str, place: str) -> str:
    """The id of a span's event (EVENT-4): `trace:span`; without a span id, a hash of `place`, which names it."""
    if UNKNOWN not in (trace, span):
        return f"{trace}:{span}"
    return f"{trace}:{span}:{blake2b(place.encode('utf-8', 'replace'), digest_size=6).hexdigest()}"


def _normalised(text: str, digits: int, what: str, notes: list[str]) -> str:
    """Lower-case hex for hex or base64 of the right length, else the text itself; empty for none or zeros."""
    text = text.strip()
    if len(text) in _BASE64_LENGTHS[digits] and not _ANY_HEX(text) and (decoded := _from_base64(text, digits // 2)):
        text = decoded
    text = text.lower()
    if not text.strip("0"):
        return ""
    if not _HEX(text):
        notes.append(f"unknown: {what} is no hex")
    return text


def _from_base64(text: str, length: int) -> str:
    """The hex of protobuf's own JSON mapping of bytes; empty when it is not that."""
    try:
        data = base64.b64decode(text.translate(_URL_SAFE) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return data.hex() if len(data) == length else ""


_URL_SAFE: Final = str.maketrans("-_", "+/")


def _missing(what: str, notes: list[str]) -> str:
    notes.append(f"unknown: {what} is missing")
    return UNKNOWN
