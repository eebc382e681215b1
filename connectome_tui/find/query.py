"""What is searched for: plain text, or a regular expression between slashes."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from connectome_tui.find.bounded import found_in, found_in_any

EVERYWHERE: Final = "--all"
"""In the prompt: search the whole recording and not only what was released."""

_REGEX_ESCAPES: Final = re.compile(r"\\.", re.DOTALL)


class QueryError(ValueError):
    """What was typed means nothing; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search. `text` is as typed, without `--all`; `needle` is what is looked for when it is plain text.

    `folded`: upper and lower case are the same (smart case: there are no capitals in the query).
    `needle` is folded then.
    """

    text: str
    needle: str
    pattern: re.Pattern[str] | None
    folded: bool
    everywhere: bool = False

    def matches_any(self, texts: Iterable[str]) -> bool:
        """Whether any of these fields says it; `ExpressionTooSlowError` when an expression takes too long."""
        if self.pattern is None and self.needle.isprintable():
            # What is typed holds no newline, so that all fields can be looked through as one text.
            return self.matches("\n".join(texts))
        if self.pattern is not None:
            return found_in_any(self.pattern, texts)
        return any(map(self.matches, texts))

    def matches(self, text: str) -> bool:
        """Whether one field says it."""
        if self.pattern is not None:
            return found_in(self.pattern, text)
        return self.needle in (fold(text) if self.folded else text)


def parse_query(text: str) -> Query:
    r"""A query as it is typed: `charge`, `/retry \d+/`, `charge --all`. `QueryError` for an empty or broken one."""
    words = text.strip()
    everywhere = words == EVERYWHERE or words.endswith(f" {EVERYWHERE}") or words.startswith(f"{EVERYWHERE} ")
    if everywhere:
        words = words.removeprefix(EVERYWHERE).removesuffix(EVERYWHERE).strip()
    if not words:
        raise QueryError("nothing to search for: type some text, or a regular expression between slashes")
    if len(words) > 2 and words.startswith("/") and words.endswith("/"):
        source = words[1:-1]
        folded = not _has_capitals(_REGEX_ESCAPES.sub("", source))
        return Query(words, "", _compiled(source, folded=folded), folded, everywhere)
    folded = not _has_capitals(words)
    return Query(words, fold(words) if folded else words, None, folded, everywhere)


def fold(text: str) -> str:
    """Text in the form in which upper and lower case are the same; folding a part gives a part of the folded whole."""
    return text.lower().replace("ς", "σ")


def _has_capitals(text: str) -> bool:
    return any(unicodedata.category(character) in {"Lu", "Lt"} for character in text)


def _compiled(source: str, *, folded: bool) -> re.Pattern[str]:
    try:
        return re.compile(source, re.IGNORECASE if folded else re.NOFLAG)
    except (re.error, OverflowError, RecursionError) as error:
        place = f" at {error.pos + 1}" if isinstance(error, re.error) and error.pos is not None else ""
        reason = error.msg if isinstance(error, re.error) else "too large"
        raise QueryError(f"no regular expression: {reason}{place}") from None
