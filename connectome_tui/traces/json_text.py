"""Decoding JSON that a strict decoder refuses, and saying why what is no JSON is none."""

import json
import re
from decimal import Decimal
from typing import Any, Final

import msgspec

from connectome_tui.traces.piece_file import UnreadableError

BOM: Final = b"\xef\xbb\xbf"

STRICT_ERRORS: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""What the strict decoder raises on text that it refuses."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def lenient_json(data: bytes) -> Any:
    """Any JSON value, with a BOM, NaN, lone surrogates or bytes that are no UTF-8 in it; `UnreadableError` else.

    Numbers with a point or exponent become `Decimal`, so that times stay exact.
    """
    text = data.removeprefix(BOM).decode("utf-8", "replace")
    try:
        return _mended(json.loads(text, parse_float=Decimal, strict=False))
    except RecursionError:
        raise UnreadableError("nested too deeply to be read") from None
    except ValueError as problem:
        raise UnreadableError(reason_of(problem)) from None


_strict: Final = msgspec.json.Decoder(float_hook=Decimal).decode


def any_json(data: bytes) -> Any:
    """Any JSON value, fast where it is strict; numbers with a point or exponent become `Decimal`."""
    try:
        return _strict(data)
    except STRICT_ERRORS:
        return lenient_json(data)


def compact(value: Any) -> msgspec.Raw | None:
    """A decoded value as JSON again; None for none."""
    return None if value is None else msgspec.Raw(msgspec.json.encode(value))


def reason_of(problem: ValueError) -> str:
    """Why text is no JSON, with the byte at which that shows."""
    if not isinstance(problem, json.JSONDecodeError):
        return f"no JSON: {problem}"
    before = problem.doc[: problem.pos]
    offset = len(before.encode("utf-8", "surrogatepass"))
    if not problem.doc[problem.pos :].strip() or problem.msg.startswith("Unterminated"):
        return f"cut off: the JSON ends early, at byte {len(problem.doc.encode('utf-8', 'surrogatepass'))}"
    return f"no JSON: {problem.msg[:1].lower()}{problem.msg[1:]}, at byte {offset}"


def _mended(value: Any) -> Any:
    """The value with lone surrogates replaced, which no encoder downstream would take."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
    if isinstance(value, dict):
        return {_mended(name): _mended(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_mended(inner) for inner in value]
    return value
