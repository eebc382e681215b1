"""Splitting a line of filter terms: quotes hold blanks together, slashes a regular expression."""

from dataclasses import dataclass
from typing import Final

from connectome_tui.find.query import QueryError

_BEFORE_REGEX: Final = ("", ":", "=")


@dataclass(frozen=True, slots=True)
class Word:
    """A term as it was typed, without its `!` and its quotes. `quoted`: it began with a quote and so is plain text."""

    text: str
    inverted: bool
    quoted: bool


def split_words(line: str) -> list[Word]:
    """The terms of a line; `QueryError` for a quote that is not closed."""
    words = []
    place = 0
    while place < len(line):
        if line[place].isspace():
            place += 1
            continue
        inverted = line[place] == "!" and place + 1 < len(line) and not line[place + 1].isspace()
        place += inverted
        quoted = line[place] == '"'
        text, place = _word(line, place)
        words.append(Word(text, inverted, quoted))
    return words


def _word(line: str, place: int) -> tuple[str, int]:
    """The word at `place`, and where it ends."""
    text = ""
    while place < len(line) and not line[place].isspace():
        if line[place] == '"':
            part, place = _quoted(line, place)
            text += part
        elif line[place] == "/" and text[-1:] in _BEFORE_REGEX and (end := _regex_end(line, place)):
            text += line[place:end]
            place = end
        else:
            text += line[place]
            place += 1
    return text, place


def _quoted(line: str, place: int) -> tuple[str, int]:
    text = ""
    start, place = place, place + 1
    while place < len(line) and line[place] != '"':
        if line[place] == "\\" and line[place + 1 : place + 2] in ('"', "\\"):
            place += 1
        text += line[place]
        place += 1
    if place >= len(line):
        raise QueryError(f"the quote at {start + 1} is not closed")
    return text, place + 1


def _regex_end(line: str, place: int) -> int:
    """Behind the next slash, when it ends a word and so closes a regular expression; else 0."""
    end = place + 1
    while end < len(line) and line[end] != "/":
        end += 2 if line[end] == "\\" else 1
    closes = place + 1 < end < len(line) and (end + 1 == len(line) or line[end + 1].isspace())
    return end + 1 if closes else 0
