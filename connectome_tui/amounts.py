"""Amounts as people write them, on the command line and in the configuration: durations and sizes."""

import re
from typing import Final

_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)
_DURATIONS_MS: Final = {"ms": 1.0, "s": 1e3, "m": 60e3, "h": 3600e3, "d": 86400e3, "w": 7 * 86400e3}
_SIZES: Final = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZES_OF_1024: Final = {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}


def duration_ms(text: str) -> float:
    """A duration like `7d`, `12h`, `30m`, `2s` or `500ms` in milliseconds; `ValueError` for anything else.

    Only zero needs no unit.
    """
    amount, unit = _parts(text)
    if unit == "" and amount == 0:
        return 0.0
    if unit not in _DURATIONS_MS:
        raise ValueError(f"expected a duration like 7d, 12h, 30m, 2s or 500ms, found {text!r}")
    return amount * _DURATIONS_MS[unit]


def size_bytes(text: str) -> int:
    """A size like `2GB`, `500MB` or `1GiB` in bytes; `ValueError` for anything else."""
    amount, unit = _parts(text)
    factor = (_SIZES | _SIZES_OF_1024).get(unit)
    if factor is None:
        raise ValueError(f"expected a size like 2GB or 500MB, found {text!r}")
    return int(amount * factor)


def _parts(text: str) -> tuple[float, str]:
    found = _AMOUNT.fullmatch(text.strip())
    return (float(found[1]), found[2].lower()) if found else (0.0, "?")
