"""One line of text being typed: pure, from a key to the next text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

MOST_CHARACTERS: Final = 2000
"""More is not typed, and what is pasted by mistake shall not be read as a search."""


@dataclass(frozen=True, slots=True)
class LineEditor:
    """The text, and before which of its characters the cursor stands."""

    text: str = ""
    cursor: int = 0

    @classmethod
    def of(cls, text: str) -> "LineEditor":
        """A text with the cursor at its end."""
        return cls(text, len(text))

    def typed(self, text: str) -> "LineEditor":
        """With `text` put in at the cursor; newlines of what was pasted become blanks, what is too much is left out."""
        clean = " ".join(text[:MOST_CHARACTERS].splitlines())[: max(0, MOST_CHARACTERS - len(self.text))]
        return LineEditor(self.text[: self.cursor] + clean + self.text[self.cursor :], self.cursor + len(clean))

    def pressed(self, key: str) -> "LineEditor | None":
        """After an editing key, by its name; None for a key that edits nothing."""
        edit = _EDITS.get(key)
        return None if edit is None else LineEditor(*edit(self.text, self.cursor))


def _without_word(text: str, cursor: int) -> tuple[str, int]:
    start = len(text[:cursor].rstrip().rpartition(" ")[0])
    start += 1 if start else 0
    return text[:start] + text[cursor:], start


_Edit = Callable[[str, int], tuple[str, int]]

_EDITS: Final[Mapping[str, _Edit]] = {
    "left": lambda text, cursor: (text, max(0, cursor - 1)),
    "right": lambda text, cursor: (text, min(len(text), cursor + 1)),
    "home": lambda text, _cursor: (text, 0),
    "ctrl+a": lambda text, _cursor: (text, 0),
    "end": lambda text, _cursor: (text, len(text)),
    "ctrl+e": lambda text, _cursor: (text, len(text)),
    "backspace": lambda text, cursor: (text[: max(0, cursor - 1)] + text[cursor:], max(0, cursor - 1)),
    "delete": lambda text, cursor: (text[:cursor] + text[cursor + 1 :], cursor),
    "ctrl+u": lambda text, cursor: (text[cursor:], 0),
    "ctrl+k": lambda text, cursor: (text[:cursor], cursor),
    "ctrl+w": _without_word,
}
