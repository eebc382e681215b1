"""What a text must hold if a regular expression is to match in it, so that most texts need not be tried."""

from collections.abc import Sequence
from typing import Final

_CLASSES: Final = frozenset("dDwWsSbBAZntrfva")
"""Letters behind a backslash that stand for a class, a place or a control character, all by themselves."""


class _UnclearError(Exception):
    """The expression holds something that is not looked into."""


def required_literals(source: str) -> tuple[str, ...] | None:
    """Texts one of which must stand in whatever the expression matches; None when nothing is certain.

    It looks at the plain characters outside of groups and classes, one text for every branch, and is
    sure rather than complete.
    """
    try:
        literals = [max(_runs(branch), key=len, default="") for branch in _branches(source)]
    except _UnclearError:
        return None
    return tuple(literals) if all(literals) else None


def _branches(source: str) -> Sequence[str]:
    """The expression split at every `|` outside of groups and classes."""
    branches, start, place = [], 0, 0
    while place < len(source):
        if source[place] == "|":
            branches.append(source[start:place])
            start = place = place + 1
        else:
            place = _behind(source, place)
    return [*branches, source[start:]]


def _behind(source: str, place: int) -> int:
    """Where the item at `place` ends: an escape, a class, a group with all that is in it, or one character."""
    match source[place]:
        case "\\":
            return place + 2
        case "[":
            return _behind_class(source, place)
        case "(":
            return _behind_group(source, place)
        case _:
            return place + 1


def _behind_class(source: str, place: int) -> int:
    end = place + 2 if source[place + 1 : place + 2] == "^" else place + 1
    first = end
    while end < len(source):
        if source[end] == "]" and end > first:  # a bracket that stands first means itself
            return end + 1
        end += 2 if source[end] == "\\" else 1
    raise _UnclearError


def _behind_group(source: str, place: int) -> int:
    if source[place + 1 : place + 2] == "?" and source[place + 2 : place + 3] not in (":", "=", "!", "<", "P", ">"):
        raise _UnclearError  # flags change what the rest means
    place += 1
    while place < len(source):
        if source[place] == ")":
            return place + 1
        place = _behind(source, place)
    raise _UnclearError


def _runs(branch: str) -> Sequence[str]:
    """Characters that follow one another in every match."""
    runs = [""]
    place = 0
    while place < len(branch):
        end = _behind(branch, place)
        character = _literal(branch[place:end])
        if character:
            runs[-1] += character
        elif branch[place] in "*?{":
            runs[-1] = runs[-1][:-1]
            end = branch.find("}", place) + 1 or end if branch[place] == "{" else end
        if not character:
            runs.append("")
        place = end
    return runs


def _literal(item: str) -> str:
    """The character that an item stands for; empty when it can be several, or none."""
    if len(item) == 1:
        return "" if item in ".^$*+?{}" else item
    if item[0] != "\\" or len(item) != 2:
        return ""
    if not item[1].isalnum() and item[1].isascii():
        return item[1]
    if item[1] not in _CLASSES:
        raise _UnclearError  # a number or a code, whose digits follow
    return ""
