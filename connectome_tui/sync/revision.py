"""Revisions: unsigned 64-bit counters as canonical decimal strings, compared without becoming numbers (SYNC-1)."""

import re
from typing import Final, TypeAlias, TypeGuard

from connectome_tui.sync.errors import RevisionError

Revision: TypeAlias = str
"""`0`, or ASCII digits without a leading zero, at most 18446744073709551615."""

ZERO_REVISION: Final[Revision] = "0"
"""The lowest revision, and the local one before anything was applied."""

MAX_REVISION: Final[Revision] = str(2**64 - 1)

_CANONICAL: Final = re.compile(r"0|[1-9][0-9]{0,19}")


def is_canonical_revision(value: object) -> TypeGuard[Revision]:
    """Whether a value is a revision: a string in the one form that each number has."""
    if not isinstance(value, str) or _CANONICAL.fullmatch(value) is None:
        return False
    return len(value) < len(MAX_REVISION) or value <= MAX_REVISION


def compare_revisions(one: Revision, other: Revision) -> int:
    """-1 when `one` is older than `other`, 0 when they are equal, 1 when it is newer.

    Raises `RevisionError` for what is not canonical.
    """
    for value in (one, other):
        if not is_canonical_revision(value):
            raise RevisionError(f"{not_canonical(value)}")
    a, b = (len(one), one), (len(other), other)
    return (a > b) - (a < b)


def not_canonical(value: object) -> str:
    """What is wrong with a value that should be a revision; a long one is cut."""
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
    return f"{shown} is not a canonical revision: decimal digits, no leading zero, at most {MAX_REVISION}, as text"
