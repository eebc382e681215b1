"""Text that comes from data, made safe to show (LOG-5), and measured and cut in terminal cells."""

import re
from functools import lru_cache
from typing import Final, Literal

ELLIPSIS: Final = "…"

_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: escape, newlines and tabs among them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text
    "\u2028\u2029"  # separators that some programs take for newlines
    "\u200b\u2060\ufeff"  # nothing to see, but there
    "\ud800-\udfff]"  # surrogates without their other half
)
_SHORT_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    return _SHORT_ESCAPES.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def visible(text: str) -> str:
    r"""`text` with every control character written out (`\x1b`, `\n`, `\u202e`), on one line (LOG-5)."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_escape, text)


def one_line(text: str) -> str:
    """`text` with every run of white space as one blank, for summaries and sentences."""
    return " ".join(text.split())


def cell_width(text: str) -> int:
    """How many terminal cells `text` takes, control characters counted as none."""
    return len(text) if text.isascii() else _wide_width(text)


@lru_cache(maxsize=4096)
def _wide_width(text: str) -> int:
    # Imported here so that start-up does not pay for tables that plain text never needs.
    from wcwidth import wcswidth, wcwidth

    width = wcswidth(text)
    return width if width >= 0 else sum(max(0, wcwidth(character)) for character in text)


def elide(text: str, cells: int, where: Literal["start", "middle", "end"] = "end") -> str:
    """`text` in at most `cells` cells; what had to go is replaced by one `…` at `where`."""
    if cells <= 0:
        return ""
    # No character is longer than its width allows for: cut a giant value before it is measured.
    if len(text) <= cells * 8 and cell_width(text) <= cells:
        return text
    room = cells - 1
    if where == "end":
        return _head(text, room) + ELLIPSIS
    if where == "start":
        return ELLIPSIS + _tail(text, room)
    tail = _tail(text, room // 2)
    return _head(text, room - cell_width(tail)) + ELLIPSIS + tail


def _head(text: str, cells: int) -> str:
    """The longest beginning of `text` that fits, never longer than eight characters a cell."""
    text = text[: cells * 8]
    if text.isascii():
        return text[:cells]
    end = min(len(text), cells)
    while end < len(text) and cell_width(text[: end + 1]) <= cells:
        end += 1
    while end and cell_width(text[:end]) > cells:
        end -= 1
    return text[:end]


def _tail(text: str, cells: int) -> str:
    """The longest end of `text` that fits, never longer than eight characters a cell."""
    if cells <= 0:
        return ""
    text = text[-cells * 8 :]
    if text.isascii():
        return text[-cells:]
    start = max(0, len(text) - cells)
    while start and cell_width(text[start - 1 :]) <= cells:
        start -= 1
    while start < len(text) and cell_width(text[start:]) > cells:
        start += 1
    return text[start:]
